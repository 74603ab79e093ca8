"""A run books what is certain, all of it or nothing, nothing twice; it leaves what people decided alone."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.operations import reconciliation_runs
from models.operations.periods import close_period
from models.queries.open_books import read_open_books
from models.queries.owed import read_owed
from models.rules.authority import NotAllowed
from models.rules.cases import CaseKind
from models.rules.errors import UnknownKey
from models.rules.reconciliation import MatchKind, MatchStatus, RunBusy, RunOvertaken, Scope
from models.rules.stages import Status
from models.rules.statements import AccountKind, LineState
from models.settings import load_settings
from models.tables import Certificate, Match
from tasks.reconciling import run_reconciliation
from tests.builders import AT
from tests.operations.statements import TODAY, Bank, make_account, make_file, write_line
from tests.tasks.running import add, counts, kinds, run, states


def test_what_is_certain_is_in_the_books_at_once(database: Engine, bank: Bank) -> None:
    answer = run(database)

    assert answer.changed
    assert {kind: one.count for kind, one in answer.booked.items()} == {"single": 2}
    with db.reading(database) as session:
        owed = read_owed(session, [*(one.id for one in bank.calls), *(one.id for one in bank.certificates)])
        assert [owed[one.id].left for one in (*bank.calls, *bank.certificates)] == [
            *(0, 200_000_50),
            *(0, 50_000_00),
        ]
        match = session.exec(select(Match).where(Match.kind == MatchKind.SINGLE)).first()
        assert match is not None
        assert (match.status, match.author, match.run_id) == (MatchStatus.BOOKED, "", answer.run)
        assert match.evidence != "[]"
        assert match.rules_version == answer.rules_version


def test_the_same_again_writes_nothing(database: Engine, bank: Bank) -> None:
    """R9."""
    add(database, bank, 5_00, label="UNKNOWN")
    run(database)
    before = counts(database)

    again = run(database, at=AT + timedelta(minutes=5))

    assert not again.changed
    assert counts(database) == before
    later = run(database, at=AT + timedelta(days=1))
    assert not later.changed
    assert counts(database) == before


def test_a_run_that_dies_has_booked_nothing_and_the_next_goes_on(
    database: Engine, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    before = counts(database)
    with monkeypatch.context() as patch:
        patch.setattr(reconciliation_runs, "keep_cases", die)
        with pytest.raises(KeyboardInterrupt):
            run(database)
    assert counts(database)[:-1] == before[:-1]
    assert states(database) == [LineState.OPEN] * 2

    assert run(database).changed
    assert states(database) == [LineState.SETTLED] * 2


def begin(engine: Engine, holder: str, *, alive: bool, at: Any = AT) -> Any:
    with db.transaction(engine) as session:
        return reconciliation_runs.begin(
            session, scope=Scope(), asked_by="", holder=holder, is_alive=lambda _holder: alive, at=at
        )


def test_of_two_runs_at_once_one_is_refused(database: Engine, bank: Bank) -> None:
    """R9."""
    first = begin(database, "elsewhere:1", alive=True)

    with pytest.raises(RunBusy):
        run(database)
    assert states(database) == [LineState.OPEN] * 2
    second = begin(database, "elsewhere:2", alive=True, at=AT + reconciliation_runs.LEASE)

    with pytest.raises(RunOvertaken), db.transaction(database) as session:
        reconciliation_runs.give_up(session, run=first, at=AT)
    with db.transaction(database) as session:
        reconciliation_runs.give_up(session, run=second, at=AT)
    assert run(database).changed


def test_a_killed_run_of_this_machine_is_not_waited_for(database: Engine, bank: Bank) -> None:
    program = (
        "import os, sys, time\n"
        "from models import db\n"
        "from models.clock import now\n"
        "from models.operations import reconciliation_runs as runs\n"
        "from models.rules.reconciliation import Scope\n"
        "from tasks.reconciling import _holder, _is_alive\n"
        "with db.transaction(db.open_engine(sys.argv[1])) as session:\n"
        "    given = {'scope': Scope(), 'asked_by': '', 'at': now()}\n"
        "    runs.begin(session, holder=_holder(), is_alive=_is_alive, **given)\n"
        "print('begun', flush=True)\n"
        "time.sleep(60)\n"
    )
    url = database.url.render_as_string(hide_password=False)
    with subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"
        with pytest.raises(RunBusy):
            run(database)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()

    assert run(database).changed


def test_one_line_that_the_books_do_not_take_stops_no_other(database: Engine, bank: Bank) -> None:
    """R3 and R4."""
    with db.transaction(database) as session:
        close_period(session, until=TODAY - timedelta(days=5), by="director", at=AT)
    add(
        database,
        bank,
        200_000_50,
        label="VIR RECU AF-2026-0002",
        counterparty="COUNCIL",
        day=TODAY - timedelta(days=6),
    )

    answer = run(database)

    assert (answer.hindered, answer.booked["single"].count) == (1, 2)
    assert states(database) == [LineState.SETTLED, LineState.SETTLED, LineState.OPEN]
    assert CaseKind.CLOSED_PERIOD in kinds(database)


def test_nothing_is_booked_for_a_project_that_rests(database: Engine, bank: Bank) -> None:
    with db.transaction(database) as session:
        session.merge(bank.project).status = Status.SUSPENDED
        session.flush()

    answer = run(database)

    assert answer.booked == {}
    assert kinds(database) == [CaseKind.CLOSED_PROJECT] * 2
    before = counts(database)
    assert not run(database).changed
    assert counts(database) == before

    with db.transaction(database) as session:
        session.merge(bank.project).status = Status.ACTIVE

    assert run(database).booked["single"].count == 2
    assert kinds(database) == []


@pytest.mark.parametrize(
    ("scope", "booked"),
    [
        ({"starts": TODAY}, 2),
        ({"starts": TODAY + timedelta(days=1)}, 0),
        ({"ends_before": TODAY}, 0),
        ({"ends_before": TODAY + timedelta(days=1)}, 2),
        ({"partner": "council"}, 1),
        ({"project": "sample-centre"}, 2),
        ({"account": "BANK"}, 2),
    ],
)
def test_a_run_decides_only_about_what_was_asked(
    database: Engine, bank: Bank, scope: dict[str, Any], booked: int
) -> None:
    """R8, at the boundary of its days."""
    answer = run(database, **scope)

    assert sum(one.count for one in answer.booked.values()) == booked


def test_what_the_scope_names_must_be_there_and_finance_asks(database: Engine, bank: Bank) -> None:
    for scope in ({"partner": "nobody"}, {"project": "nothing"}, {"account": "NOWHERE"}):
        with pytest.raises(UnknownKey):
            run(database, **scope)
    with pytest.raises(NotAllowed):
        run_reconciliation(database, Scope(), "officer", AT)
    assert counts(database)[-1] == 0


def test_lines_of_a_ledger_pay_nothing(database: Engine, bank: Bank) -> None:
    with db.transaction(database) as session:
        ledger = make_account(session, "GL", kind=AccountKind.LEDGER)
        write_line(session, make_file(session, ledger), 200_000_50, label="AF-2026-0002")

    run(database)

    with db.reading(database) as session:
        assert read_owed(session, [bank.calls[1].id])[bank.calls[1].id].left == 200_000_50


def test_a_bank_counts_accounts_as_the_contractor_does(database: Engine, bank: Bank) -> None:
    """R19: our second account is the contractor's first, where an advance came before it."""
    with db.transaction(database) as session:
        second = session.get_one(Certificate, bank.certificates[1].id)
        second.reference = "M-7/2026 D07"

    with db.reading(database) as session:
        found = {one.id: one.number for one in read_open_books(session, settled_days=1).targets}

    assert [found[one.id] for one in bank.certificates] == [bank.certificates[0].number, 7]


def test_another_word_in_the_tables_is_another_run(
    database: Engine, bank: Bank, tmp_path: Path, settings_env: Callable[..., None]
) -> None:
    """R9: a clerk who edits a table need not wait for new lines."""
    shutil.copytree(load_settings().reconciliation_words, tmp_path / "words")
    settings_env(reconciliation_words=tmp_path / "words")
    add(database, bank, -7_00, label="DROIT PERCU")
    run(database)
    assert states(database)[-1] is LineState.OPEN

    with (tmp_path / "words" / "words.csv").open("a", encoding="utf-8") as table:
        table.write("fee,PERCU,\n")
    answer = run(database, at=AT + timedelta(hours=1))

    assert (answer.changed, states(database)[-1]) == (True, LineState.FEE)
