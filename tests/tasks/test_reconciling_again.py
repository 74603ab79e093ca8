"""A run that dies or loses its connection: the next one goes on, and nothing is there twice."""

import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, func, select

from models import db
from models.db import StoreUnavailable
from models.rules.reconciliation import ReconciliationState, RunBusy, Scope
from models.settings import ROOT
from models.tables import Allocation, Case, Match, Parcel, Receipt, ReconciliationRun
from tasks.reconciling import run_reconciliation
from tests.builders import AT, make_staff
from tests.operations.statements import make_bank, write_line

DYING = """
import os, signal, sys
from sqlalchemy import event
from models import db
from models.rules.reconciliation import Scope
from tasks.reconciling import run_reconciliation
from tests.builders import AT
engine, wanted, commits = db.open_engine(sys.argv[1]), sys.argv[2], []

def die():
    os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(engine, "commit")
def count(_connection):
    commits.append(1)
    if wanted == f"commit {len(commits)}":
        die()

@event.listens_for(engine, "before_cursor_execute")
def look(_connection, _cursor, statement, *_rest):
    if wanted in statement:
        die()

run_reconciliation(engine, Scope(), "", AT)
"""
MOMENTS = ("INSERT INTO receipt", "INSERT INTO line_match", "INSERT INTO outbox", "commit 2", "never")
"""In the middle of booking, before the digest, before the commit, and after all of it."""


@pytest.fixture
def books(database: Engine) -> Engine:
    with db.transaction(database) as session:
        make_staff(session)
        bank = make_bank(session)
        said: dict[str, Any] = {"reference": "AF-2026-0002", "counterparty": "Sample council"}
        write_line(session, bank.file, 200_000_50, **said)
        write_line(session, bank.file, 7_777_77, counterparty="Nobody knows")
    return database


def counted(session: Session, table: Any) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def told(engine: Engine) -> dict[str, int]:
    tables = {"receipts": Receipt, "allocations": Allocation, "matches": Match, "cases": Case}
    with db.reading(engine) as session:
        digests = select(func.count()).select_from(Parcel).where(Parcel.kind == "books_reconciled")
        found = {name: counted(session, table) for name, table in tables.items()}
        return found | {"digests": session.exec(digests).one()}


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_kill_the_next_run_goes_on_and_nothing_is_there_twice(
    books: Engine, database_url: str, moment: str
) -> None:
    """R45: a process that is killed while it books leaves nothing half done, and keeps nobody out."""
    whole = {"receipts": 1, "allocations": 1, "matches": 1, "cases": 1, "digests": 1}
    dying = subprocess.run(
        [sys.executable, "-c", DYING, database_url, moment], cwd=ROOT, check=False, capture_output=True
    )
    survived = moment == "never"

    assert dying.returncode == (0 if survived else -signal.SIGKILL), dying.stderr
    assert told(books) == (whole if survived else dict.fromkeys(whole, 0))
    after = run_reconciliation(books, Scope(), "", AT + timedelta(seconds=5))
    again = run_reconciliation(books, Scope(), "", AT + timedelta(seconds=6))

    assert (after.changed, again.changed) == (not survived, False)
    assert told(books) == whole
    with db.reading(books) as session:
        states = session.exec(select(ReconciliationRun.state).order_by(col(ReconciliationRun.started_at)))
        assert states.all() == (
            [ReconciliationState.DONE]
            if survived
            else [ReconciliationState.ABANDONED, ReconciliationState.DONE]
        )


def test_a_lost_connection_lets_the_same_process_try_again(books: Engine) -> None:
    """R45: what a broken attempt of this very process has left open keeps its next one not out."""
    broken = [True]

    def break_off(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if broken[0] and "INSERT INTO line_match" in statement:
            event.listen(books, "begin", refuse)
            raise StoreUnavailable(database="tests", problem="store_error")

    def refuse(_connection: Any) -> None:
        if broken[0]:
            raise StoreUnavailable(database="tests", problem="store_error")

    event.listen(books, "before_cursor_execute", break_off)
    with pytest.raises(StoreUnavailable):
        run_reconciliation(books, Scope(), "", AT)
    broken[0] = False

    with db.reading(books) as session:
        assert session.exec(select(ReconciliationRun.state)).one() is ReconciliationState.OPEN
    assert run_reconciliation(books, Scope(), "", AT + timedelta(seconds=1)).changed


def test_two_runs_of_one_process_stand_in_each_others_way(books: Engine) -> None:
    """R42: the second is refused while the first is at work."""
    refused = []

    class Step:
        def __init__(self, name: str) -> None:
            self.name = name

        def __enter__(self) -> None:
            if self.name == "matching":
                with pytest.raises(RunBusy):
                    run_reconciliation(books, Scope(), "", AT + timedelta(seconds=1))
                refused.append(self.name)

        def __exit__(self, *_error: object) -> None:
            return None

    answer = run_reconciliation(books, Scope(), "", AT, step=Step)

    assert (refused, answer.changed) == (["matching"], True)
    assert told(books)["receipts"] == 1
