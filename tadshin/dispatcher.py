"""The warm process that carries requests out: claims rows of the inbox and runs their flows."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from prefect.context import AsyncClientContext

from flows.advance_many import advance_many
from flows.advance_project import advance_project
from models import db
from models.clock import now
from models.operations import dispatcher, moves
from models.operations.moves import Claimed
from models.queries.moves import waiting
from models.rules.errors import CentreError
from models.tables import Orchestrator
from tadshin import orchestrator

POLL_SECONDS = 0.015
BEAT_SECONDS = 2.0
AWAY_SECONDS = 1.0
FEW = 4
MANY = 500

log = logging.getLogger("tadshin.dispatcher")


def worker_name() -> str:
    """Return the name under which this machine's dispatcher holds requests; one runs at a time."""
    return f"dispatcher@{socket.gethostname()}"[:64]


class DispatcherLoop:
    """Takes what waits in the inbox and runs the flow for it, until told to stop."""

    def __init__(self, api_url: str, stopping: asyncio.Event) -> None:
        self.api_url = api_url
        self.stopping = stopping
        self.worker = worker_name()
        self.state = Orchestrator.READY

    async def run(self) -> None:
        """Free what a dead dispatcher held, then work until `stopping` is set."""
        with db.transaction() as session:
            dispatcher.let_go(session, worker=self.worker)
        beating = asyncio.create_task(self._beat())
        try:
            while not self.stopping.is_set():
                await self._work_while_ready()
        finally:
            beating.cancel()
            with suppress(CentreError), db.transaction() as session:
                dispatcher.leave(session)

    async def _work_while_ready(self) -> None:
        try:
            async with AsyncClientContext.get_or_create():
                while not self.stopping.is_set():
                    await self._pass()
        except Exception as error:  # whatever broke the run, the request is still in the inbox
            log.warning("the orchestrator is away: %s", type(error).__name__)
            await self._wait_until_back()

    async def _pass(self) -> None:
        with db.reading() as session:
            any_waiting = waiting(session, now()) > 0
        if not any_waiting:
            await self._sleep(POLL_SECONDS)
            return
        with db.transaction() as session:
            claimed = moves.claim(session, worker=self.worker, at=now(), limit=MANY)
        await carry_out(claimed)

    async def _wait_until_back(self) -> None:
        self.state = Orchestrator.AWAY
        with suppress(CentreError), db.transaction() as session:
            dispatcher.let_go(session, worker=self.worker)
        self._say_state()
        while not self.stopping.is_set():
            await self._sleep(AWAY_SECONDS)
            if await asyncio.to_thread(orchestrator.is_healthy, self.api_url):
                self.state = Orchestrator.READY
                self._say_state()
                return

    async def _beat(self) -> None:
        while True:
            self._say_state()
            await asyncio.sleep(BEAT_SECONDS)

    def _say_state(self) -> None:
        with suppress(CentreError), db.transaction() as session:
            dispatcher.beat(session, worker=self.worker, orchestrator=self.state, at=now())

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)


async def carry_out(claimed: Sequence[Claimed]) -> None:
    """Run one flow for each of a few requests, or one flow for many together."""
    if len(claimed) > FEW:
        await advance_many([one.request for one in claimed])
        return
    await asyncio.gather(
        *(advance_project(one.project, one.entered, one.asked_by, one.request) for one in claimed)
    )


async def carry_out_only(request: UUID) -> None:
    """Carry out one request in this process, where no dispatcher lives."""
    with db.transaction() as session:
        claimed = moves.claim(session, worker=worker_name(), at=now(), limit=1, only=[request])
    async with AsyncClientContext.get_or_create():
        await carry_out(claimed)
