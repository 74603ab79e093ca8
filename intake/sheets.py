"""The parts of a workbook that can be long, its texts and its sheets, read as they stream by.

openpyxl reads what is short (the list of sheets, the styles). For the long parts its careful parser
takes minutes where expat takes seconds, and it keeps no count while it reads.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl.utils import datetime as excel_dates
from openpyxl.utils.cell import range_boundaries

from intake.archives import run_through
from intake.rows import Cell, Row, Unusable

MOST_TEXTS = 1_000_000  # different texts in a workbook (I6)
MOST_ELEMENTS = 100_000  # between two rows, or two texts: no true row has as many
LAST_ROW = 1_048_576  # of any sheet
LAST_COLUMN = 16_384

_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ROW, _CELL, _MERGED, _TEXT, _PIECE, _SOUNDS, _VALUE, _FORMULA, _INLINE = (
    _NAMESPACE + name for name in ("row", "c", "mergeCell", "si", "t", "rPh", "v", "f", "is")
)
_FILLED = frozenset({_VALUE, _FORMULA, _INLINE})
_COLUMN = re.compile(r"[A-Z]{1,3}")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LETTERS, _BEFORE_A = 26, 64
_EXACT_DIGITS = 15  # of a number in a spreadsheet; what follows is noise of its arithmetic
_SHOWN = 200  # characters of a formula
_DATES: Any = excel_dates  # its functions have no types


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that were made one. All four borders count from 1 and belong to the range."""

    shown: str
    left: int
    top: int
    right: int
    bottom: int


@dataclass(slots=True)
class Look:
    """What a first run through a sheet tells of it. `widest`: the last column with a value."""

    merged: list[Merged] = field(default_factory=list)
    filled_rows: int = 0
    widest: int = 0
    widest_row: int = 0


@dataclass(frozen=True, slots=True)
class Styles:
    """What the numbers of a workbook mean: `dates` and `spans` are the styles of dates and durations."""

    dates: frozenset[int]
    spans: frozenset[int]
    epoch: datetime


class NotATrueSheet(ValueError):
    """A part has rows out of order, or more elements where there should be few."""


class TooManyFilled(Exception):
    """A sheet has more rows with something in them than asked for."""


def read_texts(archive: ZipFile, part: str) -> list[str]:
    """Return the table of texts of a workbook.

    Raises: NotATrueSheet, and what `run_through` raises.
    """
    run = _TextRun()
    for _piece in run_through(archive, part, run.parser):
        pass
    return run.texts


def look_over(archive: ZipFile, part: str, most_rows: int) -> Look:
    """Run through a sheet without keeping it.

    Raises: TooManyFilled, NotATrueSheet, and what `run_through` raises.
    """
    run = _LookRun(most_rows)
    for _piece in run_through(archive, part, run.parser):
        pass
    return run.look


def read_rows(archive: ZipFile, part: str, texts: list[str], styles: Styles) -> Iterator[Row]:
    """Yield the rows of a sheet that was looked over; blank rows are left out.

    Raises: NotATrueSheet, and what `run_through` raises.
    """
    run = _RowRun(texts, styles)
    for _piece in run_through(archive, part, run.parser):
        while run.rows:
            yield run.rows.popleft()


class _TextRun:
    """Collects the texts of a workbook, without the notes on how they sound."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.since = 0
        self.pieces: list[str] | None = None
        self.sounding = False
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.since += 1
        if self.since > MOST_ELEMENTS or len(self.texts) >= MOST_TEXTS:
            raise NotATrueSheet
        if name == _TEXT:
            self.pieces, self.since = [], 0
        elif name == _SOUNDS:
            self.sounding = True
        elif name == _PIECE and self.pieces is not None and not self.sounding:
            self.parser.CharacterDataHandler = self.pieces.append

    def end(self, name: str) -> None:
        self.parser.CharacterDataHandler = None
        if name == _SOUNDS:
            self.sounding = False
        elif name == _TEXT and self.pieces is not None:
            self.texts.append(_unescaped("".join(self.pieces)))
            self.pieces = None


class _PlaceRun:
    """Knows in which row and column a run through a sheet is."""

    def __init__(self) -> None:
        self.row = self.column = self.since = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.since += 1
        if self.since > MOST_ELEMENTS:
            raise NotATrueSheet
        if name == _CELL:
            place = attributes.get("r")
            self.column = _column_of(place) if place else self.column + 1
        elif name == _ROW:
            number = int(attributes.get("r", self.row + 1))
            if not self.row < number <= LAST_ROW:
                raise NotATrueSheet
            self.row, self.column, self.since = number, 0, 0


class _LookRun(_PlaceRun):
    """Counts the filled rows of a sheet and collects its merged ranges."""

    def __init__(self, most_rows: int) -> None:
        super().__init__()
        self.look = Look()
        self.most_rows = most_rows
        self.last_filled = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        if name in _FILLED:
            self._fill()
        elif name == _MERGED:
            shown = attributes.get("ref", "")
            left, top, right, bottom = (border or 0 for border in range_boundaries(shown))
            self.look.merged.append(Merged(shown[:40], left, top, right, bottom))

    def _fill(self) -> None:
        if self.last_filled != self.row:
            self.last_filled = self.row
            self.look.filled_rows += 1
            if self.look.filled_rows > self.most_rows:
                raise TooManyFilled(self.look.filled_rows)
        if self.column > self.look.widest:
            self.look.widest, self.look.widest_row = self.column, self.row


class _RowRun(_PlaceRun):
    """Makes rows of cells."""

    def __init__(self, texts: list[str], styles: Styles) -> None:
        super().__init__()
        self.texts, self.styles = texts, styles
        self.rows: deque[Row] = deque()
        self.cells: list[Cell] = []
        self.attributes: Mapping[str, str] = {}
        self.pieces: list[str] = []
        self.formula: list[str] | None = None
        self.sounding = False
        self.parser.EndElementHandler = self.end

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        if name == _CELL:
            self.attributes, self.pieces, self.formula = attributes, [], None
        elif name == _VALUE or (name == _PIECE and not self.sounding):
            self.parser.CharacterDataHandler = self.pieces.append
        elif name == _FORMULA:
            self.formula = []
            self.parser.CharacterDataHandler = self.formula.append
        elif name == _SOUNDS:
            self.sounding = True
        elif name == _ROW:
            self.cells = []

    def end(self, name: str) -> None:
        self.parser.CharacterDataHandler = None
        if name == _CELL:
            self._close_cell()
        elif name == _ROW and self.cells:
            self.rows.append(Row(self.row, tuple(self.cells)))
        elif name == _SOUNDS:
            self.sounding = False

    def _close_cell(self) -> None:
        value = self._value("".join(self.pieces))
        if value is not None:
            self.cells.extend([None] * (self.column - len(self.cells)))
            self.cells[self.column - 1] = value

    def _value(self, text: str) -> Cell:
        if self.formula is not None:
            return Unusable("formula", ("=" + "".join(self.formula))[:_SHOWN])
        kind = self.attributes.get("t", "n")
        if not text:
            return None
        if kind == "n":
            return self._number(text)
        return _READERS[kind](self.texts, text)

    def _number(self, text: str) -> Cell:
        style = int(self.attributes.get("s", 0))
        if style in self.styles.dates:
            return _date_of(text, self.styles.epoch, style in self.styles.spans)
        if text.isdecimal() and len(text) < _EXACT_DIGITS:
            return int(text)
        return Decimal(format(float(text), f".{_EXACT_DIGITS}g"))


def _date_of(text: str, epoch: datetime, is_span: bool) -> Cell:
    try:
        return _plain(_DATES.from_excel(float(text), epoch, timedelta=is_span))
    except (OverflowError, ValueError):
        return Unusable("cell_error", text[:_SHOWN])  # a number that no calendar has


def _plain(moment: Cell) -> Cell:
    """Return a moment at midnight as its day."""
    at_midnight = isinstance(moment, datetime) and moment.time() == time()
    return moment.date() if isinstance(moment, datetime) and at_midnight else moment


_READERS: Mapping[str, Callable[[list[str], str], Cell]] = {
    "s": lambda texts, text: texts[int(text)],
    "inlineStr": lambda _texts, text: _unescaped(text),
    "str": lambda _texts, text: _unescaped(text),
    "b": lambda _texts, text: bool(int(text)),
    "e": lambda _texts, text: Unusable("cell_error", text[:_SHOWN]),
    "d": lambda _texts, text: _plain(_DATES.from_ISO8601(text)),
}
"""How a cell is read, by its type. A text of the common table stands there by its number."""


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _column_of(place: str) -> int:
    return _column_called(place.rstrip("0123456789"))


@lru_cache(maxsize=1024)
def _column_called(letters: str) -> int:
    column = 0
    for letter in letters if _COLUMN.fullmatch(letters) else "":
        column = column * _LETTERS + ord(letter) - _BEFORE_A
    if not 0 < column <= LAST_COLUMN:
        raise NotATrueSheet
    return column
