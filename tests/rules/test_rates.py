"""Rates of exchange: which can be, and which a run reads."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from models.rules.errors import BadValue
from models.rules.rates import check_rate, rates_that_count

DAY = date(2026, 3, 2)


def test_a_rate_is_kept_to_the_fourth_decimal() -> None:
    """R21, at both bounds."""
    assert check_rate("EUR", Decimal("0.0001"), DAY, DAY) == 1
    assert check_rate("EUR", Decimal("10.8512"), DAY, DAY) == 108_512
    assert check_rate("KWD", Decimal("99999.9999"), DAY, DAY) == 999_999_999


@pytest.mark.parametrize(
    ("currency", "rate", "day", "reason"),
    [
        ("MAD", "1", DAY, "no_rate_needed"),
        ("EUR", "0", DAY, "not_positive"),
        ("EUR", "-1", DAY, "not_positive"),
        ("EUR", "NaN", DAY, "not_positive"),
        ("EUR", "100000", DAY, "out_of_range"),
        ("EUR", "10.85125", DAY, "too_many_decimals"),
        ("EUR", "10.85", DAY + timedelta(days=1), "in_the_future"),
    ],
)
def test_what_no_rate_can_be_is_refused(currency: str, rate: str, day: date, reason: str) -> None:
    """R21."""
    with pytest.raises(BadValue) as refused:
        check_rate(currency, Decimal(rate), day, DAY)

    assert refused.value.details["reason"] == reason


def test_rates_of_promises_count_until_finance_entered_one() -> None:
    """R21: of that currency, by the day."""
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    promised = [("EUR", before, 1), ("EUR", DAY, 2), ("EUR", after, 3), ("USD", after, 4)]

    assert rates_that_count([("EUR", DAY, 9)], promised) == (
        ("EUR", before, 1),
        ("EUR", DAY, 9),
        ("USD", after, 4),
    )
