"""Spans of days, as people name them; their end is exclusive."""

from datetime import date

import pytest

from models.rules.errors import BadValue
from models.rules.spans import DaySpan, Span, days_between, days_of, read_days, scope_days

TODAY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("text", "starts", "ends_before"),
    [
        ("2026-03", date(2026, 3, 1), date(2026, 4, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-t4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026Q2", date(2026, 4, 1), date(2026, 7, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("٢٠٢٦-٠٣", date(2026, 3, 1), date(2026, 4, 1)),
    ],
)
def test_a_month_a_quarter_and_a_year_are_read(text: str, starts: date, ends_before: date) -> None:
    """R41."""
    assert read_days(text) == DaySpan(starts, ends_before)


@pytest.mark.parametrize("text", ["", "2026-00", "2026-13", "2026-Q5", "2026-3", "9999", "=cmd()"])
def test_what_is_no_span_is_none(text: str) -> None:
    """R41."""
    assert read_days(text) is None


@pytest.mark.parametrize(
    ("span", "starts", "ends_before"),
    [
        (Span.THIS_MONTH, date(2026, 1, 1), date(2026, 2, 1)),
        (Span.LAST_MONTH, date(2025, 12, 1), date(2026, 1, 1)),
        (Span.THIS_QUARTER, date(2026, 1, 1), date(2026, 4, 1)),
        (Span.LAST_QUARTER, date(2025, 10, 1), date(2026, 1, 1)),
        (Span.THIS_YEAR, date(2026, 1, 1), date(2027, 1, 1)),
        (Span.LAST_YEAR, date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_a_span_counts_from_today(span: Span, starts: date, ends_before: date) -> None:
    """R41."""
    assert days_of(span, TODAY) == DaySpan(starts, ends_before)
    assert days_of(Span.EVERYTHING, TODAY) is None


def test_days_stand_in_place_of_a_span_never_beside_it() -> None:
    """R41."""
    assert scope_days(Span.EVERYTHING, None, None, TODAY) == (None, None)
    assert scope_days(Span.EVERYTHING, TODAY, None, TODAY) == (TODAY, None)
    assert scope_days(Span.LAST_YEAR, None, None, TODAY) == (date(2025, 1, 1), date(2026, 1, 1))
    with pytest.raises(BadValue) as refused:
        scope_days(Span.LAST_YEAR, TODAY, None, TODAY)
    assert refused.value.details["reason"] == "days_twice"


def test_an_end_comes_after_its_start() -> None:
    """R41."""
    assert days_between(TODAY, date(2026, 2, 1)).last == TODAY
    with pytest.raises(BadValue) as refused:
        days_between(TODAY, TODAY)
    assert refused.value.details["reason"] == "ends_before_start"
