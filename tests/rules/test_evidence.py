from datetime import date, timedelta

import pytest

from models.rules.errors import BadValue, UnknownKey
from models.rules.evidence import EARLIEST, EVIDENCE, LARGEST_VALUE, Form, check_evidence, evidence_type
from models.rules.gates import CRITERIA
from models.rules.needs import (
    AnyOf,
    AtLeast,
    AtMost,
    Filed,
    MonthsAfter,
    Need,
    NotOver,
    Planned,
    ShareOf,
    Within,
)

TODAY = date(2026, 6, 1)


def refusal(
    code: str, on: date = TODAY, value: int | None = None, filed: bool = True
) -> tuple[object, object] | None:
    try:
        check_evidence(evidence_type(code), on=on, value=value, filed=filed, today=TODAY)
    except BadValue as error:
        return error.details["field"], error.details["reason"]
    return None


def codes_of(need: Need) -> set[str]:
    match need:
        case AnyOf(ways):
            return set().union(*(codes_of(way) for way in ways))
        case Planned(codes):
            return set(codes)
        case Filed(code) | AtLeast(code) | AtMost(code):
            return {code}
        case Within(code, other) | MonthsAfter(code, other) | ShareOf(code, other) | NotOver(code, other):
            return {code, other}
    return set()


def test_the_gates_ask_only_for_what_the_catalogue_knows() -> None:
    """E1."""
    asked = set().union(*(codes_of(criterion.need) for criterion in CRITERIA.values()))

    assert asked <= set(EVIDENCE)


def test_an_unknown_code_is_answered_with_the_nearest() -> None:
    """E1."""
    with pytest.raises(UnknownKey) as refused:
        evidence_type("building_permits")

    candidates = refused.value.details["candidates"]
    assert isinstance(candidates, tuple)
    assert candidates[0] == "building_permit"


def test_evidence_is_dated_up_to_today() -> None:
    """E2."""
    assert refusal("building_permit", on=TODAY) is None
    assert refusal("building_permit", on=TODAY + timedelta(days=1)) == ("on", "in_the_future")


def test_a_planned_date_may_lie_ahead_but_not_beyond_reason() -> None:
    """E2."""
    assert refusal("opening_date", on=TODAY + timedelta(days=400)) is None
    assert refusal("inauguration_date", on=date(2100, 12, 31)) is None
    assert refusal("opening_date", on=date(2101, 1, 1)) == ("on", "too_late")


def test_nothing_is_older_than_the_foundation() -> None:
    """E2."""
    assert refusal("land_title", on=EARLIEST) is None
    assert refusal("land_title", on=EARLIEST - timedelta(days=1)) == ("on", "too_early")


def test_a_document_is_filed_and_a_fact_need_not_be() -> None:
    """E3."""
    assert refusal("building_permit", filed=False) == ("file", "document_needed")
    assert refusal("staff_trained", filed=False) is None


@pytest.mark.parametrize("code", [kind.code for kind in EVIDENCE.values() if kind.form is Form.MEASURE])
def test_a_measure_says_how_much(code: str) -> None:
    """E4."""
    assert refusal(code) == ("value", "value_needed")
    assert refusal(code, value=0) is None


def test_only_evidence_with_a_unit_takes_a_value() -> None:
    """E4."""
    assert refusal("building_permit", value=1) == ("value", "takes_no_value")
    assert refusal("works_contract", value=1) is None
    assert refusal("works_contract") is None


def test_the_bounds_of_each_unit() -> None:
    """E5."""
    assert refusal("physical_progress", value=100_00) is None
    assert refusal("physical_progress", value=100_01) == ("value", "over_a_hundred")
    assert refusal("physical_progress", value=-1) == ("value", "negative")
    assert refusal("open_cases", value=1_00) is None
    assert refusal("open_cases", value=1_50) == ("value", "not_whole")
    assert refusal("works_contract", value=LARGEST_VALUE) is None
    assert refusal("works_contract", value=LARGEST_VALUE + 1) == ("value", "amount_too_large")
