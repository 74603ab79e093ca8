"""Which parcels have no address yet and which deliveries are due: asked often, so written once.

The statements are built when the module is read, on the bare tables: building them anew for every
message would cost more than asking.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlmodel import Session

from models.db import UtcDateTime
from models.tables import ChatThread, Delivery, DeliveryState, Parcel, Project
from models.tables.columns import table_of

_delivery, _parcel = table_of(Delivery), table_of(Parcel)
_project, _thread = table_of(Project), table_of(ChatThread)
_earlier = _delivery.alias("earlier")


@dataclass(frozen=True, slots=True)
class About:
    """The project a message is about: what a message says of it."""

    id: UUID
    key: str
    name_ar: str
    name_fr: str
    name_en: str
    sample: bool

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that may be taken now. `thread`: id of the message it answers, "" before there is one."""

    delivery: UUID
    kind: str
    payload: Mapping[str, Any]
    told_at: datetime
    project: About | None
    channel: str
    language: str
    thread: str
    attempts: int
    attempts_allowed: int
    first_tried_at: datetime | None
    claimed_by: str | None
    claimed_until: datetime | None


class Unaddressed(NamedTuple):
    """A parcel whose channels nobody has looked up, with what the choice of channels needs."""

    id: int
    kind: str
    project_id: UUID | None
    sector: str | None
    region: str | None


def unaddressed(session: Session, limit: int) -> list[Unaddressed]:
    """Return the oldest parcels without deliveries, and keep them until the transaction ends.

    A second worker waits (no SKIP LOCKED), or it could address later parcels of a thread first.
    """
    return [Unaddressed(*row) for row in session.connection().execute(_UNADDRESSED, {"most": limit})]


def due_channels(session: Session, at: datetime) -> list[str]:
    """Return the channels that something is due for, in the order of their names."""
    return list(session.connection().execute(_DUE_CHANNELS, {"now": at}).scalars())


def next_due(session: Session, *, at: datetime, limit: int, channel: str | None) -> list[Due]:
    """Return the earliest unsent delivery of each thread that is due, and keep them locked.

    Source: docs/rules.md, O4 and O5.
    """
    statement = _NEXT if channel is None else _NEXT_OF_CHANNEL
    values = {"now": at, "most": limit, **({} if channel is None else {"of_channel": channel})}
    return [_due(row) for row in session.connection().execute(statement, values).mappings()]


def _due(row: Mapping[Any, Any]) -> Due:
    about = None
    if row["project_id"] is not None:
        names = (row[column] for column in ("key", "name_ar", "name_fr", "name_en", "sample"))
        about = About(row["project_id"], *names)
    return Due(
        delivery=row["id"],
        kind=row["kind"],
        payload=json.loads(row["payload"]),
        told_at=row["created_at"],
        project=about,
        channel=row["channel"],
        language=row["language"],
        thread=row["answers"] or "",
        attempts=row["attempts"],
        attempts_allowed=row["attempts_allowed"],
        first_tried_at=row["first_tried_at"],
        claimed_by=row["claimed_by"],
        claimed_until=row["claimed_until"],
    )


_NOW = bindparam("now", type_=UtcDateTime())

_UNADDRESSED = (
    select(_parcel.c.id, _parcel.c.kind, _parcel.c.project_id, _project.c.sector, _project.c.region)
    .select_from(_parcel.outerjoin(_project, _project.c.id == _parcel.c.project_id))
    .where(_parcel.c.addressed_at.is_(None))
    .order_by(_parcel.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=_parcel)
)

_IS_DUE = and_(
    _delivery.c.state == DeliveryState.PENDING,
    or_(_delivery.c.claimed_until.is_(None), _delivery.c.claimed_until < _NOW),
    or_(_delivery.c.not_before.is_(None), _delivery.c.not_before <= _NOW),
)

_IS_BLOCKED = exists().where(
    _earlier.c.state == DeliveryState.PENDING,
    _earlier.c.thread == _delivery.c.thread,
    _earlier.c.sequence < _delivery.c.sequence,
)

_DUE_CHANNELS = select(_delivery.c.channel).where(_IS_DUE).distinct().order_by(_delivery.c.channel)

_SHOWN_OF_DELIVERY: Sequence[str] = (
    "id",
    "channel",
    "language",
    "attempts",
    "attempts_allowed",
    "first_tried_at",
    "claimed_by",
    "claimed_until",
    "project_id",
)
_SHOWN_OF_PROJECT: Sequence[str] = ("key", "name_ar", "name_fr", "name_en", "sample")

_NEXT = (
    select(
        *(_delivery.c[name] for name in _SHOWN_OF_DELIVERY),
        *(_parcel.c[name] for name in ("kind", "payload", "created_at")),
        *(_project.c[name] for name in _SHOWN_OF_PROJECT),
        _thread.c.provider_id.label("answers"),
    )
    .select_from(
        _delivery.join(_parcel, _parcel.c.id == _delivery.c.parcel_id)
        .outerjoin(_project, _project.c.id == _delivery.c.project_id)
        .outerjoin(
            _thread,
            and_(
                _thread.c.project_id == _delivery.c.project_id,
                _thread.c.channel == _delivery.c.channel,
                _thread.c.language == _delivery.c.language,
            ),
        )
    )
    .where(_IS_DUE, ~_IS_BLOCKED)
    .order_by(_delivery.c.sequence, _delivery.c.thread)
    .limit(bindparam("most"))
    .with_for_update(of=_delivery, skip_locked=True)
)

_NEXT_OF_CHANNEL = _NEXT.where(_delivery.c.channel == bindparam("of_channel"))
