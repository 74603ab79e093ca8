"""The morning's look at what is amiss with money: each thing is told once, and anew when it gets worse."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from models.clock import local_day
from models.operations.additions import add_missing
from models.queries.alert_statements import going_on
from models.queries.money_alerts import money_concerns
from models.rules.money import Money
from models.rules.money_alerts import Alert, Concern, Told, alert_key, is_news, widened_by
from models.rules.trail import canonical
from models.tables import MoneyAlert, Parcel, Project
from models.tables.columns import table_of

Subject = tuple[Alert, UUID]


@dataclass(frozen=True, slots=True)
class AlertReport:
    """What one look put into the outbox; `amiss` counts what stands, `told` the news of it, by kind."""

    day: date
    amiss: Mapping[Alert, int]
    told: Mapping[Alert, int]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the books keep of one subject."""

    id: UUID
    told: Told
    times: int

    def may_change(self, day: date) -> bool:
        """Tell whether a look at a day may change it: not where a later day was looked at (B48)."""
        return self.told.seen_on <= day

    def calls_for(self, now: Concern, day: date) -> bool:
        """Tell whether what is amiss is to be told again."""
        return self.may_change(day) and is_news(self.told, now.level, now.month)


def raise_alerts(session: Session, *, at: datetime) -> AlertReport:
    """Put what is amiss with the money of projects that go on into the outbox, where it is news.

    Running it again adds nothing; what has healed is closed silently, and told anew when it opens again.
    A look at an earlier day than one before, after the clock went back, changes nothing that is known.
    Source: docs/rules.md, B40 to B49.
    """
    day = local_day(at)
    kept = _kept(session)
    concerns = {(one.alert, one.subject): one for one in money_concerns(session, day)}
    parcels = _write_new(session, [one for subject, one in concerns.items() if subject not in kept], at)
    parcels += [
        _parcel(one, kept[subject], at)
        for subject, one in concerns.items()
        if subject in kept and kept[subject].calls_for(one, day)
    ]
    _keep(session, kept, concerns, day)
    written = add_missing(session, Parcel, sorted(parcels, key=lambda parcel: str(parcel["key"])), "key")
    told = Counter(Alert(key.partition(":")[0]) for key in written)
    return AlertReport(day, Counter(alert for alert, _ in concerns), told)


def _kept(session: Session) -> Mapping[Subject, _Kept]:
    """Return what was told of projects that go on; of two looks at once, the second waits here."""
    query = (
        select(MoneyAlert)
        .join(Project, col(Project.id) == col(MoneyAlert.project_id))
        .where(*going_on())
        .order_by(col(MoneyAlert.id))
        .with_for_update(of=MoneyAlert)
    )
    session.flush()
    rows = session.connection().execute(query).all()
    return {
        (row.alert, row.subject_id): _Kept(
            row.id, Told(row.level, row.month, row.is_open, row.seen_on), row.times
        )
        for row in rows
    }


def _write_new(session: Session, concerns: Iterable[Concern], at: datetime) -> list[dict[str, Any]]:
    """Keep what was never told, and return its messages; what another look has just kept, it has told."""
    fresh = sorted(concerns, key=lambda one: (one.alert, one.subject.hex))
    rows = {uuid4(): one for one in fresh}
    written = add_missing(session, MoneyAlert, [_row(id_, one, at) for id_, one in rows.items()])
    return [_parcel(one, None, at) for id_, one in rows.items() if id_ in written]


def _row(id_: UUID, one: Concern, at: datetime) -> dict[str, Any]:
    return {
        "id": id_,
        "alert": one.alert,
        "subject_id": one.subject,
        "project_id": one.project,
        "level": one.level,
        "month": one.month,
        "times": 1,
        "is_open": True,
        "seen_on": local_day(at),
    }


def _parcel(one: Concern, kept: _Kept | None, at: datetime) -> dict[str, Any]:
    payload = dict(one.payload)
    if one.currency is not None:
        more = widened_by(kept.told if kept else None, one.level)
        payload["more"] = None if more is None else str(Money(more, one.currency))
    return {
        "key": alert_key(one.alert, one.subject, kept.times + 1 if kept else 1),
        "kind": one.alert.value,
        "project_id": one.project,
        "payload": canonical(payload),
        "created_at": at,
    }


def _keep(
    session: Session, kept: Mapping[Subject, _Kept], concerns: Mapping[Subject, Concern], day: date
) -> None:
    """Write down how what was told stands today: as bad as it is now, or closed."""
    changes = []
    for subject, one in sorted(kept.items(), key=lambda item: item[1].id):
        if not one.may_change(day):
            continue
        now = concerns.get(subject)
        changed = _closed(one) if now is None else _standing(one, now)
        if changed is not None:
            changes.append({"which": one.id} | changed)
    if changes:
        session.connection().execute(_CHANGE, changes)
    session.connection().execute(_SEEN, {"day": day})


def _closed(kept: _Kept) -> dict[str, Any] | None:
    if not kept.told.is_open:
        return None
    return _columns(kept.told.level, kept.told.month, kept.times, is_open=False)


def _standing(kept: _Kept, now: Concern) -> dict[str, Any] | None:
    news = is_news(kept.told, now.level, now.month)
    if not news and (now.level, now.month) == (kept.told.level, kept.told.month):
        return None
    return _columns(now.level, now.month, kept.times + news, is_open=True)


def _columns(level: int, month: date | None, times: int, *, is_open: bool) -> dict[str, Any]:
    return {"to_level": level, "to_month": month, "to_times": times, "to_open": is_open}


_ALERTS = table_of(MoneyAlert)
_CHANGE = (
    update(_ALERTS)
    .where(_ALERTS.c.id == bindparam("which"))
    .values(
        level=bindparam("to_level"),
        month=bindparam("to_month"),
        times=bindparam("to_times"),
        is_open=bindparam("to_open"),
    )
)
_SEEN = update(_ALERTS).where(_ALERTS.c.seen_on < bindparam("day")).values(seen_on=bindparam("day"))
