from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import centimes


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
