from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import BadValue
from models.rules.money import LARGEST_CENTIMES, CurrencyMismatch, Money

AMOUNTS = st.integers(-LARGEST_CENTIMES, LARGEST_CENTIMES)


@pytest.mark.parametrize(
    ("text", "centimes"),
    [
        ("1250.50", 125050),
        ("1250.5", 125050),
        ("0.01", 1),
        ("-3", -300),
        (" 12000000.00 ", 1_200_000_000),
        ("9999999999999.99", 999_999_999_999_999),
        ("10000000000000.00", LARGEST_CENTIMES),
    ],
)
def test_a_plain_amount_is_read_to_the_centime(text: str, centimes: int) -> None:
    """F7."""
    assert Money.parse(text) == Money(centimes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not_an_amount"),
        ("1.005", "not_an_amount"),
        ("1,50", "not_an_amount"),
        ("1e6", "not_an_amount"),
        ("NaN", "not_an_amount"),
        ("Infinity", "not_an_amount"),
        ("=1+1", "not_an_amount"),
        ("12\x00", "not_an_amount"),
        ("9" * 10_000, "not_an_amount"),
        ("10000000000000.01", "amount_too_large"),
        ("-10000000000000.01", "amount_too_large"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(BadValue) as refused:
        Money.parse(text)

    assert refused.value.details["reason"] == reason


def test_an_amount_turned_round_by_a_hidden_character_is_shown_safely() -> None:
    with pytest.raises(BadValue) as refused:
        Money.parse("\u202e0001")

    assert refused.value.details["value"] == "\\u202e0001"


@pytest.mark.parametrize(("centimes", "rounded"), [(50, 2), (150, 4), (33, 1), (16, 0), (17, 1)])
def test_a_share_is_rounded_half_to_even_at_the_centime(centimes: int, rounded: int) -> None:
    """F8."""
    assert Money(centimes).share(Decimal(3)) == Money(rounded)


def test_two_currencies_never_meet() -> None:
    """F7."""
    dirham, euro = Money(100), Money(100, "EUR")

    for meet in (
        lambda: dirham + euro,
        lambda: dirham - euro,
        lambda: dirham < euro,
        lambda: dirham >= euro,
    ):
        with pytest.raises(CurrencyMismatch) as refused:
            meet()
        assert refused.value.details == {"left": "MAD", "right": "EUR"}
    assert dirham != euro


@given(AMOUNTS, AMOUNTS)
def test_adding_and_taking_away_is_exact(left: int, right: int) -> None:
    assert Money(left) + Money(right) - Money(right) == Money(left)
    assert (Money(left) < Money(right)) == (left < right)


@given(AMOUNTS)
def test_what_is_shown_can_be_read_again(centimes: int) -> None:
    shown, currency = str(Money(centimes)).split()

    assert Money.parse(shown, currency) == Money(centimes)


def test_only_nothing_is_false() -> None:
    assert not Money(0)
    assert Money(-1)
