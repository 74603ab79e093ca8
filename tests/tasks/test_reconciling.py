"""A run books what is certain, all of it or nothing, nothing twice; it leaves what people decided alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

from models import db
from models.operations import line_requests, reconciliation_runs
from models.operations.cases import assign_case, note_case
from models.operations.line_decisions import Decided
from models.operations.periods import close_period
from models.queries.cases import list_cases, load_case
from models.queries.owed import read_owed
from models.rules.authority import NotAllowed
from models.rules.cases import CaseKind
from models.rules.errors import UnknownKey
from models.rules.reconciliation import MatchKind, MatchStatus, RunBusy, RunOvertaken, Scope
from models.rules.stages import Status
from models.rules.statements import AccountKind, LineState
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
from tests.builders import AT, make_staff
from tests.operations.statements import EARLIER, TODAY, Bank, make_account, make_bank, make_file, write_line

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


@pytest.fixture
def bank(database: Engine) -> Iterator[Bank]:
    """The books of `make_bank`, with a line that pays the first call and one for the first account."""
    with db.transaction(database) as session:
        make_staff(session)
        made = make_bank(session)
        write_line(session, made.file, 300_000_00, label="VIR RECU AF-2026-0001", counterparty="COUNCIL")
        write_line(session, made.file, -100_000_00, label="VIR M-7/2026 D1", reference="M-7/2026 D01")
    return made


def run(engine: Engine, at: Any = AT, **scope: Any) -> reconciliation_runs.RunAnswer:
    return run_reconciliation(engine, Scope(**scope), "finance", at)


def counts(engine: Engine) -> list[int]:
    with db.reading(engine) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in TABLES]


def states(engine: Engine) -> list[LineState]:
    with db.reading(engine) as session:
        return list(session.exec(select(StatementLine.state).order_by(col(StatementLine.row))))


def kinds(engine: Engine, *, is_open: bool = True) -> list[str]:
    with db.reading(engine) as session:
        return sorted(one.kind for one in list_cases(session, is_open=is_open))


def add(engine: Engine, bank: Bank, centimes: int, **said: Any) -> StatementLine:
    with db.transaction(engine) as session:
        return write_line(session, session.get_one(StatementFile, bank.file.id), centimes, **said)


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


def test_what_a_person_refused_is_never_booked_again(database: Engine, bank: Bank) -> None:
    """R10."""
    run(database)
    with db.transaction(database) as session:
        line = session.exec(select(StatementLine).where(StatementLine.amount_centimes > 0)).one()
        line_requests.undo(session, name=line.id.hex, reason="Not theirs", by="finance", at=AT)

    answer = run(database, at=AT + timedelta(hours=1))

    assert answer.booked == {}
    assert states(database) == [LineState.OPEN, LineState.SETTLED]
    with db.reading(database) as session:
        offers = session.exec(
            select(MatchPart.call_id).join(Match).where(Match.status == MatchStatus.SUGGESTED)
        )
        assert bank.calls[0].id not in set(offers)


def test_what_a_person_rejected_is_never_suggested_again(database: Engine, bank: Bank) -> None:
    """R10."""
    line = add(database, bank, 150_000_00, label="VIR CV-77/2026", counterparty="COUNCIL")
    run(database)
    with db.transaction(database) as session:
        line_requests.reject(session, line=line.id.hex, reason="Neither", by="finance", at=AT)

    run(database, at=AT + timedelta(hours=1))

    with db.reading(database) as session:
        query = select(func.count()).select_from(Match).join(MatchPart).where(MatchPart.line_id == line.id)
        assert session.exec(query.where(Match.status == MatchStatus.SUGGESTED)).one() == 0
        assert session.exec(query.where(Match.status == MatchStatus.REJECTED)).one() > 0


def test_a_decision_of_a_person_stays(database: Engine, bank: Bank) -> None:
    """R10: a later line that names the same call rebooks nothing."""
    line = add(database, bank, 299_000_00, label="SANS MOTIF")
    with db.transaction(database) as session:
        done = line_requests.accept(session, line=line.id.hex, choice="AF-2026-0001", by="finance", at=AT)
    assert isinstance(done, Decided)

    run(database)

    with db.reading(database) as session:
        match = session.get_one(Match, done.match)
        assert (match.status, match.author) == (MatchStatus.BOOKED, "finance")
        assert session.exec(select(Match).where(Match.undoes_id == done.match)).first() is None
        assert read_owed(session, [bank.calls[0].id])[bank.calls[0].id].left >= 0


def test_a_line_that_is_sent_back_later_raises_a_case_and_rebooks_nothing(
    database: Engine, bank: Bank
) -> None:
    """R10 and R12."""
    run(database)
    back = add(
        database,
        bank,
        -300_000_00,
        label="ANNULATION VIR RECU AF-2026-0001",
        counterparty="COUNCIL",
        day=TODAY,
    )

    run(database, at=AT + timedelta(hours=1))

    assert CaseKind.BOOKING_CONTRADICTED in kinds(database)
    assert states(database)[0] is LineState.SETTLED
    with db.transaction(database) as session:
        first = session.exec(select(StatementLine).where(StatementLine.amount_centimes == 300_000_00)).one()
        line_requests.mark(
            session,
            line=back.id.hex,
            kind=MatchKind.REVERSAL,
            other=first.id.hex,
            reason="Sent back",
            by="finance",
            at=AT + timedelta(hours=1),
        )
    run(database, at=AT + timedelta(hours=2))
    assert CaseKind.BOOKING_CONTRADICTED not in kinds(database)
    assert CaseKind.BOOKING_CONTRADICTED in kinds(database, is_open=False)


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


def test_the_same_movement_of_two_exports_is_one_payment(database: Engine, bank: Bank) -> None:
    """R17."""
    with db.transaction(database) as session:
        second = make_file(session, session.merge(bank.account), "again.csv")
        write_line(session, second, 300_000_00, label="VIR RECU AF-2026-0001", counterparty="COUNCIL")

    answer = run(database)

    assert {kind: one.count for kind, one in answer.booked.items()} == {"duplicate": 1, "single": 2}
    with db.reading(database) as session:
        assert session.exec(select(func.count()).select_from(Receipt)).one() == 1


def test_files_that_follow_each_other_repeat_nothing(database: Engine, bank: Bank) -> None:
    """R17: the same amount and text on two days, in two files that do not overlap, are two payments."""
    with db.transaction(database) as session:
        account = session.merge(bank.account)
        first = make_file(
            session, account, "january.csv", EARLIER - timedelta(days=90), EARLIER - timedelta(days=80)
        )
        second = make_file(
            session, account, "february.csv", EARLIER - timedelta(days=80), EARLIER - timedelta(days=70)
        )
        for file, day in ((first, 81), (second, 80)):
            write_line(session, file, 77_00, label="VIR RECU X", day=EARLIER - timedelta(days=day))

    answer = run(database)

    assert "duplicate" not in answer.booked


def test_the_same_movement_of_another_account_is_left_to_a_person(database: Engine, bank: Bank) -> None:
    """R17."""
    with db.transaction(database) as session:
        other = make_account(session, "OTHER")
        write_line(
            session,
            make_file(session, other),
            300_000_00,
            label="VIR RECU AF-2026-0001",
            counterparty="COUNCIL",
        )

    answer = run(database)

    assert "duplicate" not in answer.booked


def test_a_few_centimes_are_booked_and_told_until_they_are_settled(database: Engine, bank: Bank) -> None:
    """R5 and R12."""
    add(database, bank, 200_000_47, label="VIR RECU AF-2026-0002", counterparty="COUNCIL")

    run(database)

    assert CaseKind.OFF_BY_CENTS in kinds(database)
    short = add(database, bank, 3, label="SOLDE")
    with db.transaction(database) as session:
        line_requests.accept(session, line=short.id.hex, choice="AF-2026-0002", by="finance", at=AT)
    run(database, at=AT + timedelta(hours=1))
    assert CaseKind.OFF_BY_CENTS not in kinds(database)


def test_lines_of_a_ledger_pay_nothing(database: Engine, bank: Bank) -> None:
    with db.transaction(database) as session:
        ledger = make_account(session, "GL", kind=AccountKind.LEDGER)
        write_line(session, make_file(session, ledger), 200_000_50, label="AF-2026-0002")

    run(database)

    with db.reading(database) as session:
        assert read_owed(session, [bank.calls[1].id])[bank.calls[1].id].left == 200_000_50


def test_a_case_is_noted_assigned_and_keeps_its_history(database: Engine, bank: Bank) -> None:
    """R14."""
    add(database, bank, 5_00, label="UNKNOWN", counterparty="SOMEBODY")
    run(database)
    with db.reading(database) as session:
        (case,) = list_cases(session, kind=CaseKind.UNMATCHED_RECEIPT)
    with db.transaction(database) as session:
        note_case(session, case=case.name, note="Asked", by="finance", at=AT + timedelta(hours=1))
        assign_case(session, case=case.name, to="finance-2", by="finance", at=AT + timedelta(hours=2))
        assign_case(session, case=case.name, to="finance-2", by="finance", at=AT)
        with pytest.raises(UnknownKey):
            assign_case(session, case=case.name, to="nobody", by="finance", at=AT)
        with pytest.raises(NotAllowed):
            note_case(session, case=case.name, note="Me too", by="auditor", at=AT)
    with db.reading(database) as session:
        found, story = load_case(session, case.name)

    assert (found.owner, found.assignee) == ("finance", "finance-2")
    assert [(one.kind, one.author) for one in story] == [
        ("opened", ""),
        ("noted", "finance"),
        ("assigned", "finance"),
    ]


def test_what_was_forgotten_no_run_learns_again(database: Engine, bank: Bank) -> None:
    """R15."""
    from models.operations.lessons import forget, learn
    from models.rules.lessons import LessonSource
    from models.rules.reconciliation import Taught

    run(database)
    with db.transaction(database) as session:
        match = session.exec(select(MatchPart).where(col(MatchPart.call_id).is_not(None))).one()
        taught = [Taught(match.line_id, bank.account.id, bank.council.id.hex, "CP SAMPLE")]
        given: dict[str, Any] = {"at": AT}
        matches = {match.line_id: match.match_id}
        assert learn(session, taught, matches, source=LessonSource.RUN, **given) == 1
        lesson = session.exec(select(Lesson).where(Lesson.value == "CP SAMPLE")).one()
        _found, changed = forget(session, lesson=lesson.id.hex, reason="Another one", by="finance", **given)
        assert changed
        assert not forget(session, lesson=lesson.id.hex, reason="Again", by="finance", **given)[1]
        assert learn(session, taught, matches, source=LessonSource.RUN, **given) == 0
        assert learn(session, taught, matches, source=LessonSource.PERSON, **given) == 1
