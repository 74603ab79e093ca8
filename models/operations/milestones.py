"""What people and events do to milestones; opening and watching stand in files of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import outbox, trail
from models.operations.access import take_up
from models.operations.forecasts import Cause, Moved, NewDate, move
from models.operations.openings import Opened, Opening, open_each, open_stages
from models.operations.watching import WatchReport, watch
from models.queries.calendar import load_calendar
from models.queries.milestones import acceptances
from models.queries.projects import find_project, nearest
from models.rules.authority import Action
from models.rules.errors import UnknownKey
from models.rules.milestones import (
    PLAN_YEARS,
    AlreadyMet,
    check_forecast,
    check_met,
    check_order,
    delay_days,
    plan_guarantee,
    shifted,
)
from models.rules.projects import check_reason
from models.rules.stages import NotActive, Stage, Status, check_active
from models.rules.text import visible
from models.tables import Milestone, Project

__all__ = [
    "MilestoneAnswer",
    "Opened",
    "Opening",
    "WatchReport",
    "follow_acceptance",
    "meet",
    "open_stage",
    "open_stages",
    "set_forecast",
    "shift",
    "watch",
]


@dataclass(frozen=True, slots=True)
class MilestoneAnswer:
    """A milestone after a request about it; `changed` is False when it was as asked already.

    Unit of `delay`: calendar days behind the baseline, negative ahead.
    """

    project: str
    stage: Stage
    code: str
    baseline: date
    forecast: date
    actual: date | None
    delay: int
    changed: bool


def open_stage(
    session: Session,
    *,
    project: Project | str,
    stage: Stage,
    entered_on: date,
    request: UUID,
    by: str,
    at: datetime,
) -> tuple[Opened, ...]:
    """Write the milestones of the stage entered and return those that were not there yet.

    Raises: UnknownKey.
    Source: docs/rules.md, M1 to M3 and M9.
    """
    return open_each(session, [Opening(project, stage, entered_on, request)], by=by, at=at)


def set_forecast(
    session: Session, *, project: str, code: str, forecast: date, reason: str, by: str, at: datetime
) -> MilestoneAnswer:
    """Give an open milestone a new forecast date, with a reason; the same date again changes nothing.

    Raises: UnknownKey (project or milestone), NotAllowed, BadValue, NotActive, AlreadyMet.
    Source: docs/rules.md, M4.
    """
    found, milestone = _taken(session, project, code, by)
    text = check_forecast(forecast, reason, local_day(at))
    check_active(found.key, found.status)
    if milestone.actual is not None:
        raise AlreadyMet(project=found.key, milestone=milestone.code, on=milestone.actual)
    new = NewDate(found, milestone, forecast)
    moved = move(session, [new], cause=Cause.PERSON, reason=text, by=by, at=at)
    return _answer(found, milestone, changed=bool(moved))


def meet(
    session: Session, *, project: str, code: str, on: date, by: str, at: datetime, reason: str = ""
) -> MilestoneAnswer:
    """Record the day on which a milestone was met; the same day again changes nothing.

    The day may lie before the project's registration; the trail keeps when it was recorded. Another day
    than the one on record is a correction and needs a reason. Suspended projects too can have met
    something; cancelled ones are over.
    Raises: UnknownKey (project or milestone), NotAllowed, BadValue, NotActive, AlreadyMet.
    Source: docs/rules.md, M7 and M12.
    """
    found, milestone, others = _taken_among(session, project, code, by)
    check_met(on, local_day(at))
    check_order(milestone.code, on, others)
    if found.status is Status.CANCELLED:
        raise NotActive(project=found.key, status=found.status)
    previous = milestone.actual
    if previous == on:
        return _answer(found, milestone, changed=False)
    if previous is not None and not reason.strip():
        raise AlreadyMet(project=found.key, milestone=milestone.code, on=previous)
    text = check_reason(reason) if reason.strip() else ""
    milestone.actual = on
    milestone.reason = text or milestone.reason
    milestone.revision += 1
    _note_met(session, found, milestone, previous, text, by, at)
    return _answer(found, milestone, changed=True)


def shift(session: Session, *, project: Project, days: int, by: str, at: datetime) -> int:
    """Move the forecasts of open milestones by a suspension of `days`; return how many moved.

    The baseline stays: a suspension is a delay like any other, and shows as one. What is counted
    from the provisional acceptance stays too: a guarantee runs on while the project rests.
    Source: docs/rules.md, M8.
    """
    if days <= 0:
        return 0
    rows = [row for row in _open_rows(session, project.id) if row.guarantee_from is None]
    if not rows:
        return 0
    first, last = min(row.forecast for row in rows), max(row.forecast for row in rows)
    calendar = load_calendar(session, first.year, last.year + days // 365 + 2)
    dates = [NewDate(project, row, shifted(row.code, row.forecast, days, calendar)) for row in rows]
    moved = move(session, dates, cause=Cause.SUSPENSION, by=by, at=at, details={"days": days}, tell=False)
    return len(moved)


def follow_acceptance(
    session: Session, *, project: Project | str, by: str, at: datetime
) -> tuple[Moved, ...]:
    """Let the open milestones of the guarantee follow the provisional acceptance now on file.

    Those counted from that very date already are left alone, so that calling again changes nothing.
    Raises: UnknownKey.
    Source: docs/rules.md, M3.
    """
    found = find_project(session, project) if isinstance(project, str) else project
    session.flush()
    accepted = acceptances(session, [found.id]).get(found.id)
    if accepted is None or found.status is Status.CANCELLED:
        return ()
    calendar = load_calendar(session, accepted.year, accepted.year + PLAN_YEARS)
    planned = {one.code: one.due for one in plan_guarantee(accepted, calendar)}
    dates = []
    for row in _open_rows(session, found.id):
        if row.code in planned and row.guarantee_from != accepted:
            row.guarantee_from = accepted
            dates.append(NewDate(found, row, planned[row.code]))
    details = {"accepted_on": accepted}
    return move(session, dates, cause=Cause.ACCEPTANCE, by=by, at=at, details=details)


def _taken(session: Session, project: str, code: str, by: str) -> tuple[Project, Milestone]:
    found, milestone, _ = _taken_among(session, project, code, by)
    return found, milestone


def _taken_among(
    session: Session, project: str, code: str, by: str
) -> tuple[Project, Milestone, dict[str, date]]:
    """Return a milestone that `by` may change, held for the transaction, and the days of those met."""
    found = take_up(session, project, Action.CHANGE_MILESTONE, by)
    rows = session.exec(
        select(Milestone)
        .where(Milestone.project_id == found.id)
        .order_by(col(Milestone.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    named = {row.code: row for row in rows}
    if code not in named:
        raise UnknownKey(noun="milestone", key=visible(code[:60]), candidates=_candidates(code, named))
    others = {row.code: row.actual for row in rows if row.actual is not None and row.code != code}
    return found, named[code], others


def _candidates(code: str, named: Mapping[str, Milestone]) -> tuple[str, ...]:
    return nearest(code, named) or tuple(sorted(named))


def _open_rows(session: Session, project: UUID) -> Sequence[Milestone]:
    return session.exec(
        select(Milestone)
        .where(Milestone.project_id == project, col(Milestone.actual).is_(None))
        .order_by(col(Milestone.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _note_met(
    session: Session,
    project: Project,
    milestone: Milestone,
    previous: date | None,
    reason: str,
    by: str,
    at: datetime,
) -> None:
    facts: dict[str, object] = {"stage": milestone.stage, "actual": milestone.actual}
    if previous is not None:
        facts |= {"previous": previous, "reason": reason}
    delay = delay_days(milestone.baseline, milestone.forecast, milestone.actual)
    dates = {"baseline": milestone.baseline, "forecast": milestone.forecast, "days": delay, "delay": delay}
    outbox.tell(
        session,
        key=f"milestone_met:{milestone.id}:{milestone.revision}",
        kind="milestone_met",
        project=project.id,
        at=at,
        payload={"milestone": milestone.code, **facts, **dates, "by": by},
    )
    payload = {"code": milestone.code, **facts}
    trail.record(session, at=at, actor=by, kind="milestone_met", project=project.id, payload=payload)


def _answer(project: Project, milestone: Milestone, changed: bool) -> MilestoneAnswer:
    return MilestoneAnswer(
        project=project.key,
        stage=milestone.stage,
        code=milestone.code,
        baseline=milestone.baseline,
        forecast=milestone.forecast,
        actual=milestone.actual,
        delay=delay_days(milestone.baseline, milestone.forecast, milestone.actual),
        changed=changed,
    )
