"""Reading the inbox: what waits, what became of a request, and who carries requests out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, or_, select

from models.rules.stages import Stage
from models.tables import Dispatcher, MoveRequest, Orchestrator, Outcome, Project, StageChange
from models.tables.move import UNFINISHED

SIGN_OF_LIFE = timedelta(seconds=6)

FREE = (
    or_(col(MoveRequest.claimed_until).is_(None), col(MoveRequest.claimed_until) < bindparam("now")),
    UNFINISHED,
)
"""The conditions under which a request is to be taken up, at the instant `now`: nobody holds it."""

# Built once: the dispatcher asks it many times a second.
_ANY_FREE = select(MoveRequest.id).where(*FREE).limit(1)


def waiting(session: Session, at: datetime) -> bool:
    """Tell whether a request is free to be carried out, or to be finished after a crash."""
    return session.connection().execute(_ANY_FREE, {"now": at}).first() is not None


def unfinished(session: Session) -> int:
    """Return how many requests have no answer yet, or an answer whose work is not all done."""
    return session.exec(select(func.count()).select_from(MoveRequest).where(UNFINISHED)).one()


def any_waiting(session: Session, requests: Sequence[UUID]) -> bool:
    """Tell whether one of these requests has no answer yet."""
    query = select(MoveRequest.id).where(
        col(MoveRequest.id).in_(requests), MoveRequest.outcome == Outcome.WAITING
    )
    return session.exec(query.limit(1)).first() is not None


def kept_for(session: Session, project: UUID) -> list[MoveRequest]:
    """Return the requests of a project that wait to be carried out, the oldest first."""
    query = select(MoveRequest).where(
        MoveRequest.project_id == project, MoveRequest.outcome == Outcome.WAITING
    )
    return list(session.exec(query.order_by(col(MoveRequest.asked_at), col(MoveRequest.id))))


@dataclass(frozen=True, slots=True)
class Change:
    """A move that happened, with the project's row."""

    project: Project
    entered: Stage
    moved_at: datetime
    request: UUID


def changes_of(session: Session, requests: Sequence[UUID]) -> list[Change]:
    """Return the moves that these requests led to."""
    rows = session.exec(
        select(Project, col(StageChange.entered), col(StageChange.moved_at), col(StageChange.request))
        .join(StageChange, col(StageChange.project_id) == col(Project.id))
        .where(col(StageChange.request).in_(requests))
    )
    return [Change(*row) for row in rows]


def dispatcher_state(session: Session, at: datetime) -> Orchestrator | None:
    """Return what the dispatcher last said, or None when it has given no sign of life lately."""
    row = session.get(Dispatcher, 1)
    if row is None or at - row.seen_at > SIGN_OF_LIFE:
        return None
    return row.orchestrator
