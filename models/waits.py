"""Waiting for a database that another program holds: whoever sits before the program can be told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Told = Callable[[float], None]
"""Hears for how many seconds we shall wait at most."""

_told: ContextVar[Told | None] = ContextVar("told", default=None)


@contextmanager
def told_to(hears: Told) -> Iterator[None]:
    """Let somebody hear of long waits for the time of the block."""
    token = _told.set(hears)
    try:
        yield
    finally:
        _told.reset(token)


def listener() -> Told | None:
    """Return who hears of long waits, if anybody does."""
    return _told.get()
