"""`tadshin serve`: the orchestrator, the schedules and the dispatcher, until Ctrl-C."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event
from typing import Any

from models import db
from models.rules.errors import CentreError
from models.schema import check_prepared
from models.settings import Settings, load_settings
from tadshin import orchestrator, place
from tadshin.orchestrator import Child, Running

LOOK_SECONDS = 2.0
NOTICE_SECONDS = 0.1

Say = Callable[[str], None]


class AlreadyServing(CentreError):
    """Another process serves this place. Details: home, pid."""

    code = "already_serving"


def serve(say: Say, when_ready: Callable[[Running], None]) -> None:
    """Serve until a signal; `say` hears the steps, `when_ready` is called once in a thread of its own.

    Raises: NotPrepared, AlreadyServing, PortTaken, OrchestratorFailed.
    """
    settings = load_settings()
    check_prepared(db.engine())
    with _held(settings), orchestrator.running(settings, say) as running:
        orchestrator.use(settings, running.api_url)
        say("starting_schedules")
        command = [sys.executable, "-m", "deployments", "serve"]
        log = settings.home.resolve() / "logs" / "schedules.log"
        environment = {"TADSHIN_HOME": str(settings.home.resolve())}
        with Child(command, environment, log) as schedules, _told_to_stop() as told:
            _run_beside(_serve(running, schedules, when_ready, told))
        say("stopping")


@contextmanager
def _held(settings: Settings) -> Iterator[None]:
    with place.held(settings) as ours:
        if not ours:
            raise AlreadyServing(home=str(settings.home.resolve()), pid=place.holder(settings))
        yield


@contextmanager
def _told_to_stop() -> Iterator[Event]:
    """Give the event that Ctrl-C and SIGTERM set."""
    told = Event()
    before = {
        sign: signal.signal(sign, lambda _sign, _frame: told.set())
        for sign in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield told
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _run_beside(work: Coroutine[Any, Any, None]) -> None:
    """Run the loop in a thread of its own: in the main one Prefect takes SIGTERM over for each run."""
    with ThreadPoolExecutor(1, thread_name_prefix="tadshin") as thread:
        thread.submit(copy_context().run, asyncio.run, work).result()


async def _serve(
    running: Running, schedules: Child, when_ready: Callable[[Running], None], told: Event
) -> None:
    from tadshin.dispatcher import DispatcherLoop

    logging.getLogger("prefect").setLevel(logging.WARNING)
    stopping = asyncio.Event()
    children = [child for child in (running.server, schedules) if child is not None]
    dispatching = asyncio.create_task(DispatcherLoop(running.api_url, stopping).run())
    beside = [asyncio.create_task(_revive(children)), asyncio.create_task(_pass_on(told, stopping))]
    story = asyncio.create_task(asyncio.to_thread(when_ready, running))
    story.add_done_callback(lambda task: stopping.set() if task.exception() else None)
    await dispatching
    for task in beside:
        task.cancel()
    if story.done() and (failed := story.exception()):
        raise failed


async def _pass_on(told: Event, stopping: asyncio.Event) -> None:
    while not told.is_set():
        await asyncio.sleep(NOTICE_SECONDS)
    stopping.set()


async def _revive(children: list[Child]) -> None:
    """Start a child again that has died on its own."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for child in children:
            if await asyncio.to_thread(child.revive):
                logging.getLogger("tadshin.serve").warning("started again: %s", child.log.stem)
