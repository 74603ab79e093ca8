"""Moving forecast dates: one way in, whatever moved them, with the trail and the message it owes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Session

from models.operations import outbox, trail
from models.rules.milestones import delay_days
from models.rules.stages import Stage
from models.tables import Milestone, Project


class Cause(StrEnum):
    """What moved a forecast date."""

    PERSON = "person"
    FEAST = "feast"
    ACCEPTANCE = "acceptance"
    REENTRY = "reentry"
    SUSPENSION = "suspension"


KINDS = dict.fromkeys(Cause, "milestones_shifted") | {Cause.PERSON: "milestone_forecast"}
"""The kind of the trail entry; all carry the same payload."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A forecast that moved, with the date it had before."""

    project: str
    stage: Stage
    code: str
    previous: date
    forecast: date


@dataclass(frozen=True, slots=True)
class NewDate:
    """A milestone, the project it belongs to, and the forecast it is about to get."""

    project: Project
    milestone: Milestone
    forecast: date


def move(
    session: Session,
    dates: Sequence[NewDate],
    *,
    cause: Cause,
    by: str,
    at: datetime,
    reason: str = "",
    details: dict[str, Any] | None = None,
    tell: bool = True,
) -> tuple[Moved, ...]:
    """Give milestones new forecasts; the baselines stay (M5). Dates that are the same are left alone.

    One trail entry for each project holds all its dates and the `details`; with `tell`, each date
    is a parcel `forecast_moved`.
    """
    changed = [new for new in dates if new.forecast != new.milestone.forecast]
    entries: dict[UUID, list[Moved]] = {}
    for new in changed:
        moved = Moved(
            new.project.key, new.milestone.stage, new.milestone.code, new.milestone.forecast, new.forecast
        )
        new.milestone.forecast = new.forecast
        new.milestone.reason = reason or new.milestone.reason
        new.milestone.revision += 1
        entries.setdefault(new.project.id, []).append(moved)
        if tell:
            _tell(session, new, moved, cause, reason, by, at)
    facts = {"cause": cause, "reason": reason, **(details or {})}
    notes = [(project, {**facts, "milestones": _listed(moves)}) for project, moves in entries.items()]
    trail.record_each(session, at=at, actor=by, kind=KINDS[cause], entries=notes)
    return tuple(moved for moves in entries.values() for moved in moves)


def _listed(moves: Sequence[Moved]) -> list[dict[str, Any]]:
    return [
        {"stage": m.stage, "code": m.code, "previous": m.previous, "forecast": m.forecast} for m in moves
    ]


def _tell(
    session: Session, new: NewDate, moved: Moved, cause: Cause, reason: str, by: str, at: datetime
) -> None:
    milestone = new.milestone
    payload = {
        "milestone": moved.code,
        "stage": moved.stage,
        "baseline": milestone.baseline,
        "previous": moved.previous,
        "forecast": moved.forecast,
        "days": (moved.forecast - moved.previous).days,
        "delay": delay_days(milestone.baseline, milestone.forecast, None),
        "reason": reason,
        "cause": cause,
        "by": by,
    }
    key = f"forecast_moved:{milestone.id}:{milestone.revision}"
    outbox.tell(session, key=key, kind="forecast_moved", project=new.project.id, at=at, payload=payload)
