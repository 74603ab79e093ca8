"""Commitments at the terminal: written by one person, proposed to a second one, released."""

import pytest
from sqlalchemy import Engine

from models import db
from tests import builders
from tests.terminal.conftest import Call
from tests.terminal.promised import (
    BY_OFFICER,
    COMMITMENT,
    DAY,
    KEY,
    PARTNER,
    REASON,
    commit,
    convention,
    draft,
    issued,
    promised,
)
from tests.terminal.signed import refused

__all__ = ["promised"]
LIMIT = 1_000_000_00


def written(call: Call, reference: str = COMMITMENT) -> int:
    """The amount of the council's commitment, in centimes."""
    listed = call("commitment", "list", KEY, "--json").json["commitments"]
    return int(next(one["amount"]["centimes"] for one in listed if one["reference"] == reference))


def release(call: Call, amount: str, *more: str, by: str = "officer") -> dict[str, object]:
    given = ("--kind", "written_off", "--on", DAY, "--decision", "D-1", *REASON, "--as", by, "--json")
    answer = call("commitment", "release", KEY, PARTNER, amount, *given, *more)
    return {"exit": answer.exit, **answer.json}


def approve(call: Call, proposal: object, by: str = "director") -> int:
    return call("change", "approve", str(proposal), "--as", by).exit


def test_one_person_writes_a_small_commitment(promised: Engine, call: Call) -> None:
    """X33."""
    at_limit = commit(call, "1000000")
    assert (at_limit.exit, at_limit.json["outcome"]) == (0, "written")
    assert written(call) == LIMIT
    again = commit(call, "1000000")
    assert (again.exit, again.json["changed"]) == (0, False)


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "tadshin change approve"), ("fr", "Proposé"), ("en", "Proposed")]
)
def test_a_large_commitment_waits_for_a_second_person(
    promised: Engine, call: Call, language: str, words: str
) -> None:
    """X33."""
    given = ("--reference", "CONV-9", "--signed", "2026-01-15", "--lang", language, *BY_OFFICER)
    large = ("commitment", "set", KEY, "ministry", "1 000 000,01", *given)

    told = call(*large)
    waiting = call(*large, "--json")

    assert (told.exit, words in told.out) == (0, True), told
    assert (waiting.exit, waiting.json["outcome"], waiting.json["again"]) == (0, "proposed", True)
    assert (waiting.json["reason"], waiting.json["who"]) == ("CONV-9", ["finance", "director"])
    assert len(call("commitment", "list", KEY, "--json").json["commitments"]) == 1
    assert approve(call, waiting.json["proposal"], by="officer") == 4
    assert approve(call, waiting.json["proposal"]) == 0
    assert written(call, "CONV-9") == 1_000_000_01
    after = call(*large, "--json").json
    assert (after["outcome"], after["changed"]) == ("written", False)


def test_a_large_commitment_is_not_lowered_by_one_person(promised: Engine, call: Call) -> None:
    """X33."""
    assert approve(call, commit(call, "5000000").json["proposal"]) == 0

    lowered = commit(call, "10", "--reason", "Sample: the council has less")

    assert (lowered.exit, lowered.json["outcome"]) == (0, "proposed")
    assert lowered.json["reason"] == "Sample: the council has less"
    assert written(call) == 5_000_000_00


@pytest.mark.parametrize(
    ("amount", "more", "reason"),
    [
        ("2000000", ("--signed", "2099-01-01"), "in_the_future"),
        ("2000000", ("--reference", "\x00"), "hidden_characters"),
        ("2000000", ("--reference", "x" * 10_000), "too_long"),
        ("2000000", ("--reference", " "), "empty"),
        ("2000000", ("--reason", "\u202ex"), "hidden_characters"),
        ("99999999999", (), "amount_too_large"),
        ("0", (), "not_positive"),
        ("2000000.005", (), "too_many_decimals"),
    ],
)
def test_what_could_not_be_written_is_not_proposed(
    promised: Engine, call: Call, amount: str, more: tuple[str, ...], reason: str
) -> None:
    answer = commit(call, amount, *more)

    assert (answer.exit, answer.json["reason"]) == (2, reason)
    assert call("change", "list", "--json").json["changes"] == []


def test_a_planned_commitment_is_not_proposed_below_its_tranches(promised: Engine, call: Call) -> None:
    assert approve(call, commit(call, "5000000").json["proposal"]) == 0
    draft(call)

    answer = commit(call, "2000000")

    refused(answer, 3, "below_tranches", "V5")


def test_a_part_that_will_not_come_is_released_by_two(promised: Engine, call: Call) -> None:
    """X33."""
    draft(call, f"60%@date:{DAY}", f"40%@date:{DAY}")

    first, again = release(call, "100000"), release(call, "100000")

    assert (first["exit"], first["outcome"], again["again"]) == (0, "proposed", True)
    assert first["proposal"] == again["proposal"]
    assert approve(call, first["proposal"]) == 0
    (plan,) = call("tranche", "list", KEY, "--json").json["commitments"]
    assert plan["committed"]["centimes"] == 800_000_00
    assert [one["amount"]["centimes"] for one in plan["tranches"]] == [540_000_00, 260_000_00]
    after = release(call, "100000")
    assert (after["exit"], after["outcome"], after["changed"]) == (0, "released", False)
    assert release(call, "100001")["reason"] == "taken"


def test_a_release_is_taken_back(promised: Engine, call: Call) -> None:
    assert approve(call, release(call, "100000")["proposal"]) == 0
    back = ("--decision", "D-2", "--take-back")
    assert release(call, "100001", *back)["error"] == "over_commitment"

    assert approve(call, release(call, "100000", *back)["proposal"]) == 0

    (plan,) = call("tranche", "list", KEY, "--json").json["commitments"]
    assert plan["committed"]["centimes"] == 900_000_00


def test_what_cannot_be_released_is_not_proposed(promised: Engine, call: Call) -> None:
    """B3: what could not be carried out is refused at once."""
    convention(call, PARTNER)
    assert call("convention", "link", "PART-1", KEY, PARTNER, *BY_OFFICER).exit == 0
    issued(call, f"60%@date:{DAY}", f"40%@date:{DAY}")

    over = release(call, "360000.01")
    assert (over["exit"], over["error"]) == (3, "over_commitment")
    assert release(call, "0")["reason"] == "not_positive"
    assert release(call, "5", "--on", "2099-01-01")["reason"] == "in_the_future"
    assert release(call, "5", "--kind", "cancelled")["reason"] == "empty"
    assert release(call, "5", "--kind", "cancelled", "--amendment", "1")["reason"] == "no_amendment"
    assert release(call, "5", "--decision", "\x00")["reason"] == "hidden_characters"
    assert release(call, "5", "--reason", " ")["reason"] == "reason_needed"
    assert call("change", "list", "--json").json["changes"] == []


def test_a_cancellation_names_its_amendment(promised: Engine, call: Call) -> None:
    convention(call, PARTNER)
    amend = ("convention", "amend", "PART-1", "--number", "1", "--signed", DAY, "--subject", "x")
    assert call(*amend, *BY_OFFICER).exit == 0
    assert call("convention", "link", "PART-1", KEY, PARTNER, *BY_OFFICER).exit == 0

    made = release(call, "5", "--kind", "cancelled", "--amendment", "1")

    assert made["outcome"] == "proposed"
    assert approve(call, made["proposal"], by="finance") == 0


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize(
    ("login", "error"),
    [("auditor", "not_allowed"), ("officer-fes", "not_allowed_here"), ("stranger", "not_allowed_here")],
)
def test_who_may_not_promise_is_told_kindly(
    promised: Engine, call: Call, login: str, error: str, language: str
) -> None:
    by = ("--as", login, "--lang", language)

    for amount in ("5", "5000000"):
        answer = commit(call, amount, *by)
        assert (answer.exit, answer.json["error"], answer.json["who"]) == (4, error, ["officer", "finance"])
        assert login in answer.json["message"]
    assert release(call, "5", by=login)["error"] == error
    assert written(call) == 900_000_00


def test_another_finance_person_decides(promised: Engine, call: Call) -> None:
    with db.transaction(promised) as session:
        builders.make_person(session, "finance-2", "finance")
    proposal = commit(call, "10000000").json["proposal"]

    assert approve(call, proposal, by="finance") == 4
    assert approve(call, proposal, by="finance-2") == 0
    above = commit(call, "10000000.01").json
    assert (above["who"], approve(call, above["proposal"], by="finance-2")) == (["director"], 4)
