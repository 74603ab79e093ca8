"""What a line says before the numbers of what it pays."""

import pytest

from models.rules.lessons import habits

CALL, CONVENTION = "AF-2026-0012", "CONV-2018-021"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("VIR DDE 12/2026", {"call:DDE"}),
        ("VIR DDE N° 12 DU 26", set()),
        ("VIR Dde 0012-26", {"call:DDE"}),
        ("REF 2026/AF/12", {"call:REF"}),
        ("CV 21.2018 DDE 12 2026", {"convention:CV", "call:DDE"}),
        ("طلب 12/2026", {"call:طلب"}),
        ("DDE 13/2026", set()),
        ("DDE 12/2025", set()),
        ("DDE 12 et quinze autres 2026", set()),
        ("12/2026", set()),
        ("D 12/2026", set()),
        ("DDE : . 12/2026", set()),
        ("", set()),
    ],
)
def test_the_word_before_a_number_and_its_year_tells_what_they_are(text: str, said: set[str]) -> None:
    """R20."""
    assert habits(text, reference=CALL, agreement=CONVENTION, is_call=True) == said


def test_the_number_of_a_contract_is_that_of_its_certificates() -> None:
    """R20."""
    said = habits("VIR LOT 7/26", reference="007/FND/2026-D02", agreement="007/FND/2026", is_call=False)
    assert said == {"contract:LOT"}


@pytest.mark.parametrize(("call", "convention"), [("AF-2026-0021", "CONV-2026-021"), ("AF-1", "CONV-1")])
def test_numbers_that_could_be_both_teach_nothing(call: str, convention: str) -> None:
    """R20."""
    assert habits("DDE 21/2026 1", reference=call, agreement=convention, is_call=True) == frozenset()
