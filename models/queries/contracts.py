"""Contracts: finding one, and what people see of where each stands on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlmodel import Session, col, func, select

from models.queries.contract_states import ContractState, load_states
from models.queries.projects import find_project, nearest
from models.rules.accounts import retention_cap
from models.rules.contracts import AcceptanceKind, ContractKind, SecurityKind
from models.rules.errors import UnknownKey
from models.rules.money import Money
from models.rules.penalties import delay_penalty, over_limits
from models.rules.text import visible
from models.tables import Certificate, Contract, Measurement, PlannedPayment


@dataclass(frozen=True, slots=True)
class ContractPosition:
    """A contract at the end of a day. Amounts include all taxes.

    `certified` is without revision; `owed` is what accounts come to less what was paid, `overdue` the
    part of it that was due; `penalty` is what delay costs so far, `penalty_taken` what accounts took.
    """

    reference: str
    project: str
    line: str
    kind: ContractKind
    contractor: str
    subject: str
    sample: bool
    on: date
    signed_on: date
    amount: Money
    """As first signed."""
    amendments: Money
    extra_works: Money
    mass: Money
    over_limits: tuple[tuple[str, Money], ...]
    certified: Money
    revision: Money
    retention_held: Money
    retention_cap: Money
    advance: Money
    advance_left: Money
    penalty: Money
    penalty_cap: Money
    near_cap: bool
    at_cap: bool
    penalty_taken: Money
    special_penalties: Money
    vat_withheld: Money
    net: Money
    paid: Money
    owed: Money
    overdue: Money
    performance_bond: Money
    retention_bond: Money
    advance_bond: Money
    started_on: date | None
    stopped: bool
    stopped_days: int
    ends_on: date | None
    days_late: int
    accepted_on: date | None
    guarantee_until: date | None
    """The first day on which the definitive acceptance may be."""
    definitive_on: date | None
    open_reservations: int
    final: bool

    @property
    def total(self) -> Money:
        """The amount with all amendments."""
        return self.amount + self.amendments


@dataclass(frozen=True, slots=True)
class PlannedMonth:
    """What a contract is expected to cost in a month (its first day)."""

    month: date
    amount: Money


def find_contract(session: Session, reference: str) -> Contract:
    """Return the contract of a reference.

    Raises: UnknownKey, with the nearest references.
    """
    found = None
    if visible(reference) == reference:
        found = session.exec(select(Contract).where(Contract.reference == reference)).first()
    if found is None:
        known = session.exec(select(Contract.reference)).all()
        shown = visible(reference[:60])
        raise UnknownKey(noun="contract", key=shown, candidates=nearest(reference, known))
    return found


def contract_position(session: Session, reference: str, *, on: date) -> ContractPosition:
    """Return where one contract stood at the end of a day, the day it was signed at the earliest.

    Raises: UnknownKey.
    Source: docs/rules.md, W23.
    """
    found = find_contract(session, reference)
    (state,) = load_states(session, on=max(on, found.signed_on), contract=found.id)
    return position_of(state, max(on, found.signed_on))


def contract_positions(
    session: Session, *, on: date, project: str | None = None
) -> tuple[ContractPosition, ...]:
    """Return where the contracts of a project (its key), or of all, stood at the end of a day.

    Eight statements, however many contracts there are.
    Raises: UnknownKey.
    Source: docs/rules.md, W23.
    """
    found = find_project(session, project).id if project is not None else None
    return tuple(position_of(state, on) for state in load_states(session, on=on, project=found))


def payment_curve(session: Session, contract: UUID, currency: str) -> tuple[PlannedMonth, ...]:
    """Return the payment curve of a contract as it was last planned, in the order of its months."""
    version = select(func.max(PlannedPayment.version)).where(PlannedPayment.contract_id == contract)
    rows = session.exec(
        select(PlannedPayment)
        .where(PlannedPayment.contract_id == contract, PlannedPayment.version == version.scalar_subquery())
        .order_by(col(PlannedPayment.month))
    )
    return tuple(PlannedMonth(row.month, Money(row.amount_centimes, currency)) for row in rows)


def measured_so_far(session: Session, contract: UUID) -> dict[UUID, int]:
    """Return the quantity of each bill item (its id) as last measured, in thousandths."""
    rows = session.exec(
        select(col(Measurement.item_id), col(Measurement.quantity))
        .join(Certificate, col(Certificate.id) == col(Measurement.certificate_id))
        .where(Certificate.contract_id == contract)
        .order_by(col(Certificate.number))
    )
    return dict(rows.all())


def position_of(state: ContractState, on: date) -> ContractPosition:
    """Return what people see of a contract that was loaded for a day."""
    amounts: dict[str, Any] = {
        name: Money(value, state.currency) for name, value in _amounts(state, on).items()
    }
    over = over_limits(state.amounts, state.terms)
    named: dict[str, Any] = {name: getattr(state, name) for name in _NAMED}
    return ContractPosition(
        on=on,
        over_limits=tuple((name, Money(excess, state.currency)) for name, excess in over.items()),
        open_reservations=state.open_reservations,
        final=state.sums["final"] > 0,
        **named,
        **amounts,
        **_time(state, on),
    )


_NAMED = ("reference", "project", "line", "kind", "contractor", "subject", "sample", "signed_on")


def _amounts(state: ContractState, on: date) -> dict[str, int]:
    standing, sums, amounts = state.standing, state.sums, state.amounts
    penalty = delay_penalty(amounts, days_late_of(state, on), state.terms)
    return {
        "amount": amounts.initial,
        "amendments": amounts.total - amounts.initial,
        "extra_works": amounts.extra_works,
        "mass": amounts.mass,
        "certified": sums["gross"],
        "revision": sums["revision"],
        "retention_held": standing.retention_held,
        "retention_cap": retention_cap(amounts.total, state.terms),
        "advance": standing.advance_given,
        "advance_left": standing.advance_left,
        "penalty": penalty.due,
        "penalty_cap": penalty.cap,
        "penalty_taken": standing.penalty_taken,
        "special_penalties": sums["special"],
        "vat_withheld": sums["vat_withheld"],
        "net": sums["net"],
        "paid": sums["paid"],
        "owed": sums["net"] - sums["paid"],
        "overdue": max(0, sums["due"] - sums["paid"]),
        "performance_bond": state.bonds.get(SecurityKind.PERFORMANCE, 0),
        "retention_bond": standing.retention_bonds,
        "advance_bond": state.bonds.get(SecurityKind.ADVANCE, 0),
    }


def _time(state: ContractState, on: date) -> dict[str, Any]:
    clock, late = state.clock, days_late_of(state, on)
    accepted = state.accepted_on.get(AcceptanceKind.PROVISIONAL)
    last = min(on, accepted) if accepted else on
    penalty = delay_penalty(state.amounts, late, state.terms)
    return {
        "near_cap": penalty.near,
        "at_cap": penalty.at_cap,
        "started_on": clock.started_on,
        "stopped": accepted is None and clock.is_stopped(on),
        "stopped_days": clock.stopped_days(last),
        "ends_on": clock.end(last),
        "days_late": late,
        "accepted_on": accepted,
        "guarantee_until": guarantee_until(state),
        "definitive_on": state.accepted_on.get(AcceptanceKind.DEFINITIVE),
    }


def days_late_of(state: ContractState, on: date) -> int:
    """Return the days a contract is late on a day (docs/rules.md, W13)."""
    return state.clock.days_late(on, state.accepted_on.get(AcceptanceKind.PROVISIONAL))


def guarantee_until(state: ContractState) -> date | None:
    """Return the day the guarantee ends, counted once from the provisional acceptance (W27)."""
    accepted = state.accepted_on.get(AcceptanceKind.PROVISIONAL)
    if accepted is None:
        return None
    return accepted + relativedelta(months=state.terms.guarantee_months)
