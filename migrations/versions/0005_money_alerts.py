"""What was last told of something amiss with money.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "money_alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "alert",
            sa.Enum(
                "funding_gap",
                "payments_uncovered",
                "release_due",
                "penalty_cap",
                "ahead_of_works",
                "line_exceeded",
                "bond_missing",
                "guarantee_ending",
                name=op.f("ck_money_alert_alert"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_money_alert_times_positive")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_money_alert_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_alert")),
        sa.UniqueConstraint("alert", "subject_id", name=op.f("uq_money_alert_alert_subject_id")),
    )
    with op.batch_alter_table("money_alert") as batch_op:
        batch_op.create_index(batch_op.f("ix_money_alert_project_id"), ["project_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("money_alert") as batch_op:
        batch_op.drop_index(batch_op.f("ix_money_alert_project_id"))

    op.drop_table("money_alert")
