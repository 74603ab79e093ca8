"""Time zones of the house: UTC is stored, the local day decides, Africa/Casablanca is shown."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CASABLANCA = ZoneInfo("Africa/Casablanca")


def now() -> datetime:
    """Read the clock; for the edges of the program only."""
    return datetime.now(UTC)


def local_day(at: datetime) -> date:
    """Return the calendar day in Morocco at an instant."""
    return at.astimezone(CASABLANCA).date()
