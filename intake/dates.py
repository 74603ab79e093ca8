"""Dates as people write them; the order of day and month is never guessed."""

import re
from collections.abc import Iterable
from datetime import date, datetime

from intake.rows import Cell
from intake.values import check_readable, plain, shown
from models.rules.errors import BadValue

FIRST_YEAR, LAST_YEAR = 1900, 2100

_SPACED = re.compile(r"\s*([-/.])\s*")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_MONTH = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})|(?P<first>\d{1,2})[-/.](?P<last>\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}")


def read_date(cell: Cell, field: str = "date", *, day_first: bool | None = None) -> date:
    """Return a day: a spreadsheet's own date, 2021-03-31, 2021/03/31 or 31/03/2021.

    `day_first` is what `day_first_of` found in the same column. Without it 03/04/2021 is refused with
    both readings, and 03/31/2021 because only the order month, day, year makes it a date.
    Raises: BadValue: not_a_date, short_year, ambiguous_date (day_first, month_first), month_first_date,
    out_of_range, and what `check_readable` raises.
    Source: docs/rules.md, I12.
    """
    value = check_readable(cell, field)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, str):
        value = _read_written(value, field, day_first)
    if not isinstance(value, date):
        raise BadValue(field=field, value=shown(cell), reason="not_a_date")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        bounds = {"least": FIRST_YEAR, "most": LAST_YEAR}
        raise BadValue(field=field, value=shown(cell), reason="out_of_range", **bounds)
    return value


def read_month(cell: Cell, field: str = "month") -> date:
    """Return the first day of a month: 2026-05, 05/2026, or that day itself, as spreadsheets write it.

    Raises: BadValue: not_a_month, out_of_range, and what `check_readable` raises.
    Source: docs/rules.md, X42.
    """
    value = check_readable(cell, field)
    found = _MONTH.fullmatch(_SPACED.sub(r"\1", value)) if isinstance(value, str) else None
    if found:
        value = _day(found["year"] or found["last"], found["month"] or found["first"], "1")
    elif isinstance(value, str) and _YEAR_FIRST.fullmatch(value):
        value = read_date(value, field)
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date) or value.day != 1:
        raise BadValue(field=field, value=shown(cell), reason="not_a_month")
    return read_date(value, field)


def day_first_of(cells: Iterable[Cell]) -> bool | None:
    """Tell whether the dates of one column put the day before the month; None where they do not say.

    Source: docs/rules.md, I12.
    """
    orders = set()
    for cell in cells:
        day, month = _readings(plain(cell)) if isinstance(cell, str) else (None, None)
        if (day is None) != (month is None):
            orders.add(day is not None)
    return orders.pop() if len(orders) == 1 else None


def _read_written(text: str, field: str, day_first: bool | None) -> date | None:
    text = _SPACED.sub(r"\1", text)
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _day(found[1], found[3], found[4])
    if _SHORT_YEAR.fullmatch(text):
        raise BadValue(field=field, value=shown(text), reason="short_year")
    by_day, by_month = _readings(text)
    if day_first is not None or by_day == by_month:
        return by_month if day_first is False else by_day
    if by_day and by_month:
        raise BadValue(
            field=field, value=shown(text), reason="ambiguous_date", day_first=by_day, month_first=by_month
        )
    if by_month:
        raise BadValue(field=field, value=shown(text), reason="month_first_date", month_first=by_month)
    return by_day


def _readings(text: str) -> tuple[date | None, date | None]:
    """Return the date with the day first and the date with the month first, each where there is one."""
    found = _YEAR_LAST.fullmatch(_SPACED.sub(r"\1", text))
    if found is None:
        return None, None
    return _day(found[4], found[3], found[1]), _day(found[4], found[1], found[3])


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
