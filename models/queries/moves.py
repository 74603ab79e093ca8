"""Reading the inbox: what waits, what became of a request, and who carries requests out."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, or_, select

from models.tables import Dispatcher, MoveRequest, Orchestrator, Outcome

SIGN_OF_LIFE = timedelta(seconds=6)


def waiting(session: Session, at: datetime) -> int:
    """Return how many requests are free to be carried out or finished."""
    free = or_(col(MoveRequest.claimed_until).is_(None), col(MoveRequest.claimed_until) < at)
    unfinished = or_(
        col(MoveRequest.outcome) == Outcome.WAITING,
        (col(MoveRequest.outcome) == Outcome.MOVED) & col(MoveRequest.opened_at).is_(None),
    )
    return session.exec(select(func.count()).select_from(MoveRequest).where(free, unfinished)).one()


def outcome_of(session: Session, request: UUID) -> Outcome:
    """Return what has become of a request so far."""
    return session.exec(select(MoveRequest.outcome).where(MoveRequest.id == request)).one()


def dispatcher_state(session: Session, at: datetime) -> Orchestrator | None:
    """Return what the dispatcher last said, or None when it has given no sign of life lately."""
    row = session.get(Dispatcher, 1)
    if row is None or at - row.seen_at > SIGN_OF_LIFE:
        return None
    return row.orchestrator
