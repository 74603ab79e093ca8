"""Values as people write them: texts, amounts, whole numbers. Dates are read in `intake.dates`.

Every function takes a cell and the name of its field, and raises BadValue with a reason where the
cell cannot be read, or can be read in two ways. Nothing is guessed (docs/rules.md, I8 to I13).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal

from intake.rows import LONGEST_SHOWN, Cell, Unusable, is_blank
from models.rules.errors import BadValue
from models.rules.money import CENTIMES_PER_UNIT, LARGEST_CENTIMES, Money
from models.rules.projects import LONGEST_NAME, check_text
from models.rules.text import deceives, visible

_LONGEST_NUMBER = 60  # characters
_FORMULA_STARTS = tuple("=+-@＝＋－＠")
_DIGITS = {
    **{0x0660 + digit: str(digit) for digit in range(10)},  # Arabic-Indic
    **{0x06F0 + digit: str(digit) for digit in range(10)},  # Persian
}
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\t"), " ")
_SIGNS = {ord("،"): ",", ord("−"): "-"}
_PLAIN = str.maketrans({**_DIGITS, **_SPACES, **_SIGNS})
_MARKS = "\u200e\u200f\u061c \n\r"  # direction marks beside a number are harmless, inside it they are not

_MILLION = 1_000_000
_DECIMALS, _THIRD = 2, 3
_THOUSAND = 1_000
_MILLION_DIGITS = 6
_UNIT = r"m\s?dhs?|مليون درهم|dhs?|mad|درهم|د\.م\.?"
_AMOUNT = re.compile(
    rf"(?P<open>\()?\s*(?P<before>{_UNIT})?\s*(?P<minus>[-+])?\s*(?P<body>\d[\d ., ٫٬]*)(?<=\d)"
    rf"\s*(?P<behind>-)?\s*(?P<after>{_UNIT})?\s*(?P<close>\))?"
)
_OTHER_CURRENCY = re.compile(r"[€$£¥]|\b(?:eur|euros?|usd|dollars?|gbp)\b")
_WHOLE = re.compile(r"\d+|[1-9]\d{0,2}(?: \d{3})+")
_GROUPS: tuple[str, ...] = ("", " ", ".", ",", "٬")
_DECIMAL_SIGNS: tuple[str, ...] = ("", ".", ",", "٫")
_SHAPES = {
    (group, sign): re.compile(
        (rf"([1-9]\d{{0,2}}(?:{re.escape(group)}\d{{3}})+)" if group else r"(\d+)")
        + (rf"{re.escape(sign)}(\d+)" if sign else "()")
    )
    for group in _GROUPS
    for sign in _DECIMAL_SIGNS
    if not group or group != sign
}
"""How a number may be written: thousands apart by one kind of sign or not at all, decimals or none."""

_OPPOSITE = {".": ",", ",": "."}


def shown(cell: Cell) -> str:
    """Return a cell as it may be shown in an answer: short, with unseen characters written out."""
    return visible(str("" if cell is None else cell)[:LONGEST_SHOWN])


def plain(text: str) -> str:
    """Return a number or a date with Latin digits and simple spaces, without marks at its ends."""
    return text.translate(_PLAIN).strip(_MARKS)


def check_readable(cell: Cell, field: str) -> Cell:
    """Return a cell that may be read as a value; text comes back made `plain`.

    Raises: BadValue: empty, formula, formula_text, merged_cells, cell_error, hidden_characters, too_long.
    """
    if isinstance(cell, Unusable):
        raise BadValue(field=field, value=shown(cell), reason=cell.code)
    if is_blank(cell):
        raise BadValue(field=field, value="", reason="empty")
    if not isinstance(cell, str):
        return cell
    text = plain(cell)
    if len(text) > _LONGEST_NUMBER:
        raise BadValue(field=field, value=shown(cell), reason="too_long", limit=_LONGEST_NUMBER)
    if any(deceives(character) for character in text):
        raise BadValue(field=field, value=shown(cell), reason="hidden_characters")
    if text.startswith(("=", "@")):
        raise BadValue(field=field, value=shown(cell), reason="formula_text")
    return text


def read_text(cell: Cell, field: str, *, longest: int = LONGEST_NAME, needed: bool = False) -> str:
    """Return one line of text, composed (NFC), without the spaces around it.

    A text that a spreadsheet would take for a formula is refused: =cmd(), +1, @SUM.
    Raises: BadValue: empty, too_long, hidden_characters, line_break, formula_text, not_a_text,
    formula, merged_cells, cell_error.
    Source: docs/rules.md, I8.
    """
    if isinstance(cell, Unusable):
        raise BadValue(field=field, value=shown(cell), reason=cell.code)
    if isinstance(cell, bool | time | timedelta):
        raise BadValue(field=field, value=shown(cell), reason="not_a_text")
    if isinstance(cell, Decimal):
        cell = f"{cell:f}" if cell.is_finite() else str(cell)
    text = unicodedata.normalize(
        "NFC", check_text(field, "" if cell is None else str(cell), longest, needed)
    )
    if len(text) > 1 and text.startswith(_FORMULA_STARTS):
        raise BadValue(field=field, value=shown(text), reason="formula_text")
    if "\n" in text or "\t" in text:
        raise BadValue(field=field, value=shown(text.replace("\n", " ⏎ ")), reason="line_break")
    return text


def read_whole(cell: Cell, field: str, *, least: int = 0, most: int = 10**12) -> int:
    """Return a whole number; thousands may stand apart by spaces, never by points or commas.

    Raises: BadValue: not_a_whole_number, out_of_range, and what `check_readable` raises.
    Source: docs/rules.md, I9.
    """
    value = check_readable(cell, field)
    if isinstance(value, str) and _WHOLE.fullmatch(value.removeprefix("-")):
        value = int(value.replace(" ", ""))
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value) if abs(value) <= LARGEST_CENTIMES else LARGEST_CENTIMES
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValue(field=field, value=shown(cell), reason="not_a_whole_number")
    if not least <= value <= most:
        raise BadValue(field=field, value=shown(cell), reason="out_of_range", least=least, most=most)
    return value


def read_amount(
    cell: Cell, field: str = "amount", *, decimal_sign: str | None = None, negative: bool = False
) -> int:
    """Return an amount in centimes.

    `decimal_sign` is what `decimal_sign_of` found in the same column: it decides over 1.250 and 1,250,
    which are otherwise refused with both readings. MDH multiplies by a million.
    Raises: BadValue: not_an_amount, ambiguous_amount (smaller, larger), too_many_decimals,
    amount_too_large, negative, other_currency, and what `check_readable` raises.
    Source: docs/rules.md, I10 and I11.
    """
    value = check_readable(cell, field)
    if isinstance(value, str):
        centimes = _read_written(value, field, decimal_sign)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        centimes = _read_typed(Decimal(value), field)
    else:
        raise BadValue(field=field, value=shown(cell), reason="not_an_amount")
    if abs(centimes) > LARGEST_CENTIMES:
        raise _too_large(field, shown(cell))
    if centimes < 0 and not negative:
        raise BadValue(field=field, value=shown(cell), reason="negative")
    return centimes


def read_quantity(cell: Cell, field: str = "quantity", *, decimal_sign: str | None = None) -> int:
    """Return a quantity in thousandths: 12, 12.5, "1 250,5".

    12,345 is twelve and a part, or twelve thousand: it is refused with both readings, unless
    `decimal_sign` decides; 12,3450 and 12 345 are not.
    Raises: BadValue: not_a_number, ambiguous_quantity (smaller, larger), too_many_decimals, negative,
    amount_too_large, and what `check_readable` raises.
    Source: docs/rules.md, X42.
    """
    value = check_readable(cell, field)
    if isinstance(value, str):
        value = _quantity_written(value, field, decimal_sign)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise BadValue(field=field, value=shown(cell), reason="not_a_number")
    thousandths = Decimal(value) * _THOUSAND
    if abs(thousandths) > LARGEST_CENTIMES:
        raise _too_large(field, shown(cell))
    if thousandths < 0:
        raise BadValue(field=field, value=shown(cell), reason="negative")
    if thousandths != int(thousandths):
        raise BadValue(field=field, value=shown(cell), reason="too_many_decimals", limit=_THIRD)
    return int(thousandths)


def _quantity_written(text: str, field: str, decimal_sign: str | None) -> Decimal:
    written = _take_apart(text)
    if written is None or not written.readings or not text.strip("-+ ")[-1:].isdigit():
        raise BadValue(field=field, value=shown(text), reason="not_a_number")
    reading = _choose(written.readings, text, field, decimal_sign, "ambiguous_quantity")
    return -reading.value if written.is_negative else reading.value


def decimal_sign_of(cells: Iterable[Cell]) -> str | None:
    """Return the decimal sign that the amounts of one column agree on: "." or ",", or None.

    Only amounts that can be read in one way bear witness: 1 250,50 or 1.250.000, never 1.250.
    Source: docs/rules.md, I11.
    """
    signs = {sign for cell in cells if isinstance(cell, str) for sign in _sign_shown_by(plain(cell))}
    return signs.pop() if len(signs) == 1 else None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a number: its digits, and the signs that it takes for what."""

    whole: str
    fraction: str
    group: str
    sign: str

    @property
    def value(self) -> Decimal:
        return Decimal(f"{self.whole}.{self.fraction}" if self.fraction else self.whole)

    @property
    def decimal_sign(self) -> str:
        """The sign that stands, or would stand, before the decimals; "" where nothing tells."""
        return self.sign if self.sign in _OPPOSITE else _OPPOSITE.get(self.group, "")


@dataclass(frozen=True, slots=True)
class _Written:
    """An amount taken apart. `places`: decimals that it may have in its unit."""

    readings: tuple[_Reading, ...]
    is_negative: bool
    is_millions: bool

    @property
    def places(self) -> int:
        return _DECIMALS + (_MILLION_DIGITS if self.is_millions else 0)


def _take_apart(text: str) -> _Written | None:
    found = _AMOUNT.fullmatch(text[:_LONGEST_NUMBER].casefold())
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    minuses = [bool(found["open"]), found["minus"] == "-", bool(found["behind"])]
    if sum(minuses) > 1 or (found["before"] and found["after"]):
        return None
    unit = found["before"] or found["after"] or ""
    readings = tuple(_readings(found["body"]))
    return _Written(readings, any(minuses), unit.startswith(("m dh", "mdh", "مليون")))


def _readings(body: str) -> Iterator[_Reading]:
    for (group, sign), shape in _SHAPES.items():
        found = shape.fullmatch(body)
        if found:
            whole = found[1].replace(group, "") if group else found[1]
            yield _Reading(whole, found[2] or "", group, sign)


def _read_written(text: str, field: str, decimal_sign: str | None) -> int:
    written = _take_apart(text)
    if written is None or not written.readings:
        other = _OTHER_CURRENCY.search(text.casefold())
        reason = "other_currency" if other else "not_an_amount"
        raise BadValue(field=field, value=shown(text), reason=reason)
    reading = _choose(written.readings, text, field, decimal_sign, "ambiguous_amount")
    if len(reading.fraction) > written.places:
        raise BadValue(field=field, value=shown(text), reason="too_many_decimals", limit=written.places)
    units = int(reading.whole + reading.fraction.ljust(written.places, "0"))
    return -units if written.is_negative else units


def _choose(
    readings: tuple[_Reading, ...],
    text: str,
    field: str,
    decimal_sign: str | None,
    reason: str,
) -> _Reading:
    if len(readings) == 1:
        return readings[0]
    for reading in readings:
        if reading.decimal_sign == decimal_sign:
            return reading
    smaller, larger = sorted(reading.value for reading in readings)
    raise BadValue(field=field, value=shown(text), reason=reason, smaller=smaller, larger=larger)


def _sign_shown_by(text: str) -> Iterator[str]:
    written = _take_apart(text)
    if written is None or len(written.readings) != 1:
        return
    reading = written.readings[0]
    if reading.decimal_sign and len(reading.fraction) <= written.places:
        yield reading.decimal_sign


def _read_typed(value: Decimal, field: str) -> int:
    if not value.is_finite():
        raise BadValue(field=field, value=shown(value), reason="not_an_amount")
    if abs(value) > LARGEST_CENTIMES:
        raise _too_large(field, shown(value))
    centimes = value * CENTIMES_PER_UNIT
    if centimes != int(centimes):
        raise BadValue(field=field, value=shown(value), reason="too_many_decimals", limit=_DECIMALS)
    return int(centimes)


def _too_large(field: str, value: str) -> BadValue:
    return BadValue(field=field, value=value, reason="amount_too_large", limit=Money(LARGEST_CENTIMES))
