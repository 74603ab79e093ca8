"""The money of made-up centres whose next move is open: promises received, a contract planned."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from dateutil.relativedelta import relativedelta
from sqlmodel import SQLModel

from models.rules.budgets import Nature
from models.rules.contracts import ContractKind
from models.rules.stages import Stage
from models.rules.terms import defaults_on
from models.rules.tranches import CallState, Trigger
from models.tables import (
    Allocation,
    BudgetLine,
    Contract,
    ContractTerm,
    FundingCall,
    PlannedPayment,
    Receipt,
    Tranche,
)

MONTHS = 12
Rows = Mapping[type[SQLModel], list[dict[str, Any]]]


def ready_money(commitments: Sequence[Mapping[str, Any]], at: datetime) -> Rows:
    """Return the rows of promises that came whole, and of a contract for each project that they pay."""
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {}
    totals: dict[UUID, int] = {}
    for commitment in commitments:
        project = commitment["project_id"]
        totals[project] = totals.get(project, 0) + commitment["amount_centimes"]
        _gather(rows, _received(commitment, at))
    for project, amount in totals.items():
        _gather(rows, _planned(project, amount, at))
    return rows


def _gather(rows: dict[type[SQLModel], list[dict[str, Any]]], more: Iterator[SQLModel]) -> None:
    for row in more:
        rows.setdefault(type(row), []).append(row.model_dump())


def _received(commitment: Mapping[str, Any], at: datetime) -> Iterator[SQLModel]:
    amount, day = commitment["amount_centimes"], at.date() - timedelta(days=20)
    tranche, call, receipt = uuid4(), uuid4(), uuid4()
    yield Tranche(
        id=tranche,
        commitment_id=commitment["id"],
        number=1,
        amount_centimes=amount,
        trigger=Trigger.DATE,
        expected_on=day,
    )
    yield FundingCall(
        id=call,
        tranche_id=tranche,
        state=CallState.ISSUED,
        amount_centimes=amount,
        drafted_at=at,
        number=f"SAMPLE-{call.hex[:20]}",
        issued_on=day,
        due_on=day,
    )
    yield Receipt(
        id=receipt,
        project_id=commitment["project_id"],
        partner_id=commitment["partner_id"],
        amount_centimes=amount,
        received_on=day,
        reference="SAMPLE",
        written_by="finance",
        written_at=at,
    )
    yield Allocation(receipt_id=receipt, call_id=call, amount_centimes=amount, allocated_on=day)


def _planned(project: UUID, amount: int, at: datetime) -> Iterator[SQLModel]:
    line, contract, signed_on = uuid4(), uuid4(), at.date() - timedelta(days=15)
    yield BudgetLine(
        id=line, project_id=project, code="SAMPLE", stage=Stage.CONSTRUCTION, nature=Nature.WORKS
    )
    yield Contract(
        id=contract,
        project_id=project,
        line_id=line,
        reference=f"SAMPLE-{contract.hex[:20]}",
        kind=ContractKind.WORKS,
        contractor="SAMPLE",
        amount_centimes=amount,
        period_days=365,
        signed_on=signed_on,
        sample=True,
        written_by="officer",
        written_at=at,
    )
    for name, value in defaults_on(signed_on).items():
        yield ContractTerm(contract_id=contract, name=name, since=signed_on, value=value)
    begin = at.date().replace(day=1)
    each, rest = divmod(amount, MONTHS)
    for number in range(1, MONTHS + 1):
        month = begin + relativedelta(months=number)
        paid = each + (rest if number == MONTHS else 0)
        yield PlannedPayment(contract_id=contract, month=month, amount_centimes=paid)
