"""Figures of a contract as people write them, in the three languages, and back."""

import pytest

from models.rules.errors import BadValue
from models.rules.terms import DEFAULTS
from tadshin.terminal.figures import read_figure, show_figure
from tadshin.terminal.language import LANGUAGES, speaking


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("retention", "10 %", 10_00),
        ("retention", "10", 10_00),
        ("retention", "7,5 %", 7_50),
        ("retention", "7.5%", 7_50),
        ("retention", "١٠ ٪", 10_00),
        ("retention", "1/10", 10_00),
        ("retention", "70 ‰", 7_00),
        ("delay_penalty_per_mille", "1/1000", 1_00),
        ("delay_penalty_per_mille", "1/1000 par jour", 1_00),
        ("delay_penalty_per_mille", "1/2000 a day", 50),
        ("delay_penalty_per_mille", "1 ‰", 1_00),
        ("delay_penalty_per_mille", "0,1 %", 1_00),
        ("delay_penalty_per_mille", "0.5", 50),
        ("bond_days", "20", 20),
        ("bond_days", "20 jours", 20),
        ("guarantee_months", "12 mois", 12),
        ("guarantee_months", "12 شهرا", 12),
        ("advance_from_centimes", "500 000,00 DH", 500_000_00),
    ],
)
def test_a_figure_is_read_as_people_write_it(name: str, text: str, value: int) -> None:
    """X41."""
    assert read_figure(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("retention", "7,125 %", "ambiguous_amount"),
        ("retention", "0,125 %", "too_many_decimals"),
        ("retention", "1/3", "too_many_decimals"),
        ("retention", "1/0", "out_of_range"),
        ("retention", "-5 %", "negative"),
        ("retention", "", "empty"),
        ("retention", "%", "empty"),
        ("retention", "=1+1", "formula_text"),
        ("retention", "x" * 10_000, "too_long"),
        ("retention", "7\u202e%", "hidden_characters"),
        ("bond_days", "1,5", "not_a_whole_number"),
        ("advance_from_centimes", "1.001", "ambiguous_amount"),
    ],
)
def test_a_figure_that_would_be_rounded_or_guessed_is_refused(name: str, text: str, reason: str) -> None:
    """X41."""
    with pytest.raises(BadValue) as refused:
        read_figure(name, text)

    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DEFAULTS)
def test_what_is_shown_may_be_typed_again(name: str, language: str) -> None:
    """X41."""
    usual = DEFAULTS[name][0][1]
    with speaking(language):
        shown = show_figure(name, usual)

    typed = shown.translate(dict.fromkeys(range(0x2066, 0x206A)))
    assert (
        read_figure(name, typed.replace("MAD\u00a0", "").replace(",", "") if language == "en" else typed)
        == usual
    )
