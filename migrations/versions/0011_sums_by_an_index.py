"""What tranches plan and receipts have given is summed from an index alone.

Revision: 0011
Follows: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SUMMED = (
    ("tranche", "commitment_id", "ix_tranche_planned", ["commitment_id", "amount_centimes"]),
    (
        "allocation",
        "receipt_id",
        "ix_allocation_given",
        ["receipt_id", "allocated_on", "amount_centimes"],
    ),
)


def upgrade() -> None:
    for table, column, wide, columns in _SUMMED:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
        op.create_index(wide, table, columns)


def downgrade() -> None:
    for table, column, wide, _columns in _SUMMED:
        op.drop_index(wide, table_name=table)
        op.create_index(f"ix_{table}_{column}", table, [column])
