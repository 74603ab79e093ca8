"""Payments at the terminal: what is owed, in parts; a wrong one is taken back once."""

import pytest
from sqlalchemy import Engine

from tests.terminal.conftest import Call
from tests.terminal.signed import BY_FINANCE, CONTRACT, begin, certify, dirhams, refused

PAY = ("payment", "pay", CONTRACT, "1")
CORRECT = ("payment", "correct", CONTRACT, "1")


@pytest.fixture
def certified(line: Engine, call: Call) -> None:
    """The contract with its first account, of 360 000.00."""
    begin(call)
    certify(call, "D1", "2025-03-31", "--amount", "400000")


def test_an_account_is_paid_in_parts(certified: None, call: Call) -> None:
    """W32."""
    first = (*PAY, "300000", "--on", "2025-04-10", "--reference", "OP1")

    paid, again = call(*first, *BY_FINANCE), call(*first, *BY_FINANCE)
    over = call(*PAY, "60000.01", "--on", "2025-04-11", "--reference", "OP2", *BY_FINANCE)
    other = call(*PAY, "300001", "--on", "2025-04-10", "--reference", "OP1", *BY_FINANCE)

    assert (paid.json["left"], paid.json["changed"]) == (dirhams(60_000), True)
    assert (again.exit, again.json["changed"]) == (0, False)
    told = refused(over, 3, "over_net", "W32")
    assert (told["value"], told["limit"]) == ("60000.01 MAD", "60000.00 MAD")
    refused(other, 5, "already_stated", "W24")
    assert call(*PAY, "60000", "--on", "2025-04-11", "--reference", "OP2", *BY_FINANCE).json[
        "left"
    ] == dirhams(0)
    shown = call("certificate", "show", CONTRACT, "1", "--json").json
    assert (shown["paid"], shown["left"]) == (dirhams(360_000), dirhams(0))


@pytest.mark.parametrize(("language", "words"), [("ar", "الباقي"), ("fr", "reste"), ("en", "are left")])
def test_what_is_left_is_said(certified: None, call: Call, language: str, words: str) -> None:
    pay = (*PAY, "300000", "--on", "2025-04-10", "--reference", "OP1", "--as", "finance")

    assert words in call(*pay, "--lang", language).out
    over = call(*PAY, "60000.01", "--on", "2025-04-11", "--reference", "OP2", "--as", "finance")
    assert (over.exit, "W32" in over.err) == (3, True)


def test_a_wrong_payment_is_taken_back_once(certified: None, call: Call) -> None:
    """W32."""
    call(*PAY, "300000", "--on", "2025-04-10", "--reference", "OP1", *BY_FINANCE)
    back = ("--reference", "OP1-X", "--on", "2025-04-12", "--reason", "wrong bank")

    taken, again = (call(*CORRECT, "OP1", *back, *BY_FINANCE) for _ in range(2))
    twice = [part.replace("OP1-X", "OP1-Y") for part in back]

    assert (taken.json["amount"], taken.json["left"]) == (dirhams(-300_000), dirhams(360_000))
    assert (again.exit, again.json["changed"]) == (0, False)
    refused(call(*CORRECT, "OP1", *twice, *BY_FINANCE), 3, "already_corrected", "W32")
    unknown = call(*CORRECT, "op2", *twice, *BY_FINANCE)
    assert (unknown.exit, unknown.json["candidates"]) == (2, ["OP1"])
    listed = call("payment", "list", CONTRACT, "--json").json
    assert [(one["reference"], one["corrects"], one["corrected"]) for one in listed["payments"]] == [
        ("OP1", "", True),
        ("OP1-X", "OP1", False),
    ]
    assert listed["total"] == dirhams(0)
    assert "annule OP1 : wrong bank" in call("payment", "list", CONTRACT, "1", "--lang", "fr").out.replace(
        "\u00a0", " "
    )


@pytest.mark.parametrize(
    ("amount", "on", "reference", "reason"),
    [
        ("0", "2025-04-10", "OP1", "not_positive"),
        ("-1", "2025-04-10", "OP1", "negative"),
        ("1.001", "2025-04-10", "OP1", "ambiguous_amount"),
        ("1", "2025-03-30", "OP1", "too_early"),
        ("1", "2090-01-01", "OP1", "in_the_future"),
        ("1", "2025-04-10", "a\u202eb", "hidden_characters"),
        ("1", "2025-04-10", "", "empty"),
        ("1", "2025-04-10", "x" * 10_000, "too_long"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(
    certified: None, call: Call, amount: str, on: str, reference: str, reason: str
) -> None:
    told = call(*PAY[:2], "--on", on, "--reference", reference, *BY_FINANCE, "--", *PAY[2:], amount)

    assert (told.exit, told.json["reason"]) == (2, reason)
    assert call("payment", "list", CONTRACT, "--json").json["payments"] == []


def test_nothing_is_paid_yet(line: Engine, call: Call) -> None:
    begin(call)

    assert "Nothing is paid yet" in call("payment", "list", CONTRACT, "--lang", "en").out
    nobody = call(*PAY, "1", "--on", "2025-04-10", "--reference", "OP1", *BY_FINANCE)
    assert (nobody.exit, nobody.json["noun"], nobody.json["candidates"]) == (2, "certificate", [])
    assert call(*PAY, "1", "--on", "2025-04-10", "--reference", "OP1", "--as", "officer").exit == 4
