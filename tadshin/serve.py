"""`tadshin serve`: the orchestrator, the schedules and the dispatcher, until Ctrl-C."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from models import db
from models.rules.errors import CentreError
from models.schema import check_prepared
from models.settings import Settings, load_settings
from tadshin import orchestrator, place
from tadshin.orchestrator import Child, Running

LOOK_SECONDS = 2.0

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
        with Child(command, {"TADSHIN_HOME": str(settings.home.resolve())}, log) as schedules:
            asyncio.run(_serve(running, schedules, when_ready))
        say("stopping")


@contextmanager
def _held(settings: Settings) -> Iterator[None]:
    with place.held(settings) as ours:
        if not ours:
            raise AlreadyServing(home=str(settings.home.resolve()), pid=place.holder(settings))
        yield


async def _serve(running: Running, schedules: Child, when_ready: Callable[[Running], None]) -> None:
    from tadshin.dispatcher import DispatcherLoop

    logging.getLogger("prefect").setLevel(logging.WARNING)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopping.set)
    children = [child for child in (running.server, schedules) if child is not None]
    dispatching = asyncio.create_task(DispatcherLoop(running.api_url, stopping).run())
    watching = asyncio.create_task(_revive(children))
    story = asyncio.create_task(asyncio.to_thread(when_ready, running))
    story.add_done_callback(lambda task: stopping.set() if task.exception() else None)
    await dispatching
    watching.cancel()
    if story.done() and (failed := story.exception()):
        raise failed


async def _revive(children: list[Child]) -> None:
    """Start a child again that has died on its own."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for child in children:
            if await asyncio.to_thread(child.revive):
                logging.getLogger("tadshin.serve").warning("started again: %s", child.log.stem)
