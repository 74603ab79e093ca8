"""A suggestion is open as long as what it would pay is owed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from models import db
from models.operations import line_requests
from models.operations.booking import Author
from models.operations.suggesting import suggest
from models.queries.run_digests import read_digest
from models.queries.statement_lines import LineFacts, list_lines, load_line
from models.rules.reconciliation import (
    Decision,
    LineNotBookable,
    MatchKind,
    MatchStatus,
    Piece,
    WhyNot,
)
from models.rules.tranches import CallState
from models.settings import LANGUAGES
from models.tables import Certificate, FundingCall, StatementLine
from notifications.words import sentence
from tests.builders import AT
from tests.operations.books import pay
from tests.operations.statements import TODAY, Bank
from tests.tasks.running import add, run

BY: dict[str, Any] = {"by": "finance", "at": AT}


@pytest.fixture
def twins(database: Engine, bank: Bank) -> tuple[StatementLine, StatementLine]:
    """Two lines that name the second call's convention alone: both have it suggested."""
    first, second = (
        add(database, bank, centimes, label="VIR CV-77/2026", counterparty="COUNCIL")
        for centimes in (200_000_00, 199_000_00)
    )
    run(database)
    return first, second


def suggested(engine: Engine) -> set[Any]:
    with db.reading(engine) as session:
        return {line.id for line in list_lines(session, state="suggested")}


def line_of(engine: Engine, line: StatementLine) -> LineFacts:
    with db.reading(engine) as session:
        return load_line(session, line.id.hex)


def accept(engine: Engine, line: StatementLine, choice: str) -> None:
    with db.transaction(engine) as session:
        line_requests.accept(session, line=line.id.hex, choice=choice, **BY)


def test_what_was_paid_otherwise_is_offered_no_more(
    database: Engine, bank: Bank, twins: tuple[StatementLine, StatementLine]
) -> None:
    """R23: from the moment on, without a run; its place stays, and whoever takes it is told why."""
    first, second = twins
    assert suggested(database) == {first.id, second.id}
    accept(database, first, "AF-2026-0002")
    add(database, bank, 50, label="VIR")  # the call lacked 50 centimes still

    assert suggested(database) == {second.id}
    extra = add(database, bank, 50, label="SOLDE")
    accept(database, extra, "AF-2026-0002")

    found = line_of(database, second)
    assert suggested(database) == set()
    assert found.offers == ()
    assert found.best is not None
    assert found.best.overtaken
    with pytest.raises(LineNotBookable) as refused:
        accept(database, second, "1")
    assert refused.value.details["why"] is WhyNot.PAID
    assert all("{" not in sentence(refused.value, language) for language in LANGUAGES)
    with db.reading(database) as session:
        assert read_digest(session, None).suggested.count == 0


def test_what_is_owed_again_is_offered_again(
    database: Engine, bank: Bank, twins: tuple[StatementLine, StatementLine]
) -> None:
    """R23: taken back, what paid it makes the suggestion open again; so does no run in between."""
    first, second = twins
    whole = add(database, bank, 200_000_50, label="ESPECES")
    accept(database, whole, "AF-2026-0002")
    assert suggested(database) == set()

    with db.transaction(database) as session:
        line_requests.undo(session, name=whole.id.hex, reason="Not theirs", **BY)

    assert suggested(database) == {first.id, second.id}
    assert not any(one.overtaken for one in line_of(database, second).matches)


def test_the_next_run_takes_it_down(
    database: Engine, bank: Bank, twins: tuple[StatementLine, StatementLine]
) -> None:
    """R23."""
    _first, second = twins
    accept(database, add(database, bank, 200_000_50, label="ESPECES"), "AF-2026-0002")

    run(database, at=AT + timedelta(hours=1))

    found = line_of(database, second)
    assert not any(one.overtaken for one in found.matches)
    assert all(part.name != "AF-2026-0002" for one in found.offers for part in one.parts)


def test_a_call_that_was_withdrawn_is_not_booked(
    database: Engine, bank: Bank, twins: tuple[StatementLine, StatementLine]
) -> None:
    """R23: the refusal names the call."""
    first, second = twins
    with db.transaction(database) as session:
        call = session.get_one(FundingCall, bank.calls[1].id)
        call.state, call.withdrawn_on = CallState.WITHDRAWN, TODAY

    assert suggested(database) == set()
    with pytest.raises(LineNotBookable) as refused:
        accept(database, first, "1")
    told = refused.value.details
    assert (told["why"], told["target"]) == (WhyNot.WITHDRAWN, "AF-2026-0002")
    assert line_of(database, second).offers == ()


def test_a_certificate_that_was_paid_by_hand_is_not_paid_again(database: Engine, bank: Bank) -> None:
    """R23."""
    line = add(database, bank, -40_000_00, label="VIR M-7/2026", counterparty="SAMPLE")
    run(database)
    assert line.id in suggested(database)
    with db.transaction(database) as session:
        pay(session, session.get_one(Certificate, bank.certificates[1].id), 50_000_00)

    assert line.id not in suggested(database)
    with pytest.raises(LineNotBookable) as refused:
        accept(database, line, "1")
    assert refused.value.details["why"] is WhyNot.PAID


def test_the_number_that_is_told_is_the_one_that_is_taken(database: Engine, bank: Bank) -> None:
    """R23: whenever a run wrote them first, and once one of them was rejected."""
    line = add(database, bank, 100_000_00, label="VIR")
    first, second = (Piece(line.id, 100_000_00, call=one.id) for one in bank.calls)
    offers = [Decision(MatchKind.SINGLE, (piece,), rank=1) for piece in (first, second)]
    offers += [Decision(MatchKind.OTHER, (Piece(line.id, 100_000_00),), rank=3)]
    for hours, those in ((0, [offers[0]]), (1, [offers[1], replace(offers[0], rank=2), offers[2]])):
        author = Author("", "tests", AT + timedelta(hours=hours))
        with db.transaction(database) as session:
            suggest(session, those, [line.id], author)

    for left in (["AF-2026-0002", "AF-2026-0001", ""], ["AF-2026-0002", ""], ["AF-2026-0002"]):
        told = line_of(database, line)
        offered = [one for one in told.matches if one.status is MatchStatus.SUGGESTED]
        assert [one.parts[0].name for one in offered] == left
        assert [told.place(one) for one in offered] == list(range(1, len(left) + 1))
        with db.transaction(database) as session:
            taken = min(2, len(left))
            line_requests.reject(session, line=line.id.hex, choice=taken, reason="Not it", **BY)
    assert line_of(database, line).offers == ()


def test_what_is_suggested_for_another_line_has_no_number(database: Engine, bank: Bank) -> None:
    """R23."""
    line, other = (add(database, bank, 100_000_00, label="VIR") for _ in range(2))
    offer = Decision(MatchKind.DUPLICATE, (Piece(line.id, 0, other=other.id),), rank=1)
    with db.transaction(database) as session:
        suggest(session, [offer], [line.id], Author("", "tests", AT))

    told = line_of(database, other)

    assert [told.place(one) for one in told.matches] == [None]
    assert (told.offers, len(line_of(database, line).offers)) == ((), 1)
