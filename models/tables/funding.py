from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.stages import Stage
from models.rules.tranches import CallState, Trigger
from models.tables.columns import centimes, choice, instant


class Tranche(SQLModel, table=True):
    """A part of a commitment, and what lets it be called. Unit: centimes of the commitment's currency.

    `expected_on` is the day on which the money is expected; the trigger alone lets it be called:
    `expected_on` itself (date), a `stage` entered, `progress` (hundredths of a percent), a `document`.
    """

    __table_args__ = (
        UniqueConstraint("commitment_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("amount_centimes > 0", name="amount_positive"),
        CheckConstraint("trigger <> 'stage' OR stage IS NOT NULL", name="stage_named"),
        CheckConstraint(
            "trigger <> 'progress' OR (progress IS NOT NULL AND progress BETWEEN 1 AND 10000)",
            name="progress_named",
        ),
        CheckConstraint("trigger <> 'document' OR document <> ''", name="document_named"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    commitment_id: UUID = Field(foreign_key="commitment.id", index=True)
    number: int
    amount_centimes: int = centimes()
    trigger: Trigger = choice(Trigger)
    expected_on: date
    stage: Stage | None = choice(Stage, default=None, nullable=True)
    progress: int | None = None
    document: str = Field(default="", max_length=64)


class FundingCall(SQLModel, table=True):
    """A tranche called: a draft when its trigger came true, then a numbered letter with a due date.

    `flag` is the code of why it is in doubt, such as a progress that was withdrawn; "" when it is not.
    """

    __tablename__ = "funding_call"
    __table_args__ = (
        CheckConstraint("amount_centimes > 0", name="amount_positive"),
        CheckConstraint(
            "state <> 'issued' OR (number IS NOT NULL AND issued_on IS NOT NULL AND due_on IS NOT NULL)",
            name="issued_is_dated",
        ),
        CheckConstraint("due_on IS NULL OR due_on >= issued_on", name="due_after_issue"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    tranche_id: UUID = Field(foreign_key="tranche.id", unique=True)
    state: CallState = choice(CallState, default=CallState.DRAFT)
    amount_centimes: int = centimes()
    drafted_at: datetime = instant()
    number: str | None = Field(default=None, max_length=32, unique=True)
    issued_on: date | None = Field(default=None, index=True)
    issued_by: str | None = Field(default=None, max_length=64)
    due_on: date | None = Field(default=None, index=True)
    flag: str = Field(default="", max_length=32)
    flagged_at: datetime | None = instant(default=None, nullable=True)
    snoozed_until: date | None = None
    snooze_reason: str = Field(default="", max_length=2000)


class Receipt(SQLModel, table=True):
    """Money that came from a partner for a project. Unit: centimes of the project's currency.

    Never changed: a correction is an entry of the opposite sign that points to the one it `corrects`.
    What no allocation gives to a call is an advance.
    """

    __table_args__ = (
        UniqueConstraint("project_id", "partner_id", "reference"),
        CheckConstraint("amount_centimes > 0 OR corrects_id IS NOT NULL", name="amount_positive"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    partner_id: UUID = Field(foreign_key="partner.id", index=True)
    amount_centimes: int = centimes()
    received_on: date = Field(index=True)
    reference: str = Field(max_length=64)
    corrects_id: UUID | None = Field(default=None, foreign_key="receipt.id", index=True)
    reason: str = Field(default="", max_length=2000)
    written_by: str = Field(max_length=64)
    written_at: datetime = instant()


class Allocation(SQLModel, table=True):
    """The part of a receipt that pays a call; a correction takes it back by one of the opposite sign."""

    __table_args__ = (CheckConstraint("amount_centimes <> 0", name="amount_not_zero"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    receipt_id: UUID = Field(foreign_key="receipt.id", index=True)
    call_id: UUID = Field(foreign_key="funding_call.id", index=True)
    amount_centimes: int = centimes()
