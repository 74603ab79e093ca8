"""Up to when the books are closed."""

from datetime import date

from sqlmodel import Session, col, func, select

from models.rules.periods import check_open
from models.tables import ClosedPeriod


def first_open_day(session: Session) -> date | None:
    """Return the first day that may be written to; None while no period was ever closed."""
    return session.exec(select(func.max(col(ClosedPeriod.until)))).one()


def check_day(session: Session, on: date) -> None:
    """Refuse to write into a closed period.

    Raises: PeriodClosed.
    Source: docs/rules.md, B1.
    """
    check_open(on, first_open_day(session))
