from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.tranches import ReleaseKind
from models.tables.columns import centimes, choice, instant, not_both


class Convention(SQLModel, table=True):
    """A partnership agreement. `signed_on` is the day of the last signature: of all parties.

    `payment_days`: calendar days that a partner has to answer a call.
    """

    __table_args__ = (CheckConstraint("payment_days BETWEEN 1 AND 365", name="payment_days_in_range"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(max_length=64, unique=True)
    title: str = Field(default="", max_length=300)
    signed_on: date | None = None
    ends_on: date | None = None
    payment_days: int = 60
    sample: bool = False


class ConventionParty(SQLModel, table=True):
    """A body that signs a convention, and the day on which it has."""

    __tablename__ = "convention_party"
    __table_args__ = (UniqueConstraint("convention_id", "partner_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    convention_id: UUID = Field(foreign_key="convention.id", index=True)
    partner_id: UUID = Field(foreign_key="partner.id", index=True)
    signed_on: date | None = None


class ConventionAmendment(SQLModel, table=True):
    """A signed change of a convention, in their order."""

    __tablename__ = "convention_amendment"
    __table_args__ = (
        UniqueConstraint("convention_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    convention_id: UUID = Field(foreign_key="convention.id", index=True)
    number: int
    signed_on: date
    subject: str = Field(max_length=2000)


class CommitmentRelease(SQLModel, table=True):
    """A part of a commitment that will not come: cancelled by an amendment, or written off.

    An entry is never changed; a wrong one is answered by one of the opposite amount.
    """

    __tablename__ = "commitment_release"
    __table_args__ = (
        CheckConstraint("amount_centimes <> 0", name="amount_not_zero"),
        not_both("proposer_is_not_decider", "proposed_by", "decided_by"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    commitment_id: UUID = Field(foreign_key="commitment.id", index=True)
    kind: ReleaseKind = choice(ReleaseKind)
    amount_centimes: int = centimes()
    decided_on: date
    reference: str = Field(max_length=64)
    proposed_by: str | None = Field(default=None, max_length=64)
    decided_by: str = Field(max_length=64)
    written_at: datetime = instant()
