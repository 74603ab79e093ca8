"""Two people stand under the large promises that files bring in.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CHANGES = (
    "budget_revision",
    "budget_transfer",
    "commitment",
    "commitment_release",
    "partner_details",
    "bank_match",
)


def upgrade() -> None:
    _let_change((*_CHANGES, "commitment_import"))


def downgrade() -> None:
    op.execute("DELETE FROM money_proposal WHERE change = 'commitment_import'")
    _let_change(_CHANGES)


def _let_change(changes: tuple[str, ...]) -> None:
    """Say anew what two people may decide on."""
    name = op.f("ck_money_proposal_moneychange")
    with op.batch_alter_table("money_proposal") as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.column("change").in_(changes))
