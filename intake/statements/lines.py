"""One row of a table as a movement: day, amount, texts; each cell read strictly or named as wrong."""

import json
import re
import unicodedata
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from intake.dates import read_date
from intake.rows import Cell, Row, Unusable, is_blank
from intake.statements.profiles import Profile
from intake.statements.tables import Laid
from intake.values import check_readable, decimal_sign_of, plain, read_amount, read_text, shown
from models.rules.errors import BadValue
from models.rules.statement_files import StatementRow

LONGEST = {"label": 1000, "reference": 300, "counterparty": 300, "operation": 64, "project_code": 64}
"""Characters of each text that a movement has."""

_MOST_KEPT = 20_000  # days that are remembered as they were written
_YEAR_LAST = re.compile(r"\d{1,2}\s*[/.-].*")
_SHORT_YEAR = re.compile(r"^(\d{1,2}([/.-])\d{1,2}\2)(\d{2})$")
_CURRENCY = re.compile("[A-Z]{3}")
_CURRENCY_BESIDE = re.compile(r"\s*[A-Za-z]{3}\s*$")
_DIRECTIONS = str.maketrans("", "", "\u200e\u200f\u061c\ufeff")
_FORMULA = ("=", "@", "＝", "＠")
_DIRHAM = {"DH": "MAD", "DHS": "MAD", "درهم": "MAD"}
_LARGEST_RATE = 100_000


class LineReader:
    """Reads the cells of rows by a profile."""

    def __init__(self, profile: Profile, laid: Laid) -> None:
        self.profile = profile
        self.places = places = laid.places
        self.heading_at = laid.header.number
        ragged = bool(laid.sheet) or profile.rows.ragged
        self.width = 0 if ragged else _width_of(laid.header)
        self.last: dict[str, Cell] = {}
        self.debit = self.credit = 0  # of the row that was read last
        self.texts = [name for name in LONGEST if name in places]
        self._days: dict[str, date] = {}
        sign = re.escape(profile.decimal)
        self._amount = re.compile(rf"-?\d{{1,3}}(?:[ \u00a0\u202f]?\d{{3}}){{0,4}}{sign}\d\d")
        self._not_digits = re.compile(r"[^\d-]")

    def cell(self, row: Row, name: str) -> Cell:
        """Return the cell of a field; None where the row ends before it, or the file has no such column."""
        place = self.places.get(name)
        return row.cells[place] if place is not None and place < len(row.cells) else None

    def filled(self, row: Row) -> Row:
        """Return a row whose empty or merged cells of the columns to fill repeat what stands above."""
        if not self.profile.rows.fill:
            return row
        cells = list(row.cells)
        for name in self.profile.rows.fill:
            place = self.places.get(name)
            if place is None:
                continue
            cells.extend([None] * (place + 1 - len(cells)))
            cell = cells[place]
            if is_blank(cell) or (isinstance(cell, Unusable) and cell.code == "merged_cells"):
                cells[place] = self.last.get(name)
            else:
                self.last[name] = cell
        return Row(row.number, tuple(cells))

    def read(self, row: Row) -> StatementRow | None:
        """Return the movement of a row; None for one of nothing.

        Raises: BadValue naming the field: what the readers of values raise, and no_amount, both_sides,
        other_decimal_sign, other_currency_without_rate, currency_missing, mixed_encodings, nul_bytes.
        Source: docs/rules.md, J6 to J9.
        """
        self._check_width(row)
        day = self.day_of(row, "day")
        value_day = None if is_blank(self.cell(row, "value_day")) else self.day_of(row, "value_day")
        amount = self.amount(row)
        if amount == 0:
            return None
        texts = {name: self._text(self.cell(row, name), name) for name in self.texts}
        amount, original, currency = self._original(row, amount)
        return StatementRow(
            row=row.number,
            day=day,
            amount=amount,
            value_day=value_day,
            original_centimes=original,
            original_currency=currency,
            raw=raw_of(row),
            **texts,
        )

    def day_of(self, row: Row, name: str) -> date:
        """Return the day in a column, in the order of the profile and no other."""
        cell = self.cell(row, name)
        if not isinstance(cell, str):
            return read_date(cell, name)
        known = self._days.get(cell)
        if known is None:
            known = self._day_written(cell, name)
            if len(self._days) < _MOST_KEPT:
                self._days[cell] = known
        return known

    def _day_written(self, cell: str, name: str) -> date:
        written, first = plain(cell), self.profile.dates != "month_first"
        if self.profile.dates == "year_first" and _YEAR_LAST.fullmatch(written):
            raise BadValue(field=name, value=shown(cell), reason="other_date_order")
        if self.profile.short_years:
            written = _SHORT_YEAR.sub(r"\g<1>20\3", written)
        try:
            return read_date(written, name, day_first=first)
        except BadValue as error:
            if error.details["reason"] == "not_a_date" and _is_other_order(cell, name, first):
                raise BadValue(field=name, value=shown(cell), reason="other_date_order") from None
            raise

    def amount(self, row: Row) -> int:
        """Return what was moved, received + and paid -; 0 where nothing was. Unit: centimes."""
        self.debit = self.credit = 0
        if "amount" in self.places:
            cell = self.cell(row, "amount")
            if is_blank(cell):
                raise BadValue(field="amount", value="", reason="no_amount")
            return self.centimes_of(cell, "amount")
        debit, credit = self.side_of(row, "debit"), self.side_of(row, "credit")
        if debit is None and credit is None:
            raise BadValue(field="amount", value="", reason="no_amount")
        if debit and credit:
            raise BadValue(field="credit", value=shown(self.cell(row, "credit")), reason="both_sides")
        self.debit, self.credit = debit or 0, credit or 0
        moved = self.credit - self.debit
        return moved if self.profile.received == "credit" else -moved

    def side_of(self, row: Row, name: str) -> int | None:
        """Return what stands in the column of debit or credit; None where nothing does."""
        cell = self.cell(row, name)
        if is_blank(cell):
            return None
        found = self.centimes_of(cell, name)
        if found < 0 and not self.profile.negative_sides:
            raise BadValue(field=name, value=shown(cell), reason="negative")
        return found

    def centimes_of(self, cell: Cell, name: str) -> int:
        """Return an amount in centimes, whose decimals follow the sign of the profile and no other."""
        if type(cell) is str and self._amount.fullmatch(cell):
            return int(self._not_digits.sub("", cell))
        sign = self.profile.decimal
        shows = decimal_sign_of([cell])
        if shows is not None and shows != sign:
            raise BadValue(field=name, value=shown(cell), reason="other_decimal_sign", limit=sign)
        return read_amount(cell, name, decimal_sign=sign, negative=True)

    def _check_width(self, row: Row) -> None:
        if len(row.cells) < self.width:
            counts = {"found": len(row.cells), "expected": self.width}
            raise BadValue(value="", reason="too_few_cells", **counts)
        for cell in row.cells:
            if type(cell) is str and "\x00" in cell:
                raise BadValue(field=self._named(row, cell), value=shown(cell), reason="nul_bytes")
            if isinstance(cell, Unusable) and cell.code == "mixed_encodings":
                raise BadValue(field=self._named(row, cell), value=shown(cell), reason=cell.code)

    def _named(self, row: Row, cell: Cell) -> str:
        place = next(place for place, one in enumerate(row.cells) if one is cell)
        return next((name for name, own in self.places.items() if own == place), "")

    def _text(self, cell: Cell, name: str) -> str:
        if type(cell) is str and cell.isprintable() and "  " not in cell and len(cell) <= LONGEST[name]:
            text = cell.strip()
            if not text.startswith(_FORMULA) and unicodedata.is_normalized("NFC", text):
                return text
        return text_of(cell, name)

    def _original(self, row: Row, amount: int) -> tuple[int, int | None, str]:
        """Return the amount in the account's currency, and what it was in another one."""
        own = self.profile.currency
        currency = self._currency(row, "currency") or own
        other = self._currency(row, "original_currency")
        cell = self.cell(row, "original_amount")
        rate = self.cell(row, "rate")
        if is_blank(cell):
            if currency == own:
                return amount, None, ""
            if is_blank(rate):
                details = {"value": currency, "limit": own}
                raise BadValue(field="currency", reason="other_currency_without_rate", **details)
            return _converted(amount, _rate(rate)), amount, currency
        other = other or (currency if currency != own else "")
        original = abs(self._foreign(cell))
        if not other and original != abs(amount):
            raise BadValue(field="original_currency", value=shown(cell), reason="currency_missing")
        if not other or other == own:
            return amount, None, ""
        return amount, original if amount > 0 else -original, other

    def _foreign(self, cell: Cell) -> int:
        bare = _CURRENCY_BESIDE.sub("", cell) if isinstance(cell, str) else cell
        return self.centimes_of(bare, "original_amount")

    def _currency(self, row: Row, name: str) -> str:
        cell = self.cell(row, name)
        if is_blank(cell):
            return ""
        if cell == self.profile.currency:
            return self.profile.currency
        text = text_of(cell, name).upper()
        code = _DIRHAM.get(text, text)
        if not _CURRENCY.fullmatch(code):
            raise BadValue(field=name, value=shown(cell), reason="not_a_currency")
        return code


def text_of(cell: Cell, name: str) -> str:
    """Return a text as one line without direction marks; one that begins like a formula is refused.

    Raises: BadValue: too_long, hidden_characters, formula, formula_text, not_a_text, merged_cells.
    Source: docs/rules.md, J9.
    """
    if isinstance(cell, str):
        cell = " ".join(unicodedata.normalize("NFC", cell).translate(_DIRECTIONS).split())
        if cell.startswith(_FORMULA):
            raise BadValue(field=name, value=shown(cell), reason="formula_text")
        if cell.startswith(("+", "-", "＋", "－")):
            return cell[0] + read_text(cell[1:], name, longest=LONGEST.get(name, 64))
    elif isinstance(cell, date):
        return cell.isoformat()
    return read_text(cell, name, longest=LONGEST.get(name, 64))


def raw_of(row: Row) -> str:
    """Return a row as it stood in its file: its cells as a list of JSON."""
    cells = ["" if cell is None else cell if type(cell) is str else str(cell) for cell in row.cells]
    return json.dumps(cells, ensure_ascii=False)


def _width_of(header: Row) -> int:
    """Return how many cells a row of text has, but for empty ones that some programs put at its end."""
    filled = [place for place, cell in enumerate(header.cells) if not is_blank(cell)]
    return filled[-1] + 1 if filled else 0


def _is_other_order(cell: str, name: str, day_first: bool) -> bool:
    try:
        read_date(cell, name, day_first=not day_first)
    except BadValue:
        return False
    return True


def _rate(cell: Cell) -> Decimal:
    value = check_readable(cell, "rate")
    try:
        rate = Decimal(str(value).replace(",", ".")) if not isinstance(value, bool) else Decimal(0)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not 0 < rate < _LARGEST_RATE:
        raise BadValue(field="rate", value=shown(cell), reason="not_a_rate")
    return rate


def _converted(amount: int, rate: Decimal) -> int:
    return int((amount * rate).to_integral_value(ROUND_HALF_EVEN))
