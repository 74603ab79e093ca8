"""Rates of exchange: what one unit of another currency is in dirhams on a day."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from models.rules.errors import BadValue

DIRHAM = "MAD"
PARTS = 10_000
"""Of a dirham, in which rates are kept."""

MOST = 100_000
"""Dirhams for one unit: no rate comes to that."""

DayRate = tuple[str, date, int]
"""Currency, day, and ten-thousandths of a dirham for one unit."""


def check_rate(currency: str, rate: Decimal, day: date, today: date) -> int:
    """Return a rate in ten-thousandths of a dirham.

    Raises: BadValue for the dirham itself, a rate that cannot be, a fifth decimal or a day ahead.
    Source: docs/rules.md, R21.
    """
    if currency == DIRHAM:
        raise BadValue(field="currency", value=currency, reason="no_rate_needed")
    if not rate.is_finite() or rate <= 0:
        raise BadValue(field="rate", value=str(rate), reason="not_positive")
    if rate >= MOST:
        raise BadValue(field="rate", value=str(rate), reason="out_of_range", least="0.0001", most=MOST)
    parts = rate * PARTS
    if parts != parts.to_integral_value():
        raise BadValue(field="rate", value=str(rate), reason="too_many_decimals")
    if day > today:
        raise BadValue(field="date", value=day, reason="in_the_future", limit=today)
    return int(parts)


def rates_that_count(entered: Iterable[DayRate], promised: Iterable[DayRate]) -> tuple[DayRate, ...]:
    """Return the rates that a run reads: of a promise only those from before finance entered any.

    Source: docs/rules.md, R21.
    """
    ours = sorted(entered)
    first: dict[str, date] = {}
    for currency, day, _rate in ours:
        first.setdefault(currency, day)
    before = [one for one in promised if one[0] not in first or one[1] < first[one[0]]]
    return tuple(sorted([*ours, *before]))
