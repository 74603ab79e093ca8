"""Files that people might hand in, built for one test each."""

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import openpyxl

from intake.tables import Note, Row, open_table

FRENCH = "Centre de santé – Oued Fès, CITÉ DE L’ÉLÈVE"
ARABIC = "مركز الأمراض المزمنة والسكري"
HEADINGS = ("key", "name", "amount", "on")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

SKELETON = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_OFFICE}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_OFFICE}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_OFFICE}.styles+xml"/></Types>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="Table" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"/>',
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"/>',
}
"""The parts of the smallest workbook, without its sheet."""


def is_heading(text: str) -> bool:
    return text.strip().casefold() in HEADINGS


def read(path: Path, **kwargs: Any) -> list[Row]:
    """Read a table to its end."""
    with open_table(path, is_heading, **kwargs) as table:
        return list(table.rows)


def cells(path: Path) -> list[tuple[Any, ...]]:
    return [row.cells for row in read(path)]


def notes(path: Path) -> tuple[Note, ...]:
    with open_table(path, is_heading) as table:
        return table.notes


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_workbook(path: Path, rows: Iterable[Sequence[Any]], header: Sequence[Any] = HEADINGS) -> Path:
    """Write a workbook as openpyxl does; a text that begins with = becomes a formula."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (header, *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def row_xml(number: int, *values: str) -> str:
    """Return a row of texts as a workbook keeps it."""
    inside = "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in values)
    return f'<row r="{number}">{inside}</row>'


HEADER_XML = row_xml(1, *HEADINGS)


def sheet_xml(*rows: str, before: str = "", after: str = "") -> str:
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def write_parts(path: Path, sheet: str | bytes, **parts: str | bytes) -> Path:
    """Write a workbook part by part; `parts` replace those of the skeleton (workbook, styles, texts)."""
    names = {"workbook": "xl/workbook.xml", "styles": "xl/styles.xml", "texts": "xl/sharedStrings.xml"}
    content = {**SKELETON, **{names[name]: part for name, part in parts.items()}}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return path


def chance(seed: int) -> Random:
    """Return accidents that are the same each time."""
    return Random(seed)  # noqa: S311


def mutated(whole: bytes, seed: int) -> bytes:
    """Change, drop or repeat a few stretches of a file."""
    luck, raw = chance(seed), bytearray(whole)
    for _ in range(luck.randint(1, 6)):
        at, length = luck.randrange(len(raw)), luck.randint(1, 12)
        how = luck.randrange(3)
        kept = raw[at : at + length] * 2 if how == 2 else b""
        raw[at : at + length] = luck.randbytes(length) if how == 0 else kept
    return bytes(raw)
