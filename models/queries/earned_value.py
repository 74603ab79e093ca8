"""Reading what earned value rests on: first curves, contracts, measured progress and accounts."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import Session, col

from models.queries.projects import find_project
from models.rules.contracts import AcceptanceKind, ContractKind, OrderKind
from models.rules.earned_value import EarnedValue, SPoint, Works, earned_value, s_curve
from models.rules.money_facts import WORKS_ACCOUNTS
from models.rules.payment_curve import Planned
from models.rules.works_clock import Order, WorksClock
from models.tables import (
    Acceptance,
    Certificate,
    Contract,
    ContractAmendment,
    Evidence,
    PlannedPayment,
    Project,
    ServiceOrder,
)

PROGRESS = "physical_progress"


def project_earned_value(session: Session, project: str, *, on: date) -> EarnedValue:
    """Return where the works of a project (key) stand at the end of a day.

    Raises: UnknownKey.
    Source: docs/rules.md, Q9 and Q10.
    """
    found = find_project(session, project)
    return earned_value(load_works(session, [found.key], on=on)[found.key], on)


def project_s_curve(session: Session, project: str, *, on: date) -> tuple[SPoint, ...]:
    """Return the sums of a project (key) at the end of each month.

    Raises: UnknownKey.
    Source: docs/rules.md, Q9.
    """
    found = find_project(session, project)
    return s_curve(load_works(session, [found.key], on=on)[found.key], on)


def load_works(session: Session, projects: Collection[str], *, on: date) -> dict[str, Works]:
    """Return what is known of the works of projects (keys) on a day: as few reads for many as for one."""
    session.flush()
    asked = {"keys": list(projects), "on": on, "kind": ContractKind.WORKS}
    read = {name: _by_project(session, statement, asked) for name, statement in _READS.items()}
    return {
        key: Works(
            planned=tuple(Planned(month, amount) for month, amount in read["planned"][key]),
            budgets=tuple((day, amount) for _, day, amount, _ in read["contracts"][key])
            + tuple((day, amount) for _, day, amount, _ in read["amendments"][key]),
            progress=_measured(read["progress"][key]),
            certified=tuple((day, amount) for day, amount in read["certified"][key]),
            days_late=_days_late({name: rows[key] for name, rows in read.items()}, on),
        )
        for key in projects
    }


def _by_project(session: Session, statement: Any, asked: dict[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for key, *fact in session.connection().execute(statement, asked):
        found[key].append(fact)
    return found


def _measured(pieces: Sequence[Any]) -> tuple[tuple[date, int], ...]:
    """Return what was measured, by day; a later piece takes the place of those not dated before it."""
    kept: list[tuple[date, int]] = []
    for dated, value in pieces:
        while kept and kept[-1][0] >= dated:
            kept.pop()
        kept.append((dated, value))
    return tuple(kept)


def _days_late(read: dict[str, Sequence[Any]], on: date) -> int:
    """Return the days by which the latest of the works contracts is late (W13)."""
    late = 0
    for contract, _, _, period in read["contracts"]:
        orders = [Order(OrderKind(kind), day) for one, kind, day in read["orders"] if one == contract]
        added = sum(days for one, _, _, days in read["amendments"] if one == contract)
        accepted_on = next((day for one, day in read["acceptances"] if one == contract), None)
        clock = WorksClock(tuple(sorted(orders, key=lambda order: order.dated)), period, added)
        late = max(late, clock.days_late(on, accepted_on))
    return late


_ON: Any = bindparam("on")


def _of_works(child: Any, day: Any, *columns: Any) -> Any:
    """Select columns of what belongs to the works contracts that were signed by the day."""
    return (
        select(col(Project.key), *columns)
        .select_from(child)
        .join(Contract, col(Contract.id) == col(child.contract_id))
        .join(Project, col(Project.id) == col(Contract.project_id))
        .where(*_WORKS, day <= _ON)
    )


_WORKS = (
    col(Project.key).in_(bindparam("keys", expanding=True)),
    col(Contract.kind) == bindparam("kind", type_=col(Contract.kind).type),  # type: ignore[attr-defined]
    col(Contract.signed_on) <= _ON,
)
_CONTRACTS = (
    select(
        col(Project.key),
        col(Contract.id),
        col(Contract.signed_on),
        col(Contract.amount_centimes),
        col(Contract.period_days),
    )
    .join(Contract, col(Contract.project_id) == col(Project.id))
    .where(*_WORKS)
)
_AMENDMENTS = _of_works(
    ContractAmendment,
    col(ContractAmendment.signed_on),
    col(ContractAmendment.contract_id),
    col(ContractAmendment.signed_on),
    col(ContractAmendment.amount_centimes),
    col(ContractAmendment.days),
)
_FIRST = (
    select(func.min(col(PlannedPayment.version)))
    .where(col(PlannedPayment.contract_id) == col(Contract.id))
    .correlate(Contract)
    .scalar_subquery()
)
_PLANNED = _of_works(
    PlannedPayment,
    col(Contract.signed_on),
    col(PlannedPayment.month),
    col(PlannedPayment.amount_centimes),
).where(col(PlannedPayment.version) == _FIRST)
_CERTIFIED = _of_works(
    Certificate,
    col(Certificate.dated),
    col(Certificate.dated),
    col(Certificate.gross_centimes) + col(Certificate.revision_centimes),
).where(col(Certificate.kind).in_(sorted(WORKS_ACCOUNTS)))
_ORDERS = _of_works(
    ServiceOrder,
    col(ServiceOrder.dated),
    col(ServiceOrder.contract_id),
    col(ServiceOrder.kind),
    col(ServiceOrder.dated),
)
_ACCEPTANCES = _of_works(
    Acceptance, col(Acceptance.dated), col(Acceptance.contract_id), col(Acceptance.dated)
).where(col(Acceptance.kind) == AcceptanceKind.PROVISIONAL)
_MEASURED = (
    select(col(Project.key), col(Evidence.dated), col(Evidence.value))
    .join(Evidence, col(Evidence.project_id) == col(Project.id))
    .where(
        col(Project.key).in_(bindparam("keys", expanding=True)),
        col(Evidence.code) == PROGRESS,
        col(Evidence.value).is_not(None),
        col(Evidence.dated) <= _ON,
    )
    .order_by(col(Evidence.added_at))
)
_READS = {
    "contracts": _CONTRACTS,
    "amendments": _AMENDMENTS,
    "planned": _PLANNED,
    "certified": _CERTIFIED,
    "orders": _ORDERS,
    "acceptances": _ACCEPTANCES,
    "progress": _MEASURED,
}
