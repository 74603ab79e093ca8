"""`tadshin money gap|calls|ageing|cashflow`: what is missing, what is owed, what will come."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.clock import local_day, now
from models.rules.tranches import CallFlag, CallState
from models.tables import Contract, FundingCall
from tests.operations.money_builders import plan_payments
from tests.terminal.conftest import Call
from tests.terminal.money_books import BARE, DAY, JUNE, KEY, MILLION, OTHER, dirhams, money

__all__ = ["money"]


def test_the_gap_with_what_was_stated_and_what_comes_too_late(money: Engine, call: Call) -> None:
    (told,) = call("money", "gap", KEY, "--on", DAY, "--json").json["projects"]

    assert (told["gap"], told["stated_gap"], told["unstated"]) == (
        dirhams(MILLION),
        dirhams(MILLION),
        dirhams(0),
    )
    assert (told["plan"], told["stated_on"]) == ("The region is asked.", "2026-02-01")
    assert [(one["partner"], one["reference"], one["amount"]) for one in told["promises_unsigned"]] == [
        ("ministry", "C-2", dirhams(3 * MILLION))
    ]
    assert told["unplanned"] == [{"contract": "M-1/2026", "amount": dirhams(MILLION)}]
    assert told["shortfalls"] == [
        {
            "month": "2026-06",
            "missing": dirhams(400_000_00),
            "partner": "council",
            "tranche": 1,
            "expected_on": "2026-02-20",
        }
    ]
    assert told["short"] == dirhams(400_000_00)


def test_a_tranche_moved_past_a_payment_is_named_with_its_month(money: Engine, call: Call) -> None:
    """The gate and the gap say the same: what is missing, in which month, and whose tranche it is."""
    told = call("money", "gap", KEY, "--on", DAY, "--lang", "fr").out
    assert "juin 2026" in told
    assert "Partenaire d'exemple council" in told
    assert "M-1/2026" in told


def test_what_nobody_promised_is_told_as_such(money: Engine, call: Call) -> None:
    with db.transaction(money) as session:
        contract = session.exec(select(Contract)).one()
        plan_payments(session, contract, {JUNE: 20 * MILLION}, version=2)
    told = call("money", "gap", KEY, "--on", DAY, "--json").json["projects"][0]

    assert [(one["partner"], one["missing"]) for one in told["shortfalls"]] == [
        ("council", dirhams(500_000_00)),
        ("council", dirhams(4 * MILLION)),
        (None, dirhams(19_500_000_00 - 3_100_000_00 - 4_500_000_00)),
    ]
    assert told["short"] == dirhams(19_500_000_00 - 3_100_000_00)
    assert "promised by nobody" in call("money", "gap", KEY, "--on", DAY, "--lang", "en").out


def test_the_gap_of_the_portfolio_has_totals(money: Engine, call: Call) -> None:
    (dirham, _euro) = sorted(
        call("money", "gap", "--on", DAY, "--json").json["totals"], key=lambda one: one["currency"] != "MAD"
    )

    assert dirham["gap"] == dirhams(MILLION + 12 * MILLION + 12 * MILLION - 100_00)
    assert dirham["stated_gap"] == dirhams(MILLION)


def test_calls_with_their_state_and_age(money: Engine, call: Call) -> None:
    told = call("money", "calls", KEY, "--json").json
    (one,) = told["calls"]

    overdue = (local_day(now()) - date(2026, 2, 20)).days
    assert (one["number"], one["state"], one["partner"]) == ("AF-2026-0001", "issued", "council")
    assert (one["amount"], one["paid"], one["outstanding"]) == (
        dirhams(2 * MILLION),
        dirhams(1_500_000_00),
        dirhams(500_000_00),
    )
    assert (one["days_overdue"], one["age"]) == (overdue, "over_90")
    assert told["totals"] == [
        {
            "currency": "MAD",
            "amount": dirhams(2 * MILLION),
            "paid": dirhams(1_500_000_00),
            "outstanding": dirhams(500_000_00),
        }
    ]


def test_a_paid_call_has_no_age(money: Engine, call: Call) -> None:
    (one,) = call("money", "calls", OTHER, "--json").json["calls"]

    assert (one["outstanding"], one["age"], one["days_overdue"]) == (dirhams(0), None, None)


def test_calls_in_doubt_say_why_and_drafts_owe_nothing(money: Engine, call: Call) -> None:
    with db.transaction(money) as session:
        found = session.exec(select(FundingCall).where(FundingCall.number == "AF-2026-0001")).one()
        found.state, found.number = CallState.DRAFT, None
        found.issued_on = found.due_on = None
        found.flag = CallFlag.DATE_MOVED

    (one,) = call("money", "calls", "--state", "draft", "--json").json["calls"]
    shown = call("money", "calls", "--state", "projet d’appel", "--lang", "fr")

    assert (one["flag"], one["outstanding"], one["number"]) == ("date_moved", dirhams(0), None)
    assert "la date de la tranche a été reportée" in shown.out
    assert one["id"] in shown.out
    assert call("money", "calls", "--state", "withdrawn", "--json").json["calls"] == []


@pytest.mark.parametrize("state", ["isued", "x", "=cmd()", "m" * 10_000])
def test_an_unknown_state_is_refused(money: Engine, call: Call, state: str) -> None:
    answer = call("money", "calls", "--state", state, "--json")

    assert (answer.exit, answer.json["error"] in {"unknown_key", "bad_value"}) == (2, True)


@pytest.mark.parametrize(
    ("day", "age"),
    [
        ("2026-02-20", "not_due"),
        ("2026-03-22", "to_30"),
        ("2026-03-23", "to_60"),
        ("2026-05-21", "to_90"),
        ("2026-05-22", "over_90"),
    ],
)
def test_what_is_owed_by_its_age(money: Engine, call: Call, day: str, age: str) -> None:
    told = call("money", "ageing", KEY, "--on", day, "--json").json
    (one,) = told["ageing"]

    owed = 2 * MILLION if day < "2026-03-01" else 500_000_00
    assert one[age] == one["total"] == dirhams(owed)
    assert told["totals"][0]["total"] == dirhams(owed)
    assert told["by_partner"][0]["partner"] == "council"
    assert "Total" not in call("money", "ageing", KEY, "--on", day, "--lang", "fr").out.replace(
        "Total dû", ""
    )


def test_the_forecast_of_a_project_by_the_delay_of_its_partners(money: Engine, call: Call) -> None:
    told = call("money", "cashflow", KEY, "--on", DAY, "--json").json
    (one,) = told["forecasts"]

    assert (one["currency"], one["at_hand"]) == ("MAD", dirhams(3_100_000_00))
    assert one["delays"] == [{"partner": "council", "median": 30, "most": 30}]
    months = {month["month"]: month for month in one["months"]}
    assert months["2026-03"]["outgoing"] == dirhams(1_500_000_00)
    assert months["2026-03"]["incoming"] == three(500_000_00, 500_000_00, 500_000_00)
    assert months["2026-06"]["left"] == three(100_000_00, 100_000_00, 100_000_00)
    assert months["2026-09"]["incoming"] == three(4 * MILLION, 0, 0)
    assert months["2026-10"]["incoming"] == three(0, 4 * MILLION, 4 * MILLION)
    assert list(months)[-1] == "2026-10"


def three(planned: int, likely: int, cautious: int) -> dict[str, Any]:
    return {"planned": dirhams(planned), "likely": dirhams(likely), "cautious": dirhams(cautious)}


def test_the_forecast_of_the_foundation_is_one_for_each_currency(money: Engine, call: Call) -> None:
    told = call("money", "cashflow", "--on", DAY, "--json").json
    of = {one["currency"]: one for one in told["forecasts"]}

    assert (set(of), told["project"]) == ({"MAD", "EUR"}, None)
    assert of["MAD"]["at_hand"] == dirhams(3_100_000_00 + 100_00)
    assert of["EUR"]["months"] == []
    shown = call("money", "cashflow", "--on", DAY, "--lang", "fr").out
    assert "avril 2026" in shown
    assert "Les autres, comme tous ensemble" in shown


def test_nothing_is_forecast_where_there_is_nothing(money: Engine, call: Call) -> None:
    (one,) = call("money", "cashflow", BARE, "--json").json["forecasts"]

    assert (one["at_hand"], one["months"], one["delays"]) == (dirhams(0), [], [])
    assert call("money", "cashflow", BARE, "--lang", "en").exit == 0
