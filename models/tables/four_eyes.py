from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.rules.four_eyes import ChangeState, MoneyChange
from models.tables.columns import centimes, choice, instant, long_text, not_both


class MoneyProposal(SQLModel, table=True):
    """A change of money that waits for a second person. `terms` is its JSON, as the operation takes it.

    `project_id` is empty where master data change. `amount_centimes` chooses the band of who may decide.
    """

    __tablename__ = "money_proposal"
    __table_args__ = (
        not_both("proposer_is_not_decider", "proposed_by", "decided_by"),
        CheckConstraint(
            "(state <> 'approved' AND state <> 'rejected') OR decided_by IS NOT NULL",
            name="decided_has_hand",
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    change: MoneyChange = choice(MoneyChange)
    amount_centimes: int = centimes(default=0)
    terms: str = long_text()
    reason: str = Field(default="", max_length=2000)
    state: ChangeState = choice(ChangeState, default=ChangeState.OPEN, index=True)
    proposed_by: str = Field(max_length=64)
    proposed_at: datetime = instant()
    decided_by: str | None = Field(default=None, max_length=64)
    decided_at: datetime | None = instant(default=None, nullable=True)
    decision_reason: str = Field(default="", max_length=2000)
