"""The dispatcher's sign of life, and the claims that a dead one leaves behind."""

from datetime import datetime

from sqlmodel import Session, col, update

from models.tables import Dispatcher, MoveRequest, Orchestrator


def beat(session: Session, *, worker: str, orchestrator: Orchestrator, at: datetime) -> None:
    """Say that the dispatcher lives and whether it reaches the orchestrator."""
    row = session.get(Dispatcher, 1)
    if row is None:
        row = Dispatcher(worker=worker, seen_at=at, orchestrator=orchestrator)
        session.add(row)
    row.worker, row.seen_at, row.orchestrator = worker, at, orchestrator


def leave(session: Session) -> None:
    """Take the sign of life down, so that askers need not wait for its age to tell them."""
    row = session.get(Dispatcher, 1)
    if row is not None:
        session.delete(row)


def let_go(session: Session, *, worker: str) -> None:
    """Free the requests that a worker holds: it has died, or the orchestrator is away."""
    session.exec(
        update(MoveRequest)
        .where(col(MoveRequest.claimed_by) == worker, col(MoveRequest.claimed_until).is_not(None))
        .values(claimed_until=None)
    )
