"""Correcting the calendar: a feast that the moon or the government moved, a Ramadan as it was sighted."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from models.calendar import ramadan_around
from models.clock import local_day
from models.operations import trail
from models.operations.additions import add_missing
from models.operations.forecasts import Cause, Moved, NewDate, move
from models.queries.calendar import load_calendar
from models.queries.people import find_actor
from models.rules.authority import Action, authorize
from models.rules.calendar import WorkingCalendar, check_override, check_ramadan
from models.rules.errors import BadValue, UnknownKey
from models.rules.milestones import off_the_feast
from models.rules.projects import check_text
from models.rules.stages import Status
from models.tables import FeastOverride, Milestone, Project, RamadanOverride

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """What a correction did; `changed` is False when the day stood so already."""

    day: date
    feast: bool
    changed: bool
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class RamadanChange:
    """The days of a Ramadan after a correction. `year` is the Hijri year."""

    year: int
    first: date
    last: date
    changed: bool


def override_feast(
    session: Session, *, day: date, feast: bool, name: str, by: str, at: datetime
) -> CalendarChange:
    """Make a day a feast, or a working day, for the whole portfolio.

    Open milestones on a day that becomes a feast move to the next working day, and say so. A day
    that becomes a working day moves nothing: what was promised stays possible.
    Raises: NotAllowed, UnknownKey (the login), BadValue for a past day or a bad name.
    Source: docs/rules.md, C5.
    """
    authorize(find_actor(session, by), Action.OVERRIDE_CALENDAR)
    check_override(day, local_day(at))
    text = check_text("name", name, LONGEST_NAME, needed=True)
    before = _around(session, day)
    row = {"day": day, "feast": feast, "name": text, "set_by": by}
    if not add_missing(session, FeastOverride, [row], "day"):
        known = _known(session, day)
        if (known.feast, known.name) == (feast, text):
            return CalendarChange(day, feast, changed=False)
        known.feast, known.name, known.set_by = feast, text, by
        session.flush()
    moved = _clear(session, day, before, name=text, by=by, at=at)
    payload = {"day": day, "feast": feast, "name": text}
    trail.record(session, at=at, actor=by, kind="feast_overridden", payload=payload)
    return CalendarChange(day, feast, changed=True, moved=moved)


def remove_override(session: Session, *, day: date, by: str, at: datetime) -> CalendarChange:
    """Take a correction back: the day is again what the calendar estimates.

    Open milestones move when that makes it a feast; nothing that has moved before moves back.
    Raises: NotAllowed, UnknownKey (the login, or a day that nobody corrected), BadValue for a past day.
    Source: docs/rules.md, C5.
    """
    authorize(find_actor(session, by), Action.OVERRIDE_CALENDAR)
    check_override(day, local_day(at))
    before, known = _around(session, day), _known(session, day)
    name = known.name
    session.delete(known)
    session.flush()
    moved = _clear(session, day, before, name=name, by=by, at=at)
    feast = day in _around(session, day).feasts
    payload = {"day": day, "feast": feast, "name": name}
    trail.record(session, at=at, actor=by, kind="feast_override_removed", payload=payload)
    return CalendarChange(day, feast, changed=True, moved=moved)


def override_ramadan(session: Session, *, first: date, last: date, by: str, at: datetime) -> RamadanChange:
    """Write down a Ramadan as it was sighted; the office hours follow, no date moves.

    Raises: NotAllowed, UnknownKey (the login), BadValue for days that cannot be a Ramadan.
    Source: docs/rules.md, C6.
    """
    authorize(find_actor(session, by), Action.OVERRIDE_CALENDAR)
    estimate = ramadan_around(first)
    if estimate is None:
        raise BadValue(field="first", value=first, reason="far_from_estimate", limit=None)
    check_ramadan(first, last, estimate.first)
    row = {"year": estimate.year, "first": first, "last": last, "set_by": by}
    if not add_missing(session, RamadanOverride, [row], "year"):
        known = session.get_one(RamadanOverride, estimate.year, with_for_update=True)
        if (known.first, known.last) == (first, last):
            return RamadanChange(estimate.year, first, last, changed=False)
        known.first, known.last, known.set_by = first, last, by
    payload = {"year": estimate.year, "first": first, "last": last}
    trail.record(session, at=at, actor=by, kind="ramadan_overridden", payload=payload)
    return RamadanChange(estimate.year, first, last, changed=True)


def _around(session: Session, day: date) -> WorkingCalendar:
    return load_calendar(session, day.year - 1, day.year + 1)


def _known(session: Session, day: date) -> FeastOverride:
    query = select(FeastOverride).where(FeastOverride.day == day).with_for_update()
    known = session.exec(query.execution_options(populate_existing=True)).first()
    if known is None:
        days = sorted(
            session.exec(select(col(FeastOverride.day))), key=lambda other: abs((other - day).days)
        )
        candidates = tuple(other.isoformat() for other in days[:3])
        raise UnknownKey(noun="feast_override", key=day.isoformat(), candidates=candidates)
    return known


def _clear(
    session: Session, day: date, before: WorkingCalendar, *, name: str, by: str, at: datetime
) -> tuple[Moved, ...]:
    """Move the open milestones off a day that was no feast before and is one now."""
    after = _around(session, day)
    if day in before.feasts or day not in after.feasts:
        return ()
    rows = session.exec(
        select(Milestone)
        .where(Milestone.forecast == day, col(Milestone.actual).is_(None))
        .order_by(col(Milestone.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    projects = _projects(session, {row.project_id for row in rows})
    dates = [
        NewDate(projects[row.project_id], row, off_the_feast(row.code, day, after, local_day(at)))
        for row in rows
        if row.project_id in projects
    ]
    details = {"feast": day}
    return move(session, dates, cause=Cause.FEAST, reason=name, by=by, at=at, details=details)


def _projects(session: Session, ids: set[UUID]) -> dict[UUID, Project]:
    """Return the projects that go on; a cancelled one has nothing left to promise."""
    if not ids:
        return {}
    rows = session.exec(
        select(Project).where(col(Project.id).in_(ids), col(Project.status) != Status.CANCELLED)
    )
    return {row.id: row for row in rows}
