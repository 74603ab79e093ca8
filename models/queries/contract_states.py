"""Where contracts stand on a day, in whole centimes: few statements, however many contracts there are."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, func, select, true
from sqlmodel import Session, col

from models.queries.budgets import CERTIFIES, ON, total
from models.rules.accounts import Standing
from models.rules.contracts import (
    AcceptanceKind,
    AmendmentKind,
    CertificateKind,
    ContractKind,
    SecurityKind,
)
from models.rules.penalties import Amounts
from models.rules.terms import Terms, terms_on
from models.rules.works_clock import Order, WorksClock
from models.tables import (
    Acceptance,
    BudgetLine,
    Certificate,
    Contract,
    ContractAmendment,
    ContractTerm,
    Payment,
    Project,
    Reservation,
    Security,
    ServiceOrder,
)

_ACCOUNT_SUMS = (
    *("gross", "revision", "retention", "given_back", "advanced", "recovered"),
    *("penalty", "special", "vat_withheld", "net", "due", "final"),
)
"""`due`: what is owed by the day; `final`: how many last accounts there are, one or none."""
_NO_SUMS: dict[str, int] = dict.fromkeys((*_ACCOUNT_SUMS, "paid"), 0)


class Scope(Enum):
    """Whose contracts are asked for."""

    CONTRACT = "contract"
    PROJECT = "project"
    SOME = "some"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ContractState:
    """A contract at the end of a day, as the rules read it. Unit: centimes, all taxes included."""

    id: UUID
    reference: str
    project: str
    currency: str
    line: str
    kind: ContractKind
    contractor: str
    subject: str
    signed_on: date
    notified_on: date | None
    sample: bool
    amounts: Amounts
    clock: WorksClock
    terms: Terms
    sums: Mapping[str, int]
    """What its accounts and payments come to: see `_ACCOUNT_SUMS`, and `paid`."""
    bonds: Mapping[SecurityKind, int]
    """What bonds that are lodged and not released stand for."""
    accepted_on: Mapping[AcceptanceKind, date]
    open_reservations: int

    @property
    def standing(self) -> Standing:
        """What the next account starts from."""
        return Standing(
            amount=self.amounts.total,
            gross=self.sums["gross"],
            retention_held=self.sums["retention"] - self.sums["given_back"],
            retention_bonds=self.bonds.get(SecurityKind.RETENTION, 0),
            advance_given=self.sums["advanced"],
            recovered=self.sums["recovered"],
            penalty_taken=self.sums["penalty"] - self.sums["special"],
        )


_AT_ONCE = 500
"""Contracts whose ids one statement names: a database takes so many values and no more."""


def load_some(session: Session, contracts: Sequence[UUID], *, on: date) -> Iterator[ContractState]:
    """Yield named contracts signed by a day as they stood at its end: eight statements for 500 of them.

    Source: docs/rules.md, W23.
    """
    session.flush()
    for start in range(0, len(contracts), _AT_ONCE):
        given = {"on": on, "contracts": list(contracts[start : start + _AT_ONCE])}
        yield from _read(session.connection(), _STATEMENTS[Scope.SOME], given)


def load_states(
    session: Session, *, on: date, contract: UUID | None = None, project: UUID | None = None
) -> tuple[ContractState, ...]:
    """Return contracts signed by a day as they stood at its end: one, a project's, or all.

    Source: docs/rules.md, W23.
    """
    session.flush()
    scope = Scope.CONTRACT if contract else Scope.PROJECT if project else Scope.ALL
    given = {"on": on, "contract": contract, "project": project}
    return _read(session.connection(), _STATEMENTS[scope], given)


@dataclass(slots=True)
class _Facts:
    """What was read of one contract beside its own row."""

    terms: list[tuple[str, date, int]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    changes: dict[AmendmentKind, int] = field(default_factory=dict)
    days: int = 0
    sums: dict[str, int] = field(default_factory=lambda: dict(_NO_SUMS))
    bonds: dict[SecurityKind, int] = field(default_factory=dict)
    accepted_on: dict[AcceptanceKind, date] = field(default_factory=dict)
    open_reservations: int = 0


def _read(
    connection: Connection, statements: Mapping[str, Select[Any]], given: Mapping[str, Any]
) -> tuple[ContractState, ...]:
    contracts = connection.execute(statements["contracts"], given).all()
    of: dict[UUID, _Facts] = defaultdict(_Facts)
    for contract, name, since, value in connection.execute(statements["terms"], given):
        of[contract].terms.append((name, since, value))
    for contract, kind, dated in connection.execute(statements["orders"], given):
        of[contract].orders.append(Order(kind, dated))
    for contract, kind, amount, days in connection.execute(statements["amendments"], given):
        of[contract].changes[kind] = amount
        of[contract].days += days
    for contract, *sums in connection.execute(statements["accounts"], given):
        of[contract].sums.update(zip(_ACCOUNT_SUMS, sums, strict=True))
    for contract, paid in connection.execute(statements["payments"], given):
        of[contract].sums["paid"] = paid
    for contract, kind, amount in connection.execute(statements["bonds"], given):
        of[contract].bonds[kind] = amount
    for contract, kind, dated, reservations in connection.execute(statements["acceptances"], given):
        of[contract].accepted_on[kind] = dated
        of[contract].open_reservations += reservations
    return tuple(_state(row, of[row.id], given["on"]) for row in contracts)


def _state(row: Any, facts: _Facts, on: date) -> ContractState:
    changes = facts.changes
    other = changes.get(AmendmentKind.OTHER, 0) + changes.get(AmendmentKind.TIME, 0)
    extra, mass = changes.get(AmendmentKind.EXTRA_WORKS, 0), changes.get(AmendmentKind.MASS, 0)
    return ContractState(
        id=row.id,
        reference=row.reference,
        project=row.project,
        currency=row.currency,
        line=row.line,
        kind=row.kind,
        contractor=row.contractor,
        subject=row.subject,
        signed_on=row.signed_on,
        notified_on=row.notified_on,
        sample=row.sample,
        amounts=Amounts(row.amount_centimes, extra, mass, other),
        clock=WorksClock(tuple(facts.orders), row.period_days, facts.days),
        terms=terms_on(facts.terms, on),
        sums=facts.sums,
        bonds=facts.bonds,
        accepted_on=facts.accepted_on,
        open_reservations=facts.open_reservations,
    )


Narrow = Callable[[Any], ColumnElement[bool]]
_OF_PROJECT = select(col(Contract.id)).where(col(Contract.project_id) == bindparam("project"))
_NARROW: Mapping[Scope, Narrow] = {
    Scope.CONTRACT: lambda column: col(column) == bindparam("contract"),
    Scope.PROJECT: lambda column: col(column).in_(_OF_PROJECT),
    Scope.SOME: lambda column: col(column).in_(bindparam("contracts", expanding=True)),
    Scope.ALL: lambda _column: true(),
}


def _contracts(narrow: Narrow) -> Select[Any]:
    described: list[Any] = [Contract.id, Contract.reference, Contract.kind, Contract.contractor]
    described += [Contract.subject, Contract.signed_on, Contract.notified_on, Contract.sample]
    described += [Contract.amount_centimes, Contract.period_days, Project.currency]
    return (
        select(*described, col(Project.key).label("project"), col(BudgetLine.code).label("line"))
        .join(Project, col(Project.id) == col(Contract.project_id))
        .join(BudgetLine, col(BudgetLine.id) == col(Contract.line_id))
        .where(narrow(Contract.id), col(Contract.signed_on) <= ON)
        .order_by(col(Project.key), col(Contract.signed_on), col(Contract.reference))
    )


def _terms(narrow: Narrow) -> Select[Any]:
    columns: list[Any] = [ContractTerm.contract_id, ContractTerm.name, ContractTerm.since]
    return select(*columns, col(ContractTerm.value)).where(narrow(ContractTerm.contract_id))


def _orders(narrow: Narrow) -> Select[Any]:
    columns: list[Any] = [ServiceOrder.contract_id, ServiceOrder.kind, ServiceOrder.dated]
    return (
        select(*columns)
        .where(narrow(ServiceOrder.contract_id), col(ServiceOrder.dated) <= ON)
        .order_by(col(ServiceOrder.contract_id), col(ServiceOrder.dated))
    )


def _amendments(narrow: Narrow) -> Select[Any]:
    of: list[Any] = [col(ContractAmendment.contract_id), col(ContractAmendment.kind)]
    return (
        select(
            *of,
            total(ContractAmendment.amount_centimes, "amount"),
            func.sum(ContractAmendment.days).label("days"),
        )
        .where(narrow(ContractAmendment.contract_id), col(ContractAmendment.signed_on) <= ON)
        .group_by(*of)
    )


def _accounts(narrow: Narrow) -> Select[Any]:
    kind, gross = col(Certificate.kind), col(Certificate.gross_centimes)
    works = kind.in_(CERTIFIES)
    sums: list[Any] = [
        total(case((works, gross), else_=0), "gross"),
        total(Certificate.revision_centimes, "revision"),
        total(Certificate.retention_centimes, "retention"),
        total(case((kind == CertificateKind.RETENTION, gross), else_=0), "given_back"),
        total(case((kind == CertificateKind.ADVANCE, gross), else_=0), "advanced"),
        total(Certificate.recovered_centimes, "recovered"),
        total(Certificate.penalty_centimes, "penalty"),
        total(Certificate.special_centimes, "special"),
        total(Certificate.vat_withheld_centimes, "vat_withheld"),
        total(Certificate.net_centimes, "net"),
        total(case((col(Certificate.due_on) <= ON, col(Certificate.net_centimes)), else_=0), "due"),
        total(case((kind == CertificateKind.FINAL, 1), else_=0), "final"),
    ]
    return (
        select(col(Certificate.contract_id), *sums)
        .where(narrow(Certificate.contract_id), col(Certificate.dated) <= ON)
        .group_by(col(Certificate.contract_id))
    )


def _payments(narrow: Narrow) -> Select[Any]:
    columns: list[Any] = [col(Certificate.contract_id), total(Payment.amount_centimes, "paid")]
    return (
        select(*columns)
        .join(Payment, col(Payment.certificate_id) == col(Certificate.id))
        .where(narrow(Certificate.contract_id), col(Payment.paid_on) <= ON)
        .group_by(col(Certificate.contract_id))
    )


def _bonds(narrow: Narrow) -> Select[Any]:
    of: list[Any] = [col(Security.contract_id), col(Security.kind)]
    released = col(Security.released_on)
    return (
        select(*of, total(Security.amount_centimes, "amount"))
        .where(narrow(Security.contract_id), col(Security.lodged_on) <= ON)
        .where(released.is_(None) | (released > ON))
        .group_by(*of)
    )


def _acceptances(narrow: Narrow) -> Select[Any]:
    of: list[Any] = [col(Acceptance.contract_id), col(Acceptance.kind), col(Acceptance.dated)]
    cleared = col(Reservation.cleared_on)
    is_open = (col(Reservation.noted_on) <= ON) & (cleared.is_(None) | (cleared > ON))
    return (
        select(*of, func.sum(case((is_open, 1), else_=0)))
        .outerjoin(Reservation, col(Reservation.acceptance_id) == col(Acceptance.id))
        .where(narrow(Acceptance.contract_id), col(Acceptance.dated) <= ON)
        .group_by(*of)
    )


_PARTS: Mapping[str, Callable[[Narrow], Select[Any]]] = {
    "contracts": _contracts,
    "terms": _terms,
    "orders": _orders,
    "amendments": _amendments,
    "accounts": _accounts,
    "payments": _payments,
    "bonds": _bonds,
    "acceptances": _acceptances,
}
_STATEMENTS = {
    scope: {name: part(narrow) for name, part in _PARTS.items()} for scope, narrow in _NARROW.items()
}
