"""The lock of a place of work: one process at a time runs the orchestrator there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from models.folders import PlaceUnusable, make_folder
from models.rules.obstacles import obstacle_of
from models.settings import Settings

_LOCK = "orchestrator.lock"


@contextmanager
def held(settings: Settings) -> Iterator[bool]:
    """Hold the place for the time of the block; False when another process holds it.

    Raises: PlaceUnusable.
    """
    with _lock_file(settings.home.resolve()) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield True


def is_held(settings: Settings) -> bool:
    """Tell whether a process runs the orchestrator of this place."""
    with held(settings) as ours:
        return not ours


def _lock_file(folder: Path) -> TextIO:
    make_folder(folder, setting="TADSHIN_HOME")
    try:
        return (folder / _LOCK).open("a+")
    except OSError as error:
        raise PlaceUnusable(folder=str(folder), setting="TADSHIN_HOME", **obstacle_of(error)) from None


def holder(settings: Settings) -> str:
    """Return the process id of whoever holds the place, as text."""
    return (settings.home.resolve() / _LOCK).read_text().strip() or "?"
