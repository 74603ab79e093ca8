"""Rates of exchange that finance entered."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from models.tables import ExchangeRate


@dataclass(frozen=True, slots=True)
class RateLine:
    """A rate of a day. Unit: ten-thousandths of a dirham for one unit of `currency`."""

    currency: str
    day: date
    rate: int
    entered_by: str
    entered_at: datetime


def list_rates(session: Session, currency: str | None = None, *, most: int) -> tuple[RateLine, ...]:
    """Return the newest rates, of one currency if asked."""
    query = select(ExchangeRate).order_by(col(ExchangeRate.day).desc(), col(ExchangeRate.currency))
    if currency is not None:
        query = query.where(ExchangeRate.currency == currency)
    rows = session.exec(query.limit(most))
    return tuple(RateLine(row.currency, row.day, row.rate, row.entered_by, row.entered_at) for row in rows)
