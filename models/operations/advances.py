"""Giving what partners have paid to the calls that it pays; what no call takes is an advance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.queries.funding import OpenCall, free_receipts, open_calls
from models.rules.funding import share_out
from models.rules.money import Money
from models.tables import Allocation, FundingCall, Project

_AGE: list[Any] = [col(FundingCall.due_on), col(FundingCall.issued_on), col(FundingCall.number)]


@dataclass(frozen=True, slots=True)
class Given:
    """The part of a receipt that a call took, or, when negative, gave back. `call` is its number."""

    call: str
    amount: Money


def allocate(
    session: Session,
    project: Project,
    receipt: UUID,
    amount: int,
    received_on: date,
    calls: Sequence[OpenCall],
) -> tuple[Given, ...]:
    """Give a new receipt to calls in their order; each part counts from the day on which both were there.

    Unit: centimes.
    Source: docs/rules.md, V15.
    """
    given = []
    for call, part in share_out(amount, [(call, call.lacks) for call in calls]):
        day = max(received_on, call.issued_on, call.settled_from or received_on)
        _write(session, receipt, call.id, part, day)
        given.append(Given(call.number, Money(part, project.currency)))
    return tuple(given)


def apply_advance(
    session: Session, project: Project, partner: UUID, today: date, only: UUID | None = None
) -> tuple[Given, ...]:
    """Give a partner's advance to its open calls, or to one of them, from today on; the oldest money first.

    Source: docs/rules.md, V16.
    """
    owed = [call for call in open_calls(session, project.id, partner) if only in (None, call.id)]
    free = list(free_receipts(session, project.id, partner))
    given = []
    for call in owed:
        taken = share_out(call.lacks, free)
        for receipt, part in taken:
            _write(session, receipt, call.id, part, today)
        parts = dict(taken)
        free = [(receipt, left - parts.get(receipt, 0)) for receipt, left in free]
        if taken:
            given.append(Given(call.number, Money(sum(parts.values()), project.currency)))
    return tuple(given)


def take_back(session: Session, calls: Iterable[tuple[UUID, UUID, int]], today: date) -> None:
    """Take parts of receipts back from calls, from today on: receipt, call and centimes."""
    for receipt, call, part in calls:
        _write(session, receipt, call, -part, today)


def held_by(session: Session, **column: Any) -> list[tuple[UUID, UUID, int]]:
    """Return what calls hold of receipts: receipt, call and centimes; what was taken last comes last.

    `column`: the values that `call_id` or `receipt_id` may have.
    """
    session.flush()
    amount = func.sum(col(Allocation.amount_centimes))
    query = (
        select(col(Allocation.receipt_id), col(Allocation.call_id), amount)
        .join(FundingCall, col(FundingCall.id) == col(Allocation.call_id))
        .group_by(col(Allocation.receipt_id), col(Allocation.call_id), *_AGE)
        .having(amount != 0)
        .order_by(func.max(col(Allocation.allocated_on)), *_AGE)
    )
    for name, wanted in column.items():
        query = query.where(getattr(Allocation, name).in_(wanted))
    return [(receipt, call, int(part)) for receipt, call, part in session.exec(query)]


def as_payload(given: Iterable[Given]) -> list[dict[str, Any]]:
    """Return what the trail keeps of parts given."""
    return [{"call": part.call, "amount_centimes": part.amount.centimes} for part in given]


def _write(session: Session, receipt: UUID, call: UUID, amount: int, day: date) -> None:
    session.add(Allocation(receipt_id=receipt, call_id=call, amount_centimes=amount, allocated_on=day))
    session.flush()
