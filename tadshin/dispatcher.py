"""The warm process that carries requests out: claims rows of the inbox and runs their flows."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from prefect.context import AsyncClientContext, SyncClientContext

from flows.advance_many import advance_many
from flows.advance_project import advance_project
from models import db
from models.clock import now
from models.operations import dispatcher, moves
from models.operations.moves import Claimed
from models.queries.moves import waiting
from models.queries.outbox import anything_due
from models.rules.errors import CentreError
from models.tables import Orchestrator
from tadshin import orchestrator
from tasks import outbox

POLL_SECONDS = 0.015
BUSY_POLL_SECONDS = 0.1
"""While many go together: each look takes the interpreter from them, and a request waits anyway."""
BEAT_SECONDS = 2.0
AWAY_SECONDS = 1.0
FEW = 4
"""Up to here each request has a run of its own; more go together in one run."""
MANY = 1000
MOST_RUNS = 16
MANY_TOGETHER = "many together"

log = logging.getLogger("tadshin.dispatcher")


def worker_name() -> str:
    """Return the name under which this machine's dispatcher holds requests; one runs at a time."""
    return f"dispatcher@{socket.gethostname()}"[:64]


class DispatcherLoop:
    """Takes what waits in the inbox and runs the flow for it, until told to stop.

    Alerts are sent beside it: chat that is slow or down never holds a move.
    """

    def __init__(self, api_url: str, stopping: asyncio.Event) -> None:
        self.api_url = api_url
        self.stopping = stopping
        self.worker = worker_name()
        self.state = Orchestrator.READY
        self._runs: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Free what a dead dispatcher held, then work until `stopping` is set."""
        with db.transaction() as session:
            dispatcher.let_go(session, workers=(self.worker, outbox.worker_name()))
        beside = [asyncio.create_task(self._beat()), asyncio.create_task(self._deliver())]
        try:
            while not self.stopping.is_set():
                await self._work_while_ready()
        finally:
            for task in beside:
                task.cancel()
            with suppress(CentreError), db.transaction() as session:
                dispatcher.leave(session)

    async def _work_while_ready(self) -> None:
        try:
            async with _clients_kept():
                while not self.stopping.is_set():
                    await self._pass()
                await asyncio.gather(*self._runs)
        except Exception as error:  # whatever broke the run, the request is still in the inbox
            log.warning("the orchestrator is away: %s", type(error).__name__)
            await self._wait_until_back()

    async def _pass(self) -> None:
        for run in [run for run in self._runs if run.done()]:
            self._runs.discard(run)
            await self._look_at(run)
        with db.reading() as session:
            asked = waiting(session, now())
        if not asked or len(self._runs) >= MOST_RUNS:
            await self._sleep(self._pace())
            return
        with db.transaction() as session:
            claimed = moves.claim(session, worker=self.worker, at=now(), limit=MANY)
        name = MANY_TOGETHER if len(claimed) > FEW else ""
        self._runs |= {asyncio.create_task(run, name=name) for run in runs_for(claimed)}

    async def _look_at(self, run: asyncio.Task[None]) -> None:
        """Pass on that the orchestrator is away; any other broken run waits for the end of its lease."""
        error = run.exception()
        if error is None:
            return
        log.warning("a run broke off: %s", type(error).__name__)
        if not await asyncio.to_thread(orchestrator.is_healthy, self.api_url):
            raise error

    async def _deliver(self) -> None:
        """Send alerts as they come, whether or not the orchestrator is there.

        A run over many projects goes first: its alerts would take the writer's place from its moves.
        """
        while True:
            try:
                if not self._many_go() and self._anything_due():
                    await outbox.deliver_now()
            except Exception as error:  # the next look tries again
                log.warning("alerts wait: %s", type(error).__name__)
                await asyncio.sleep(AWAY_SECONDS)
            await asyncio.sleep(self._pace())

    def _many_go(self) -> bool:
        return any(run.get_name() == MANY_TOGETHER for run in self._runs)

    def _pace(self) -> float:
        return BUSY_POLL_SECONDS if self._many_go() else POLL_SECONDS

    @staticmethod
    def _anything_due() -> bool:
        with db.reading() as session:
            return anything_due(session, now())

    async def _wait_until_back(self) -> None:
        self.state = Orchestrator.AWAY
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        self._runs.clear()
        with suppress(CentreError), db.transaction() as session:
            dispatcher.let_go(session, workers=(self.worker,))
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


def runs_for(claimed: Sequence[Claimed]) -> list[Coroutine[Any, Any, None]]:
    """Return one run for each of a few requests, or one run for many together."""
    if len(claimed) > FEW:
        return [_run_many([one.request for one in claimed])]
    return [_run_one(one) for one in claimed]


async def _run_one(one: Claimed) -> None:
    await advance_project(one.project, one.entered, one.asked_by, one.request)


async def _run_many(requests: list[UUID]) -> None:
    await advance_many(requests)


async def carry_out_only(requests: Sequence[UUID]) -> None:
    """Carry out these requests in this process, where no dispatcher lives."""
    with db.transaction() as session:
        claimed = moves.claim(session, worker=worker_name(), at=now(), limit=len(requests), only=requests)
    async with _clients_kept():
        await asyncio.gather(*runs_for(claimed))


@asynccontextmanager
async def _clients_kept() -> AsyncIterator[None]:
    """Keep Prefect's two clients for all runs of the block: making one takes 40 ms, and each run asks."""
    with SyncClientContext.get_or_create():
        async with AsyncClientContext.get_or_create():
            yield
