"""What the books keep of an operation, for the tests of every operation."""

import json
from typing import Any

from sqlmodel import Session, col, select

from models.tables import TrailEntry


def trail_of(session: Session, kind: str) -> list[dict[str, Any]]:
    """Return what the trail's entries of a kind say, in their order."""
    entries = session.exec(
        select(TrailEntry.payload).where(TrailEntry.kind == kind).order_by(col(TrailEntry.sequence))
    )
    return [json.loads(payload) for payload in entries]
