"""What was said in chat, and what is still on its way there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.queries.projects import find_project
from models.tables import Delivery, DeliveryAttempt, DeliveryState, FeedMessage, Parcel, Project

LINES = 50


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A message of the local feed as it was posted; `text` and `blocks` are in Slack's form."""

    id: UUID
    posted_at: datetime
    channel: str
    language: str
    project: str | None
    kind: str
    is_reply: bool
    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery that has failed so far: the last outcome is a code, `detail` what the provider said."""

    id: UUID
    kind: str
    project: str | None
    channel: str
    language: str
    state: DeliveryState
    attempts: int
    told_at: datetime
    next_at: datetime | None
    last_outcome: str
    last_detail: str
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChatStatus:
    """How chat stands. `unaddressed`: parcels nobody has looked up the channels of yet."""

    unaddressed: int
    pending: int
    sent: int
    failing: tuple[DeliveryLine, ...]
    given_up: tuple[DeliveryLine, ...]


def read_feed(
    session: Session,
    *,
    channel: str | None = None,
    project: str | None = None,
    since: datetime | None = None,
    limit: int = LINES,
) -> tuple[FeedLine, ...]:
    """Return the last messages of the local feed, oldest first.

    Raises: UnknownKey for a project that is not in the books.
    """
    query = (
        select(FeedMessage, col(Parcel.kind), col(Project.key))
        .join(Delivery, col(Delivery.id) == col(FeedMessage.id))
        .join(Parcel, col(Parcel.id) == col(Delivery.parcel_id))
        .outerjoin(Project, col(Project.id) == col(Delivery.project_id))
        .order_by(
            col(FeedMessage.posted_at).desc(),
            col(Delivery.sequence).desc(),
            col(Delivery.thread).desc(),
        )
        .limit(limit)
    )
    if channel is not None:
        query = query.where(col(FeedMessage.channel) == channel.replace("\x00", ""))
    if project is not None:
        query = query.where(col(Delivery.project_id) == find_project(session, project).id)
    if since is not None:
        query = query.where(col(FeedMessage.posted_at) >= since)
    return tuple(_feed_line(*row) for row in reversed(session.exec(query).all()))


def list_channels(session: Session) -> tuple[str, ...]:
    """Return the channels in which something has been said."""
    channel = col(FeedMessage.channel)
    return tuple(session.exec(select(channel).distinct().order_by(channel)))


def read_status(session: Session, *, limit: int = LINES) -> ChatStatus:
    """Return what waits, what fails and what was given up, with the last outcome of each."""
    counts = dict(
        session.exec(select(col(Delivery.state), func.count()).group_by(col(Delivery.state))).all()
    )
    failing = col(Delivery.state) == DeliveryState.PENDING, col(Delivery.attempts) > 0
    return ChatStatus(
        unaddressed=session.exec(
            select(func.count()).select_from(Parcel).where(col(Parcel.addressed_at).is_(None))
        ).one(),
        pending=counts.get(DeliveryState.PENDING, 0),
        sent=counts.get(DeliveryState.SENT, 0),
        failing=_lines(session, failing, limit),
        given_up=_lines(session, [col(Delivery.state) == DeliveryState.GIVEN_UP], limit),
    )


def count_pending(session: Session) -> int:
    """Return how many deliveries are neither sent nor given up."""
    query = select(func.count()).select_from(Delivery)
    return session.exec(query.where(col(Delivery.state) == DeliveryState.PENDING)).one()


def _feed_line(message: FeedMessage, kind: str, project: str | None) -> FeedLine:
    return FeedLine(
        id=message.id,
        posted_at=message.posted_at,
        channel=message.channel,
        language=message.language,
        project=project,
        kind=kind,
        is_reply=bool(message.thread),
        text=message.text,
        blocks=json.loads(message.blocks),
    )


def _lines(session: Session, which: Sequence[Any], limit: int) -> tuple[DeliveryLine, ...]:
    rows = session.exec(
        select(Delivery, Parcel, col(Project.key))
        .join(Parcel, col(Parcel.id) == col(Delivery.parcel_id))
        .outerjoin(Project, col(Project.id) == col(Delivery.project_id))
        .where(*which)
        .order_by(col(Delivery.sequence), col(Delivery.thread))
        .limit(limit)
    ).all()
    last = _last_attempts(session, [delivery.id for delivery, _parcel, _key in rows])
    return tuple(_line(*row, last.get(row[0].id)) for row in rows)


def _line(
    delivery: Delivery, parcel: Parcel, project: str | None, last: DeliveryAttempt | None
) -> DeliveryLine:
    return DeliveryLine(
        id=delivery.id,
        kind=parcel.kind,
        project=project,
        channel=delivery.channel,
        language=delivery.language,
        state=delivery.state,
        attempts=delivery.attempts,
        told_at=parcel.created_at,
        next_at=delivery.not_before,
        last_outcome=last.outcome if last else "",
        last_detail=last.detail if last else "",
        last_at=last.at if last else None,
    )


def _last_attempts(session: Session, deliveries: Sequence[UUID]) -> dict[UUID, DeliveryAttempt]:
    attempts = session.exec(
        select(DeliveryAttempt)
        .where(col(DeliveryAttempt.delivery_id).in_(deliveries))
        .order_by(col(DeliveryAttempt.at))
    )
    return {attempt.delivery_id: attempt for attempt in attempts}
