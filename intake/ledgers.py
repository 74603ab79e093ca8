"""Files with columns of a fixed name: one row after the other, every cell read or named as wrong."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from intake.dates import read_date
from intake.tables import Cell, Row, Unusable, is_blank, open_table
from intake.values import check_readable, read_amount, read_text, read_whole, shown
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.money_rows import FileRow, Located
from models.rules.portfolio import Problem, problem_of

_AMOUNT = re.compile(r"\d{1,13}\.\d{2}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")


def wrong(value: Cell, reason: str, **details: object) -> BadValue:
    """Return what is wrong with a cell; whoever refuses it names the column."""
    return BadValue(field="cell", value=shown(value), reason=reason, **details)


@dataclass(slots=True)
class Line:
    """One row of a file; what cannot be read is told, and comes back as None."""

    at: FileRow
    cells: dict[str, Cell]
    problems: list[Located]
    is_good: bool = True

    def refuse(self, name: str, error: CentreError) -> None:
        """Tell what is wrong with a cell; the row is not taken."""
        self.is_good = False
        told = problem_of(self.at.row, error, name)
        if isinstance(error, UnknownKey):
            told = replace(told, code=f"unknown_{name}")
        self.problems.append(Located(self.at.file, told))

    def is_said(self, name: str) -> bool:
        return not is_blank(self.cells.get(name))

    def read(self, name: str, reader: Callable[[Cell, str], Value]) -> Value | None:
        try:
            return reader(self.cells.get(name), name)
        except CentreError as error:
            self.refuse(name, error)
            return None

    def text(self, name: str, longest: int = 300, *, needed: bool = True) -> str:
        cell = self.cells.get(name)
        if type(cell) is str and _ID.fullmatch(cell) and len(cell) <= longest:
            return cell  # most are ids
        read = self.read(name, lambda cell, field: read_text(cell, field, longest=longest, needed=needed))
        return read or ""

    def amount(self, name: str, *, negative: bool = False) -> int:
        """Return an amount in centimes, whose decimals follow a point."""
        cell = self.cells.get(name)
        if type(cell) is str and _AMOUNT.fullmatch(cell):
            return int(cell.replace(".", ""))
        read = self.read(
            name, lambda cell, field: read_amount(cell, field, decimal_sign=".", negative=negative)
        )
        return read or 0

    def day(self, name: str) -> date:
        cell = self.cells.get(name)
        if type(cell) is str and _DAY.fullmatch(cell):
            try:
                return date.fromisoformat(cell)
            except ValueError:
                pass
        return self.read(name, read_date) or date.min

    def whole(self, name: str, *, least: int = 0, most: int = 100_000) -> int:
        read = self.read(name, lambda cell, field: read_whole(cell, field, least=least, most=most))
        return read or 0

    def rate(self, name: str, unit: int, *, most: int = 1) -> int:
        """Return a rate such as 0.10 in parts of `unit`; it must come out whole, and be `most` at most."""
        return self.read(name, lambda cell, field: _rate(cell, field, unit, most)) or 0

    def choice(self, name: str, members: type[Choice], default: Choice) -> Choice:
        text = self.text(name).casefold()
        if text in set(members):
            return members(text)
        if text:
            self.refuse(
                name,
                wrong(text, "not_a_choice", limit=", ".join(members)),
            )
        return default


def _rate(cell: Cell, name: str, unit: int, most: int) -> int:
    value = check_readable(cell, name)
    try:
        rate = Decimal(str(value).replace(",", ".")) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or rate * unit != (rate * unit).to_integral_value():
        raise wrong(cell, "not_a_rate")
    if not 0 <= rate <= most:
        raise wrong(cell, "out_of_range", least=0, most=most)
    return int(rate * unit)


@dataclass(slots=True)
class Ledger:
    """A file that has been read: its rows, and the columns it has."""

    file: str
    header: int
    columns: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


def read_ledger(
    path: Path,
    needed: Sequence[str],
    optional: Sequence[str],
    problems: list[Located],
    *,
    progress: Callable[[int], None] | None = None,
) -> Ledger:
    """Read a file whose columns have fixed names; columns that are not known are passed over.

    Raises: FileRefused when the file is no table, or none with these headings.
    Source: docs/rules.md, I1 to I7.
    """
    known = {*needed, *optional}
    with open_table(path, lambda text: text.strip().casefold() in known, progress=progress) as table:
        ledger = Ledger(path.name, table.header.number, _columns(table.header, known))
        rows = list(table.rows)
    missing = [name for name in needed if name not in ledger.columns]
    problems += [Located(ledger.file, Problem(ledger.header, name, "missing_column")) for name in missing]
    ledger.lines = list(_lines(ledger, rows, len(table.header.cells), problems))
    return ledger


def _columns(header: Row, known: set[str]) -> dict[str, int]:
    names = {place: str(cell).strip().casefold() for place, cell in enumerate(header.cells)}
    return {name: place for place, name in reversed(names.items()) if name in known}


def _lines(ledger: Ledger, rows: Sequence[Row], width: int, problems: list[Located]) -> Iterator[Line]:
    for row in rows:
        at = FileRow(ledger.file, row.number)
        if len(row.cells) < width:
            counts = {"found": len(row.cells), "expected": width}
            problems.append(Located(at.file, Problem(at.row, "", "too_few_cells", "", counts)))
            continue
        cells = {name: row.cells[place] for name, place in ledger.columns.items()}
        yield Line(at, cells, problems, not any(isinstance(cell, Unusable) for cell in cells.values()))
