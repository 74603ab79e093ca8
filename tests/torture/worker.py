"""The process that the torture kills: a dispatcher that works until nothing is left to do."""

import asyncio
import sys

from models import db
from models.queries.moves import unfinished
from models.queries.outbox import anything_under_way
from models.settings import load_settings
from tadshin import orchestrator

LOOK_SECONDS = 0.05


async def work(api_url: str) -> None:
    """Run the dispatcher until no request waits and no alert is under way."""
    from tadshin.dispatcher import DispatcherLoop

    stopping = asyncio.Event()
    dispatching = asyncio.create_task(DispatcherLoop(api_url, stopping).run())
    while not dispatching.done() and _anything_left():
        await asyncio.sleep(LOOK_SECONDS)
    stopping.set()
    await dispatching


def _anything_left() -> bool:
    with db.reading() as session:
        return unfinished(session) > 0 or anything_under_way(session)


if __name__ == "__main__":
    orchestrator.use(load_settings(), sys.argv[1])
    asyncio.run(work(sys.argv[1]))
