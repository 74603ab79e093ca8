"""What belongs to one contract, in a file: its bill, quantities measured, its payment curve."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from intake.dates import read_month
from intake.money_words import words_of
from intake.readers import TableReader
from intake.tables import Cell, Note, Row, Table, open_table
from intake.values import decimal_sign_of, read_amount, read_quantity, read_text
from intake.vocabulary import Vocabulary
from models.rules.contracts import ContractTable
from models.rules.errors import CentreError
from models.rules.portfolio import Problem, problem_of

FILE = Path(__file__).with_name("contract_columns.toml")
MOST_ROWS = 5_000  # of the bill of one contract (X42)
_NUMBERS = ("amount", "price", "quantity")
_LONGEST = {"code": 32, "unit": 16, "label": 300}


@dataclass(frozen=True, slots=True)
class ContractSheet:
    """What a file of one contract holds: rows of values by column. Rows with a problem are not among them.

    Units: amounts and prices centimes, quantities thousandths, months their first day.
    """

    rows: tuple[Mapping[str, Any], ...]
    problems: tuple[Problem, ...]
    problem_count: int
    notes: tuple[Note, ...]


@cache
def contract_vocabulary(table: ContractTable) -> Vocabulary:
    """Return the words of one kind of file."""
    with FILE.open("rb") as file:
        return words_of(tomllib.load(file), table)


def read_contract_table(path: Path, table: ContractTable) -> ContractSheet:
    """Read a file of one kind, text or workbook; all that is wrong with it comes back as a list.

    Raises: FileRefused when the file is no table, or none with these headings.
    Source: docs/rules.md, I1 to I16 and X42.
    """
    words = contract_vocabulary(table)
    with open_table(path, words.columns.is_known, most_rows=MOST_ROWS) as opened:
        rows = list(opened.rows)
        reader = _Reader(opened, words)
    found = reader.read(rows)
    return ContractSheet(
        rows=tuple(found),
        problems=tuple(reader.problems.listed),
        problem_count=reader.problems.count,
        notes=tuple(reader.notes),
    )


class _Reader(TableReader):
    """Reads the rows of one file of a contract."""

    def __init__(self, table: Table, words: Vocabulary) -> None:
        super().__init__(table, words)
        self.decimal_signs: dict[str, str | None] = {}
        self.first = next(iter(words.columns.by_code))

    def read(self, rows: Sequence[Row]) -> list[Mapping[str, Any]]:
        rows = [row for row in rows if not self.is_sample(row)]
        for name in self.columns.keys() & set(_NUMBERS):
            place = self.columns[name]
            cells = [row.cells[place] for row in rows if place < len(row.cells)]
            self.decimal_signs[name] = decimal_sign_of(cells)
        if not rows:
            self.problems.add(Problem(self.table.header.number, "", "no_rows"))
        found: dict[Any, Mapping[str, Any]] = {}
        for row in rows:
            values = self._read_row(row)
            if values is not None and values[self.first] in found:
                shown = str(values[self.first])
                self.problems.add(Problem(row.number, self.first, "taken", shown))
            elif values is not None:
                found[values[self.first]] = values
        return list(found.values())

    def _read_row(self, row: Row) -> Mapping[str, Any] | None:
        before = self.problems.count
        self.check_width(row)
        values = {}
        for name, place in self.columns.items():
            try:
                values[name] = self._value(row.cells[place] if place < len(row.cells) else None, name)
            except CentreError as error:
                self.problems.add(problem_of(row.number, error, name))
        is_whole = self.problems.count == before and self.words.needed <= values.keys()
        return values if is_whole else None

    def _value(self, cell: Cell, name: str) -> Any:
        sign = self.decimal_signs.get(name)
        if name == "month":
            return read_month(cell, name)
        if name == "quantity":
            return read_quantity(cell, name, decimal_sign=sign)
        if name in _NUMBERS:
            return read_amount(cell, name, decimal_sign=sign)
        return read_text(cell, name, longest=_LONGEST[name], needed=name == "code")
