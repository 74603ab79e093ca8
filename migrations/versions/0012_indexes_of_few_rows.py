"""A part of a match names one target and one entry: the indexes of the others pass it over.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAMED = ("call_id", "certificate_id", "other_line_id", "receipt_id", "payment_id")


def upgrade() -> None:
    for column in _NAMED:
        named = sa.text(f"{column} IS NOT NULL")
        op.drop_index(f"ix_match_part_{column}", table_name="match_part")
        op.create_index(
            f"ix_match_part_{column}", "match_part", [column], sqlite_where=named, postgresql_where=named
        )


def downgrade() -> None:
    for column in _NAMED:
        op.drop_index(f"ix_match_part_{column}", table_name="match_part")
        op.create_index(f"ix_match_part_{column}", "match_part", [column])
