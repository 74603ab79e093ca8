"""Closing the books up to a day; nothing opens them again."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from models.clock import local_day
from models.operations import trail
from models.queries.people import find_actor
from models.queries.periods import first_open_day, keep_others_out
from models.rules.authority import Action, authorize
from models.rules.periods import check_closing
from models.tables import ClosedPeriod


@dataclass(frozen=True, slots=True)
class Closing:
    """Up to when the books are closed now, and before. `until`: the first day that is open."""

    until: date
    before: date | None

    @property
    def changed(self) -> bool:
        return self.until != self.before


def close_period(session: Session, *, until: date, by: str, at: datetime) -> Closing:
    """Close the books before `until`, for the whole portfolio; the same day again changes nothing.

    Raises: UnknownKey, NotAllowed, BadValue for a day to come, ClosedFurther.
    Source: docs/rules.md, B7.
    """
    authorize(find_actor(session, by), Action.CLOSE_PERIOD)
    keep_others_out(session)
    closed = first_open_day(session)
    check_closing(until, closed, local_day(at))
    if until != closed:
        session.add(ClosedPeriod(until=until, closed_by=by, closed_at=at))
        payload = {"until": until, "before": closed}
        trail.record(session, at=at, actor=by, kind="period_closed", payload=payload)
    return Closing(until, closed)
