from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import centimes, instant


class ForeignAmount(SQLModel, table=True):
    """What a promise, or one tranche of it, was in the currency it was made in.

    Units: hundredths of `currency`; `rate` in ten-thousandths of a dirham for one unit, of `rate_on`.
    The books keep the dirhams; a payment is compared with this.
    """

    __tablename__ = "foreign_amount"
    __table_args__ = (
        CheckConstraint("amount_centimes > 0", name="amount_positive"),
        CheckConstraint("rate > 0", name="rate_positive"),
        CheckConstraint("currency <> 'MAD'", name="currency_foreign"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    commitment_id: UUID = Field(foreign_key="commitment.id", index=True)
    tranche_id: UUID | None = Field(default=None, foreign_key="tranche.id", unique=True)
    currency: str = Field(max_length=3)
    amount_centimes: int = centimes()
    rate: int
    rate_on: date


class ExchangeRate(SQLModel, table=True):
    """What one unit of a currency is on a day, as finance entered it. Unit: ten-thousandths of a dirham."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        UniqueConstraint("currency", "day"),
        CheckConstraint("rate > 0", name="rate_positive"),
        CheckConstraint("currency <> 'MAD'", name="currency_foreign"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    currency: str = Field(max_length=3)
    day: date
    rate: int
    entered_by: str = Field(max_length=64)
    entered_at: datetime = instant()
