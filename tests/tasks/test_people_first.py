"""What people decided no run touches; what speaks against it is a case; exports repeat nothing twice."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

from models import db
from models.operations import line_requests
from models.operations.cases import assign_case, note_case
from models.operations.line_decisions import Decided
from models.queries.cases import list_cases, load_case
from models.queries.owed import read_owed
from models.rules.authority import NotAllowed
from models.rules.cases import CaseKind
from models.rules.errors import UnknownKey
from models.rules.reconciliation import MatchKind, MatchStatus
from models.rules.statements import LineState
from models.tables import (
    Lesson,
    Match,
    MatchPart,
    Receipt,
    StatementLine,
)
from tests.builders import AT
from tests.operations.statements import EARLIER, TODAY, Bank, make_account, make_file, write_line
from tests.tasks.running import add, kinds, run, states


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


def test_to_accept_what_takes_a_booking_back_undoes_it(database: Engine, bank: Bank) -> None:
    """R10 to R13: one case tells of both lines, and the books agree at once."""
    run(database)
    text = "ANNULATION VIR RECU AF-2026-0001"
    back = add(database, bank, -300_000_00, label=text, counterparty="COUNCIL", day=TODAY)
    run(database, at=AT + timedelta(hours=1))
    with db.reading(database) as session:
        assert [case.kind for case in list_cases(session) if case.line == back.id.hex[:8]] == [
            CaseKind.BOOKING_CONTRADICTED
        ]
        assert read_owed(session, [bank.calls[0].id])[bank.calls[0].id].left == 0

    with db.transaction(database) as session:
        line_requests.accept(session, line=back.id.hex, by="finance", at=AT + timedelta(hours=1))

    assert LineState.SETTLED not in states(database)[:1]
    assert CaseKind.BOOKING_CONTRADICTED not in kinds(database)
    with db.reading(database) as session:
        assert read_owed(session, [bank.calls[0].id])[bank.calls[0].id].left == 300_000_00
        assert session.exec(select(Match).where(col(Match.undoes_id).is_not(None))).one().reason == text
        pair = select(StatementLine).where(func.abs(StatementLine.amount_centimes) == 300_000_00)
        assert {one.state for one in session.exec(pair)} == {LineState.REVERSAL}


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


def test_the_pages_of_one_day_repeat_nothing(database: Engine, bank: Bank) -> None:
    """J15. Two movements alike, one on each page."""
    day = EARLIER - timedelta(days=85)
    with db.transaction(database) as session:
        account = session.merge(bank.account)
        for number, (opening, closing) in enumerate([(0, 77_00), (77_00, 80_00), (80_00, 157_00)]):
            page = make_file(session, account, f"page-{number}.csv", day, day + timedelta(days=1))
            page.opening_centimes, page.closing_centimes = opening, closing
            write_line(session, page, closing - opening, label="VIR RECU X", day=day)
        session.merge(bank.file).starts_on = EARLIER

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
