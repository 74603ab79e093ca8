from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import terms
from models.rules.errors import BadValue, UnknownKey
from models.rules.money import Money
from models.rules.terms import DEFAULTS, check_term, defaults_on, part, terms_on

SIGNED, LATER = date(2024, 1, 10), date(2025, 6, 1)


def test_the_defaults_are_those_of_the_conditions_of_works() -> None:
    """W11."""
    assert defaults_on(SIGNED) == {
        "performance_bond": 3_00,  # 3 %
        "bond_days": 20,
        "bond_penalty": 1_00,
        "retention": 10_00,  # a tenth
        "retention_cap": 7_00,
        "delay_penalty_per_mille": 1_00,  # one thousandth
        "delay_cap": 8_00,
        "special_cap": 2_00,
        "near_cap": 80_00,
        "mass_increase": 10_00,
        "mass_decrease": 25_00,
        "extra_works": 10_00,
        "revision_fixed": 15_00,
        "revision_limit": 50_00,
        "advance_from_centimes": 500_000_00,
        "advance_months": 4,
        "advance": 10_00,
        "advance_threshold_centimes": 10_000_000_00,
        "advance_above": 5_00,
        "advance_most_centimes": 20_000_000_00,
        "advance_recovered_by": 80_00,
        "guarantee_months": 12,
        "payment_days": 60,
        "vat": 20_00,
        "vat_withheld": 0,
    }


def test_a_figure_holds_from_its_day_on() -> None:
    """W11."""
    rows = [("vat", SIGNED, 20_00), ("vat", LATER, 10_00)]

    days = (date(2020, 1, 1), SIGNED, date(2025, 5, 31), LATER, date(2090, 1, 1))
    assert [terms_on(rows, day).vat for day in days] == [20_00, 20_00, 20_00, 10_00, 10_00]


def test_a_default_that_changes_does_not_change_what_was_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """W11."""
    copied = [(name, SIGNED, value) for name, value in defaults_on(SIGNED).items()]
    changed: Mapping[str, terms.Dated] = {**DEFAULTS, "delay_cap": ((date.min, 8_00), (LATER, 10_00))}
    monkeypatch.setattr(terms, "DEFAULTS", changed)

    assert terms_on(copied, date(2026, 1, 1)).delay_cap == 8_00
    assert (defaults_on(SIGNED)["delay_cap"], defaults_on(LATER)["delay_cap"]) == (8_00, 10_00)


def test_a_figure_that_an_old_contract_lacks_is_the_first_default() -> None:
    assert asdict(terms_on([], SIGNED)) == defaults_on(SIGNED)


def test_a_figure_that_a_contract_lacks_does_not_follow_its_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """W11."""
    changed: Mapping[str, terms.Dated] = {**DEFAULTS, "delay_cap": ((date.min, 8_00), (LATER, 10_00))}
    monkeypatch.setattr(terms, "DEFAULTS", changed)

    assert terms_on([], LATER).delay_cap == 8_00


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("retention", -1),
        ("retention", 100_01),
        ("guarantee_months", 121),
        ("payment_days", 3651),
        ("advance_most_centimes", -1),
        ("advance_recovered_by", 0),
    ],
)
def test_a_figure_out_of_range_is_refused(name: str, value: int) -> None:
    with pytest.raises(BadValue) as refused:
        check_term(name, value)

    assert refused.value.details["reason"] == "out_of_range"


def test_a_figure_that_no_contract_has_is_refused() -> None:
    for name in ("retentoin", "", "\x00", "x" * 10_000):
        with pytest.raises(UnknownKey):
            check_term(name, 1)
    check_term("retention", 0)
    check_term("retention", 100_00)


@given(st.integers(-(10**13), 10**13), st.integers(0, 100_00))
def test_a_part_is_rounded_as_all_shares_of_the_house_are(amount: int, hundredths: int) -> None:
    assert part(amount, hundredths) == Money(amount).share(Decimal(hundredths) / 100).centimes
