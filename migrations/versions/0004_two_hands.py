"""Who proposed that a commitment is released, never who decides on it.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TWO = "proposed_by IS NULL OR decided_by IS NULL OR proposed_by <> decided_by"


def upgrade() -> None:
    with op.batch_alter_table("commitment_release", table_args=_checks()) as batch_op:
        batch_op.add_column(sa.Column("proposed_by", sa.String(length=64), nullable=True))
        batch_op.create_check_constraint(op.f("ck_commitment_release_proposer_is_not_decider"), _TWO)


def downgrade() -> None:
    with op.batch_alter_table("commitment_release", table_args=_checks()) as batch_op:
        batch_op.drop_constraint(op.f("ck_commitment_release_proposer_is_not_decider"), type_="check")
        batch_op.drop_column("proposed_by")


def _checks() -> tuple[sa.CheckConstraint]:
    """Return what SQLite forgets of a table that it makes anew."""
    return (sa.CheckConstraint("amount_centimes <> 0", name=op.f("ck_commitment_release_amount_not_zero")),)
