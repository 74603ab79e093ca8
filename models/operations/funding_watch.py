"""The morning's look at partners' money: calls to draft, calls in doubt, calls that are overdue."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations.additions import add_missing
from models.operations.drafting import DraftReport, draft_due_calls
from models.queries import funding_statements as statements
from models.rules.ageing import RUNGS, reminder_key, rung_of
from models.rules.money import Money
from models.rules.trail import canonical
from models.tables import Parcel


@dataclass(frozen=True, slots=True)
class FundingReport:
    """What one look did: `reminded` counts the reminders by rung."""

    day: date
    drafts: DraftReport
    reminded: Mapping[int, int]

    @property
    def told(self) -> int:
        return self.drafts.drafted + sum(self.reminded.values())


def watch(session: Session, *, at: datetime) -> FundingReport:
    """Remind of the calls that are overdue, each once a rung, and draft the calls that are due.

    Running it again adds nothing; a rung that was missed is not told after a higher one.
    Source: docs/rules.md, V8, V9 and V23.
    """
    reminded = remind(session, at=at)
    drafts = draft_due_calls(session, at=at)
    return FundingReport(local_day(at), drafts, reminded)


def remind(session: Session, *, at: datetime) -> Mapping[int, int]:
    """Put a reminder into the outbox for each open call that has reached a new rung of the ladder.

    Source: docs/rules.md, V23.
    """
    day = local_day(at)
    session.flush()
    overdue = statements.overdue(day, day - timedelta(days=RUNGS[0]))
    rows = session.connection().execute(overdue).all()
    told = _told(session)
    parcels = []
    for row in rows:
        rung = rung_of(row.due_on, day)
        if rung is not None and told.get(row.id, 0) < rung:
            parcels.append(_parcel(row, rung, day, at))
    written = add_missing(session, Parcel, parcels, "key")
    counts: dict[int, int] = defaultdict(int)
    for key in written:
        counts[int(key.rpartition(":")[2])] += 1
    return dict(counts)


def _told(session: Session) -> Mapping[UUID, int]:
    """Return the highest rung that was told of each call."""
    keys = session.exec(select(col(Parcel.key)).where(col(Parcel.kind) == "call_overdue")).all()
    told: dict[UUID, int] = {}
    for key in keys:
        _, call, rung = key.split(":")
        told[UUID(call)] = max(int(rung), told.get(UUID(call), 0))
    return told


def _parcel(row: Row[Any], rung: int, day: date, at: datetime) -> dict[str, Any]:
    payload = {
        "partner": {"ar": row.name_ar, "fr": row.name_fr, "en": row.name_en},
        "call": row.number,
        "amount": str(Money(row.amount, row.currency)),
        "outstanding": str(Money(int(row.lacks), row.currency)),
        "due_on": row.due_on,
        "days": (day - row.due_on).days,
    }
    return {
        "key": reminder_key(row.id, rung),
        "kind": "call_overdue",
        "project_id": row.project,
        "payload": canonical(payload),
        "created_at": at,
    }
