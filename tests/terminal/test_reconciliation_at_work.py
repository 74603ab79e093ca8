"""The lines of banks at the terminal: run, looked at, decided on, in three languages, and for scripts."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.operations import reconciliation_runs
from models.rules.reconciliation import Scope
from models.tables import StatementFile
from tests.builders import make_staff
from tests.operations.statements import make_account, make_bank, make_file, write_line
from tests.terminal.conftest import Call

COUNCIL: dict[str, Any] = {"counterparty": "COUNCIL"}
HOSTILE = ("<script>", "=cmd()", "\u202e", "x" * 10_000)


@pytest.fixture
def bank(place: Engine) -> dict[str, str]:
    """The books of `make_bank` with five lines; their names by what they are."""
    with db.transaction(place) as session:
        make_staff(session)
        made = make_bank(session)
        lines = {
            "sure": write_line(
                session, made.file, 300_000_00, label="VIR AF-2026-0001", counterparty="COUNCIL"
            ),
            "open": write_line(
                session, made.file, 200_000_00, label="VIR CV-77/2026", counterparty="COUNCIL"
            ),
            "large": write_line(session, made.file, 1_000_000_01, label="VIR <script>alert(1)</script>"),
            "fee": write_line(session, made.file, -11_00, label="=cmd()|calc FRAIS"),
            "paid": write_line(session, made.file, -150_000_00, label="VIR EMIS", counterparty="SAMPLE"),
        }
        return {name: line.id.hex[:8] for name, line in lines.items()}


def ran(call: Call, *arguments: str) -> Any:
    answer = call("reconcile", "run", *arguments, "--as", "finance", "--json")
    assert answer.exit == 0, answer
    return answer.json


def test_a_run_tells_what_it_did_and_the_same_again_that_it_did_nothing(
    call: Call, bank: dict[str, str]
) -> None:
    first, again = ran(call), ran(call)

    told = {"count": 1, "amounts": [{"centimes": 300_000_00, "currency": "MAD"}]}
    assert first["booked"]["single"] == told
    assert (first["changed"], again["changed"]) == (True, False)
    assert len(first["snapshot"]) == len(first["outcome"]) == 64


def test_a_run_adds_no_currencies_together(call: Call, bank: dict[str, str], place: Engine) -> None:
    """R44: what is left, and the open cases, by currency."""
    with db.transaction(place) as session:
        euros = make_account(session, "BANK-EUR", currency="EUR")
        write_line(session, make_file(session, euros), 7_000_00, label="VIR RECU")

    told, shown = ran(call), call("reconcile", "run", "--as", "finance", "--lang", "en")

    currencies = [one["currency"] for one in told["left"]["amounts"]]
    assert currencies == ["EUR", "MAD"]
    assert told["left"]["amounts"][0]["centimes"] == 7_000_00
    assert {"centimes": 7_000_00, "currency": "EUR"} in told["cases"]["other_currency"]["amounts"]
    assert shown.out.count("7,000.00") == 2
    assert ran(call)["left"] == told["left"]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_everything_is_said_in_three_languages(call: Call, bank: dict[str, str], language: str) -> None:
    ran(call)
    case = call("reconcile", "cases", "--json").json["cases"][0]["case"]
    for arguments in (
        ("run", "--as", "finance"),
        ("lines",),
        ("lines", "--state", "settled"),
        ("explain", bank["sure"]),
        ("explain", bank["open"]),
        ("cases",),
        ("case", "show", case),
        ("learnt",),
        ("learnt", "--forgotten"),
        ("case", "note", case, "Sample", "--as", "finance"),
        ("case", "assign", case, "director", "--as", "finance"),
        ("mark", bank["paid"], "other", "--reason", "Sample", "--as", "finance"),
        ("undo", bank["paid"], "--reason", "Sample", "--as", "finance"),
    ):
        answer = call("reconcile", *arguments, "--lang", language)
        assert (answer.exit, answer.err) == (0, ""), arguments


def test_a_line_is_explained_with_evidence_in_words(call: Call, bank: dict[str, str]) -> None:
    ran(call)

    told = call("reconcile", "explain", bank["sure"], "--json", "--lang", "en").json

    (match,) = told["matches"]
    assert (match["status"], match["author"], match["rules_version"] is not None) == ("booked", None, True)
    assert {
        "name": "reference",
        "level": "named",
        "points": 650,
        "text": "the reference names it",
    } in match["evidence"]
    assert match["parts"][0]["target"] == "AF-2026-0001"
    shown = call("reconcile", "explain", bank["sure"], "--lang", "fr").out
    assert "la référence la désigne (+6,5)" in shown, "decimals as their readers write them"
    assert "Indices" in shown
    arabic = call("reconcile", "explain", bank["sure"], "--lang", "ar").out
    assert "\u2066+6,5\u2069" in arabic, "the sign stands before the number"


def test_finance_accepts_splits_moves_and_undoes(call: Call, bank: dict[str, str]) -> None:
    asked = ("--as", "finance", "--json")
    accepted = call("reconcile", "accept", bank["open"], "AF-2026-0001", *asked)
    assert (accepted.exit, accepted.json["outcome"]) == (0, "written")
    again = call("reconcile", "accept", bank["open"], "AF-2026-0001", *asked)
    assert (again.exit, again.json["error"]) == (5, "line_taken")
    moved = call("reconcile", "move", bank["open"], "AF-2026-0002", "--reason", "Its own", *asked)
    assert moved.json["undone"] is not None
    undone = call("reconcile", "undo", bank["open"], "--reason", "Nobody's", *asked)
    assert undone.json["reopened"] == [bank["open"]]
    twice = call("reconcile", "undo", bank["open"], "--reason", "Nobody's", *asked)
    assert (twice.exit, twice.json["error"]) == (5, "line_open")
    split = call(
        "reconcile", "split", bank["sure"], "AF-2026-0001=200000", "AF-2026-0002=100000,00", *asked
    )
    assert split.exit == 0
    history = call("reconcile", "explain", bank["open"], "--json").json["matches"]
    assert sorted(one["status"] for one in history) == ["booked", "booked", "undone", "undone"]


@pytest.mark.parametrize(
    ("shares", "exit_", "error"),
    [
        (("AF-2026-0001=100",), 2, "sum_differs"),
        (("AF-2026-0001",), 2, "bad_value"),
        (("=300000",), 2, "bad_value"),
        (("AF-2026-0001=1,234",), 2, "bad_value"),
        (("AF-2026-0001=-300000",), 2, "bad_value"),
        (("AF-2026-0001=150000", "AF-2026-0001=150000"), 2, "bad_value"),
        (("AF-9999-0001=300000",), 2, "unknown_key"),
    ],
)
def test_a_split_that_cannot_be_writes_nothing(
    call: Call, bank: dict[str, str], shares: tuple[str, ...], exit_: int, error: str
) -> None:
    answer = call("reconcile", "split", bank["sure"], *shares, "--as", "finance", "--json")

    assert (answer.exit, answer.json["error"]) == (exit_, error)
    assert call("reconcile", "explain", bank["sure"], "--json").json["state"] == "open"


def test_a_payment_above_its_certificate_is_refused_in_words(call: Call, bank: dict[str, str]) -> None:
    answer = call("reconcile", "accept", bank["paid"], "M-7/2026#1", "--as", "finance", "--lang", "en")

    assert answer.exit == 3
    assert "paid above what is certified" in answer.err


def test_a_large_decision_waits_for_a_second_person(call: Call, bank: dict[str, str]) -> None:
    asked = call("reconcile", "accept", bank["large"], "AF-2026-0001", "--as", "finance", "--json")
    assert (asked.exit, asked.json["outcome"], asked.json["change"]) == (0, "proposed", "bank_match")
    proposal = asked.json["proposal"]
    for language in ("ar", "fr", "en"):
        assert call("change", "list", "--as", "finance-2", "--lang", language).exit == 0
        assert call("change", "show", proposal, "--as", "finance-2", "--lang", language).exit == 0
    shown = call("change", "show", proposal, "--as", "finance-2", "--lang", "en").out
    assert ("AF-2026-0001" in shown, bank["large"] in shown) == (True, True)
    decision = call("change", "show", proposal, "--json").json["decision"]
    assert (decision["line"], decision["takes_back"]) == (bank["large"], [])
    assert [one["target"] for one in decision["books"]] == ["AF-2026-0001"]
    assert call("change", "approve", proposal, "--as", "finance", "--json").exit == 4

    assert call("change", "approve", proposal, "--as", "finance-2", "--json").exit == 0

    (match,) = call("reconcile", "explain", bank["large"], "--json").json["matches"]
    assert (match["author"], match["second"]) == ("finance", "finance-2")


@pytest.mark.parametrize("login", ["officer", "auditor"])
def test_others_look_and_do_not_decide(call: Call, bank: dict[str, str], login: str) -> None:
    for arguments in (("lines",), ("cases",), ("learnt",), ("explain", bank["open"])):
        assert call("reconcile", *arguments, "--as", login).exit == 0
    decisions: tuple[tuple[str, ...], ...] = (
        ("run",),
        ("accept", bank["open"], "AF-2026-0001"),
        ("mark", bank["fee"], "fee", "--reason", "Sample"),
        ("reject", bank["open"], "--reason", "Sample"),
    )
    for asked in decisions:
        assert call("reconcile", *asked, "--as", login, "--json").exit == 4, asked


def test_while_a_run_is_under_way_another_is_refused(
    call: Call, bank: dict[str, str], place: Engine
) -> None:
    from models.clock import now

    with db.transaction(place) as session:
        reconciliation_runs.begin(
            session,
            scope=Scope(),
            asked_by="",
            holder="elsewhere:1",
            is_alive=lambda _holder: True,
            at=now(),
        )

    answer = call("reconcile", "run", "--as", "finance", "--json")

    assert (answer.exit, answer.json["error"]) == (5, "run_busy")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_refused_or_harmless(call: Call, bank: dict[str, str], text: str) -> None:
    asked = ("--as", "finance", "--json")
    for arguments in (
        ("explain", text),
        ("accept", text, *asked),
        ("accept", bank["open"], text, *asked),
        ("move", bank["open"], text, "--reason", "Sample", *asked),
        ("split", bank["open"], f"{text}=5", *asked),
        ("undo", text, "--reason", "Sample", *asked),
        ("mark", bank["fee"], text, "--reason", "Sample", *asked),
        ("case", "show", text),
        ("case", "assign", text, "finance", *asked),
        ("forget", text, "--reason", "Sample", *asked),
        ("lines", "--account", text),
        ("run", "--account", text, *asked),
        ("run", "--project", text, *asked),
        ("cases", "--kind", text),
    ):
        answer = call("reconcile", *arguments)
        assert answer.exit in (2, 5), (arguments, answer)
    assert call("reconcile", "lines", "--json").exit == 0


def test_empty_books_are_told_kindly(call: Call, place: Engine) -> None:
    with db.transaction(place) as session:
        make_staff(session)
    for arguments in (("lines",), ("cases",), ("learnt",), ("run", "--as", "finance")):
        answer = call("reconcile", *arguments, "--lang", "en")
        assert (answer.exit, answer.err) == (0, "")
    assert ran(call)["changed"] is False


def test_a_run_over_nothing_says_no_more_than_that(call: Call, place: Engine) -> None:
    """No line, no suggestion, and nothing about what these books prove."""
    with db.transaction(place) as session:
        make_staff(session)

    told = call("reconcile", "run", "--as", "finance", "--lang", "en").out

    assert "nothing was written" in told
    for silent in ("suggest", "prove", "last run"):
        assert silent not in told


@pytest.mark.parametrize("arguments", [("run", "--as", "finance"), ("lines",)])
def test_a_period_that_ends_before_it_begins_is_refused(
    call: Call, bank: dict[str, str], arguments: tuple[str, ...]
) -> None:
    days = ("--from", "2026-02-01", "--to", "2026-01-01")

    told = call("reconcile", *arguments, *days, "--json")

    assert (told.exit, told.json["error"]) == (2, "bad_value")
    assert call("reconcile", *arguments, "--from", "2026-02-01", "--to", "2026-02-01").exit == 0


def test_it_is_told_what_a_line_that_was_sent_back_takes_back(
    call: Call, bank: dict[str, str], place: Engine
) -> None:
    """R10: also which lines are open again; a run has suggested it, and a person accepts it."""
    with db.transaction(place) as session:
        file = session.exec(select(StatementFile)).one()
        first = write_line(session, file, 120_000_00, label="1ER VERSEMENT AF-2026-0002", **COUNCIL)
        write_line(session, file, 80_000_50, label="2E VERSEMENT AF-2026-0002", **COUNCIL)
    assert ran(call)["booked"]["split"]["count"] == 2
    with db.transaction(place) as session:
        file = session.exec(select(StatementFile)).one()
        back = write_line(session, file, -80_000_50, label="REJET 2E VERSEMENT AF-2026-0002", **COUNCIL)
    ran(call)

    told = call("reconcile", "accept", back.id.hex[:8], "--as", "finance", "--lang", "en").out

    assert "marked: reversal" in told
    assert "taken back" in told
    assert f"Open again: {first.id.hex[:8]}." in told


def test_who_approves_a_reversal_is_shown_the_other_line_and_what_opens(
    call: Call, bank: dict[str, str], place: Engine
) -> None:
    """R16."""
    with db.transaction(place) as session:
        file = session.exec(select(StatementFile)).one()
        back = write_line(session, file, -1_000_000_01, label="REJET")
    call("reconcile", "accept", bank["large"], "AF-2026-0001", "--as", "finance")
    marked = ("mark", back.id.hex[:8], "reversal", "--with", bank["large"], "--reason", "Sent back")
    asked = call("reconcile", *marked, "--as", "finance", "--json").json

    told = call("change", "show", asked["proposal"], "--lang", "en").out

    assert f"Together with line  {bank['large']}" in told
    assert "Books on" not in told
