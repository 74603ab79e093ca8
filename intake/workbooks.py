"""Tables in workbooks: typed values, formulas and merged cells marked, nothing evaluated."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO
from zipfile import ZipFile

import openpyxl
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet

from intake import sheets
from intake.archives import BROKEN, Parts, WorkbookDamaged, unpacked
from intake.rows import (
    FEWEST_KNOWN,
    HEADER_ROWS,
    LONGEST_SHOWN,
    MOST_COLUMNS,
    MOST_ROWS,
    SHOWN_CELLS,
    Cell,
    FileRefused,
    HeaderMissing,
    Note,
    Row,
    TooManyColumns,
    TooManyRows,
    Unusable,
    known_in,
    shown_cells,
)
from models.rules.text import visible

MOST_MERGED = 200  # merged ranges from the heading down (I7)

warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")


class TooManyMerged(FileRefused):
    """The sheet has more merged cells than a table may. Details: file, sheet, limit."""

    code = "too_many_merged"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a sheet may hold from its heading down: filled rows, and merged ranges."""

    rows: int
    merged: int


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook that is open. `sheets`: title, part and whether people see it, in their order."""

    file: str
    archive: ZipFile
    texts: list[str]
    styles: sheets.Styles
    sheets: tuple[tuple[str, str, bool], ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of a workbook that holds the table, and where its heading stands."""

    book: Book
    title: str
    part: str
    look: sheets.Look
    header: Row
    notes: tuple[Note, ...] = ()


@contextmanager
def opened_workbook(
    handle: BinaryIO, file: str, known: Callable[[str], bool], limits: Limits | None = None
) -> Iterator[Sheet]:
    """Open the first visible sheet that has the heading.

    Raises: HeaderMissing, TooManyRows, TooManyColumns, TooManyMerged, and what `unpacked` raises.
    Source: docs/rules.md, I4, I6 and I7.
    """
    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("defusedxml is missing, or OPENPYXL_DEFUSEDXML turns it off")
    with unpacked(handle, file) as (archive, parts):
        yield _find_table(
            _read_book(handle, file, archive, parts, limits or Limits(MOST_ROWS, MOST_MERGED)), known
        )


def all_rows(sheet: Sheet) -> Iterator[Row]:
    """Yield every row of the sheet, those above the heading too; merged cells are not marked.

    Raises: WorkbookDamaged.
    """
    yield from _rows(sheet.book, sheet.part)


def rows_below(sheet: Sheet) -> Iterator[Row]:
    """Yield the rows below the heading; a merged range stands in every cell that it covers.

    Raises: WorkbookDamaged.
    """
    for row in _rows(sheet.book, sheet.part):
        if row.number > sheet.header.number:
            yield _marked(row, sheet.look.merged)


def _read_book(handle: BinaryIO, file: str, archive: ZipFile, parts: Parts, limits: Limits) -> Book:
    with _answering(file):
        reader = ExcelReader(handle, read_only=True, data_only=False, keep_links=False)
        with reader.archive:
            reader.read_manifest()
            reader.read_workbook()
            apply_stylesheet(reader.archive, reader.wb)
            listed = tuple(
                (visible(str(sheet.name)[:LONGEST_SHOWN]), str(rel.target), sheet.state == "visible")
                for sheet, rel in reader.parser.find_sheets()
                if "chartsheet" not in rel.Type
            )
        book: Any = reader.wb
        dates, spans = frozenset(book._date_formats), frozenset(book._timedelta_formats)
        texts = [text for part in parts.texts for text in sheets.read_texts(archive, part)]
    return Book(file, archive, texts, sheets.Styles(dates, spans, book.epoch), listed, limits)


def _find_table(book: Book, known: Callable[[str], bool]) -> Sheet:
    notes: list[Note] = []
    found: Sheet | None = None
    first: tuple[Cell, ...] = ()
    for title, part, is_seen in book.sheets:
        if not is_seen:
            notes.append(Note("hidden_sheet_ignored", {"sheet": title}))
        elif found is not None:
            notes.append(Note("sheet_not_read", {"sheet": title}))
        else:
            found, top = _table_in(book, title, part, known)
            first = first or top
    if found is None:
        titles = tuple(title for title, _part, is_seen in book.sheets if is_seen)
        raise HeaderMissing(
            file=book.file, found=shown_cells(first), sheets=titles[:SHOWN_CELLS], rows=HEADER_ROWS
        )
    return replace(found, notes=tuple(notes[:SHOWN_CELLS]))


def _table_in(
    book: Book, title: str, part: str, known: Callable[[str], bool]
) -> tuple[Sheet | None, tuple[Cell, ...]]:
    """Return the table of a sheet, if its heading is there, and the first cells of the sheet."""
    header, most = None, FEWEST_KNOWN - 1
    first: tuple[Cell, ...] = ()
    for row in _rows(book, part):
        if row.number > HEADER_ROWS:
            break
        first = first or row.cells
        if known_in(row.cells, known) > most:
            header, most = row, known_in(row.cells, known)
    if header is None:
        return None, first
    return Sheet(book, title, part, _look_over(book, title, part, header), header), first


def _look_over(book: Book, title: str, part: str, header: Row) -> sheets.Look:
    try:
        with _answering(book.file):
            look = sheets.look_over(book.archive, part, book.limits.rows + header.number)
    except sheets.TooManyFilled as error:
        count = error.args[0] - header.number
        raise TooManyRows(file=book.file, limit=book.limits.rows, count=count) from None
    look.merged = [merged for merged in look.merged if merged.bottom >= header.number]
    if look.widest > MOST_COLUMNS:
        raise TooManyColumns(file=book.file, row=look.widest_row, limit=MOST_COLUMNS)
    if len(look.merged) > book.limits.merged:
        raise TooManyMerged(file=book.file, sheet=title, limit=book.limits.merged)
    return look


def _rows(book: Book, part: str) -> Iterator[Row]:
    with _answering(book.file):
        yield from sheets.read_rows(book.archive, part, book.texts, book.styles)


def _marked(row: Row, merged: list[sheets.Merged]) -> Row:
    covering = [range_ for range_ in merged if range_.top <= row.number <= range_.bottom]
    if not covering:
        return row
    cells = list(row.cells)
    for range_ in covering:
        for column in range(range_.left - 1, min(range_.right, len(cells))):
            cells[column] = Unusable("merged_cells", range_.shown)
    return Row(row.number, tuple(cells))


@contextmanager
def _answering(file: str) -> Iterator[None]:
    """Turn whatever zipfile, expat and openpyxl raise on a damaged file into one answer."""
    try:
        yield
    except BROKEN as error:
        raise WorkbookDamaged(file=file, problem="content") from error
