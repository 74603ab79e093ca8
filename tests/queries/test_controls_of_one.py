"""The controls of one project cost what its own rows cost, however many projects there are."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import SQLModel

from models import db
from models.queries.controls import run_controls
from models.rules.controls import CHECKS
from tests.builders import AT, make_project


@pytest.fixture
def engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    file = shutil.copy(sqlite_template, tmp_path / "tadshin.db")
    engine = db.open_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def test_no_table_is_read_whole_for_one_project(engine: Engine) -> None:
    """Of each statement, the plan looks rows up; what it reads whole are sums of the project's own."""
    asked: list[tuple[str, Any]] = []
    with db.transaction(engine) as session:
        key = make_project(session).key
    with db.reading(engine) as session:
        note = event.listens_for(engine, "before_cursor_execute")
        note(lambda _c, _cursor, statement, values, *_more: asked.append((statement, values)))
        run_controls(session, project=key, today=AT.date())
        plans = [
            [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            for sql, values in asked[-len(CHECKS) :]
        ]

    tables = set(SQLModel.metadata.tables)
    read = {step.split()[1] for plan in plans for step in plan if step.startswith("SCAN ")}
    assert read & tables == set()
    assert all(any(step.startswith("SEARCH ") for step in plan) for plan in plans)
