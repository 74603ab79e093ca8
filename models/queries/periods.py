"""Up to when the books are closed."""

from datetime import date

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from models.rules.periods import check_open
from models.tables import ClosedPeriod


def first_open_day(session: Session) -> date | None:
    """Return the first day that may be written to; None while no period was ever closed."""
    return session.exec(select(func.max(col(ClosedPeriod.until)))).one()


def list_closings(session: Session) -> tuple[ClosedPeriod, ...]:
    """Return each time the books were closed, the furthest first."""
    return tuple(session.exec(select(ClosedPeriod).order_by(col(ClosedPeriod.until).desc())))


def check_day(session: Session, on: date) -> None:
    """Refuse to write into a closed period, and let nobody close one until the transaction ends.

    Raises: PeriodClosed.
    Source: docs/rules.md, B1.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_WHILE_WRITING)
    check_open(on, first_open_day(session))


def keep_others_out(session: Session) -> None:
    """Wait until nobody is writing a dated fact, and let nobody begin until the transaction ends.

    Whoever writes to SQLite is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_WHILE_CLOSING)


_BOOKS = 0x7AD51
"""The number under which PostgreSQL keeps the lock of the books; any number that nothing else uses."""

_WHILE_WRITING = text(f"SELECT pg_advisory_xact_lock_shared({_BOOKS})")
_WHILE_CLOSING = text(f"SELECT pg_advisory_xact_lock({_BOOKS})")
