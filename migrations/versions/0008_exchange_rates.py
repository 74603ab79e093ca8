"""Where the rows lie that a run of the reconciliation read.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stored = sa.Column("snapshot_stored", sa.String(length=120), server_default="", nullable=False)
    op.add_column("reconciliation_run", stored)


def downgrade() -> None:
    op.drop_column("reconciliation_run", "snapshot_stored")
