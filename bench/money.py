"""How the position of projects and the controls of the books grow with the number of projects."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, insert, select, update
from sqlmodel import SQLModel, col

from bench.growth import exponent
from bench.portfolio import BUDGET, fill, start_of_day
from models import db, schema
from models.operations.money_alerts import raise_alerts
from models.queries.cashflow import foundation_cashflow
from models.queries.controls import run_controls
from models.queries.position import positions
from models.rules.budgets import BudgetChange, Nature
from models.rules.contracts import CertificateKind, ContractKind, OrderKind
from models.rules.stages import Stage
from models.rules.tranches import PROGRESS, CallState, Trigger
from models.tables import (
    Allocation,
    BudgetEntry,
    BudgetLine,
    BudgetPlan,
    Certificate,
    Commitment,
    Contract,
    ContractTerm,
    Evidence,
    FundingCall,
    Partner,
    Payment,
    PlannedPayment,
    Project,
    Receipt,
    ServiceOrder,
    Tranche,
)
from models.tables.columns import table_of

SIZES = (27, 1_000, 10_000)
PARTNERS, TRANCHES = 5, 3
CONTRACTS, ACCOUNTS = 3, 5
AT_ONCE = 250
LAST_DAYS = 400
"""Calendar days over which the made-up facts lie."""

Row = dict[str, Any]
Rows = dict[type[SQLModel], list[Row]]
_READ = ("commitment", "tranche", "funding_call", "receipt", "allocation", "budget_entry", "contract")
FLOOR = tuple(f"SELECT sum(amount_centimes) FROM {table}" for table in (*_READ, "payment"))  # noqa: S608
FLOOR += ("SELECT sum(gross_centimes), sum(net_centimes) FROM certificate",)


@dataclass(frozen=True, slots=True)
class Size:
    """Seconds for one size; `floor` is one pass of plain SQL over the amounts of the same rows.

    `rows`: tranches and accounts. `position` gives gaps too. `cashflow`: the forecast of the foundation.
    `one`: the controls of a single project.
    `alerts`: a first look for what is amiss, which tells `told`; `again`: the second, which tells nothing.
    """

    projects: int
    rows: int
    floor: float
    position: float
    cashflow: float
    controls: float
    one: float
    offences: int
    alerts: float
    again: float
    told: int


def measure(folder: Path) -> list[Size]:
    """Measure each size on a database of its own."""
    return [_measure(folder / f"money-{size}.db", size) for size in SIZES]


def _measure(file: Path, size: int) -> Size:
    engine, at = db.open_engine(f"sqlite:///{file}"), start_of_day()
    schema.upgrade(engine)
    fill_books(engine, fill(engine, size, at=at), at=at)
    rows = size * (PARTNERS * TRANCHES + CONTRACTS * ACCOUNTS)
    today = at.date()
    offences = _controls(engine, today)
    alerts, told = _look(engine, at)
    found = Size(
        projects=size,
        rows=rows,
        floor=_fastest(lambda: _scan(engine)),
        position=_fastest(lambda: _position(engine, today)),
        cashflow=_fastest(lambda: _cashflow(engine, today)),
        controls=_fastest(lambda: _controls(engine, today)),
        one=_fastest(lambda: _controls(engine, today, "centre-000001")),
        offences=offences,
        alerts=alerts,
        again=_fastest(lambda: _look(engine, at)),
        told=told,
    )
    engine.dispose()
    return found


def _position(engine: Engine, today: date) -> None:
    with db.reading(engine) as session:
        sum(one.gap.centimes for one in positions(session, on=today))


def _cashflow(engine: Engine, today: date) -> None:
    with db.reading(engine) as session:
        foundation_cashflow(session, on=today)


def _controls(engine: Engine, today: date, project: str | None = None) -> int:
    with db.reading(engine) as session:
        return len(run_controls(session, project=project, today=today))


def _look(engine: Engine, at: datetime) -> tuple[float, int]:
    start = time.perf_counter()
    with db.transaction(engine) as session:
        told = sum(raise_alerts(session, at=at).told.values())
    return time.perf_counter() - start, told


def _scan(engine: Engine) -> None:
    with engine.connect() as connection:
        for statement in FLOOR:
            connection.exec_driver_sql(statement).fetchall()


def _fastest(work: Callable[[], object]) -> float:
    took = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def fill_books(engine: Engine, projects: list[UUID], *, at: datetime) -> None:
    """Write clean books of projects, some tens of rows each, by few statements; one in 500 is amiss."""
    with db.transaction(engine) as session:
        connection = session.connection()
        rest = BUDGET - BUDGET // PARTNERS // TRANCHES * TRANCHES * PARTNERS
        connection.execute(update(table_of(Project)).values(foundation_share_centimes=rest))
        partners = list(connection.execute(select(col(Partner.id))).scalars())
        for start in range(0, len(projects), AT_ONCE):
            _write(connection, projects[start : start + AT_ONCE], partners, at, start)


def _write(
    connection: Connection, projects: list[UUID], partners: list[UUID], at: datetime, start: int
) -> None:
    rows: Rows = {}
    for number, project in enumerate(projects, start):
        for table, row in (*_budget(project, at), *_partners(project, partners, at, number)):
            rows.setdefault(table, []).append(row)
        for table, row in _contracts(project, rows[BudgetLine][-1]["id"], at, number):
            rows.setdefault(table, []).append(row)
        for table, row in _works(project, rows[Contract][-CONTRACTS:], at, number):
            rows.setdefault(table, []).append(row)
    for table, some in rows.items():
        connection.execute(insert(table_of(table)), some)


def _row(table: type[SQLModel], **values: Any) -> tuple[type[SQLModel], Row]:
    return table, {**_blank(table), "id": uuid4(), **values}


@cache
def _blank(table: type[SQLModel]) -> Row:
    """Return what a row has that says nothing: made once, for a million rows are made here."""
    return table().model_dump()


def _day(at: datetime, part: int, parts: int) -> date:
    return at.date() - timedelta(days=LAST_DAYS - LAST_DAYS * part // parts)


def _budget(project: UUID, at: datetime) -> Iterator[tuple[type[SQLModel], Row]]:
    first = _day(at, 0, 1)
    yield _row(BudgetPlan, project_id=project, completed_on=first, completed_by="finance", completed_at=at)
    for code, nature, part in (("OTHER", Nature.OTHER, 1), ("WORKS", Nature.WORKS, 9)):
        line = _row(BudgetLine, project_id=project, code=code, stage=Stage.CONSTRUCTION, nature=nature)
        yield line
        yield _row(
            BudgetEntry,
            line_id=line[1]["id"],
            change=BudgetChange.INITIAL,
            amount_centimes=BUDGET * part // 10,
            decided_on=first,
            proposed_by="finance",
            written_at=at,
        )


def _partners(
    project: UUID, partners: list[UUID], at: datetime, number: int
) -> Iterator[tuple[type[SQLModel], Row]]:
    part = BUDGET // PARTNERS // TRANCHES
    for place, partner in enumerate(partners[:PARTNERS]):
        commitment = _row(
            Commitment,
            project_id=project,
            partner_id=partner,
            reference="SAMPLE",
            amount_centimes=part * TRANCHES - (place == 0 and number % 500 == 0),
            signed_on=_day(at, 0, 1),
        )
        yield commitment
        for one in range(TRANCHES):
            tranche = _row(
                Tranche,
                commitment_id=commitment[1]["id"],
                number=one + 1,
                amount_centimes=part,
                trigger=Trigger.DATE,
                expected_on=_day(at, one, TRANCHES),
            )
            yield tranche
            if one + 1 < TRANCHES:
                yield from _called(tranche[1], project, partner, at, f"{number}-{place}-{one}")


def _called(
    tranche: Row, project: UUID, partner: UUID, at: datetime, name: str
) -> Iterator[tuple[type[SQLModel], Row]]:
    day = tranche["expected_on"]
    issued = _row(
        FundingCall,
        tranche_id=tranche["id"],
        state=CallState.ISSUED,
        amount_centimes=tranche["amount_centimes"],
        drafted_at=at,
        number=name,
        issued_on=day,
        issued_by="finance",
        due_on=day + timedelta(days=60),
    )
    receipt = _row(
        Receipt,
        project_id=project,
        partner_id=partner,
        amount_centimes=tranche["amount_centimes"],
        received_on=day,
        reference=name,
        written_by="finance",
        written_at=at,
    )
    allocation = _row(
        Allocation,
        receipt_id=receipt[1]["id"],
        call_id=issued[1]["id"],
        amount_centimes=tranche["amount_centimes"],
        allocated_on=day,
    )
    yield from (issued, receipt, allocation)


def _contracts(
    project: UUID, line: UUID, at: datetime, number: int
) -> Iterator[tuple[type[SQLModel], Row]]:
    amount = BUDGET * 9 // 10 // CONTRACTS
    for place in range(CONTRACTS):
        contract = _row(
            Contract,
            project_id=project,
            line_id=line,
            reference=f"M-{number}-{place}",
            kind=ContractKind.WORKS,
            contractor="Sample",
            amount_centimes=amount,
            period_days=LAST_DAYS,
            signed_on=_day(at, 0, 1),
            written_by="finance",
            written_at=at,
        )
        yield contract
        yield _row(
            ContractTerm,
            contract_id=contract[1]["id"],
            name="retention_cap",
            since=contract[1]["signed_on"],
            value=700,
        )
        for one in range(ACCOUNTS):
            yield from _account(contract[1], one, amount // ACCOUNTS, at)


def _works(
    project: UUID, contracts: list[Row], at: datetime, number: int
) -> Iterator[tuple[type[SQLModel], Row]]:
    """What the alerts look at: measured progress, orders, payments planned; one in 500 is to pay more."""
    today, kept = at.date(), {"added_by": "officer", "added_at": at}
    yield _row(Evidence, project_id=project, code=PROGRESS, dated=today, value=100_00, **kept)
    for contract in contracts:
        signed, part = contract["signed_on"], contract["amount_centimes"] // ACCOUNTS
        of_contract = {"contract_id": contract["id"]}
        yield _row(ServiceOrder, kind=OrderKind.START, dated=signed, **of_contract)
        for one in range(ACCOUNTS):
            month = _day(at, one, ACCOUNTS).replace(day=1)
            paid = part - part // 20 + (number % 500 == 1)
            yield _row(PlannedPayment, month=month, amount_centimes=paid, **of_contract)


def _account(contract: Row, place: int, gross: int, at: datetime) -> Iterator[tuple[type[SQLModel], Row]]:
    day, retention = _day(at, place, ACCOUNTS), gross // 20
    account = _row(
        Certificate,
        contract_id=contract["id"],
        number=place + 1,
        kind=CertificateKind.WORK,
        dated=day,
        due_on=day + timedelta(days=60),
        gross_centimes=gross,
        retention_centimes=retention,
        net_centimes=gross - retention,
        written_by="finance",
        written_at=at,
    )
    yield account
    payment = _row(
        Payment,
        certificate_id=account[1]["id"],
        amount_centimes=gross - retention,
        paid_on=day,
        reference="SAMPLE",
        written_by="finance",
        written_at=at,
    )
    yield payment


def report(sizes: list[Size]) -> list[str]:
    """Write the figures as lines of docs/performance.md."""
    ms = 1000
    lines = [
        "## Growth of the books",
        "",
        "Floor: one plain SQL pass over the amounts of the same rows. `cash flow`: the forecast of the "
        "whole foundation. `one`: the controls of one project.",
        "",
        "| projects | tranches, accounts | floor | positions, gaps | / floor | cash flow | / floor "
        "| controls | / floor | one |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {size.projects:,} | {size.rows:,} | {size.floor * ms:.1f} ms | {size.position * ms:.1f} ms "
        f"| {size.position / size.floor:.1f} | {size.cashflow * ms:.1f} ms "
        f"| {size.cashflow / size.floor:.1f} | {size.controls * ms:.1f} ms "
        f"| {size.controls / size.floor:.1f} | {size.one * ms:.1f} ms |"
        for size in sizes
    ]
    lines += [
        "",
        "The morning's alerts over the same books: `watch` is a first look, `again` the second.",
        "",
        "| projects | watch | / floor | alerts | again | / floor |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {size.projects:,} | {size.alerts * ms:.0f} ms | {size.alerts / size.floor:.1f} | {size.told:,} "
        f"| {size.again * ms:.0f} ms | {size.again / size.floor:.1f} |"
        for size in sizes
    ]
    grown = {
        "positions": "position",
        "cash flow": "cashflow",
        "controls": "controls",
        "alerts again": "again",
    }
    exponents = ", ".join(f"{words} {exponent(sizes, name):.2f}" for words, name in grown.items())
    lines += [
        "",
        f"Growth exponents from {sizes[-2].projects:,} to {sizes[-1].projects:,} projects: {exponents}. "
        "Aim: controls over 10,000 projects in 10 s, alerts too, growth no worse than 1.",
        "",
    ]
    return lines
