"""The delivery round: address what is new, then send everything that is due, each message once.

A delivery is claimed in one transaction, sent outside any, and marked in another; what happens between
them, a crash included, leaves an attempt behind and is settled by looking before sending again.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from models import db
from models.operations import deliveries
from models.operations.deliveries import MOST_AT_ONCE, Outgoing
from models.queries.chat import count_pending
from models.queries.deliveries import due_channels
from models.rules.errors import CentreError
from models.settings import Channel
from models.tables import DeliveryState
from notifications.render import CannotRender, render
from notifications.senders import Letter, Sender, SendFailed

SENDING_TIME = timedelta(seconds=30)
"""What must be left of a lease for a post to begin (O4)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one round did. Units: deliveries; `failed` counts attempts that will be made again."""

    sent: int
    failed: int
    given_up: int
    waiting: int


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A message that is in its channel; `outcome` tells whether it was sent or found there."""

    provider_id: str
    outcome: str


async def deliver_pending(
    engine: Engine,
    sender: Sender,
    channels: Sequence[Channel],
    *,
    worker: str,
    clock: Callable[[], datetime],
    limit: int,
    at_point: Callable[[str], None] = lambda name: None,
) -> DeliveryReport:
    """Address new parcels and deliver until nothing is due, `limit` attempts at most.

    Each channel is a lane of its own; within a thread the order is kept. `at_point` is called with
    "during_delivery" just before a message is sent and "after_delivery" before it is marked.
    Raises: StoreUnavailable.
    """
    round_ = _Round(engine, sender, worker, clock, limit, at_point)
    while first := await round_.begin(channels):
        await _each(round_.walk(outgoing) for outgoing in first)
    return await asyncio.to_thread(round_.report)


class _Round:
    """One worker's way through what is due; the counters are touched by the event loop only."""

    def __init__(
        self,
        engine: Engine,
        sender: Sender,
        worker: str,
        clock: Callable[[], datetime],
        limit: int,
        at_point: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._sender = sender
        self._worker = worker
        self._clock = clock
        self._at_point = at_point
        self._left = limit
        self._sent = self._failed = self._given_up = 0

    async def begin(self, channels: Sequence[Channel]) -> list[Outgoing]:
        """Address what is new and claim the first delivery of each channel."""
        claimed = await asyncio.to_thread(self._claim_first, channels)
        self._left -= len(claimed)
        return claimed

    async def walk(self, first: Outgoing) -> None:
        """Deliver what is due in one channel, one after the other."""
        outgoing: Outgoing | None = first
        while outgoing is not None:
            result = await asyncio.to_thread(self._attempt, outgoing)
            go_on = self._left > 0
            self._left -= go_on  # kept for this lane, given back where nothing follows
            state, outgoing = await asyncio.to_thread(self._settle, outgoing, result, go_on)
            self._left += go_on and outgoing is None
            self._sent += state is DeliveryState.SENT
            self._failed += state is DeliveryState.PENDING
            self._given_up += state is DeliveryState.GIVEN_UP

    def report(self) -> DeliveryReport:
        with db.reading(self._engine) as session:
            waiting = count_pending(session)
        return DeliveryReport(self._sent, self._failed, self._given_up, waiting)

    def _claim_first(self, channels: Sequence[Channel]) -> list[Outgoing]:
        while True:
            with db.transaction(self._engine) as session:
                at = self._clock()
                addressed = deliveries.address(session, channels=channels, at=at)
                claimed = [
                    outgoing
                    for channel in due_channels(session, at)[: self._left]
                    for outgoing in self._claim(session, channel, at)
                ]
            if claimed or addressed < MOST_AT_ONCE:
                return claimed

    def _claim(self, session: Session, channel: str, at: datetime) -> list[Outgoing]:
        return deliveries.claim(session, worker=self._worker, at=at, limit=1, channel=channel)

    def _attempt(self, outgoing: Outgoing) -> _Arrived | SendFailed:
        try:
            letter = _write(outgoing)
            found = self._sender.find(letter) if outgoing.attempt > 1 else None
            if found is not None:
                return _Arrived(found, "found")
            if self._clock() > outgoing.claimed_until - SENDING_TIME:
                return SendFailed("lease_over")
        except Exception as error:
            return _failure(error)
        self._at_point("during_delivery")
        try:
            arrived = _Arrived(self._sender.send(letter), "sent")
        except Exception as error:
            return _failure(error)
        self._at_point("after_delivery")
        return arrived

    def _settle(
        self, outgoing: Outgoing, result: _Arrived | SendFailed, go_on: bool
    ) -> tuple[DeliveryState, Outgoing | None]:
        """Mark what came of an attempt and claim the channel's next delivery, in one transaction."""
        with db.transaction(self._engine) as session:
            at = self._clock()
            state = _mark(session, outgoing, result, at)
            following = self._claim(session, outgoing.channel, at) if go_on else []
        if isinstance(result, SendFailed):
            _log.warning("delivery %s: %s, now %s", outgoing.delivery, result.outcome, state.value)
        return state, next(iter(following), None)


def _mark(
    session: Session, outgoing: Outgoing, result: _Arrived | SendFailed, at: datetime
) -> DeliveryState:
    if isinstance(result, _Arrived):
        deliveries.mark_sent(
            session, delivery=outgoing, provider_id=result.provider_id, at=at, outcome=result.outcome
        )
        return DeliveryState.SENT
    return deliveries.mark_failed(
        session,
        delivery=outgoing,
        at=at,
        outcome=result.outcome,
        detail=result.detail,
        retry_after=result.retry_after,
        permanent=result.permanent,
    )


def _write(outgoing: Outgoing) -> Letter:
    message = render(
        outgoing.kind, outgoing.payload, outgoing.project, outgoing.language, at=outgoing.told_at
    )
    return Letter(
        delivery=outgoing.delivery,
        channel=outgoing.channel,
        language=outgoing.language,
        thread=outgoing.thread,
        since=outgoing.first_tried_at,
        text=message.text,
        blocks=message.blocks,
    )


def _failure(error: Exception) -> SendFailed:
    if isinstance(error, SendFailed):
        return error
    if isinstance(error, CannotRender):
        return SendFailed("cannot_render", str(error.details.get("problem", "")), permanent=True)
    if isinstance(error, CentreError):
        return SendFailed(error.code)
    # A fault of our own in one message must not keep the others from going out. Errors can carry the
    # text of a message, so only their type is logged.
    _log.error("a sender failed: %s", type(error).__name__)
    return SendFailed("unexpected", type(error).__name__)


async def _each(walks: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Let every walk come to its end, then raise what the first failed one raised."""
    for result in await asyncio.gather(*walks, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
