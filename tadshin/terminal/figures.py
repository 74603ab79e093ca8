"""Figures, months and quantities as people write them, read strictly and shown as they may be typed."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import click

from models.rules.errors import BadValue
from models.rules.money import Money
from models.rules.terms import DEFAULTS, unit_of
from tadshin.terminal.choices import Coded, short
from tadshin.terminal.language import _, _n, fill, spoken

_HUNDREDTHS = 100
_A_DAY = re.compile(r"\s*(?:/\s*(?:jour|j|day|يوم)|par jour|(?:a|per) day|عن كل يوم)$")
_UNIT = re.compile(r"\s*(?:days?|jours?|j|months?|mois|يوما?|أيام|شهرا?|أشهر)$")
_PARTS = {"%": 100, "٪": 100, "‰": 1000}
_OF_UNIT = {"percent": 100, "per_mille": 1000}


class Month(click.ParamType[date]):
    """A month such as 2026-05 or 05/2026, as its first day."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from intake.dates import read_month

        return value if isinstance(value, date) else read_month(value, (param and param.name) or "month")


class Planned(click.ParamType[tuple[date, Money]]):
    """What is expected to be paid in a month: 2026-05=1500000."""

    name = "planned"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[date, Money]:
        from intake.dates import read_month
        from intake.values import read_amount

        month, amount = _parted(value, "month", str.partition)
        return read_month(month, "month"), Money(read_amount(amount, "amount"))


class Measured(click.ParamType[tuple[str, int]]):
    """What is done of a bill item: 1.2=50,5, in thousandths; the code may hold the sign too."""

    name = "measured"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        from intake.values import read_quantity

        code, quantity = _parted(value, "quantity", str.rpartition)
        return code, read_quantity(quantity, "quantity")


class Term(click.ParamType[tuple[str, int]]):
    """A figure of a contract: "retention=7 %"."""

    name = "term"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        name, figure = _parted(value, "terms", str.partition)
        code = Coded(DEFAULTS, "contract_term").code_of(name)
        return code, read_figure(code, figure)


def read_figure(name: str, text: str) -> int:
    """Return a figure of a contract, in the unit of the rules, from what people write.

    Shares are written 7 %, 1 ‰, 1/1000 or as a bare number of percent (of thousandths, for the penalty
    for delay), days and months with or without their unit, amounts in dirhams.
    Raises: BadValue: too_many_decimals, and what reading numbers and amounts raises.
    Source: docs/rules.md, X41.
    """
    from intake.values import plain, read_amount, read_whole

    unit = unit_of(name)
    if unit == "centimes":
        return read_amount(text, "value")
    words = plain(text).casefold()
    if unit in _OF_UNIT:
        return _hundredths(_share(_A_DAY.sub("", words), _OF_UNIT[unit]), _OF_UNIT[unit], text)
    return read_whole(_UNIT.sub("", words), "value")


def show_figure(name: str, value: int) -> str:
    """Return a figure of a contract as its readers write it."""
    from notifications.words import shown

    unit = unit_of(name)
    if unit == "centimes":
        return shown(Money(value), spoken())
    if unit == "days":
        return shown(timedelta(days=value), spoken())
    if unit == "months":
        return _n("{count} month", "{count} months", value)
    if unit == "per_mille":
        return fill(_("{parts}/1000 a day"), parts=Decimal(value) / _HUNDREDTHS)
    return percent(value)


def percent(hundredths: int) -> str:
    """Return hundredths of a percent as their readers write them."""
    return fill(_("{number} %"), number=Decimal(hundredths) / _HUNDREDTHS)


def quantity(thousandths: int) -> str:
    """Return a quantity as its readers write it."""
    from notifications.words import shown

    return shown(Decimal(thousandths) / 1000, spoken())


def _parted(value: Any, field: str, part: Callable[[str, str], tuple[str, str, str]]) -> tuple[str, str]:
    name, sign, rest = part(str(value), "=")
    if not sign or not name.strip():
        raise BadValue(field=field, value=short(value), reason="not_a_pair")
    return name.strip(), rest


def _share(text: str, usual: int) -> Fraction:
    """Return a share, exactly; a bare number is one of so many parts of a whole."""
    from intake.values import read_amount, read_whole

    parts, numerator = usual, text
    if "/" in text:
        numerator, _sign, denominator = text.partition("/")
        parts = read_whole(denominator, "value", least=1, most=1_000_000)
    elif text[-1:] in _PARTS:
        numerator, parts = text[:-1], _PARTS[text[-1]]
    return Fraction(read_amount(numerator, "value"), _HUNDREDTHS * parts)


def _hundredths(share: Fraction, parts: int, text: str) -> int:
    found = share * parts * _HUNDREDTHS
    if found.denominator != 1:
        raise BadValue(field="value", value=short(text), reason="too_many_decimals", limit=2)
    return int(found)
