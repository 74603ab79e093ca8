"""How long a delivery waits, how often it is tried, and which channel hears of what."""

from datetime import timedelta

LEASE = timedelta(seconds=120)
"""How long a worker may hold a delivery: longer than one look for a lost message and one post (O4)."""

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_ASKED_WAIT = timedelta(hours=24)
LONGEST_HOLD = timedelta(seconds=60)
MOST_ATTEMPTS = 36

OF_THE_WHOLE = frozenset({"books_reconciled", "statement_refused"})
"""Messages about the money of every project at once: not for a channel of one sector or region (R44)."""
_MOST_DOUBLINGS = 11  # the eleventh passes LONGEST_WAIT


def wait_before_next(attempt: int, retry_after: float | None = None) -> timedelta:
    """Return the wait after failed attempt number `attempt`: 2 s, doubled each time, an hour at most.

    `retry_after`: seconds the provider asked for; where longer it counts instead, up to a day.
    Source: docs/rules.md, O6.
    """
    doublings = min(max(attempt - 1, 0), _MOST_DOUBLINGS)
    own: timedelta = min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
    return max(own, _asked(retry_after))


def hold_on_channel(attempt: int, retry_after: float | None = None) -> timedelta:
    """Return how long a passing failure holds the whole channel back: a minute, unless asked for more.

    One message that always fails thus cannot keep the others of its channel waiting for hours.
    Source: docs/rules.md, O7.
    """
    return max(min(wait_before_next(attempt), LONGEST_HOLD), _asked(retry_after))


def receives(wanted: str | None, has: str | None) -> bool:
    """Tell whether a channel limited to `wanted` (None: not limited) hears of what has `has`.

    What belongs to no project (None) concerns every channel.
    Source: docs/rules.md, O2.
    """
    return wanted is None or has is None or wanted == has


def may_hear(kind: str, sector: str | None, region: str | None) -> bool:
    """Tell whether a channel limited to a sector or a region (None: not limited) hears of a kind.

    Source: docs/rules.md, R44.
    """
    return kind not in OF_THE_WHOLE or (sector is None and region is None)


def _asked(retry_after: float | None) -> timedelta:
    seconds = min(max(retry_after or 0.0, 0.0), LONGEST_ASKED_WAIT.total_seconds())
    return timedelta(seconds=seconds)
