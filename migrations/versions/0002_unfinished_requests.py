"""An index of the requests that are not finished, which the dispatcher looks for all day.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNFINISHED = sa.text("(outcome = 'waiting' OR (outcome = 'moved' AND opened_at IS NULL))")


def upgrade() -> None:
    # Every move ever made has an outcome: SQLite would prefer that index, and read them all.
    op.drop_index("ix_move_request_outcome", table_name="move_request")
    op.create_index(
        "ix_move_request_unfinished",
        "move_request",
        ["asked_at", "id"],
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )


def downgrade() -> None:
    op.drop_index("ix_move_request_unfinished", table_name="move_request")
    op.create_index("ix_move_request_outcome", "move_request", ["outcome"])
