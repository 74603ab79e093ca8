"""The other names of contractors, by which banks call them.

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contractor_name",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contractor", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("folded", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.String(length=64), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("contractor <> folded", name=op.f("ck_contractor_name_another_name")),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)", name=op.f("ck_contractor_name_removed_whole")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contractor_name")),
        sa.UniqueConstraint("contractor", "folded", name=op.f("uq_contractor_name_contractor_folded")),
    )
    op.create_index(op.f("ix_contractor_name_folded"), "contractor_name", ["folded"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_contractor_name_folded"), table_name="contractor_name")
    op.drop_table("contractor_name")
