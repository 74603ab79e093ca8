import os
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake import workbooks
from intake.rows import HeaderMissing, TooManyColumns, TooManyRows
from intake.tables import Unusable, open_table
from intake.workbooks import TooManyMerged
from tests.intake.files import (
    ARABIC,
    FRENCH,
    HEADER_XML,
    HEADINGS,
    SKELETON,
    cells,
    is_heading,
    notes,
    read,
    row_xml,
    sheet_xml,
    write_parts,
    write_workbook,
)

HALF_PAST_TEN = datetime.combine(date(2021, 3, 4), time(10, 30))

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def test_numbers_and_dates_keep_their_types(tmp_path: Path) -> None:
    rows: list[tuple[Any, ...]] = [
        ("a", FRENCH, 1250, date(2021, 3, 4)),
        ("b", ARABIC, 1250.5, HALF_PAST_TEN),
        ("c", True, 0.1 + 0.2, None),
    ]

    read_back = cells(write_workbook(tmp_path / "a.xlsx", rows))

    assert read_back[0] == ("a", FRENCH, 1250, date(2021, 3, 4))
    assert read_back[1] == ("b", ARABIC, Decimal("1250.5"), HALF_PAST_TEN)
    assert read_back[2] == ("c", True, Decimal("0.3"))


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in (HEADINGS, ("a", "b", 1, date(2021, 3, 4))):
        book.worksheets[0].append(row)
    book.save(tmp_path / "a.xlsx")

    assert cells(tmp_path / "a.xlsx") == [("a", "b", 1, date(2021, 3, 4))]


def test_a_formula_is_marked_and_its_kept_result_never_read(tmp_path: Path) -> None:
    kept = '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>cmd()</f><v>fine</v></c></row>'

    read_back = cells(write_parts(tmp_path / "a.xlsx", sheet_xml(HEADER_XML, kept)))

    assert read_back == [(Unusable("formula", "=1+1"), Unusable("formula", "=cmd()"))]


def test_merged_cells_over_data_are_marked_with_their_range(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "a.xlsx", [("a", "b", 1), ("c", "d", 2), ("e", "f", 3)])
    book = openpyxl.load_workbook(file)
    book.worksheets[0].merge_cells("A2:B3")
    book.save(file)

    merged = Unusable("merged_cells", "A2:B3")
    assert cells(file) == [(merged, merged, 1), (merged, merged, 2), ("e", "f", 3)]


def test_merged_titles_above_the_heading_do_no_harm(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (("Portfolio 2021",), (), HEADINGS, ("a", "b")):
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    book.save(tmp_path / "a.xlsx")

    (found,) = read(tmp_path / "a.xlsx")
    assert (found.number, found.cells) == (4, ("a", "b"))


def test_too_many_merged_cells_are_no_table(tmp_path: Path) -> None:
    merged = "".join(f'<mergeCell ref="A{row}:B{row}"/>' for row in range(2, 203))
    sheet = sheet_xml(HEADER_XML, after=f"<mergeCells>{merged}</mergeCells>")

    with pytest.raises(TooManyMerged) as refused:
        read(write_parts(tmp_path / "a.xlsx", sheet))

    assert refused.value.details["limit"] == 200


def test_hidden_sheets_are_passed_over_with_a_note(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    hidden, table, behind = book.worksheets[0], book.create_sheet("Table"), book.create_sheet("More")
    hidden.title, hidden.sheet_state = "Old", "hidden"
    for sheet, name in ((hidden, "old"), (table, "new"), (behind, "other")):
        sheet.append(HEADINGS)
        sheet.append(("a", name))
    book.save(tmp_path / "a.xlsx")

    assert cells(tmp_path / "a.xlsx") == [("a", "new")]
    found = [(note.code, note.details["sheet"]) for note in notes(tmp_path / "a.xlsx")]
    assert found == [("hidden_sheet_ignored", "Old"), ("sheet_not_read", "More")]


def test_the_first_sheet_with_the_heading_is_taken(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(("Read me first",))
    table = book.create_sheet("Table")
    table.append(HEADINGS)
    table.append(("a", "b"))
    book.save(tmp_path / "a.xlsx")

    with open_table(tmp_path / "a.xlsx", is_heading) as opened:
        assert opened.sheet == "Table"


def test_a_workbook_without_the_heading_names_its_sheets(tmp_path: Path) -> None:
    with pytest.raises(HeaderMissing) as refused:
        read(write_workbook(tmp_path / "a.xlsx", [], header=("one", 2)))

    assert refused.value.details["found"] == ("one", "2")
    assert refused.value.details["sheets"] == ("Sheet",)


def test_an_error_in_a_cell_is_marked(tmp_path: Path) -> None:
    row = '<row r="2"><c t="e"><v>#REF!</v></c><c><v>1</v></c></row>'

    read_back = cells(write_parts(tmp_path / "a.xlsx", sheet_xml(HEADER_XML, row)))

    assert read_back == [(Unusable("cell_error", "#REF!"), 1)]


def test_a_sheet_that_lies_about_its_size_is_read_whole(tmp_path: Path) -> None:
    sheet = sheet_xml(HEADER_XML, row_xml(2, "a"), row_xml(3, "b"))
    sheet = sheet.replace("<sheetData>", '<dimension ref="A1:A2"/><sheetData>')

    assert cells(write_parts(tmp_path / "a.xlsx", sheet)) == [("a",), ("b",)]


def test_sounds_written_beside_a_text_are_not_part_of_it(tmp_path: Path) -> None:
    rich = "<is><r><t>Ra</t></r><r><t>bat</t></r><rPh><t>x</t></rPh></is>"
    row = f'<row r="2"><c t="inlineStr">{rich}</c><c t="s"><v>0</v></c></row>'
    texts = SKELETON["xl/sharedStrings.xml"].replace("/>", "><si><t>a_x0009_b</t></si></sst>")

    file = write_parts(tmp_path / "a.xlsx", sheet_xml(HEADER_XML, row), texts=texts)

    assert cells(file) == [("Rabat", "a\tb")]


def test_more_rows_than_may_be_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 50)

    with pytest.raises(TooManyRows) as refused:
        read(write_workbook(tmp_path / "a.xlsx", [("a", "b")] * 51))

    assert (refused.value.details["limit"], refused.value.details["count"]) == (50, 51)


def test_a_value_far_to_the_right_is_refused_and_an_empty_cell_there_is_not(tmp_path: Path) -> None:
    far = '<row r="2"><c r="A2"><v>1</v></c><c r="XFD2">{}</c></row>'

    assert cells(write_parts(tmp_path / "a.xlsx", sheet_xml(HEADER_XML, far.format("")))) == [(1,)]
    with pytest.raises(TooManyColumns):
        read(write_parts(tmp_path / "b.xlsx", sheet_xml(HEADER_XML, far.format("<v>1</v>"))))


def test_the_last_row_of_a_sheet_is_reached_at_once(tmp_path: Path) -> None:
    sheet = sheet_xml(HEADER_XML, row_xml(1_048_576, "a"))

    (row,) = read(write_parts(tmp_path / "a.xlsx", sheet))

    assert row.number == 1_048_576


@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
            .filter(lambda text: not text.startswith("="))
            .filter(str.strip),
            st.none() | st.integers(-(10**14), 10**14) | st.booleans() | st.dates(date(1900, 3, 2)),
        ),
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_spreadsheet_writes_is_what_is_read(tmp_path: Path, rows: list[Any]) -> None:
    read_back = cells(write_workbook(tmp_path / "a.xlsx", rows))

    padded = [(*row, None)[:2] for row in read_back]
    assert padded == [tuple(row) for row in rows]


def test_openpyxl_parses_with_defusedxml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_workbook(tmp_path / "a.xlsx", [("a", "b")])
    assert len(read(file)) == 1
    monkeypatch.setattr(openpyxl, "DEFUSEDXML", False)

    with pytest.raises(RuntimeError):
        read(file)


def test_no_handle_stays_open(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "a.xlsx", [("a", "b")] * 50)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with open_table(file, is_heading) as table:
            next(iter(table.rows))

    assert len(os.listdir("/proc/self/fd")) <= before + 1
