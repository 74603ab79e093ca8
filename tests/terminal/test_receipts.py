"""Receipts at the terminal: entered, corrected, given to calls, kept as an advance."""

import pytest
from sqlalchemy import Engine

from models.operations import periods
from tests.terminal.conftest import Call
from tests.terminal.promised import (
    BY_FINANCE,
    DAY,
    KEY,
    NAME,
    PARTNER,
    REASON,
    close,
    draft,
    issued,
    promised,
    receive,
)
from tests.terminal.signed import refused

__all__ = ["promised"]
CORRECT = ("receipt", "correct", KEY, PARTNER, "VIR-1")
APPLY = ("receipt", "apply", KEY, PARTNER, *BY_FINANCE, "--json")


def advance(call: Call) -> int:
    """What is kept as an advance of the council, in centimes, as the list tells it."""
    totals = call("receipt", "list", KEY, "--json").json["totals"]
    return int(totals[0]["advance"]["centimes"]) if totals else 0


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "تسبيق"), ("fr", "avance"), ("en", "kept as an advance")],
)
def test_what_is_paid_over_is_kept_as_an_advance(
    promised: Engine, call: Call, language: str, words: str
) -> None:
    number = issued(call)
    first = receive(call, "500 000,25")
    assert [part["call"] for part in first.json["given"]] == [number]
    assert first.json["advance"]["centimes"] == 0

    over = receive(call, "400000", "VIR-2")

    assert over.exit == 0
    assert over.json["given"][0]["amount"]["centimes"] == 399_999_75
    assert over.json["advance"]["centimes"] == 25
    listed = call("receipt", "list", KEY, "--lang", language).out
    assert words in listed
    assert NAME[language] in listed
    assert advance(call) == 25


def test_the_same_receipt_twice_is_one(promised: Engine, call: Call) -> None:
    first, again = receive(call, "100000"), receive(call, "100000")

    assert (first.json["changed"], again.exit, again.json["changed"]) == (True, 0, False)
    other = receive(call, "100000.01")
    refused(other, 5, "taken", "V15")
    assert len(call("receipt", "list", KEY, "--json").json["receipts"]) == 1
    assert advance(call) == 100_000_00


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "مقفل"), ("fr", "est clos"), ("en", "is closed")],
)
def test_nothing_is_received_for_a_closed_project(
    promised: Engine, call: Call, language: str, words: str
) -> None:
    receive(call, "100000")
    close(promised)

    told = receive(call, "5", "VIR-2", "--lang", language)

    assert (told.exit, told.json["error"]) == (3, "project_closed")
    assert words in told.json["message"]
    assert call(*CORRECT, "0", *REASON, *BY_FINANCE, "--json").json["error"] == "project_closed"
    assert call(*APPLY).json["error"] == "project_closed"
    assert receive(call, "100000").json["changed"] is False


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("1.005", "ambiguous_amount"),
        ("1,0055", "too_many_decimals"),
        ("0", "not_positive"),
        ("(5)", "negative"),
        ("5 €", "other_currency"),
        ("99999999999", "amount_too_large"),
        ("=1+1", "formula_text"),
        ("x" * 10_000, "too_long"),
    ],
)
def test_an_amount_that_cannot_be_is_refused(
    promised: Engine, call: Call, amount: str, reason: str
) -> None:
    answer = receive(call, amount)

    assert (answer.exit, answer.json["reason"]) == (2, reason)
    assert call("receipt", "list", KEY, "--json").json["receipts"] == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--on", "2099-01-01"), "in_the_future"),
        (("--on", "1990-01-01"), "too_early"),
        (("--reference", "\u202e1"), "hidden_characters"),
        (("--reference", " "), "empty"),
        (("--call", "AF-1999-0001"), "unknown_key"),
        (("--currency", "EUR"), "currency_mismatch"),
        (("--currency", "euro"), "not_a_currency"),
        (("--rate", "10"), "no_rate_needed"),
        (("--currency", "EUR", "--rate", "0"), "not_positive"),
        (("--currency", "EUR", "--rate", "ten"), "not_a_rate"),
        (("--currency", "EUR", "--rate", "1e9"), "not_a_rate"),
    ],
)
def test_what_cannot_be_received_leaves_nothing(
    promised: Engine, call: Call, more: tuple[str, ...], told: str
) -> None:
    answer = receive(call, "5", "VIR-1", *more)

    assert answer.exit == 2, answer
    assert told in (answer.json["error"], answer.json.get("reason"))
    assert call("receipt", "list", KEY, "--json").json["receipts"] == []


def test_another_currency_comes_with_its_rate(promised: Engine, call: Call) -> None:
    made = receive(call, "1000", "VIR-1", "--currency", "eur", "--rate", "10,8515")

    assert made.json["amount"] == {"centimes": 10_851_50, "currency": "MAD"}
    (listed,) = call("receipt", "list", KEY, "--json").json["receipts"]
    assert listed["reason"] == "1000.00 EUR × 10.8515"


def test_the_calls_named_are_paid(promised: Engine, call: Call) -> None:
    first = issued(call, f"50%@date:{DAY}", f"50%@date:{DAY}")
    (plan,) = call("tranche", "list", KEY, "--json").json["commitments"]
    second = plan["tranches"][1]["call"]["id"]
    assert receive(call, "5", "VIR-1", "--call", second).json["reason"] == "not_owed"
    number = call("call", "issue", second, *BY_FINANCE, "--json").json["call"]

    made = receive(call, "500000", "VIR-1", "--call", number, "--call", first)

    parts = [(part["call"], part["amount"]["centimes"]) for part in made.json["given"]]
    assert parts == [(number, 450_000_00), (first, 50_000_00)]


def test_a_correction_is_a_new_entry(promised: Engine, call: Call) -> None:
    number = issued(call)
    receive(call, "950000")
    correct = (*REASON, *BY_FINANCE, "--json")

    less = call(*CORRECT, "800000", *correct)

    assert (less.exit, less.json["amount"]["centimes"]) == (0, -150_000_00)
    assert less.json["given"] == [{"call": number, "amount": {"centimes": -100_000_00, "currency": "MAD"}}]
    assert call(*CORRECT, "800000", *correct).json["changed"] is False
    original, entry = call("receipt", "list", KEY, "--json").json["receipts"]
    assert (original["amount"]["centimes"], original["net"]["centimes"]) == (950_000_00, 800_000_00)
    assert (entry["corrects"], entry["reference"]) == ("VIR-1", "VIR-1 (1)")
    never = call(*CORRECT, "0", *correct)
    assert (never.exit, call("call", "show", number, "--json").json["paid"]["centimes"]) == (0, 0)
    assert "VIR-1" in call("receipt", "list", KEY, "--lang", "ar").out


def test_a_correction_of_what_is_not_there(promised: Engine, call: Call) -> None:
    receive(call, "100000")
    call(*CORRECT, "90000", *REASON, *BY_FINANCE)
    correct = ("receipt", "correct", KEY, PARTNER)

    for reference in ("VIR-2", "VIR-1 (1)", "\x00", "x" * 10_000):
        told = call(*correct, reference, "5", *REASON, *BY_FINANCE, "--json")
        assert (told.exit, told.json["error"]) == (2, "unknown_key")
    assert call(*CORRECT, "5", "--reason", " ", *BY_FINANCE, "--json").json["reason"] == "reason_needed"


def test_an_advance_is_given_to_open_calls(promised: Engine, call: Call) -> None:
    nothing = call(*APPLY)
    assert (nothing.exit, nothing.json["given"], nothing.json["changed"]) == (0, [], False)
    receive(call, "100000")
    assert call("call", "issue", draft(call), *BY_FINANCE, "--json").json["given"] != []
    assert call(*APPLY).json["given"] == []
    assert advance(call) == 0


def test_an_advance_is_told_for_what_it_is(promised: Engine, call: Call) -> None:
    """V16: what was given back by a withdrawal pays another call when somebody says so."""
    first = issued(call, f"50%@date:{DAY}", f"50%@date:{DAY}")
    (plan,) = call("tranche", "list", KEY, "--json").json["commitments"]
    second = call("call", "issue", plan["tranches"][1]["call"]["id"], *BY_FINANCE, "--json").json["call"]
    receive(call, "100000")
    assert call("call", "withdraw", first, *REASON, *BY_FINANCE).exit == 0
    assert advance(call) == 100_000_00

    told = call(*APPLY)

    assert told.json["given"] == [{"call": second, "amount": {"centimes": 100_000_00, "currency": "MAD"}}]
    assert told.json["advance"]["centimes"] == 0


def test_nothing_is_entered_into_a_closed_period(promised: Engine, call: Call) -> None:
    from datetime import date

    from models import db
    from models.clock import now

    with db.transaction(promised) as session:
        periods.close_period(session, until=date(2026, 1, 1), by="director", at=now())

    told = receive(call, "5", "VIR-1", "--on", "2025-12-31")

    assert (told.exit, told.json["error"]) == (3, "period_closed")


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("login", ["auditor", "officer", "officer-fes", "stranger"])
def test_finance_alone_enters_receipts(promised: Engine, call: Call, login: str, language: str) -> None:
    by = ("--as", login, "--json", "--lang", language)
    enter = ("receipt", "enter", KEY, PARTNER, "5", "--on", DAY, "--reference", "V", *by)

    for answer in (
        call(*enter),
        call(*CORRECT, "5", *REASON, *by),
        call("receipt", "apply", KEY, PARTNER, *by),
    ):
        assert (answer.exit, answer.json["error"], answer.json["who"]) == (4, "not_allowed", ["finance"])
        assert login in answer.json["message"]
    assert call("receipt", "list", KEY, "--json").json["receipts"] == []


def test_a_limited_reader_sees_what_came_for_their_projects(promised: Engine, call: Call) -> None:
    """X34."""
    receive(call, "100000")

    assert call("receipt", "list", "--as", "officer-fes", "--json").json == {"receipts": [], "totals": []}
    assert call("receipt", "list", KEY, "--as", "officer-fes").exit == 4
    assert len(call("receipt", "list", "--as", "auditor", "--json").json["receipts"]) == 1
    assert len(call("receipt", "list", "--partner", PARTNER, "--json").json["receipts"]) == 1
    assert call("receipt", "list", "--partner", "ministry", "--json").json["receipts"] == []


@pytest.mark.parametrize(
    ("language", "empty"),
    [
        ("ar", "لم يحصل أي مبلغ بعد."),
        ("fr", "Rien n’a encore été reçu."),
        ("en", "Nothing has come in yet."),
    ],
)
def test_no_receipts_yet(promised: Engine, call: Call, language: str, empty: str) -> None:
    assert call("receipt", "list", "--lang", language).out.strip().strip("\u2068\u2069") == empty
