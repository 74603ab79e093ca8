"""When things were last looked at."""

from datetime import datetime

from sqlmodel import Session

from models.tables import Look


def last_look(session: Session, name: str) -> datetime | None:
    """Return when the last look of a name began; None where nobody ever looked."""
    row = session.get(Look, name)
    return None if row is None else row.looked_at
