"""What statements look up and what they read whole, by SQLite: cost follows the rows asked for."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, select, text
from sqlmodel import Session, SQLModel

from models import db
from models.queries.cashflow import foundation_cashflow
from models.queries.controls import run_controls
from models.queries.open_books import read_open_books
from models.queries.position import positions
from models.rules.controls import CHECKS
from models.tables import MatchPart
from models.tables.columns import table_of
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


def test_sums_of_tranches_and_receipts_are_read_from_an_index_alone(engine: Engine) -> None:
    """The controls and the positions sum each of them, and rows lie scattered over a large file."""
    looks = (run_controls, lambda session, today: positions(session, on=today))
    steps = {
        step
        for look in looks
        for plan in plans_of(engine, lambda session, look=look: look(session, today=AT.date()))  # type: ignore[misc]
        for step in plan
    }

    assert "SCAN tranche USING COVERING INDEX ix_tranche_planned" in steps
    assert "SCAN allocation USING COVERING INDEX ix_allocation_given" in steps
    assert any(step.startswith("SEARCH tranche USING COVERING INDEX ix_tranche_planned") for step in steps)
    assert any(
        step.startswith("SEARCH allocation USING COVERING INDEX ix_allocation_given") for step in steps
    )


def test_only_receipts_that_break_a_control_are_looked_up(engine: Engine) -> None:
    """What each receipt has given is summed once, and compared before anything else is read."""
    today = AT.date()
    plans = plans_of(engine, lambda session: run_controls(session, today=today))

    of_receipts = [plan for plan in plans if any("ix_allocation_given" in step for step in plan)]
    assert len(of_receipts) == 2
    for plan in of_receipts:
        whole = [step for step in plan if step.startswith("SCAN ") and not step.startswith("SCAN anon")]
        assert sorted(step.split()[1] for step in whole) == ["allocation", "receipt"]


def test_calls_are_held_against_their_tranches_in_the_order_in_which_they_lie(engine: Engine) -> None:
    """All of them are read: by an index, each would be looked up."""
    plans = plans_of(engine, lambda session: run_controls(session, today=AT.date()))

    steps = {step for plan in plans for step in plan}
    assert "SCAN funding_call" in steps
    assert [step for step in steps if "ix_funding_call_owed" in step] == []


def test_what_is_owed_still_is_found_in_the_order_of_an_index(engine: Engine) -> None:
    """Few of a million calls and certificates are open: they are found by two indexes side by side."""
    plans = plans_of(engine, lambda session: read_open_books(session, settled_days=1))

    owed = [plan for plan in plans if any("_owed" in step for step in plan)]
    assert len(owed) == 2
    assert [step for plan in owed for step in plan if "TEMP B-TREE" in step] == []
    assert all(any("COVERING INDEX ix_" in step and "_paid " in step for step in plan) for plan in owed)


@pytest.mark.parametrize(
    "column", ["call_id", "certificate_id", "other_line_id", "receipt_id", "payment_id"]
)
def test_the_part_that_names_something_is_found_by_an_index_of_those_that_do(
    engine: Engine, column: str
) -> None:
    """Whether its name is asked for or follows from a row: no other way leads from the books to a match."""
    named = table_of(MatchPart).c[column]
    (owner,) = (key.column for key in named.foreign_keys)
    asked = select(table_of(MatchPart).c.id)
    queries = (
        asked.where(named.in_([uuid4()])),
        asked.join(owner.table, owner == named).where(owner == uuid4()),
    )

    plans = plans_of(engine, lambda session: [session.connection().execute(one).all() for one in queries])

    by_index = [plan for plan in plans if any(f"INDEX ix_match_part_{column} (" in step for step in plan)]
    assert len(by_index) == len(queries), plans
    with engine.connect() as connection:
        wheres = text("SELECT sql FROM sqlite_master WHERE name = :name")
        made = connection.execute(wheres, {"name": f"ix_match_part_{column}"}).scalar_one()
    assert made.endswith(f"WHERE {column} IS NOT NULL")
