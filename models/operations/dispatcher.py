"""The dispatcher's sign of life, and the claims that a dead one leaves behind."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlmodel import Session, col, update

from models.tables import Delivery, Dispatcher, MoveRequest, Orchestrator

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""The end of a lease that was let go: the row still shows that an attempt was cut short."""


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


def let_go(session: Session, *, workers: Sequence[str]) -> None:
    """Let the leases of workers run out now: they have died, or the orchestrator is away."""
    for table in (MoveRequest, Delivery):
        session.exec(
            update(table)
            .where(col(table.claimed_by).in_(workers), col(table.claimed_until).is_not(None))
            .values(claimed_until=LONG_AGO)
        )
