"""Writing to the trail: the one way in, and always the last lock a transaction takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from models.rules.trail import GENESIS, canonical, seal
from models.tables import TrailEntry, TrailHead


def record(
    session: Session,
    *,
    at: datetime,
    actor: str,
    kind: str,
    project: UUID | None = None,
    payload: Mapping[str, Any],
) -> None:
    """Append what happened to the chain. `payload` holds the new values, enough to rebuild the state."""
    session.flush()
    head = session.exec(select(TrailHead).with_for_update()).first()
    if head is None:
        head = TrailHead(sequence=0, hash=GENESIS)
        session.add(head)
        session.flush()
    sequence, text = head.sequence + 1, canonical(payload)
    sealed = seal(sequence, at, actor, kind, project, text, head.hash)
    session.add(
        TrailEntry(
            sequence=sequence,
            at=at,
            actor=actor,
            kind=kind,
            project_id=project,
            payload=text,
            previous=head.hash,
            hash=sealed,
        )
    )
    head.sequence, head.hash = sequence, sealed
    session.flush()
