"""A run over the books of a test, and what is in them afterwards."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, func, select

from models import db
from models.operations import reconciliation_runs
from models.queries.cases import list_cases
from models.rules.reconciliation import Scope
from models.rules.statements import LineState
from models.tables import (
    Allocation,
    Case,
    CaseEvent,
    Lesson,
    Match,
    MatchPart,
    Payment,
    Receipt,
    ReconciliationRun,
    StatementFile,
    StatementLine,
    TrailEntry,
)
from tasks.reconciling import run_reconciliation
from tests.builders import AT
from tests.operations.statements import Bank, write_line

TABLES = (
    Match,
    MatchPart,
    Receipt,
    Allocation,
    Payment,
    Case,
    CaseEvent,
    Lesson,
    TrailEntry,
    ReconciliationRun,
)


def run(engine: Engine, at: Any = AT, **scope: Any) -> reconciliation_runs.RunAnswer:
    return run_reconciliation(engine, Scope(**scope), "finance", at)


def counts(engine: Engine) -> list[int]:
    with db.reading(engine) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in TABLES]


def states(engine: Engine) -> list[LineState]:
    with db.reading(engine) as session:
        query = select(col(StatementLine.state)).order_by(col(StatementLine.row))
        return list(session.exec(query))


def kinds(engine: Engine, *, is_open: bool = True) -> list[str]:
    with db.reading(engine) as session:
        return sorted(one.kind for one in list_cases(session, is_open=is_open))


def add(engine: Engine, bank: Bank, centimes: int, **said: Any) -> StatementLine:
    with db.transaction(engine) as session:
        return write_line(session, session.get_one(StatementFile, bank.file.id), centimes, **said)
