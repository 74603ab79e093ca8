"""Workbooks: numbers, days and texts come back as they went in, and no text becomes a formula."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from models.rules.errors import BadValue
from models.rules.money import LARGEST_CENTIMES, Money
from reports import workbooks
from reports.files import FileNotWritten
from reports.workbooks import LONGEST_TEXT, Sheet, Value, delimited, workbook, write_workbook

FORMULAS = ["=cmd()", "+1", "-1", "@SUM(A1)", "=1+1", "\t=1", "＝1", "#N/A", "=" * 10_000, "{=1}", "'=1"]


def read(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def one(*cells: Value, **kept: object) -> Worksheet:
    columns = [f"c{number}" for number in range(len(cells))]
    return read(workbook([Sheet("t", columns, [cells], **kept)])).worksheets[0]  # type: ignore[arg-type]


def test_values_keep_their_kind() -> None:
    """Y6."""
    page = one(
        Money.parse("4000000.50"),
        Money(-1),
        date(2021, 7, 14),
        datetime(2021, 7, 14, 9, 5, tzinfo=UTC),
        12,
        None,
    )
    row = list(page[2])

    assert [cell.value for cell in row] == [
        4000000.5,
        -0.01,
        datetime(2021, 7, 14),  # noqa: DTZ001
        datetime(2021, 7, 14, 10, 5),  # noqa: DTZ001
        12,
        None,
    ]
    assert [cell.number_format for cell in row[:4]] == [
        "#,##0.00",
        "#,##0.00",
        "dd/mm/yyyy",
        "dd/mm/yyyy hh:mm",
    ]
    assert [cell.data_type for cell in row[:5]] == ["n", "n", "d", "d", "n"]
    assert one(Money(100, "EUR"))["A2"].number_format == '#,##0.00 "EUR"'


@given(st.integers(-LARGEST_CENTIMES, LARGEST_CENTIMES))
def test_amounts_are_exact_to_the_centime(centimes: int) -> None:
    """Y6: as written in the file, and as a spreadsheet's own numbers read it."""
    content = workbook([Sheet("t", ["amount"], [[Money(centimes)]])])
    with ZipFile(BytesIO(content)) as parts:
        written = parts.read("xl/worksheets/sheet1.xml").decode().rpartition("<v>")[2].partition("</v>")[0]

    assert Decimal(written) * 100 == centimes
    assert Decimal(f"{float(written):.2f}") * 100 == centimes


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_is_never_a_formula(text: str) -> None:
    """Y5."""
    cell = one(text)["A2"]

    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix == text.startswith(("=", "+", "-", "@", "\t", "＝"))
    row = list(csv.reader(StringIO(delimited(Sheet("t", ["c"], [[text]])), newline=""), delimiter=";"))[1]
    assert not row[0].lstrip().startswith(("=", "+", "-", "@", "＝"))


def test_headings_are_texts_too() -> None:
    page = read(workbook([Sheet("t", ["=cmd()"], [])])).worksheets[0]

    assert (page["A1"].value, page["A1"].data_type) == ("=cmd()", "s")
    assert delimited(Sheet("t", ["=cmd()"], [])).startswith("'=")


@given(st.text())
def test_any_text_can_be_written_and_read_back(text: str) -> None:
    page = one(text, "مركز", "a\nb")
    again = list(
        csv.reader(StringIO(delimited(Sheet("t", ["c", "d"], [[text, "x"]])), newline=""), delimiter=";")
    )

    assert (page["B2"].value, page["C2"].value) == ("مركز", "a\nb")
    assert (page["A2"].data_type == "s") == bool(text)
    assert len(again[1]) == 2


def test_unseen_characters_are_written_out_and_long_texts_fit() -> None:
    page = one("a\x00b\u202ec\x1f", "م" * 10_000, "x" * 40_000)

    assert page["A2"].value == "a\\u0000b\\u202ec\\u001f"
    assert len(page["B2"].value) == 10_000
    assert len(page["C2"].value) == LONGEST_TEXT


def test_a_sheet_is_laid_out_for_its_readers() -> None:
    sheets = [
        Sheet(
            "الوضعية", ["المشروع", "المبلغ"], [["مركز", Money(1)], ["", Money(2)]], rtl=True, totalled=True
        ),
        Sheet("Position", ["Projet"], [["x" * 500]], mark="EXEMPLE"),
    ]
    arabic, french = read(workbook(sheets)).worksheets

    assert (arabic.sheet_view.rightToLeft, french.sheet_view.rightToLeft) == (True, False)
    assert (arabic.freeze_panes, french.freeze_panes) == ("A2", "A3")
    assert (french["A1"].value, french["A2"].value) == ("EXEMPLE", "Projet")
    assert [arabic["B2"].font.bold, arabic["B3"].font.bold, arabic["A1"].font.bold] == [False, True, True]
    assert french.column_dimensions["A"].width == 60
    assert french.auto_filter.ref == "A2:A3"


def test_names_of_sheets_are_cleaned_and_kept_apart() -> None:
    titles = ["a/b:c*?[x]\\", "A B C   X", "", "'", "History", "x" * 40, "x" * 40, "\x00", "a b c   x"]
    names = read(workbook([Sheet(title, ["c"], []) for title in titles])).sheetnames

    assert len({name.casefold() for name in names}) == len(titles)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert names[:2] == ["a b c   x", "A B C X"]


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 2)

    assert workbook([Sheet("t", ["c"], [["x"]] * 2)])
    for write in (lambda sheet: workbook([sheet]), delimited):
        with pytest.raises(BadValue):
            write(Sheet("t", ["c"], [["x"]] * 3))


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    """Y4."""
    path = tmp_path / "position.xlsx"
    write_workbook(path, [Sheet("t", ["c"], [["x"]])])
    kept = path.read_bytes()

    with pytest.raises(BadValue):
        write_workbook(path, [Sheet("t", ["c"], [["y"]])])
    assert path.read_bytes() == kept


@pytest.mark.parametrize("name", ["missing/position.xlsx", "a\x00b.xlsx", f"{'x' * 300}.xlsx"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotWritten):
        write_workbook(tmp_path / name, [Sheet("t", ["c"], [])])
