"""Opening stages: the milestones that entering one brings, for one project or for hundreds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from models.operations import trail
from models.operations.additions import add_missing
from models.operations.forecasts import Cause, NewDate, move
from models.queries.calendar import load_calendar
from models.queries.milestones import acceptances
from models.queries.projects import find_project
from models.rules.milestones import PLAN_YEARS, TEMPLATES, Planned, plan, replan
from models.rules.stages import Stage
from models.tables import Milestone, Project

AT_ONCE = 1000
"""Projects that are read and written together; more would pass the limit of values in a statement."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A stage that a project (its row, or its key) has entered by a move, whose id is `request`."""

    project: Project | str
    stage: Stage
    entered_on: date
    request: UUID


@dataclass(frozen=True, slots=True)
class Opened:
    """A milestone that was written; its forecast is its baseline."""

    project: str
    stage: Stage
    code: str
    baseline: date


@dataclass(frozen=True, slots=True)
class _Work:
    """One opening with its project and what the template gives it."""

    project: Project
    opening: Opening
    planned: tuple[Planned, ...]


def open_stages(session: Session, openings: Sequence[Opening], *, by: str, at: datetime) -> int:
    """Do for many projects in few statements what `open_each` does; return how many were opened."""
    return len(open_each(session, openings, by=by, at=at))


def open_each(
    session: Session, openings: Sequence[Opening], *, by: str, at: datetime
) -> tuple[Opened, ...]:
    """Write the milestones of the stages entered; return those that were not there yet.

    The same move again adds nothing. A stage that is entered once more, by another move, keeps its
    baselines and what was met; the forecasts of its open milestones follow the new entry.
    Raises: UnknownKey.
    Source: docs/rules.md, M1 to M3 and M9.
    """
    opened: list[Opened] = []
    for start in range(0, len(openings), AT_ONCE):
        works = _plan(session, [one for one in openings[start : start + AT_ONCE] if one.stage in TEMPLATES])
        opened += _open(session, works, by, at)
    return tuple(opened)


def _open(session: Session, works: Sequence[_Work], by: str, at: datetime) -> list[Opened]:
    rows = {(work.opening.request, one.code): _row(work, one) for work in works for one in work.planned}
    written = add_missing(session, Milestone, sorted(rows.values(), key=lambda row: str(row["project_id"])))
    if len(written) < len(rows):
        _reenter(session, works, by, at)
    opened: list[Opened] = []
    entries = []
    for work in works:
        new = [one for one in work.planned if rows[work.opening.request, one.code]["id"] in written]
        if new:
            entries.append((work.project.id, _entry(work, new)))
        opened += [Opened(work.project.key, work.opening.stage, one.code, one.due) for one in new]
    trail.record_each(session, at=at, actor=by, kind="milestones_opened", entries=entries)
    return opened


def _plan(session: Session, openings: Sequence[Opening]) -> list[_Work]:
    if not openings:
        return []
    projects = _projects(session, openings)
    found = [(projects[_key(one)], one) for one in openings]
    launched = [project.id for project, one in found if one.stage is Stage.LAUNCH]
    accepted = acceptances(session, launched) if launched else {}
    years = [day.year for day in (*(one.entered_on for one in openings), *accepted.values())]
    calendar = load_calendar(session, min(years), max(years) + PLAN_YEARS)
    return [
        _Work(
            project,
            one,
            plan(one.stage, one.entered_on, project.budget, calendar, accepted.get(project.id)),
        )
        for project, one in found
    ]


def _projects(session: Session, openings: Sequence[Opening]) -> Mapping[str, Project]:
    known = {one.project.key: one.project for one in openings if isinstance(one.project, Project)}
    wanted = {_key(one) for one in openings} - known.keys()
    if len(wanted) == 1:
        (key,) = wanted
        return known | {key: find_project(session, key)}
    if wanted:
        plain = [key for key in wanted if "\x00" not in key]
        known |= {p.key: p for p in session.exec(select(Project).where(col(Project.key).in_(plain)))}
    for key in wanted - known.keys():
        find_project(session, key)  # raises UnknownKey with the nearest keys
    return known


def _key(opening: Opening) -> str:
    return opening.project if isinstance(opening.project, str) else opening.project.key


def _row(work: _Work, planned: Planned) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "project_id": work.project.id,
        "stage": work.opening.stage,
        "code": planned.code,
        "baseline": planned.due,
        "forecast": planned.due,
        "actual": None,
        "reason": "",
        "planned_by": work.opening.request,
        "guarantee_from": planned.guarantee_from,
        "revision": 1,
    }


def _reenter(session: Session, works: Sequence[_Work], by: str, at: datetime) -> None:
    """Carry the open milestones that were there, and that another move planned, to the new entry."""
    by_place = {(work.project.id, work.opening.stage): work for work in works}
    rows = session.exec(
        select(Milestone)
        .where(
            col(Milestone.project_id).in_([work.project.id for work in works]),
            col(Milestone.actual).is_(None),
        )
        .order_by(col(Milestone.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    dates = []
    for row in rows:
        work = by_place.get((row.project_id, row.stage))
        if work is None or row.planned_by == work.opening.request:
            continue
        planned = {one.code: one for one in work.planned}.get(row.code)
        if planned is not None:
            forecast = replan(row.forecast, row.guarantee_from, planned)
            row.planned_by, row.guarantee_from = work.opening.request, planned.guarantee_from
            dates.append(NewDate(work.project, row, forecast))
    move(session, dates, cause=Cause.REENTRY, by=by, at=at)


def _entry(work: _Work, new: Sequence[Planned]) -> dict[str, Any]:
    return {
        "stage": work.opening.stage,
        "entered_on": work.opening.entered_on,
        "request": work.opening.request,
        "milestones": [
            {"code": one.code, "baseline": one.due, "guarantee_from": one.guarantee_from} for one in new
        ],
    }
