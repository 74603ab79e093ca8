"""The lock of a place of work: one process at a time runs the orchestrator there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from models.settings import Settings

_LOCK = "orchestrator.lock"


@contextmanager
def held(settings: Settings) -> Iterator[bool]:
    """Hold the place for the time of the block; False when another process holds it."""
    folder = settings.home.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield True


def holder(settings: Settings) -> str:
    """Return the process id of whoever holds the place, as text."""
    return (settings.home.resolve() / _LOCK).read_text().strip() or "?"
