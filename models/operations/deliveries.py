"""Deliveries: addressed to the channels, claimed for a time, marked by what came of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import UpdateBase, bindparam
from sqlmodel import Session, col, insert, or_, select, update

from models.queries.deliveries import About, Due, Unaddressed, next_due, unaddressed
from models.queries.people import find_actor
from models.queries.projects import place_of
from models.rules.authority import Action, Actor, Place, authorize, may
from models.rules.deliveries import (
    LEASE,
    MOST_ATTEMPTS,
    hold_on_channel,
    may_hear,
    receives,
    wait_before_next,
)
from models.rules.errors import UnknownKey
from models.settings import Channel
from models.tables import ChatThread, Delivery, DeliveryAttempt, DeliveryState, Parcel, Project
from models.tables.columns import table_of

MOST_AT_ONCE = 500
"""Parcels addressed in one transaction (O3)."""

CUT_SHORT = "cut_short"
PUT_BACK = "put_back"
CANNOT_TELL = "cannot_tell"
"""A look for a lost message that ended at its bound: whether it arrived is not known."""

_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery that a worker holds, with all that sending it needs.

    `thread` is the provider's id of the thread's first message, "" before there is one. `attempt`
    counts from 1; from 2 on, an earlier try may have arrived although its answer was lost.
    """

    delivery: UUID
    kind: str
    payload: Mapping[str, Any]
    told_at: datetime
    project: About | None
    channel: str
    language: str
    thread: str
    attempt: int
    first_tried_at: datetime
    claimed_until: datetime


def address(session: Session, *, channels: Sequence[Channel], at: datetime) -> int:
    """Write the deliveries of parcels nobody has addressed yet; return how many parcels there were.

    At most MOST_AT_ONCE in one call. A parcel that concerns no channel is done with.
    Source: docs/rules.md, O2 and O3.
    """
    session.flush()
    parcels = unaddressed(session, MOST_AT_ONCE)
    rows = [
        _row(parcel, channel, language)
        for parcel in parcels
        for channel, language in _addressees(channels, parcel)
    ]
    if rows:
        session.exec(insert(Delivery), params=rows)
    if parcels:
        ids = [parcel.id for parcel in parcels]
        session.exec(update(Parcel).where(col(Parcel.id).in_(ids)).values(addressed_at=at))
    return len(parcels)


def claim(
    session: Session, *, worker: str, at: datetime, limit: int, channel: str | None = None
) -> list[Outgoing]:
    """Take deliveries that are due, the earliest unsent one of each thread, for the time of a lease.

    The attempt is counted here, so that a crash while sending is seen as an attempt.
    Source: docs/rules.md, O4 and O5.
    """
    session.flush()
    taken = []
    for due in next_due(session, at=at, limit=limit, channel=channel):
        if due.claimed_until is not None:
            _log(session, due.delivery, at, CUT_SHORT, due.claimed_by or "")
        if due.attempts >= due.attempts_allowed:
            _do(session, _GIVE_UP, {"of": due.delivery})
        else:
            taken.append(_take(session, due, worker, at))
    return taken


def mark_sent(
    session: Session, *, delivery: Outgoing, provider_id: str, at: datetime, outcome: str = "sent"
) -> None:
    """Note that the message is there; the first of a thread becomes the one that later ones answer.

    Also when the lease is over by now: what was sent was sent.
    """
    _do(session, _MARK_SENT, {"of": delivery.delivery, "now": at, "provider": provider_id})
    _log(session, delivery.delivery, at, outcome)
    if delivery.project is not None and not delivery.thread:
        _open_thread(session, delivery, delivery.project.id, provider_id)


def mark_failed(
    session: Session,
    *,
    delivery: Outgoing,
    at: datetime,
    outcome: str,
    detail: str = "",
    retry_after: float | None = None,
    permanent: bool = False,
) -> DeliveryState:
    """Note a failed attempt: the delivery waits longer each time, or is given up; return its state.

    `retry_after`: seconds the provider asked for. A passing failure holds its channel back too. A worker
    whose lease is over by now changes nothing but the log.
    Source: docs/rules.md, O6 to O8.
    """
    _log(session, delivery.delivery, at, outcome, detail)
    row = session.exec(
        select(Delivery)
        .where(col(Delivery.id) == delivery.delivery)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.state is not DeliveryState.PENDING or row.attempts != delivery.attempt:
        return row.state
    row.claimed_by, row.claimed_until = None, None
    if permanent or row.attempts >= row.attempts_allowed:
        row.state = DeliveryState.GIVEN_UP
        return row.state
    round_ = row.attempts - (row.attempts_allowed - MOST_ATTEMPTS)
    row.not_before = at + wait_before_next(round_, retry_after)
    session.flush()
    _hold_channel(session, row.channel, at + hold_on_channel(round_, retry_after))
    return row.state


def retry(session: Session, *, by: str, at: datetime, delivery: UUID | None = None) -> int:
    """Put a delivery that was given up back into its queue, or all that `by` may; return how many.

    Those who may move a project may, and administrators. What an earlier attempt may have left in
    the channel is looked for again, unless that very look could not tell (O9).
    Raises: UnknownKey, NotAllowed.
    """
    actor = find_actor(session, by)
    query = (
        select(Delivery, Project)
        .outerjoin(Project, col(Project.id) == col(Delivery.project_id))
        .where(col(Delivery.state) == DeliveryState.GIVEN_UP)
        .with_for_update(of=Delivery)
        .execution_options(populate_existing=True)
    )
    if delivery is not None:
        query = query.where(col(Delivery.id) == delivery)
    rows = session.exec(query).all()
    if delivery is not None and not rows:
        raise UnknownKey(noun="delivery", key=str(delivery), candidates=())
    mine = [row for row, project in rows if _may_put_back(actor, project)]
    if rows and not mine:
        authorize(actor, Action.ADVANCE, _place(rows[0][1]))
    for row in mine:
        _put_back(session, row)
        _log(session, row.id, at, PUT_BACK, by)
    return len(mine)


def _may_put_back(actor: Actor, project: Project | None) -> bool:
    return may(actor, Action.MANAGE_USERS) or may(actor, Action.ADVANCE, _place(project))


def _place(project: Project | None) -> Place | None:
    return place_of(project) if project is not None else None


def _addressees(channels: Sequence[Channel], parcel: Unaddressed) -> list[tuple[str, str]]:
    wanted = [
        (channel.name, channel.language)
        for channel in channels
        if receives(channel.sector, parcel.sector)
        and receives(channel.region, parcel.region)
        and may_hear(parcel.kind, channel.sector, channel.region)
    ]
    return list(dict.fromkeys(wanted))


def _row(parcel: Unaddressed, channel: str, language: str) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "parcel_id": parcel.id,
        "project_id": parcel.project_id,
        "channel": channel,
        "language": language,
        "thread": f"{channel} {language} {parcel.project_id or ''}",
        "sequence": parcel.id,
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "attempts_allowed": MOST_ATTEMPTS,
        "provider_id": "",
    }


def _take(session: Session, due: Due, worker: str, at: datetime) -> Outgoing:
    outgoing = Outgoing(
        delivery=due.delivery,
        kind=due.kind,
        payload=due.payload,
        told_at=due.told_at,
        project=due.project,
        channel=due.channel,
        language=due.language,
        thread=due.thread,
        attempt=due.attempts + 1,
        first_tried_at=due.first_tried_at or at,
        claimed_until=at + LEASE,
    )
    held = {"attempt": outgoing.attempt, "first": outgoing.first_tried_at, "until": outgoing.claimed_until}
    _do(session, _HOLD, {"of": due.delivery, "worker": worker, **held})
    return outgoing


def _open_thread(session: Session, delivery: Outgoing, project: UUID, provider_id: str) -> None:
    channel, language = delivery.channel, delivery.language
    known = session.exec(
        select(ChatThread.id).where(
            ChatThread.channel == channel,
            ChatThread.language == language,
            ChatThread.project_id == project,
        )
    ).first()
    if known is None:
        session.add(
            ChatThread(channel=channel, language=language, project_id=project, provider_id=provider_id)
        )


def _hold_channel(session: Session, channel: str, until: datetime) -> None:
    """Hold back what waits for a channel, but for what another worker settles at this moment.

    Both would hold one row and wait for the other's; each holds back the rest of its channel anyway.
    """
    waiting = (
        select(Delivery.id)
        .where(
            col(Delivery.state) == DeliveryState.PENDING,
            col(Delivery.channel) == channel,
            or_(col(Delivery.not_before).is_(None), col(Delivery.not_before) < until),
        )
        .with_for_update(skip_locked=True)
    )
    session.exec(
        update(Delivery)
        .where(col(Delivery.id).in_(waiting))
        .values(not_before=until)
        .execution_options(synchronize_session=False)
    )


def _put_back(session: Session, row: Delivery) -> None:
    last = session.exec(
        select(DeliveryAttempt.outcome)
        .where(DeliveryAttempt.delivery_id == row.id)
        .order_by(col(DeliveryAttempt.at).desc())
    ).first()
    if last == CANNOT_TELL:
        row.attempts, row.first_tried_at = 0, None
    row.attempts_allowed = row.attempts + MOST_ATTEMPTS
    row.state, row.not_before = DeliveryState.PENDING, None


def _log(session: Session, delivery: UUID, at: datetime, outcome: str, detail: str = "") -> None:
    attempt = {"id": uuid4(), "delivery_id": delivery, "at": at, "outcome": outcome}
    _do(session, _LOG, {**attempt, "detail": detail[:_LONGEST_DETAIL]})


def _do(session: Session, statement: UpdateBase, values: Mapping[str, Any]) -> None:
    session.connection().execute(statement, values)


# Written once, for they are carried out for every message: see models/queries/deliveries.py.
_delivery = table_of(Delivery)
_LOG = table_of(DeliveryAttempt).insert()
_THIS = _delivery.update().where(_delivery.c.id == bindparam("of"))
_HOLD = _THIS.values(
    attempts=bindparam("attempt"),
    first_tried_at=bindparam("first"),
    claimed_by=bindparam("worker"),
    claimed_until=bindparam("until"),
    not_before=None,
)
_GIVE_UP = _THIS.values(state=DeliveryState.GIVEN_UP, claimed_by=None, claimed_until=None)
_MARK_SENT = _THIS.where(_delivery.c.state != DeliveryState.SENT).values(
    state=DeliveryState.SENT,
    sent_at=bindparam("now"),
    provider_id=bindparam("provider"),
    claimed_by=None,
    claimed_until=None,
    not_before=None,
)
