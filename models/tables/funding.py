from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.rules.stages import Stage
from models.rules.tranches import CallState, Trigger
from models.tables.columns import centimes, choice, instant


class Tranche(SQLModel, table=True):
    """A part of a commitment, and what lets it be called. Unit: centimes of the commitment's currency.

    `expected_on` is the day on which the money is expected; the trigger alone lets it be called:
    `expected_on` itself (date), a `stage` entered, `progress` (hundredths of a percent), a `document`.
    One that was dropped from the plan after it had been drafted stays, of nothing.
    """

    __table_args__ = (
        UniqueConstraint("commitment_id", "number"),
        Index("ix_tranche_planned", "commitment_id", "amount_centimes"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("amount_centimes >= 0", name="amount_not_negative"),
        CheckConstraint("trigger <> 'stage' OR stage IS NOT NULL", name="stage_named"),
        CheckConstraint(
            "trigger <> 'progress' OR (progress IS NOT NULL AND progress BETWEEN 1 AND 10000)",
            name="progress_named",
        ),
        CheckConstraint("trigger <> 'document' OR document <> ''", name="document_named"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    commitment_id: UUID = Field(foreign_key="commitment.id")
    number: int
    amount_centimes: int = centimes()
    trigger: Trigger = choice(Trigger)
    expected_on: date
    stage: Stage | None = choice(Stage, default=None, nullable=True)
    progress: int | None = None
    document: str = Field(default="", max_length=64)


class FundingCall(SQLModel, table=True):
    """A tranche called: a draft when its trigger came true, then a numbered letter with a due date.

    A tranche has one call at a time: one that is withdrawn stays in the books, beside the next one.
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
        CheckConstraint("state <> 'withdrawn' OR withdrawn_on IS NOT NULL", name="withdrawn_is_dated"),
        Index("ix_funding_call_owed", "id", "state", "amount_centimes"),
        Index(
            "uq_funding_call_live",
            "tranche_id",
            unique=True,
            sqlite_where=text("state <> 'withdrawn'"),
            postgresql_where=text("state <> 'withdrawn'"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    tranche_id: UUID = Field(foreign_key="tranche.id", index=True)
    state: CallState = choice(CallState, default=CallState.DRAFT)
    amount_centimes: int = centimes()
    drafted_at: datetime = instant()
    number: str | None = Field(default=None, max_length=32, unique=True)
    issued_on: date | None = Field(default=None, index=True)
    issued_by: str | None = Field(default=None, max_length=64)
    due_on: date | None = Field(default=None, index=True)
    withdrawn_on: date | None = None
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
    """The part of a receipt that pays a call; it is taken back by one of the opposite sign.

    `allocated_on`: the day from which it counts.
    """

    __table_args__ = (
        CheckConstraint("amount_centimes <> 0", name="amount_not_zero"),
        Index("ix_allocation_paid", "call_id", "amount_centimes"),
        Index("ix_allocation_given", "receipt_id", "allocated_on", "amount_centimes"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    receipt_id: UUID = Field(foreign_key="receipt.id")
    call_id: UUID = Field(foreign_key="funding_call.id")
    amount_centimes: int = centimes()
    allocated_on: date
