"""Opening a table as a profile lays it out: where its heading stands, and every row of the file."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from intake import delimited, workbooks
from intake.content import Content
from intake.encodings import EncodingUnknown, find_encoding
from intake.rows import (
    FEWEST_KNOWN,
    HEADER_ROWS,
    Cell,
    FileRefused,
    HeaderMissing,
    Note,
    Row,
    Unusable,
    shown_cells,
)
from intake.sheets import Merged
from intake.statements.profiles import Profile
from models.rules.names import plain

MOST_LINES = 2_000_000  # rows with something in them (J4)
MOST_MERGED = 100_000  # merged ranges: a ledger has several on each page
LARGEST_FILE = 512 * 1024 * 1024  # bytes
MOST_WIDE = 100  # columns

_WINDOWS = ("cp1252", "cp1256")


class EncodingDiffers(FileRefused):
    """A text is written in another alphabet than its profile says.

    Details: file, expected, found, candidates (profiles that fit).
    """

    code = "encoding_differs"


class ProfileMisfit(FileRefused):
    """A file is not laid out as its profile says.

    Details: file, profile, expected (headings or a format), found, candidates (profiles that fit).
    """

    code = "profile_misfit"


@dataclass(frozen=True, slots=True)
class Laid:
    """A table that is open under a profile. `rows`: all rows of the file, read once.

    `places`: where the column of each field stands. `encoding` belongs to a text, `sheet` to a workbook.
    """

    header: Row
    places: Mapping[str, int]
    rows: Iterator[Row]
    notes: tuple[Note, ...] = ()
    encoding: str = ""
    sheet: str = ""


@contextmanager
def laid_out(handle: BinaryIO, file: str, content: Content, profile: Profile) -> Iterator[Laid]:
    """Open a text or a workbook under a profile.

    Raises: ProfileMisfit (without candidates), EncodingDiffers, and what reading the file raises.
    Source: docs/rules.md, J4 and J5.
    """
    opened = _text if content is Content.TEXT else _workbook
    with opened(handle, file, profile) as laid:
        missing = [name for name in profile.needed if name not in laid.places]
        if missing:
            expected = tuple(profile.columns[name][0] for name in missing)
            raise misfit(file, profile, expected, shown_cells(laid.header.cells))
        yield laid


def misfit(file: str, profile: Profile, expected: object, found: object) -> ProfileMisfit:
    """Return the refusal of a file that its profile does not fit; who knows more adds the candidates."""
    return ProfileMisfit(file=file, profile=profile.name, expected=expected, found=found, candidates=())


@contextmanager
def _text(handle: BinaryIO, file: str, profile: Profile) -> Iterator[Laid]:
    encoding = encoding_of(handle, file, profile.encoding)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
    separator = profile.separator or ";"
    header = None
    first: tuple[Cell, ...] = ()
    with closing(
        delimited.text_rows(handle, file, encoding, separator, strict=False, errors=errors)
    ) as top:
        header, first = _heading(top, profile)
    if header is None:
        raise misfit(file, profile, _headings(profile), shown_cells(first))
    with closing(delimited.text_rows(handle, file, encoding, separator, errors=errors)) as rows:
        read = _marking_strays(rows, encoding)
        yield Laid(header, _places(header, profile), read, encoding=encoding)


@contextmanager
def _workbook(handle: BinaryIO, file: str, profile: Profile) -> Iterator[Laid]:
    limits = workbooks.Limits(MOST_LINES, MOST_MERGED)
    known = _known(profile)
    try:
        with workbooks.opened_workbook(handle, file, known, limits) as sheet:
            rows = _unmerged(workbooks.all_rows(sheet), sheet.look.merged)
            places = _places(sheet.header, profile)
            yield Laid(sheet.header, places, rows, notes=sheet.notes, sheet=sheet.title)
    except HeaderMissing as error:
        raise misfit(file, profile, _headings(profile), error.details["found"]) from None


def encoding_of(handle: BinaryIO, file: str, said: str) -> str:
    """Return the codec of a text: what its profile says, unless the text itself says otherwise.

    A text of UTF-8 with strays among it is read as UTF-8: each stray is told by row and field then.
    Raises: EncodingDiffers, EncodingUnknown, CutShort.
    Source: docs/rules.md, J5.
    """
    try:
        found = find_encoding(handle, file)
    except EncodingUnknown:
        if said in _WINDOWS or said == "utf-8":
            return said
        raise
    if not said or found.startswith(said) or _is_plain(handle, found):
        return found
    if said in _WINDOWS and found in _WINDOWS:
        return said  # their letters are told apart by words, which a list of figures may not have
    raise EncodingDiffers(file=file, expected=said, found=found, candidates=())


def _is_plain(handle: BinaryIO, found: str) -> bool:
    if found != "utf-8":
        return False
    handle.seek(0)
    return all(chunk.isascii() for chunk in iter(lambda: handle.read(1024 * 1024), b""))


def _heading(rows: Iterator[Row], profile: Profile) -> tuple[Row | None, tuple[Cell, ...]]:
    """Return the row with the most headings of the profile, and the longest row above its end."""
    known = _known(profile)
    header, most = None, FEWEST_KNOWN - 1
    first: tuple[Cell, ...] = ()
    for row in rows:
        if row.number > HEADER_ROWS:
            break
        if len(row.cells) > len(first) and not row.is_blank:
            first = row.cells
        count = sum(isinstance(cell, str) and known(cell) for cell in row.cells)
        if count > most:
            header, most = row, count
    return header, first


def _known(profile: Profile) -> Callable[[str], bool]:
    headings = {plain(one) for names in profile.columns.values() for one in names}
    return lambda text: plain(text[:200]) in headings


def _headings(profile: Profile) -> tuple[str, ...]:
    return tuple(profile.columns[name][0] for name in profile.needed)


def _places(header: Row, profile: Profile) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(header.cells):
        name = profile.field_of(cell) if isinstance(cell, str) else None
        if name:
            places.setdefault(name, place)
    return places


_WRITTEN = re.compile(r"[\x00-\x7f\u00a0-\u017f\u0600-\u06ff\u2010-\u203a\u20ac]+")
"""What banks write in Arabic, French and English."""


def _marking_strays(rows: Iterator[Row], encoding: str) -> Iterator[Row]:
    """Mark the cells whose letters are of another alphabet than the rest of the file."""
    windows = encoding in _WINDOWS
    for row in rows:
        if all(type(cell) is str and cell.isascii() for cell in row.cells):
            yield row
        else:
            yield Row(row.number, tuple(_marked(cell, encoding, windows) for cell in row.cells))


def _marked(cell: Cell, encoding: str, windows: bool) -> Cell:
    if not isinstance(cell, str) or cell.isascii():
        return cell
    if windows:
        try:
            meant = cell.encode(encoding).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            return cell
        # Two letters of Windows may be one of UTF-8 by chance, but hardly one that a bank writes.
        return Unusable("mixed_encodings", meant) if _WRITTEN.fullmatch(meant) else cell
    if any("\udc80" <= letter <= "\udcff" for letter in cell):
        return Unusable(
            "mixed_encodings", cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        )
    return cell


def _unmerged(rows: Iterator[Row], merged: list[Merged]) -> Iterator[Row]:
    """Mark the cells below the first row of a merged range; its first cell holds its value."""
    waiting = sorted(merged, key=lambda range_: range_.top, reverse=True)
    covering: list[Merged] = []
    for row in rows:
        while waiting and waiting[-1].top <= row.number:
            covering.append(waiting.pop())
        if covering:
            covering = [range_ for range_ in covering if range_.bottom >= row.number]
        below = [range_ for range_ in covering if range_.top < row.number]
        yield _covered(row, below) if below else row


def _covered(row: Row, below: list[Merged]) -> Row:
    width = min(max(range_.right for range_ in below), MOST_WIDE)
    cells = [*row.cells, *[None] * (width - len(row.cells))]
    for range_ in below:
        for column in range(range_.left - 1, min(range_.right, width)):
            cells[column] = Unusable("merged_cells", range_.shown)
    return Row(row.number, tuple(cells))
