"""Tables in text files: separated by semicolons, commas or tabs, with quotes where needed."""

import csv
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO

from intake.content import FileEmpty
from intake.encodings import TRIED, CutShort, EncodingUnknown, find_encoding
from intake.rows import (
    FEWEST_KNOWN,
    HEADER_ROWS,
    Cell,
    FileRefused,
    HeaderMissing,
    Row,
    known_in,
    shown_cells,
)

SEPARATORS = (";", ",", "\t")
LONGEST_ROW = 1_000_000  # characters, line ends inside quotes included (I5)


class QuotesBroken(FileRefused):
    """A quoted cell is not closed, or goes on after its closing quote. Details: file, row."""

    code = "quotes_broken"


class RowTooLong(FileRefused):
    """A row or one of its cells is longer than may be read. Details: file, row, limit (characters)."""

    code = "row_too_long"


@dataclass(frozen=True, slots=True)
class Delimited:
    """How a text file is written, and where its heading stands."""

    encoding: str
    separator: str
    header: Row


def look_at(handle: BinaryIO, file: str, known: Callable[[str], bool]) -> Delimited:
    """Find the encoding, the separator and the heading of a text file.

    The separator is the one under which the most cells of a row are known headings.
    Raises: HeaderMissing, FileEmpty, and what reading the rows raises.
    Source: docs/rules.md, I3 and I4.
    """
    encoding = find_encoding(handle, file)
    best, most = None, FEWEST_KNOWN - 1
    first: tuple[Cell, ...] = ()
    for separator in SEPARATORS:
        for row in _first_rows(handle, file, encoding, separator):
            if len(row.cells) > len(first):
                first = row.cells
            if known_in(row.cells, known) > most:
                best, most = Delimited(encoding, separator, row), known_in(row.cells, known)
    if best is not None:
        return best
    if not first:
        raise FileEmpty(file=file)
    raise HeaderMissing(file=file, found=shown_cells(first), sheets=(), rows=HEADER_ROWS)


def rows_below(handle: BinaryIO, file: str, table: Delimited) -> Generator[Row, None, None]:
    """Yield the rows below the heading.

    Raises: QuotesBroken, RowTooLong, EncodingUnknown, CutShort.
    """
    for row in text_rows(handle, file, table.encoding, table.separator):
        if row.number > table.header.number:
            yield row


def _first_rows(handle: BinaryIO, file: str, encoding: str, separator: str) -> Iterator[Row]:
    for row in text_rows(handle, file, encoding, separator, strict=False):
        if row.number > HEADER_ROWS:
            return
        if not row.is_blank:
            yield row


def text_rows(
    handle: BinaryIO,
    file: str,
    encoding: str,
    separator: str,
    *,
    strict: bool = True,
    errors: str = "strict",
) -> Generator[Row, None, None]:
    """Yield every row of a text file, blank ones too; `strict` is about quotes, `errors` about letters.

    Raises: QuotesBroken, RowTooLong, EncodingUnknown, CutShort.
    """
    handle.seek(0)
    stream = TextIOWrapper(handle, encoding=encoding, errors=errors, newline="")
    number = 0
    try:
        lines = _Lines(stream)
        for number, cells in enumerate(csv.reader(lines, delimiter=separator, strict=strict), start=1):
            lines.used = 0
            yield Row(number, tuple(cells))
    except UnicodeDecodeError as error:
        if encoding.startswith("utf"):
            raise CutShort(file=file, row=number + 1) from error
        raise EncodingUnknown(file=file, tried=TRIED, row=number + 1) from error
    except _Overlong:
        raise RowTooLong(file=file, row=number + 1, limit=LONGEST_ROW) from None
    except csv.Error as error:
        if "field larger" in str(error):
            raise RowTooLong(file=file, row=number + 1, limit=csv.field_size_limit()) from error
        raise QuotesBroken(file=file, row=number + 1) from error
    finally:
        stream.detach()  # the handle is not ours to close


class _Overlong(Exception):
    """A row went on past LONGEST_ROW."""


class _Lines(Iterable[str]):
    """The lines of a file, until one row has used up more characters than a row may have."""

    def __init__(self, stream: TextIOWrapper) -> None:
        self.stream = stream
        self.used = 0

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(LONGEST_ROW + 1):
            self.used += len(line)
            if self.used > LONGEST_ROW:
                raise _Overlong
            yield line
