"""Tables as workbooks and as text for any program: amounts as numbers, days as days, texts as texts."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from models.clock import CASABLANCA
from models.rules.errors import BadValue
from models.rules.money import Money
from models.rules.text import visible
from reports.files import write_file

Value = str | int | Decimal | Money | date | bool | None

MOST_ROWS = 1_000_000
LONGEST_TEXT = 32_767  # characters of a cell
LONGEST_NAME = 31  # characters of a sheet's name
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r")
_AMOUNT, _DAY, _MOMENT = "#,##0.00", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"
_NARROWEST, _WIDEST, _LOOKED_AT = 8, 60, 200
_BOLD, _MARK = Font(bold=True), Font(bold=True, color="AA0000")
_HEADING = PatternFill("solid", fgColor="DDEBF7")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `mark` stands above it, as on a sample; with `totalled` the last row is the total."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]
    rtl: bool = False
    totalled: bool = False
    mark: str = ""


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write a workbook that is not there yet.

    Raises: BadValue where a file has that name, or for too many rows; FileNotWritten.
    Source: docs/rules.md, Y4 to Y6.
    """
    write_file(path, workbook(sheets))


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook with one sheet for each table, from right to left where asked.

    Amounts are numbers, exact to the centime; a text is never a formula.
    Raises: BadValue for too many rows.
    Source: docs/rules.md, Y5 and Y6.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    names: list[str] = []
    for sheet in sheets:
        _check(sheet)
        names.append(_free_name(sheet.title, names))
        _fill(book.create_sheet(names[-1]), sheet)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def delimited(sheet: Sheet) -> str:
    """Return a table as text, its cells apart by semicolons; amounts as 1250.50, days as 2021-12-31.

    A text that a spreadsheet would take for a formula stands behind an apostrophe.
    Raises: BadValue for too many rows.
    Source: docs/rules.md, Y5.
    """
    _check(sheet)
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([harmless(title) for title in sheet.columns])
    writer.writerows([_plain(value) for value in row] for row in sheet.rows)
    return text.getvalue()


def _check(sheet: Sheet) -> None:
    if len(sheet.rows) > MOST_ROWS:
        raise BadValue(field="rows", value=len(sheet.rows), reason="too_many_rows", limit=MOST_ROWS)


def _free_name(title: str, taken: Sequence[str]) -> str:
    """Make a title the name of a sheet: no forbidden sign, not too long, not twice."""
    clean = _FORBIDDEN.sub(" ", " ".join(visible(title).split())).strip(" '")[:LONGEST_NAME].rstrip(" '")
    name = clean if clean and clean.casefold() != "history" else f"{clean} 1".strip()
    used, number = {other.casefold() for other in taken}, 2
    wanted = name
    while name.casefold() in used:
        ending = f" ({number})"
        name, number = wanted[: LONGEST_NAME - len(ending)] + ending, number + 1
    return name


def _fill(page: Worksheet, sheet: Sheet) -> None:
    above = 2 if sheet.mark else 1
    page.sheet_view.rightToLeft = sheet.rtl
    page.freeze_panes = f"A{above + 1}"
    if sheet.mark:
        _put(page, 1, 1, sheet.mark).font = _MARK
    for place, title in enumerate(sheet.columns, start=1):
        cell = _put(page, above, place, title)
        cell.font, cell.fill, cell.alignment = _BOLD, _HEADING, _WRAPPED
    last = above + len(sheet.rows)
    for number, row in enumerate(sheet.rows, start=above + 1):
        for place, value in enumerate(row, start=1):
            cell = _put(page, number, place, value)
            if sheet.totalled and number == last:
                cell.font = _BOLD
    for place, width in enumerate(_widths(sheet), start=1):
        page.column_dimensions[get_column_letter(place)].width = width
    if sheet.columns and not sheet.totalled:
        page.auto_filter.ref = f"A{above}:{get_column_letter(len(sheet.columns))}{last}"


def _put(page: Worksheet, row: int, column: int, value: Value) -> Cell:
    """Put a value into a cell as what it is; an amount by its digits, which no float has touched."""
    cell = page.cell(row, column)
    assert isinstance(cell, Cell)  # noqa: S101 - nothing is merged here
    match value:
        case Money() | Decimal():
            cell.value, cell.data_type = _digits(value), "n"
            cell.number_format = _format_of(value)
        case datetime():
            cell.value = value.astimezone(CASABLANCA).replace(tzinfo=None)
            cell.number_format = _MOMENT
        case date():
            cell.value, cell.number_format = value, _DAY
        case str() if value:
            cell.value, cell.data_type = _fitting(value), "s"  # whatever it begins with
            cell.quotePrefix = value.startswith(_FORMULA_STARTS)  # nor does it become one when edited
        case bool() | int():
            cell.value = value
    return cell


def _digits(value: Money | Decimal) -> str:
    return f"{value.decimal:.2f}" if isinstance(value, Money) else f"{value:f}"


def _format_of(value: Money | Decimal) -> str:
    if isinstance(value, Decimal):
        return "General"
    return _AMOUNT if value.currency == "MAD" else f'{_AMOUNT} "{value.currency}"'


def _fitting(text: str) -> str:
    seen = visible(text)
    return seen if len(seen) <= LONGEST_TEXT else f"{seen[: LONGEST_TEXT - 1]}…"


def _widths(sheet: Sheet) -> Iterator[int]:
    """Widths by what the first rows show, between two bounds."""
    for place, title in enumerate(sheet.columns):
        shown = [_shown_length(row[place]) for row in sheet.rows[:_LOOKED_AT] if place < len(row)]
        yield min(_WIDEST, max(_NARROWEST, len(title) // 2, *shown) + 2)


def _shown_length(value: Value) -> int:
    return len(f"{value.decimal:,.2f}") if isinstance(value, Money) else len(str(value or ""))


def _plain(value: Value) -> str:
    match value:
        case None:
            return ""
        case Money() | Decimal():
            return _digits(value)
        case datetime():
            return value.astimezone(CASABLANCA).isoformat(timespec="minutes")
        case date():
            return value.isoformat()
        case str():
            return harmless(value)
        case _:
            return str(value)


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    seen = visible(text)
    return f"'{seen}" if seen.lstrip(" \n").startswith(_FORMULA_STARTS) else seen
