"""What stands with a contract: its figures, orders, amendments, bonds, acceptances and bill."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.queries.contracts import (
    ContractPosition,
    PlannedMonth,
    contract_position,
    measured_so_far,
    payment_curve,
)
from models.rules.accounts import THOUSAND
from models.rules.contracts import AcceptanceKind, AmendmentKind, OrderKind, SecurityKind
from models.rules.money import Money
from models.rules.terms import TERM_NAMES, defaults_on, part
from models.tables import (
    Acceptance,
    BillItem,
    Contract,
    ContractAmendment,
    ContractTerm,
    Reservation,
    Security,
    ServiceOrder,
)


@dataclass(frozen=True, slots=True)
class TermLine:
    """A figure of a contract, from a day until another one (that day excluded), or for good."""

    name: str
    value: int
    since: date
    until: date | None

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A service order."""

    kind: OrderKind
    dated: date
    reference: str


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    """A signed change of amount or time. Unit: `days` calendar days."""

    number: int
    kind: AmendmentKind
    amount: Money
    days: int
    signed_on: date
    reference: str


@dataclass(frozen=True, slots=True)
class BondLine:
    """A bond; `released_on` is None while it stands."""

    kind: SecurityKind
    reference: str
    amount: Money
    lodged_on: date
    released_on: date | None


@dataclass(frozen=True, slots=True)
class AcceptanceLine:
    """The minutes of an acceptance."""

    kind: AcceptanceKind
    dated: date
    reference: str


@dataclass(frozen=True, slots=True)
class ReservationLine:
    """A defect noted at the acceptance or after it; `cleared_on` is None while it is open."""

    number: int
    label: str
    noted_on: date
    due_on: date | None
    blocking: bool
    cleared_on: date | None


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of the bill. Quantities in thousandths of `unit`; `measured` is all that is done so far."""

    code: str
    label: str
    unit: str
    price: Money
    quantity: int
    amount: Money
    measured: int
    measured_amount: Money


@dataclass(frozen=True, slots=True)
class ContractFile:
    """A contract on a day, and everything that was ever written of it."""

    position: ContractPosition
    orders: tuple[OrderLine, ...]
    amendments: tuple[AmendmentLine, ...]
    bonds: tuple[BondLine, ...]
    acceptances: tuple[AcceptanceLine, ...]
    reservations: tuple[ReservationLine, ...]
    planned: tuple[PlannedMonth, ...]


def contract_file(session: Session, contract: Contract, currency: str, *, on: date) -> ContractFile:
    """Return a contract as it stood at the end of a day, and what was written of it."""
    return ContractFile(
        position=contract_position(session, contract.reference, on=on),
        orders=list_orders(session, contract),
        amendments=list_amendments(session, contract, currency),
        bonds=list_bonds(session, contract, currency),
        acceptances=list_acceptances(session, contract),
        reservations=list_reservations(session, contract),
        planned=payment_curve(session, contract.id, currency),
    )


def list_terms(session: Session, contract: Contract) -> tuple[TermLine, ...]:
    """Return every figure of a contract with the days on which it holds, in the order of the rules.

    Source: docs/rules.md, W11.
    """
    rows = session.exec(
        select(ContractTerm)
        .where(ContractTerm.contract_id == contract.id)
        .order_by(col(ContractTerm.since))
    ).all()
    lines: list[TermLine] = []
    for name, usual in defaults_on(contract.signed_on).items():
        said = [(row.since, row.value) for row in rows if row.name == name] or [(contract.signed_on, usual)]
        ends = [*(since for since, _ in said[1:]), None]
        lines += [TermLine(name, value, since, end) for (since, value), end in zip(said, ends, strict=True)]
    place = {name: number for number, name in enumerate(TERM_NAMES)}
    return tuple(sorted(lines, key=lambda line: (place[line.name], line.since)))


def list_orders(session: Session, contract: Contract) -> tuple[OrderLine, ...]:
    """Return the service orders of a contract in the order of their dates."""
    rows = session.exec(
        select(ServiceOrder)
        .where(ServiceOrder.contract_id == contract.id)
        .order_by(col(ServiceOrder.dated))
    )
    return tuple(OrderLine(row.kind, row.dated, row.reference) for row in rows)


def list_amendments(session: Session, contract: Contract, currency: str) -> tuple[AmendmentLine, ...]:
    """Return the amendments of a contract in the order of their numbers."""
    rows = session.exec(
        select(ContractAmendment)
        .where(ContractAmendment.contract_id == contract.id)
        .order_by(col(ContractAmendment.number))
    )
    return tuple(
        AmendmentLine(
            number=row.number,
            kind=row.kind,
            amount=Money(row.amount_centimes, currency),
            days=row.days,
            signed_on=row.signed_on,
            reference=row.reference,
        )
        for row in rows
    )


def list_bonds(session: Session, contract: Contract, currency: str) -> tuple[BondLine, ...]:
    """Return the bonds lodged for a contract, those that were released too."""
    rows = session.exec(
        select(Security)
        .where(Security.contract_id == contract.id)
        .order_by(col(Security.lodged_on), col(Security.reference))
    )
    return tuple(
        BondLine(
            kind=row.kind,
            reference=row.reference,
            amount=Money(row.amount_centimes, currency),
            lodged_on=row.lodged_on,
            released_on=row.released_on,
        )
        for row in rows
    )


def list_acceptances(session: Session, contract: Contract) -> tuple[AcceptanceLine, ...]:
    """Return the acceptances of a contract in the order of their dates."""
    rows = session.exec(
        select(Acceptance).where(Acceptance.contract_id == contract.id).order_by(col(Acceptance.dated))
    )
    return tuple(AcceptanceLine(row.kind, row.dated, row.reference) for row in rows)


def list_reservations(session: Session, contract: Contract) -> tuple[ReservationLine, ...]:
    """Return the reservations of a contract, those that are cleared too."""
    rows = session.exec(
        select(Reservation)
        .join(Acceptance, col(Acceptance.id) == col(Reservation.acceptance_id))
        .where(Acceptance.contract_id == contract.id)
        .order_by(col(Acceptance.dated), col(Reservation.number))
    )
    return tuple(
        ReservationLine(
            number=row.number,
            label=row.label,
            noted_on=row.noted_on,
            due_on=row.due_on,
            blocking=row.blocking,
            cleared_on=row.cleared_on,
        )
        for row in rows
    )


def list_bill(session: Session, contract: Contract, currency: str) -> tuple[BillLine, ...]:
    """Return the bill of a contract in the order of its codes, with what is measured of each line."""
    done = measured_so_far(session, contract.id)
    rows = session.exec(
        select(BillItem).where(BillItem.contract_id == contract.id).order_by(col(BillItem.code))
    )
    return tuple(_bill_line(row, done.get(row.id, 0), currency) for row in rows)


def _bill_line(row: BillItem, done: int, currency: str) -> BillLine:
    return BillLine(
        code=row.code,
        label=row.label,
        unit=row.unit,
        price=Money(row.price_centimes, currency),
        quantity=row.quantity,
        amount=Money(part(row.quantity, row.price_centimes, THOUSAND), currency),
        measured=done,
        measured_amount=Money(part(done, row.price_centimes, THOUSAND), currency),
    )
