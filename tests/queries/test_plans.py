"""What statements look up and what they read whole, by SQLite: cost follows the rows asked for."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, SQLModel

from models import db
from models.queries.cashflow import foundation_cashflow
from models.queries.controls import run_controls
from models.queries.position import positions
from models.rules.controls import CHECKS
from tests.builders import AT, make_project


@pytest.fixture
def engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    file = shutil.copy(sqlite_template, tmp_path / "tadshin.db")
    engine = db.open_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def plans_of(engine: Engine, read: Callable[[Session], object]) -> list[list[str]]:
    """Return the steps of the plan of each statement that a reading makes."""
    asked: list[tuple[str, Any]] = []
    with db.reading(engine) as session:
        note = event.listens_for(engine, "before_cursor_execute")
        note(lambda _c, _cursor, statement, values, *_more: asked.append((statement, values)))
        read(session)
        return [
            [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            for sql, values in tuple(asked)
        ]


def test_no_table_is_read_whole_for_one_project(engine: Engine) -> None:
    """Of each statement, the plan looks rows up; what it reads whole are sums of the project's own."""
    with db.transaction(engine) as session:
        key = make_project(session).key

    plans = plans_of(engine, lambda session: run_controls(session, project=key, today=AT.date()))[
        -len(CHECKS) :
    ]

    tables = set(SQLModel.metadata.tables)
    read = {step.split()[1] for plan in plans for step in plan if step.startswith("SCAN ")}
    assert read & tables == set()
    assert all(any(step.startswith("SEARCH ") for step in plan) for plan in plans)


@pytest.mark.parametrize("read", [foundation_cashflow, positions], ids=["cash flow", "positions"])
def test_no_row_is_looked_up_by_its_state_alone(engine: Engine, read: Callable[..., object]) -> None:
    """All calls but a few are issued: to look each tranche's up by that reads them all for each."""
    plans = plans_of(engine, lambda session: read(session, on=AT.date()))

    steps = [step for plan in plans for step in plan]
    assert any("funding_call" in step for step in steps)
    assert [step for step in steps if "(state=?" in step] == []
