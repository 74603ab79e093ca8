"""When the night's run over the books is, and whether one is due."""

from datetime import datetime, time, timedelta

from models.clock import CASABLANCA

NIGHTLY_AT = time(2, 30)
"""The hour of Casablanca at which the books are reconciled (R40)."""

RECONCILING = "reconcile_books"
"""Under which name the last look of a run over everything is kept."""

GRACE = timedelta(minutes=30)
"""How long a run may take to begin before anybody is told that it is due."""


def last_night(at: datetime) -> datetime:
    """Return the last moment, at or before an instant, at which the night's run is to begin.

    Source: docs/rules.md, R40.
    """
    here = at.astimezone(CASABLANCA)
    tonight = datetime.combine(here.date(), NIGHTLY_AT, CASABLANCA)
    if tonight > here:
        tonight = datetime.combine(here.date() - timedelta(days=1), NIGHTLY_AT, CASABLANCA)
    return tonight


def is_due(looked_at: datetime | None, at: datetime) -> bool:
    """Tell whether a night has passed since the last look; where nobody ever looked, none is late.

    Source: docs/rules.md, R43.
    """
    night = last_night(at)
    return looked_at is not None and looked_at < night and at >= night + GRACE
