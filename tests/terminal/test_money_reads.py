"""`tadshin money position|partners`: both sides to the centime, as scripts and people read them."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.terminal.conftest import Call
from tests.terminal.money_books import BARE, DAY, EURO, KEY, MILLION, OTHER, dirhams, money

__all__ = ["money"]

FUNDS = {
    "committed": 9 * MILLION,
    "unsigned": 3 * MILLION,
    "planned": 6 * MILLION,
    "called": 2 * MILLION,
    "received": 1_600_000_00,
    "allocated": 1_500_000_00,
    "outstanding": 500_000_00,
    "advance": 100_000_00,
    "not_yet_due": 7 * MILLION,
}
WORKS = {
    "budget": 12 * MILLION,
    "share": 2 * MILLION,
    "engaged": 5 * MILLION,
    "certified": 1_200_000_00,
    "paid": 500_000_00,
    "owed": 980_000_00,
    "retention_held": 120_000_00,
    "advance_to_recover": 400_000_00,
    "available": 7 * MILLION,
    "gap": MILLION,
    "stated_gap": MILLION,
}
THIN, HARD = "\u202f", "\u00a0"


def amounts(of: dict[str, int], currency: str = "MAD") -> dict[str, Any]:
    return {name: dirhams(centimes, currency) for name, centimes in of.items()}


def test_both_sides_of_a_project(money: Engine, call: Call) -> None:
    answer = call("money", "position", KEY, "--on", DAY, "--json")

    (project,) = answer.json["projects"]
    assert (answer.exit, answer.err, answer.json["on"]) == (0, "", DAY)
    assert {name: project[name] for name in amounts(FUNDS)} == amounts(FUNDS)
    assert {name: project[name] for name in amounts(WORKS)} == amounts(WORKS)
    assert (project["project"], project["sample"]) == (KEY, False)
    assert project["name"]["fr"] == f"Centre d'exemple {KEY}"
    assert answer.json["totals"] == [{"currency": "MAD"} | amounts(FUNDS | WORKS)]


def test_the_portfolio_with_totals_by_currency(money: Engine, call: Call) -> None:
    """X47."""
    told = call("money", "position", "--on", DAY, "--json").json

    assert [one["project"] for one in told["projects"]] == [BARE, EURO, OTHER, KEY]
    of = {one["currency"]: one for one in told["totals"]}
    assert of["MAD"]["committed"] == dirhams(9 * MILLION + 100_00)
    assert of["MAD"]["budget"] == dirhams(36 * MILLION)
    assert of["EUR"]["budget"] == dirhams(3 * MILLION, "EUR")
    shown = call("money", "position", "--on", DAY, "--lang", "en").out
    assert "Total MAD" in shown
    assert "Total EUR" in shown
    assert f"MAD{HARD}9,000,100.00" in shown


def test_a_project_without_money_has_its_budget(money: Engine, call: Call) -> None:
    (project,) = call("money", "position", BARE, "--json").json["projects"]

    assert project["available"] == project["gap"] == dirhams(12 * MILLION)
    assert {project[name]["centimes"] for name in FUNDS} == {0}
    assert project["stated_gap"] is None


def test_an_earlier_day_knows_less(money: Engine, call: Call) -> None:
    def asked(day: str) -> dict[str, Any]:
        found: dict[str, Any] = call("money", "position", KEY, "--on", day, "--json").json["projects"][0]
        return found

    assert asked("2026-01-11")["called"] == dirhams(0)
    assert asked("2026-02-09")["paid"] == dirhams(0)
    assert asked("2026-02-09")["owed"] == dirhams(500_000_00)
    assert asked("2100-12-31")["called"] == dirhams(2 * MILLION)
    assert asked("1999-07-01")["engaged"] == dirhams(0)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("Situation financière", f"6{THIN}000{THIN}000,00{HARD}DH", "Appelé non reçu")),
        ("ar", ("الوضعية المالية", "المطلوب غير المحصل", "الباقي أداؤه")),
        ("en", ("Position of the money", "Not yet due", "31 March 2026")),
    ],
)
def test_people_read_it_in_their_language(
    money: Engine, call: Call, language: str, words: tuple[str, ...]
) -> None:
    shown = call("money", "position", KEY, "--on", DAY, "--lang", language)
    listed = call("money", "partners", KEY, "--on", DAY, "--lang", language)

    assert (shown.exit, listed.exit, shown.err) == (0, 0, "")
    for word in words:
        assert word in shown.out + listed.out


def test_what_each_partner_gave_and_owes(money: Engine, call: Call) -> None:
    told = call("money", "partners", "--on", DAY, "--json").json

    rows = {(one["project"], one["partner"]): one for one in told["partners"]}
    assert set(rows) == {(OTHER, "council"), (KEY, "council"), (KEY, "ministry")}
    assert rows[KEY, "council"]["outstanding"] == dirhams(500_000_00)
    assert rows[KEY, "ministry"]["advance"] == dirhams(100_000_00)
    whole = {one["partner"]: one for one in told["by_partner"]}
    assert whole["council"]["committed"] == dirhams(6 * MILLION + 100_00)
    assert whole["council"]["name"]["en"] == "Sample partner council"
    assert told["totals"][0]["committed"] == dirhams(9 * MILLION + 100_00)
    shown = call("money", "partners", "--lang", "en").out
    assert "Sample partner ministry" in shown
    assert "By partner" in shown


@pytest.mark.parametrize(
    "verb",
    ["position", "partners", "gap", "calls", "ageing", "lines", "contracts", "certificates", "controls"],
)
def test_empty_books_are_told_as_such(place: Engine, call: Call, verb: str) -> None:
    told, shown = call("money", verb, "--json"), call("money", verb, "--lang", "en")

    assert (told.exit, shown.exit) == (0, 0)
    assert all(value == [] for value in told.json.values() if isinstance(value, list))
    assert "Nothing to report." in shown.out


def test_a_day_is_today_where_none_is_named(money: Engine, call: Call) -> None:
    told = call("money", "position", "--json").json["on"]

    assert date.fromisoformat(told) >= date(2026, 3, 31)


@pytest.mark.parametrize("key", ["sample-cente", "<script>", "=cmd()", "a\u202eb", "x" * 10_000])
def test_an_unknown_project_is_told_by_every_verb(money: Engine, call: Call, key: str) -> None:
    for verb in ("position", "partners", "gap", "calls", "ageing", "cashflow", "earned-value"):
        answer = call("money", verb, key, "--json")
        assert (answer.exit, answer.json["error"]) == (2, "unknown_key"), verb
    for verb in ("lines", "contracts", "certificates", "controls"):
        answer = call("money", verb, key, "--json")
        assert (answer.exit, answer.json["error"]) == (2, "unknown_key"), verb
    if key == "sample-cente":
        assert answer.json["candidates"][0] == KEY
