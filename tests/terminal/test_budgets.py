"""`tadshin budget`: lines, their declaration, revisions and transfers that another person decides on."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.clock import local_day, now
from models.tables import BudgetEntry, BudgetLine, ClosedPeriod, MoneyProposal, Parcel
from tests.builders import make_person
from tests.operations.books import make_contract
from tests.terminal.conftest import Answer, Call

BY_FINANCE = ("--as", "finance", "--json")
WORKS = ("--stage", "construction", "--nature", "works")
REASON = ("--reason", "Sample reason")
REVISE = ("budget", "revise", "sample-centre", "WORKS")
TRANSFER = ("budget", "transfer", "sample-centre")
FROM_WORKS = ("--from", "WORKS", "--to", "EQUIPMENT")


def add(call: Call, line: str, amount: str, *more: str) -> Answer:
    return call("budget", "add", "sample-centre", line, amount, *WORKS, *BY_FINANCE, *more)


def counted(engine: Engine, table: Any) -> int:
    with db.reading(engine) as session:
        return len(session.exec(select(table)).all())


def close_before(engine: Engine, until: date) -> None:
    with db.transaction(engine) as session:
        session.add(ClosedPeriod(until=until, closed_by="director", closed_at=now()))


def engage(session: Session, centimes: int) -> None:
    line = session.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
    make_contract(session, line, centimes)


def test_lines_are_added_corrected_and_declared_complete(books: Engine, call: Call) -> None:
    first = add(call, "WORKS", "9 000 000,00", "--label", "Gros œuvre").json
    assert (first["changed"], first["planned"]["centimes"]) == (True, 9_000_000_00)
    assert first["budget"] == {"centimes": 12_000_000_00, "currency": "MAD"}
    assert not add(call, "WORKS", "9000000", "--label", "Gros œuvre").json["changed"]

    early = call("budget", "complete", "sample-centre", *BY_FINANCE)
    assert (early.exit, early.json["error"]) == (3, "plan_differs")
    assert (early.json["planned"]["centimes"], early.json["budget"]["centimes"]) == (
        9_000_000_00,
        12_000_000_00,
    )

    assert add(call, "WORKS", "12000000", "--label", "Gros œuvre").json["changed"]
    declared = call("budget", "complete", "sample-centre", *BY_FINANCE)
    again = call("budget", "complete", "sample-centre", *BY_FINANCE)
    assert (declared.exit, declared.json["completed_by"]) == (0, "finance")
    assert again.json == declared.json
    late = add(call, "WORKS", "1", "--label", "Gros œuvre")
    assert (late.exit, late.json["error"]) == (3, "plan_complete")
    entries = call("budget", "history", "sample-centre", "--json").json["entries"]
    assert [(one["line"], one["amount"]["centimes"]) for one in entries] == [
        ("WORKS", 9_000_000_00),
        ("WORKS", 3_000_000_00),
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "exit_"),
    [
        (("X", "12.345", *WORKS), "bad_value", 2),
        (("X", "5", "--stage", "construction", "--nature", "sport"), "bad_value", 2),
        (
            ("X", "5", "--stage", "construction", "--nature", "works", "--decided", "2999-01-01"),
            "bad_value",
            2,
        ),
        (("", "5", *WORKS), "bad_value", 2),
        (("a\u202eb", "5", *WORKS), "bad_value", 2),
        (("x" * 10_000, "5", *WORKS), "bad_value", 2),
        (("X", "99999999999999", *WORKS), "bad_value", 2),
        (("X", "5", *WORKS, "--label", "x" * 10_000), "bad_value", 2),
        (("X", "5", *WORKS, "--as", "officer"), "not_allowed", 4),
        (("X", "5"), "usage", 2),
    ],
)
def test_a_line_that_is_refused_leaves_nothing(
    books: Engine, call: Call, arguments: tuple[str, ...], error: str, exit_: int
) -> None:
    answer = call("budget", "add", "sample-centre", *arguments[:2], *BY_FINANCE, *arguments[2:])

    assert (answer.exit, answer.json["error"]) == (exit_, error)
    assert (counted(books, BudgetLine), counted(books, BudgetEntry)) == (0, 0)


def test_a_negative_amount_is_refused_in_words(books: Engine, call: Call) -> None:
    answer = call(
        *("budget", "add", *WORKS, "--as", "finance", "--lang", "fr", "--", "sample-centre", "X", "-5")
    )

    assert (answer.exit, "négatif" in answer.err) == (2, True)


def test_nothing_is_written_into_a_closed_period(books: Engine, call: Call) -> None:
    """B1."""
    today = local_day(now())
    close_before(books, today)

    closed = add(call, "WORKS", "9000000", "--decided", str(today - timedelta(days=1)))

    assert (closed.exit, closed.json["error"]) == (3, "period_closed")
    assert closed.json["until"] == str(today)
    assert (counted(books, BudgetLine), counted(books, BudgetEntry)) == (0, 0)
    assert add(call, "WORKS", "9000000", "--decided", str(today)).exit == 0


@pytest.mark.parametrize(
    ("language", "proposed", "role"),
    [
        ("ar", "تم الاقتراح: مراجعة الميزانية", "مسؤول مالي أو مدير"),
        ("fr", "Proposé\u00a0: révision du budget", "responsable financier ou directeur"),
        ("en", "Proposed: budget revision", "finance officer or director"),
    ],
)
def test_a_revision_is_proposed_and_says_who_decides(
    planned: Engine, call: Call, language: str, proposed: str, role: str
) -> None:
    """X37."""
    told = call(*REVISE, "250000", "--up", *REASON, "--as", "finance", "--lang", language)

    assert told.exit == 0
    assert proposed in told.out
    assert role in told.out
    assert "tadshin change approve" in told.out
    assert counted(planned, BudgetEntry) == 2


def test_the_same_proposal_again_is_told_and_not_made(planned: Engine, call: Call) -> None:
    """X37."""
    first = call(*REVISE, "250000", "--down", *REASON, *BY_FINANCE).json
    again = call(*REVISE, "250000", "--down", *REASON, "--as", "finance-2", "--json").json

    assert (first["outcome"], first["again"], first["who"]) == (
        "proposed",
        False,
        ["finance", "director"],
    )
    assert first["amount"] == {"centimes": -250_000_00, "currency": "MAD"}
    assert (again["outcome"], again["again"], again["proposed_by"]) == ("proposed", True, "finance")
    assert again["proposal"] == first["proposal"]
    assert (counted(planned, MoneyProposal), counted(planned, Parcel)) == (1, 1)


def test_a_revision_goes_up_or_down(planned: Engine, call: Call) -> None:
    """X38."""
    for directions in ((), ("--up", "--down")):
        answer = call(*REVISE, "5", *directions, *REASON, *BY_FINANCE, "--lang", "en")
        assert (answer.exit, answer.json["error"]) == (2, "usage")
        assert "--up or --down" in answer.json["message"]
    assert counted(planned, MoneyProposal) == 0


def test_what_cannot_be_revised_or_transferred_is_not_proposed(books: Engine, call: Call) -> None:
    assert add(call, "WORKS", "9000000").exit == 0

    unplanned = call(*REVISE, "5", "--up", *REASON, *BY_FINANCE)
    assert (unplanned.exit, unplanned.json["error"]) == (3, "plan_open")
    itself = call(*TRANSFER, "5", "--from", "WORKS", "--to", "WORKS", *REASON, *BY_FINANCE)
    assert (itself.exit, itself.json["reason"]) == (2, "same_line")
    unknown = call("budget", "revise", "sample-centre", "WORK", "5", "--up", *REASON, *BY_FINANCE)
    assert (unknown.exit, unknown.json["candidates"]) == (2, ["WORKS"])
    assert counted(books, MoneyProposal) == 0


def test_a_line_never_gives_what_is_engaged_on_it(planned: Engine, call: Call) -> None:
    """B4."""
    with db.transaction(planned) as session:
        engage(session, 8_900_000_00)

    over = call(*TRANSFER, "100000.01", *FROM_WORKS, *REASON, *BY_FINANCE)
    below = call(*REVISE, "100000.01", "--down", *REASON, *BY_FINANCE)

    for refused in (over, below):
        assert (refused.exit, refused.json["error"]) == (3, "line_engaged")
        assert refused.json["engaged"]["centimes"] == 8_900_000_00
    assert call(*TRANSFER, "100000", *FROM_WORKS, *REASON, *BY_FINANCE).exit == 0


def test_the_books_are_asked_again_when_it_is_approved(planned: Engine, call: Call) -> None:
    """B6: what can no longer be done is refused, and goes on waiting."""
    proposal = call(*TRANSFER, "200000", *FROM_WORKS, *REASON, *BY_FINANCE).json["proposal"]
    with db.transaction(planned) as session:
        engage(session, 8_900_000_00)

    refused = call("change", "approve", proposal, "--as", "director", "--json")

    assert (refused.exit, refused.json["error"]) == (3, "line_engaged")
    assert call("change", "show", proposal, "--json").json["state"] == "open"
    assert counted(planned, BudgetEntry) == 2


def test_the_history_has_both_names_and_can_be_narrowed(planned: Engine, call: Call) -> None:
    proposal = call(*TRANSFER, "200000", *FROM_WORKS, *REASON, *BY_FINANCE).json["proposal"]
    assert call("change", "approve", proposal, "--as", "finance-2").exit == 0

    entries = call("budget", "history", "sample-centre", "--line", "WORKS", "--json").json["entries"]

    assert [(one["change"], one["amount"]["centimes"]) for one in entries] == [
        ("initial", 9_000_000_00),
        ("transfer", -200_000_00),
    ]
    assert (entries[1]["proposed_by"], entries[1]["approved_by"]) == ("finance", "finance-2")
    assert entries[1]["reason"] == "Sample reason"
    everything = call("budget", "history", "sample-centre", "--lang", "fr").out
    assert ("virement" in everything, "4 écritures." in everything) == (True, True)
    assert call("budget", "history", "sample-centre", "--line", "ROADS").exit == 2
    empty = call("budget", "history", "other-centre", "--json")
    assert (empty.exit, empty.json["entries"]) == (0, [])


def test_who_may_not_read_a_project_reads_no_budget_of_it(planned: Engine, call: Call) -> None:
    with db.transaction(planned) as session:
        make_person(session, "regional", "finance", region="fes-meknes")

    assert call("budget", "history", "sample-centre", "--as", "regional").exit == 4
    assert call(*REVISE, "5", "--up", *REASON, "--as", "regional").exit == 4
