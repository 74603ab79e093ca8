"""`tadshin money lines|contracts|certificates|controls|earned-value`: the project's side, exactly."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.queries.projects import find_project
from models.tables import BudgetLine, Commitment, Evidence
from tests.operations import books
from tests.operations.money_builders import make_tranche
from tests.terminal.conftest import Call
from tests.terminal.money_books import BARE, DAY, KEY, MILLION, dirhams, money

__all__ = ["money"]


def test_budget_lines_with_what_is_left(money: Engine, call: Call) -> None:
    told = call("money", "lines", KEY, "--on", DAY, "--json").json
    lines = {one["code"]: one for one in told["lines"]}

    works = {
        "initial": 9 * MILLION,
        "budget": 9 * MILLION,
        "engaged": 5 * MILLION,
        "certified": 1_200_000_00,
        "paid": 500_000_00,
        "available": 4 * MILLION,
    }
    assert {name: lines["WORKS"][name] for name in works} == {n: dirhams(c) for n, c in works.items()}
    assert (lines["WORKS"]["stage"], lines["WORKS"]["nature"]) == ("construction", "works")
    assert told["totals"][0]["available"] == dirhams(7 * MILLION)
    assert "travaux" in call("money", "lines", KEY, "--lang", "fr").out


def test_contracts_with_what_is_held_and_owed(money: Engine, call: Call) -> None:
    told = call("money", "contracts", "--on", DAY, "--json").json
    (one,) = told["contracts"]

    assert (one["reference"], one["project"], one["line"]) == ("M-1/2026", KEY, "WORKS")
    wanted = {
        "amount": 5 * MILLION,
        "amendments": 0,
        "total": 5 * MILLION,
        "certified": 1_200_000_00,
        "retention_held": 120_000_00,
        "advance_left": 400_000_00,
        "net": 1_480_000_00,
        "paid": 500_000_00,
        "owed": 980_000_00,
        "overdue": 0,
    }
    assert {name: one[name] for name in wanted} == {name: dirhams(c) for name, c in wanted.items()}
    assert (one["started_on"], one["days_late"], one["over_limits"]) == ("2026-02-02", 0, [])
    late = call("money", "contracts", KEY, "--on", "2027-06-30", "--json").json["contracts"][0]
    assert late["days_late"] > 0
    assert late["overdue"] == dirhams(980_000_00)


def test_certificates_with_each_deduction(money: Engine, call: Call) -> None:
    told = call("money", "certificates", KEY, "--on", DAY, "--json").json
    advance, work = told["certificates"]

    assert (advance["number"], advance["kind"], advance["owed"]) == (1, "advance", dirhams(0))
    wanted = {
        "gross": 1_200_000_00,
        "revision": 0,
        "retention": 120_000_00,
        "recovered": 100_000_00,
        "penalty": 0,
        "vat_withheld": 0,
        "net": 980_000_00,
        "paid": 0,
        "owed": 980_000_00,
    }
    assert {name: work[name] for name in wanted} == {name: dirhams(c) for name, c in wanted.items()}
    assert (work["contract"], work["dated"], work["due_on"]) == ("M-1/2026", "2026-03-20", "2026-05-19")
    assert told["totals"][0]["net"] == dirhams(1_480_000_00)
    assert "gross" not in told["totals"][0]  # an advance is no works
    earlier = call("money", "certificates", "--on", "2026-02-09", "--json").json["certificates"]
    assert [(one["number"], one["owed"]) for one in earlier] == [(1, dirhams(500_000_00))]


def test_warnings_alone_end_with_nought(money: Engine, call: Call) -> None:
    """X48."""
    told = call("money", "controls", KEY, "--on", DAY, "--json")

    assert (told.exit, told.json["blocking"]) == (0, 0)
    assert told.json["warnings"] == len(told.json["breaches"]) > 0
    held = next(one for one in told.json["breaches"] if one["control"] == "advance_held")
    assert (held["number"], held["severity"], held["project"]) == ("B26", "warn", KEY)
    assert held["difference"] == dirhams(-100_000_00)


def test_a_blocking_breach_ends_with_three(money: Engine, call: Call) -> None:
    """X48."""
    with db.transaction(money) as session:
        promise = session.exec(select(Commitment).where(Commitment.amount_centimes == 6 * MILLION)).one()
        make_tranche(session, promise, 1, date(2026, 12, 1), number=3)

    told = call("money", "controls", "--on", DAY, "--json")
    (breach,) = [one for one in told.json["breaches"] if one["severity"] == "block"]

    assert (told.exit, told.json["blocking"]) == (3, 1)
    assert (breach["number"], breach["control"]) == ("B20", "tranches_over")
    assert (breach["amount"], breach["limit"]) == (dirhams(6 * MILLION + 1), dirhams(6 * MILLION))
    assert breach["difference"] == dirhams(1)
    shown = call("money", "controls", KEY, "--lang", "fr")
    assert (shown.exit, "les tranches dépassent l’engagement" in shown.out) == (3, True)
    assert call("money", "controls", BARE).exit == 0
    only = call("money", "controls", "--severity", "warn", "--json")
    assert (only.exit, {one["severity"] for one in only.json["breaches"]}) == (0, {"warn"})
    assert call("money", "controls", "--severity", "bloquant", "--lang", "fr").exit == 3


def test_earned_value_of_the_works(money: Engine, call: Call) -> None:
    told = call("money", "earned-value", KEY, "--on", DAY, "--json").json
    (one,) = told["projects"]

    wanted = {
        "budget": 5 * MILLION,
        "pv": 2 * MILLION,
        "ev": 1_500_000_00,
        "ac": 1_200_000_00,
        "eac_by_cost": 4 * MILLION,
        "eac_by_budget": 4_700_000_00,
        "eac_by_both": 4_933_333_33,
    }
    assert {name: one[name] for name in wanted} == {name: dirhams(c) for name, c in wanted.items()}
    assert (one["cpi"], one["spi"], one["tcpi"]) == ("1.250", "0.750", "0.921")
    assert [(point["day"], point["planned"]["centimes"]) for point in told["curve"]] == [
        ("2026-03-31", 2 * MILLION),
        ("2026-04-30", 2 * MILLION),
        ("2026-05-31", 2 * MILLION),
        ("2026-06-30", 4 * MILLION),
    ]
    assert told["curve"][0]["actual"] == dirhams(1_200_000_00)
    assert told["curve"][1]["actual"] is None


def test_the_curve_is_drawn_with_letters(money: Engine, call: Call) -> None:
    shown = call("money", "earned-value", KEY, "--on", DAY, "--lang", "en").out

    bars = {line.split()[0]: line.split()[1] for line in shown.splitlines() if "░" in line and "/" in line}
    assert bars["30/06/2026"] == "░" * 40
    assert bars["31/03/2026"] == "█" * 11 + "◆" + "█" * 3 + "░" * 5


def test_no_ratio_is_told_as_such(money: Engine, call: Call) -> None:
    (one,) = call("money", "earned-value", BARE, "--json").json["projects"]

    assert (one["cpi"], one["spi"], one["tcpi"], one["eac_by_cost"]) == (None, None, None, None)
    assert "no ratio" in call("money", "earned-value", BARE, "--lang", "en").out
    assert "لا نسبة" in call("money", "earned-value", BARE, "--lang", "ar").out


def test_the_works_of_the_portfolio_with_totals(money: Engine, call: Call) -> None:
    with db.transaction(money) as session:
        _second_works(session)
    told = call("money", "earned-value", "--on", DAY, "--json").json
    (dirham, _euro) = sorted(told["totals"], key=lambda one: one["currency"] != "MAD")

    assert "curve" not in told
    assert dirham == {
        "currency": "MAD",
        "budget": dirhams(6 * MILLION),
        "pv": dirhams(2 * MILLION),
        "ev": dirhams(2_500_000_00),
        "ac": dirhams(1_200_000_00),
    }


def _second_works(session: Any) -> None:
    project = find_project(session, BARE)
    line: BudgetLine = books.make_line(session, project)
    books.make_contract(session, line, MILLION, reference="M-2", signed_on=date(2026, 1, 1))
    measured = session.exec(select(Evidence).where(Evidence.code == "physical_progress")).one()
    kept = measured.model_dump(exclude={"id", "project_id", "value"})
    session.add(Evidence(**kept, project_id=project.id, value=100_00))


@pytest.mark.parametrize("severity", ["blok", "x", "=cmd()"])
def test_an_unknown_severity_is_refused(money: Engine, call: Call, severity: str) -> None:
    assert call("money", "controls", "--severity", severity, "--json").exit == 2
