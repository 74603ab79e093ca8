"""The morning's watch: which alerts today calls for, each put into the outbox once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, or_, select, update
from sqlmodel import Session, col

from models.clock import local_day
from models.operations.additions import add_missing
from models.queries.milestones import expected
from models.rules.milestones import OVERDUE, WINDOWS, Window, alert_key, delay_days, due_threshold
from models.rules.trail import canonical
from models.tables import Milestone, Parcel
from models.tables.columns import table_of


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What one look at the milestones put into the outbox; `thresholds` counts it by threshold."""

    day: date
    told: int
    thresholds: Mapping[str, int]

    @property
    def overdue(self) -> int:
        return self.thresholds.get(OVERDUE, 0)


def watch(session: Session, *, at: datetime) -> WatchReport:
    """Put the alerts that today calls for into the outbox, each once, in two statements.

    Once for each milestone, forecast date and threshold, whatever the clock does: running again
    adds nothing, a day that was skipped is made up for, and after the clock went back no wider
    threshold follows a nearer one.
    Source: docs/rules.md, M6, M10 and M11; docs/decisions/0101-an-alert-once.md.
    """
    day = local_day(at)
    parcels = [_parcel(row, day, at) for row in _claim(session, day)]
    written = add_missing(session, Parcel, parcels, "key")
    thresholds = Counter(key.rpartition(":")[2] for key in written)
    return WatchReport(day, len(written), dict(thresholds))


_TOLD = ("id", "project_id", "stage", "code", "baseline", "forecast")


def _claim(session: Session, day: date) -> Sequence[Row[Any]]:
    """Mark what calls for an alert as told and return it, in the order of ids.

    The rows are taken in that order too: of two watches at once, the second waits and finds nothing.
    """
    session.flush()
    milestone = table_of(Milestone)
    due = (
        select(col(Milestone.id))
        .where(expected(), or_(*(_untold(window, day) for window in WINDOWS)))
        .order_by(col(Milestone.id))
        .with_for_update(of=Milestone)
    )
    within = case(*((_inside(window, day), window.last) for window in WINDOWS))
    claimed = (
        update(milestone)
        .where(milestone.c.id.in_(due))
        .values(told_for=milestone.c.forecast, told_within=within)
        .returning(*(milestone.c[name] for name in _TOLD))
    )
    return sorted(session.connection().execute(claimed), key=lambda row: row.id.hex)


def _inside(window: Window, day: date) -> ColumnElement[bool]:
    last = col(Milestone.forecast) <= day + timedelta(days=window.last)
    if window.first is None:
        return last
    return and_(col(Milestone.forecast) >= day + timedelta(days=window.first), last)


def _untold(window: Window, day: date) -> ColumnElement[bool]:
    """In the window of a threshold, and neither it nor a nearer one is told for this date."""
    told_for, told_within = col(Milestone.told_for), col(Milestone.told_within)
    untold = or_(told_for.is_(None), told_for != col(Milestone.forecast), told_within > window.last)
    return and_(_inside(window, day), untold)


def _parcel(row: Row[Any], day: date, at: datetime) -> dict[str, Any]:
    threshold = due_threshold(row.forecast, day) or OVERDUE
    payload = {
        "milestone": row.code,
        "stage": row.stage,
        "baseline": row.baseline,
        "forecast": row.forecast,
        "threshold": threshold,
        "days": abs((row.forecast - day).days),
        "delay": delay_days(row.baseline, row.forecast, None),
    }
    return {
        "key": alert_key(row.id, row.forecast, threshold),
        "kind": "milestone_overdue" if threshold == OVERDUE else "milestone_due",
        "project_id": row.project_id,
        "payload": canonical(payload),
        "created_at": at,
    }
