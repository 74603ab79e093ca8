"""Spans of days as people name them: this month, a quarter, a year, two dates."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from models.rules.errors import BadValue

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?[QqTt]([1-4])")
_YEAR = re.compile(r"\d{4}")
_FIRST_YEAR, _LAST_YEAR = 1900, 9998
_MONTHS_OF_QUARTER, _MONTHS_OF_YEAR = 3, 12


class Span(StrEnum):
    """A span that is named from today on."""

    EVERYTHING = "everything"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_QUARTER = "this_quarter"
    LAST_QUARTER = "last_quarter"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"


@dataclass(frozen=True, slots=True)
class DaySpan:
    """DaySpan from the first on; the end is exclusive."""

    starts: date
    ends_before: date

    def holds(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        return self.starts <= day < self.ends_before

    @property
    def last(self) -> date:
        """The last day of them."""
        return self.ends_before - timedelta(days=1)


def days_of(span: Span, today: date) -> DaySpan | None:
    """Return the days of a span as they are today; None is every day.

    Source: docs/rules.md, R41.
    """
    if span is Span.EVERYTHING:
        return None
    size = _SIZES[span.value.partition("_")[2]]
    before = size if span.value.startswith("last") else 0
    month = (today.month - 1) // size * size - before
    return _months(today.year, month, size)


def days_between(starts: date, ends_before: date, field: str = "period") -> DaySpan:
    """Return the days from one to another, which is not one of them.

    Raises: BadValue where the end is not after the start.
    Source: docs/rules.md, R41.
    """
    if ends_before <= starts:
        raise BadValue(field=field, value=ends_before, reason="ends_before_start", limit=starts)
    return DaySpan(starts, ends_before)


def scope_days(
    span: Span, first: date | None, before: date | None, today: date
) -> tuple[date | None, date | None]:
    """Return the days that a form asks for: those of the span, or those named in its place.

    Raises: BadValue where both are asked for, or where the end is not after the start.
    Source: docs/rules.md, R41.
    """
    if first is None and before is None:
        days = days_of(span, today)
        return (None, None) if days is None else (days.starts, days.ends_before)
    if span is not Span.EVERYTHING:
        raise BadValue(field="period", value=span, reason="days_twice")
    if first is not None and before is not None:
        days_between(first, before)
    return first, before


def read_days(text: str) -> DaySpan | None:
    """Return the days of a month such as 2026-03, a quarter such as 2026-Q1, or a year.

    None where the text is none of these. T is taken for a quarter too, as French writes it.
    Source: docs/rules.md, R41.
    """
    if found := _QUARTER.fullmatch(text):
        size = _MONTHS_OF_QUARTER
        year, month = int(found[1]), (int(found[2]) - 1) * size
    elif found := _MONTH.fullmatch(text):
        year, month, size = int(found[1]), int(found[2]) - 1, 1
    elif _YEAR.fullmatch(text):
        year, month, size = int(text), 0, _MONTHS_OF_YEAR
    else:
        return None
    if not _FIRST_YEAR <= year <= _LAST_YEAR or not 0 <= month < _MONTHS_OF_YEAR:
        return None
    return _months(year, month, size)


_SIZES = {"month": 1, "quarter": _MONTHS_OF_QUARTER, "year": _MONTHS_OF_YEAR}


def _months(year: int, month: int, size: int) -> DaySpan:
    """Return `size` months from a month on; months are counted from 0, before and after the year too."""
    first, after = divmod(month, _MONTHS_OF_YEAR), divmod(month + size, _MONTHS_OF_YEAR)
    return DaySpan(date(year + first[0], first[1] + 1, 1), date(year + after[0], after[1] + 1, 1))
