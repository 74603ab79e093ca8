"""Tranches at the terminal: how a plan is written, what is refused by name, how a tranche moves."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from models.clock import local_day, now
from tests.terminal.conftest import Call
from tests.terminal.promised import (
    BY_OFFICER,
    COMMITMENT,
    DAY,
    KEY,
    NAME,
    PARTNER,
    REASON,
    close,
    commit,
    draft,
    issued,
    plan,
    promised,
    tranches,
)

__all__ = ["promised"]
MOVE = ("tranche", "move", KEY, PARTNER)
LATER = str(local_day(now()) + timedelta(days=90))
YEAR_END = f"{max(2026, local_day(now()).year)}-12-31"


def test_a_plan_has_every_kind_of_trigger(promised: Engine, call: Call) -> None:
    """X31."""
    made = plan(
        call,
        f"30%@stage:equipment@{LATER}",
        f"250 000,50@date:{LATER}",
        "50000@progress:62,5%",
        "rest@document:Procès-verbal de réception provisoire",
    )

    assert made.exit == 0, made
    told = made.json["tranches"]
    assert [one["amount"]["centimes"] for one in told] == [270_000_00, 250_000_50, 50_000_00, 329_999_50]
    assert [one["trigger"] for one in told] == ["stage", "date", "progress", "document"]
    assert (told[0]["stage"], told[2]["progress"], told[3]["document"]) == (
        "equipment",
        62.5,
        "provisional_acceptance",
    )
    assert [one["expected_on"] for one in told] == [LATER, LATER, YEAR_END, YEAR_END]
    assert (made.json["assumed"], made.json["changed"]) == ([3, 4], True)


def test_the_same_plan_again_changes_nothing(promised: Engine, call: Call) -> None:
    asked = ("33.33%@stage:equipment", "33.33%@stage:launch", f"33.34%@date:{LATER}")
    first, again = plan(call, *asked), plan(call, *asked)

    assert (first.exit, first.json["changed"], first.json["assumed"]) == (0, True, [1, 2])
    assert (again.exit, again.json["changed"], again.json["assumed"]) == (0, False, [])
    assert again.json["planned"] == again.json["committed"]


def test_shares_of_a_hundred_percent_come_to_the_commitment(promised: Engine, call: Call) -> None:
    """X31."""
    assert commit(call, "0.05").exit == 0

    made = plan(call, *[f"33.33%@date:{LATER}"] * 2, f"33.34%@date:{LATER}")

    assert made.exit == 0, made
    assert [one["amount"]["centimes"] for one in made.json["tranches"]] == [2, 1, 2]


@pytest.mark.parametrize(
    ("text", "problem", "reason"),
    [
        ("30%", "bad_value", "not_a_tranche"),
        ("30%@2026-06-30", "bad_value", "not_a_tranche"),
        ("a@b@c@d", "bad_value", "not_a_tranche"),
        ("1@stages:launch", "unknown_key", None),
        ("1@stage:lunch", "unknown_key", None),
        ("1@document:permit_of_nothing", "unknown_key", None),
        ("1@document:physical_progress", "bad_value", "not_a_document"),
        ("1@progress:101", "bad_value", "out_of_range"),
        ("1@progress:0", "bad_value", "out_of_range"),
        ("1@progress:x", "bad_value", "not_an_amount"),
        ("1.005@date:2026-06-30", "bad_value", "ambiguous_amount"),
        ("1,0055@date:2026-06-30", "bad_value", "too_many_decimals"),
        ("-1@date:2026-06-30", "bad_value", "negative"),
        ("0@date:2026-06-30", "bad_value", "not_positive"),
        ("5 EUR@date:2026-06-30", "bad_value", "other_currency"),
        ("=cmd()@date:2026-06-30", "bad_value", "formula_text"),
        ("101%@date:2026-06-30", "bad_value", "out_of_range"),
        ("0%@date:2026-06-30", "bad_value", "out_of_range"),
        ("1@date:2026-02-30", "bad_value", "not_a_date"),
        ("1@date:03/04/2026", "bad_value", "ambiguous_date"),
        ("1@date:1998-01-01", "bad_value", "too_early"),
        ("1@date:2026-06-30@2026-07-31", "bad_value", "day_twice"),
        ("\u202e1@date:2026-06-30", "bad_value", "hidden_characters"),
        ("<script>@date:2026-06-30", "bad_value", "not_an_amount"),
        ("x" * 10_000, "bad_value", "not_a_tranche"),
    ],
)
def test_a_tranche_that_cannot_be_is_named(
    promised: Engine, call: Call, text: str, problem: str, reason: str | None
) -> None:
    """X31."""
    answer = plan(call, f"100@date:{LATER}", text)

    assert (answer.exit, answer.json["error"], answer.json["tranche"]) == (2, "tranche_refused", 2)
    assert (answer.json["problem"], answer.json.get("reason")) == (problem, reason)
    assert answer.json["message"].startswith("Tranche 2 (")
    assert "\u202e" not in answer.out
    assert tranches(call) == []


def test_there_is_one_rest(promised: Engine, call: Call) -> None:
    told = plan(call, f"rest@date:{LATER}", f"reste@date:{LATER}")

    assert (told.json["tranche"], told.json["reason"]) == (2, "rest_twice")
    nothing = plan(call, f"100%@date:{LATER}", f"الباقي@date:{LATER}")
    assert (nothing.json["tranche"], nothing.json["reason"]) == (2, "not_positive")


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "يجب أن يتساويا"), ("fr", "les deux doivent être égaux"), ("en", "the two must be equal")],
)
def test_a_plan_that_does_not_sum_tells_both_sums(
    promised: Engine, call: Call, language: str, words: str
) -> None:
    for amount in ("899999.99", "900000.01"):
        answer = plan(call, f"{amount}@date:{LATER}", lang=language)
        assert (answer.exit, answer.json["error"]) == (3, "plan_uneven")
        assert answer.json["amount"]["centimes"] == 900_000_00
        assert abs(answer.json["planned"]["centimes"] - 900_000_00) == 1
        assert words in answer.json["message"]
    assert tranches(call) == []


def test_a_day_is_read_as_the_reader_writes_it(promised: Engine, call: Call) -> None:
    """X12."""
    made = plan(call, "100%@date:03/04/2027", lang="fr")

    assert made.json["tranches"][0]["expected_on"] == "2027-04-03"


def test_what_was_called_stays_in_its_place(promised: Engine, call: Call) -> None:
    number = issued(call, f"50%@date:{DAY}", f"50%@date:{LATER}")

    changed = plan(call, f"40%@date:{DAY}", f"60%@date:{LATER}")
    assert (changed.exit, changed.json["error"], changed.json["call"]) == (3, "tranche_called", number)
    kept = plan(call, f"50%@date:{DAY}", f"rest@date:{LATER}")
    assert (kept.exit, kept.json["changed"]) == (0, False)
    assert [one["state"] for one in tranches(call)] == ["called", "planned"]


def test_a_tranche_that_is_dropped_is_told(promised: Engine, call: Call) -> None:
    draft(call, f"50%@date:{DAY}", f"50%@date:{DAY}")

    made = plan(call, f"100%@date:{DAY}")

    assert (made.exit, made.json["changed"]) == (0, True)
    assert [one["state"] for one in made.json["tranches"]] == ["drafted", "dropped"]


def test_each_tranche_keeps_its_day_by_its_number(promised: Engine, call: Call) -> None:
    """X31."""
    draft(call, f"50%@date:{DAY}", "25%@stage:equipment", f"25%@progress:10@{LATER}")
    assert plan(call, f"100%@date:{DAY}").exit == 0

    made = plan(call, f"50%@date:{DAY}", "25%@stage:equipment", f"25%@date:{LATER}")

    assert made.json["assumed"] == [2]  # the second was dropped with its day


def test_a_tranche_moves_with_a_reason(promised: Engine, call: Call) -> None:
    plan(call, "50%@stage:equipment", "50%@stage:launch")
    move = (*MOVE, "2", "--to", LATER, *REASON, *BY_OFFICER, "--json")

    first, again = call(*move), call(*move)

    assert (first.exit, first.json["changed"], first.json["tranche"]["expected_on"]) == (0, True, LATER)
    assert (again.exit, again.json["changed"]) == (0, False)
    assert call(*MOVE, "3", *move[5:]).json["candidates"] == ["1", "2"]
    assert call(*MOVE, "61", *move[5:]).json["reason"] == "out_of_range"
    assert call(*MOVE, "1", "--to", LATER, "--reason", " ", *BY_OFFICER, "--json").exit == 2
    assert call(*MOVE, "1", "--to", "1990-01-01", *REASON, *BY_OFFICER, "--json").json["reason"] == (
        "too_early"
    )


@pytest.mark.parametrize(
    ("language", "nothing", "stage", "unsigned"),
    [
        ("ar", "لم يتم الوعد بأي شيء", "عند دخول", "غير موقع بعد"),
        ("fr", "Rien n’est encore promis", "à l’entrée dans l’étape", "Pas encore signé"),
        ("en", "Nothing is promised", "on entering", "Not signed yet"),
    ],
)
def test_the_list_tells_what_lets_each_be_called(
    promised: Engine, call: Call, language: str, nothing: str, stage: str, unsigned: str
) -> None:
    promise = ("commitment", "set", KEY, "ministry", "5", "--reference", "C", "--as", "finance")
    assert call(*promise).exit == 0
    plan(call, "50%@stage:equipment", f"25%@date:{LATER}", "25%@progress:50")

    listed = call("tranche", "list", KEY, "--lang", language).out

    assert NAME[language] in listed
    assert stage in listed
    assert unsigned in listed
    assert nothing in call("tranche", "list", "other-centre", "--lang", language).out


def test_nothing_is_planned_for_a_closed_project(promised: Engine, call: Call) -> None:
    plan(call, f"100%@date:{LATER}")
    close(promised)

    assert plan(call, f"50%@date:{LATER}", f"50%@date:{LATER}").json["error"] == "project_closed"
    moved = call(*MOVE, "1", "--to", "2030-01-01", *REASON, *BY_OFFICER, "--json")
    assert (moved.exit, moved.json["error"]) == (3, "project_closed")


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize(
    ("login", "error"),
    [("auditor", "not_allowed"), ("officer-fes", "not_allowed_here"), ("stranger", "not_allowed_here")],
)
def test_who_may_not_plan_is_told_kindly(
    promised: Engine, call: Call, login: str, error: str, language: str
) -> None:
    planned = plan(call, f"100%@date:{LATER}", by=login, lang=language)
    moved = call(*MOVE, "1", "--to", LATER, *REASON, "--as", login, "--json", "--lang", language)

    for answer in (planned, moved):
        assert (answer.exit, answer.json["error"]) == (4, error)
        assert login in answer.json["message"]
        assert answer.json["who"] == ["officer", "finance"]
    assert tranches(call) == []


def test_a_limited_reader_reads_no_other_project(promised: Engine, call: Call) -> None:
    assert call("tranche", "list", KEY, "--as", "stranger").exit == 4
    assert call("tranche", "list", KEY, "--as", "auditor").exit == 0
    assert call("tranche", "list", "sample-cente", "--json").json["candidates"][0] == KEY
    assert COMMITMENT in call("tranche", "list", KEY).out
