"""What partners have paid: each entry, the calls that took it, what is left of it as an advance."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.rules.money import Money
from models.tables import Allocation, FundingCall, Partner, Project, Receipt


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a receipt that a call has taken."""

    call: str
    amount: Money


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """An entry of money received (keys of its project and partner).

    `corrects`: the reference of the receipt that it corrects, "" where it is one itself. A receipt
    stands with its corrections: `net` is what it comes to, `given` what calls have taken of that, `free`
    what is left as an advance; a correction's own are of nothing.
    """

    project: str
    partner: str
    reference: str
    amount: Money
    received_on: date
    corrects: str
    reason: str
    written_by: str
    net: Money
    given: tuple[Part, ...]

    @property
    def free(self) -> Money:
        return self.net - Money(sum(part.amount.centimes for part in self.given), self.net.currency)


@dataclass(frozen=True, slots=True)
class CallPart:
    """What a receipt has paid of a call."""

    reference: str
    received_on: date
    amount: Money


def list_receipts(
    session: Session, *, projects: Collection[UUID] | None = None, partner: str | None = None
) -> tuple[ReceiptLine, ...]:
    """Return the receipts of some projects, or of all, by project and partner in the order of their days.

    `partner`: only those of this key. A correction follows what it corrects.
    """
    query = (
        select(Receipt, Project, Partner)
        .join(Project, col(Project.id) == col(Receipt.project_id))
        .join(Partner, col(Partner.id) == col(Receipt.partner_id))
        .order_by(col(Project.key), col(Partner.key), col(Receipt.received_on), col(Receipt.reference))
    )
    if projects is not None:
        query = query.where(col(Receipt.project_id).in_(projects))
    if partner is not None:
        query = query.where(Partner.key == partner)
    rows = session.exec(query).all()
    net: dict[UUID, int] = defaultdict(int)
    corrections: dict[UUID, list[tuple[Receipt, Project, Partner]]] = defaultdict(list)
    for row in rows:
        first = row[0].corrects_id or row[0].id
        net[first] += row[0].amount_centimes
        if row[0].corrects_id is not None:
            corrections[first].append(row)
    given = _given(session, projects)
    lines = []
    for one, project, body in rows:
        if one.corrects_id is None:
            parts = tuple(Part(call, Money(part, project.currency)) for call, part in given[one.id].items())
            lines.append(_line(one, project, body, "", Money(net[one.id], project.currency), parts))
            lines += [
                _line(*entry, one.reference, Money(0, project.currency), ())
                for entry in corrections[one.id]
            ]
    return tuple(lines)


def paid_on(session: Session, call: UUID, currency: str) -> tuple[CallPart, ...]:
    """Return what each receipt, with its corrections, has paid of a call, in the order of their days."""
    amount = func.sum(col(Allocation.amount_centimes))
    query = (
        select(func.coalesce(col(Receipt.corrects_id), col(Receipt.id)), amount)
        .join(Allocation, col(Allocation.receipt_id) == col(Receipt.id))
        .where(Allocation.call_id == call)
        .group_by(func.coalesce(col(Receipt.corrects_id), col(Receipt.id)))
    )
    parts = []
    for first, part in session.exec(query):
        receipt = session.get_one(Receipt, first)
        if part:
            parts.append(CallPart(receipt.reference, receipt.received_on, Money(int(part), currency)))
    return tuple(sorted(parts, key=lambda part: (part.received_on, part.reference)))


def _given(session: Session, projects: Collection[UUID] | None) -> dict[UUID, dict[str, int]]:
    """Return what each call has taken of each receipt with its corrections. Unit: centimes."""
    first = func.coalesce(col(Receipt.corrects_id), col(Receipt.id))
    number = func.coalesce(col(FundingCall.number), "")
    query = (
        select(first, number, func.sum(col(Allocation.amount_centimes)))
        .select_from(Allocation)
        .join(Receipt, col(Receipt.id) == col(Allocation.receipt_id))
        .join(FundingCall, col(FundingCall.id) == col(Allocation.call_id))
        .group_by(first, number)
        .order_by(number)
    )
    if projects is not None:
        query = query.where(col(Receipt.project_id).in_(projects))
    given: dict[UUID, dict[str, int]] = defaultdict(dict)
    for receipt, call, amount in session.exec(query):
        if amount:
            given[receipt][call] = int(amount)
    return given


def _line(
    one: Receipt, project: Project, body: Partner, corrects: str, net: Money, given: tuple[Part, ...]
) -> ReceiptLine:
    return ReceiptLine(
        project=project.key,
        partner=body.key,
        reference=one.reference,
        amount=Money(one.amount_centimes, project.currency),
        received_on=one.received_on,
        corrects=corrects,
        reason=one.reason,
        written_by=one.written_by,
        net=net,
        given=given,
    )
