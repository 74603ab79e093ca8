"""What a run reads whole, by SQLite: a night costs what is new, not what is settled."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from models import db
from tests.builders import make_staff
from tests.operations.statements import make_bank, write_line
from tests.tasks.running import run

_PASSED_OVER = {"funding_call", "certificate"}
"""Read whole in a run, by an index: which of them are owed still."""

_SETTLED = {"receipt", "allocation", "payment", "statement_line", "line_match", "match_part", "trail"}
_SETTLED |= {"tranche", *_PASSED_OVER}


@pytest.fixture
def engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    file = shutil.copy(sqlite_template, tmp_path / "tadshin.db")
    engine = db.open_engine(f"sqlite:///{file}")
    with db.transaction(engine) as session:
        make_staff(session)
        bank = make_bank(session)
        write_line(session, bank.file, 300_000_00, label="VIR RECU AF-2026-0001", counterparty="COUNCIL")
        write_line(session, bank.file, -100_000_00, label="VIR M-7/2026 D1", reference="M-7/2026 D01")
    yield engine
    engine.dispose()


def test_a_run_reads_no_table_whole_that_grows_with_what_is_settled(engine: Engine) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    assert run(engine).booked["single"].count == 2

    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        steps = [
            row[3]
            for statement, values in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    whole = {step for step in steps if step.startswith("SCAN ") and step.split()[1] in _SETTLED}
    assert whole == {f"SCAN {table} USING COVERING INDEX ix_{table}_owed" for table in _PASSED_OVER}
