"""A table of people: read from a text file or a workbook, row by row, in bounded memory.

Nothing here knows what the table is about: the caller says which headings it knows, and gets cells
as text, with numbers and dates where the file itself says that they are. `intake.values` reads them.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from intake import delimited, workbooks
from intake.content import Content, content_of, opened
from intake.rows import MOST_ROWS, Cell, FileRefused, Note, Row, Unusable, below, is_blank

__all__ = ["MOST_ROWS", "Cell", "FileRefused", "Note", "Row", "Table", "Unusable", "is_blank", "open_table"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is open. `rows` is read once, and only while the file is open.

    `encoding` and `separator` belong to a text file, `sheet` to a workbook.
    """

    file: str
    header: Row
    rows: Iterator[Row]
    notes: tuple[Note, ...] = ()
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@contextmanager
def open_table(
    path: Path,
    known: Callable[[str], bool],
    *,
    most_rows: int = MOST_ROWS,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Table]:
    """Open a file of people as a table; `known` tells whether a text is a heading of it.

    `progress` is told now and then how many rows went by.
    Raises: FileRefused: one of its kinds, here or while the rows are read.
    Source: docs/rules.md, I1 to I7.
    """
    file = str(path)
    with opened(path) as handle:
        is_text = content_of(handle, file) is Content.TEXT
        with (_text if is_text else _workbook)(handle, file, known) as table:
            rows = below(table.rows, file=file, most=most_rows, progress=progress)
            yield replace(table, rows=rows)


@contextmanager
def _text(handle: BinaryIO, file: str, known: Callable[[str], bool]) -> Iterator[Table]:
    text = delimited.look_at(handle, file, known)
    with closing(delimited.rows_below(handle, file, text)) as rows:
        yield Table(file, text.header, rows, encoding=text.encoding, separator=text.separator)


@contextmanager
def _workbook(handle: BinaryIO, file: str, known: Callable[[str], bool]) -> Iterator[Table]:
    with workbooks.opened_workbook(handle, file, known) as sheet:
        rows = workbooks.rows_below(sheet)
        yield Table(file, sheet.header, rows, notes=sheet.notes, sheet=sheet.title)
