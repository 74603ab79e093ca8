from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.budgets import BudgetChange, Nature
from models.rules.stages import Stage
from models.tables.columns import centimes, choice, instant, not_both


class BudgetLine(SQLModel, table=True):
    """A line of a project's budget, by stage and nature; its amount is the sum of its entries."""

    __tablename__ = "budget_line"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    code: str = Field(max_length=64)
    stage: Stage = choice(Stage)
    nature: Nature = choice(Nature)
    label: str = Field(default="", max_length=300)


class BudgetPlan(SQLModel, table=True):
    """The declaration that a project's lines are complete: their first amounts sum to its budget."""

    __tablename__ = "budget_plan"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", unique=True)
    completed_on: date
    completed_by: str = Field(max_length=64)
    completed_at: datetime = instant()


class BudgetEntry(SQLModel, table=True):
    """A dated change of a budget line, never changed itself. A transfer has two, with one `transfer`."""

    __tablename__ = "budget_entry"
    __table_args__ = (
        CheckConstraint("amount_centimes <> 0", name="amount_not_zero"),
        CheckConstraint("(change = 'transfer') = (transfer IS NOT NULL)", name="transfer_named"),
        CheckConstraint(
            "(change <> 'revision' AND change <> 'transfer') OR approved_by IS NOT NULL",
            name="change_has_two_hands",
        ),
        not_both("proposer_is_not_approver", "proposed_by", "approved_by"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    line_id: UUID = Field(foreign_key="budget_line.id", index=True)
    change: BudgetChange = choice(BudgetChange)
    amount_centimes: int = centimes()
    decided_on: date = Field(index=True)
    transfer: UUID | None = Field(default=None, index=True)
    reason: str = Field(default="", max_length=2000)
    proposed_by: str = Field(max_length=64)
    approved_by: str | None = Field(default=None, max_length=64)
    written_at: datetime = instant()


class ClosedPeriod(SQLModel, table=True):
    """The books are closed before `until`, a day that is still open; the latest one counts."""

    __tablename__ = "closed_period"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    until: date = Field(unique=True)
    closed_by: str = Field(max_length=64)
    closed_at: datetime = instant()
