from datetime import date, timedelta
from typing import Any

import pytest

from models.rules.commitments import check_commitment, check_share, over_budget, split_evenly
from models.rules.errors import BadValue
from models.rules.money import CurrencyMismatch, Money
from models.rules.projects import LARGEST_BUDGET

TODAY = date(2026, 6, 1)
BUDGET = Money(10_000_000_00)


def check(**changes: Any) -> None:
    given: dict[str, Any] = {
        "amount": Money(4_000_000_00),
        "currency": "MAD",
        "in_kind": False,
        "signed_on": TODAY,
        "budget_year": 2026,
        "today": TODAY,
    }
    check_commitment(**(given | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(1)},
        {"amount": Money(0), "in_kind": True},
        {"amount": Money(1), "in_kind": True},
        {"amount": LARGEST_BUDGET},
        {"signed_on": TODAY},
        {"signed_on": date(1999, 7, 1)},
        {"signed_on": None},
        {"budget_year": 1999},
        {"budget_year": 2100},
        {"budget_year": None},
    ],
)
def test_a_promise_at_the_limits_is_taken(changes: dict[str, Any]) -> None:
    """F2 and F3."""
    check(**changes)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"amount": Money(0)}, "amount", "not_positive"),
        ({"amount": Money(-1)}, "amount", "not_positive"),
        ({"amount": Money(-1), "in_kind": True}, "amount", "not_positive"),
        ({"amount": LARGEST_BUDGET + Money(1)}, "amount", "amount_too_large"),
        ({"amount": Money(10**30)}, "amount", "amount_too_large"),
        ({"signed_on": TODAY + timedelta(days=1)}, "signed_on", "in_the_future"),
        ({"signed_on": date(1999, 6, 30)}, "signed_on", "too_early"),
        ({"budget_year": 1998}, "budget_year", "out_of_range"),
        ({"budget_year": 2101}, "budget_year", "out_of_range"),
        ({"budget_year": 10**20}, "budget_year", "out_of_range"),
    ],
)
def test_a_promise_that_cannot_be_is_refused(changes: dict[str, Any], field: str, reason: str) -> None:
    """F2 and F3."""
    with pytest.raises(BadValue) as refused:
        check(**changes)

    assert (refused.value.details["field"], refused.value.details["reason"]) == (field, reason)


def test_a_promise_in_another_currency_is_refused() -> None:
    """F2."""
    with pytest.raises(CurrencyMismatch):
        check(currency="EUR")
    with pytest.raises(CurrencyMismatch):
        check_share(Money(1, "EUR"), BUDGET, "F5")


def test_a_share_lies_between_nothing_and_the_budget() -> None:
    """F5."""
    check_share(Money(0), BUDGET, "F5")
    check_share(BUDGET, BUDGET, "F5")
    for amount, reason in ((Money(-1), "negative"), (BUDGET + Money(1), "over_budget")):
        with pytest.raises(BadValue) as refused:
            check_share(amount, BUDGET, "F5")
        assert refused.value.details["reason"] == reason


def test_what_passes_the_budget_is_told_to_the_centime() -> None:
    """F4."""
    promises = [Money(6_000_000_00), Money(3_000_000_00)]

    assert over_budget(BUDGET, None, []) is None
    assert over_budget(BUDGET, None, promises) is None
    assert over_budget(BUDGET, Money(1_000_000_00), promises) is None
    assert over_budget(BUDGET, Money(1_000_000_01), promises) == Money(1)


def test_an_amount_is_split_to_the_centime() -> None:
    assert [part.centimes for part in split_evenly(Money(100), 3)] == [34, 33, 33]
    assert [part.centimes for part in split_evenly(Money(1), 3)] == [1, 0, 0]
    assert split_evenly(Money(5, "EUR"), 1) == (Money(5, "EUR"),)
    assert sum(part.centimes for part in split_evenly(Money(8_500_000_001), 7)) == 8_500_000_001
