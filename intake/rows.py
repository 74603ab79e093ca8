"""What every reader of files hands out: rows of cells with their numbers, and what it refuses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from models.rules.errors import CentreError
from models.rules.text import visible

MOST_ROWS = 200_000  # rows with something in them, below the heading (I5)
MOST_COLUMNS = 100
HEADER_ROWS = 20  # people put titles above their table: the heading is looked for this far down (I4)
FEWEST_KNOWN = 2  # headings that must be known before a row is taken for the heading
LONGEST_SHOWN = 60  # characters of a value in an answer
SHOWN_CELLS = 30  # of a heading that was not found, and of a list of sheets
PROGRESS_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Unusable:
    """A cell that is never read as a value. `code`: formula, merged_cells or cell_error.

    `shown` is what stands there: the formula, the merged range or the error.
    """

    code: str
    shown: str

    def __str__(self) -> str:
        return self.shown


Cell = str | int | Decimal | bool | date | datetime | time | timedelta | Unusable | None
"""Text as it stands in the file; numbers and dates where the file itself says that they are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the one that a spreadsheet shows, counted from 1."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_blank(self) -> bool:
        return all(is_blank(cell) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was passed over and that the sender should know. `code` picks the sentence."""

    code: str
    details: dict[str, object] = field(default_factory=dict)


class FileRefused(CentreError):
    """A file cannot be read as a table. Details: file."""

    code = "file_refused"


class HeaderMissing(FileRefused):
    """No row looks like the heading. Details: file, found (the first row's cells), sheets, rows."""

    code = "header_missing"


class TooManyRows(FileRefused):
    """The file has more rows than may be read. Details: file, limit, count (rows seen so far)."""

    code = "too_many_rows"


class TooManyColumns(FileRefused):
    """A row is wider than a table may be. Details: file, row, limit."""

    code = "too_many_columns"


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell holds nothing but spaces."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def shown_cells(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Return the first cells of a row as they may be shown in an answer."""
    return tuple(visible(str(cell)[:LONGEST_SHOWN]) for cell in cells if not is_blank(cell))[:SHOWN_CELLS]


def known_in(cells: tuple[Cell, ...], known: Callable[[str], bool]) -> int:
    """Count the cells of a row that are known headings."""
    return sum(isinstance(cell, str) and known(cell) for cell in cells)


def below(
    rows: Iterator[Row], *, file: str, most: int, progress: Callable[[int], None] | None
) -> Iterator[Row]:
    """Yield the rows that hold something, up to `most`; `progress` is told how many went by.

    Raises: TooManyRows, TooManyColumns.
    Source: docs/rules.md, I5.
    """
    count = 0
    for row in rows:
        if row.is_blank:
            continue
        count += 1
        if count > most:
            raise TooManyRows(file=file, limit=most, count=count)
        if any(not is_blank(cell) for cell in row.cells[MOST_COLUMNS:]):
            raise TooManyColumns(file=file, row=row.number, limit=MOST_COLUMNS)
        yield row
        if progress and count % PROGRESS_EVERY == 0:
            progress(count)
    if progress:
        progress(count)
