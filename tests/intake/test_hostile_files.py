import tracemalloc
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake import archives, sheets
from intake.archives import WorkbookDamaged, WorkbookOversized
from intake.tables import FileRefused
from tests.intake.files import (
    ARABIC,
    FRENCH,
    HEADER_XML,
    SKELETON,
    chance,
    mutated,
    read,
    row_xml,
    sheet_xml,
    write_parts,
    write_workbook,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def test_a_part_that_unpacks_two_hundredfold_is_never_unpacked(tmp_path: Path) -> None:
    file = write_parts(tmp_path / "a.xlsx", bytes(20 * 1024 * 1024))
    assert file.stat().st_size < 64 * 1024

    tracemalloc.start()
    with pytest.raises(WorkbookOversized) as refused:
        read(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert refused.value.details["reason"] == "ratio"
    assert peak < 2 * 1024 * 1024


def test_parts_that_together_unpack_too_far_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_parts(tmp_path / "a.xlsx", sheet_xml(HEADER_XML))
    monkeypatch.setattr(archives, "LARGEST_UNPACKED", 500)

    with pytest.raises(WorkbookOversized) as refused:
        read(file)

    assert refused.value.details["reason"] == "unpacked"


def test_a_short_part_may_not_be_long(tmp_path: Path) -> None:
    styles = chance(1).randbytes(9 * 1024 * 1024)

    with pytest.raises(WorkbookOversized) as refused:
        read(write_parts(tmp_path / "a.xlsx", sheet_xml(HEADER_XML), styles=styles))

    assert refused.value.details["reason"] == "part"


def test_thousands_of_parts_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        for number in range(2001):
            archive.writestr(f"xl/{number}", "")

    with pytest.raises(WorkbookOversized) as refused:
        read(tmp_path / "a.xlsx")

    assert refused.value.details["reason"] == "parts"


def test_a_list_of_parts_too_long_to_read_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_workbook(tmp_path / "a.xlsx", [])
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 100)

    with pytest.raises(WorkbookOversized) as refused:
        read(file)

    assert refused.value.details["reason"] == "parts"


@pytest.mark.parametrize("part", ["sheet", "workbook", "styles", "texts"])
def test_entities_are_never_expanded(tmp_path: Path, part: str) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]>'
    parts = {
        "sheet": sheet_xml(HEADER_XML, row_xml(2, "&b;" if part == "sheet" else "x")),
        "workbook": SKELETON["xl/workbook.xml"].replace("Table", "&b;"),
        "styles": SKELETON["xl/styles.xml"].replace("/>", ">&b;</styleSheet>"),
        "texts": SKELETON["xl/sharedStrings.xml"].replace("/>", "><si><t>&b;</t></si></sst>"),
    }
    given_parts = {"sheet": parts["sheet"], part: laughs + parts[part]}

    with pytest.raises(WorkbookDamaged):
        read(write_parts(tmp_path / "a.xlsx", **given_parts))


@pytest.mark.parametrize(
    "sheet",
    [
        sheet_xml(HEADER_XML, row_xml(5, "a"), row_xml(3, "b")),
        sheet_xml(HEADER_XML, row_xml(99_999_999_999, "a")),
        sheet_xml(HEADER_XML, '<row r="2"><c r="ZZZZ2"><v>1</v></c></row>'),
        sheet_xml(HEADER_XML, '<row r="2"><c t="s"><v>7</v></c></row>'),
        sheet_xml(HEADER_XML, '<row r="x"/>'),
        sheet_xml(HEADER_XML, f"<row r='2'>{'<c/>' * 100_001}</row>"),
        sheet_xml(HEADER_XML, "<a>" * 60_000),
        "<worksheet",
        "",
    ],
)
def test_a_sheet_that_no_program_wrote_is_damaged(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(WorkbookDamaged):
        read(write_parts(tmp_path / "a.xlsx", sheet))


def test_a_tag_that_never_ends_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_PART", 300_000)
    noise = chance(1).randbytes(500_000).hex()
    sheet = sheet_xml(HEADER_XML, row_xml(2, "a"), f'<row spans="{noise}"/>')

    with pytest.raises(WorkbookDamaged):
        read(write_parts(tmp_path / "a.xlsx", sheet))


def test_texts_beyond_counting_are_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_TEXTS", 10)
    texts = SKELETON["xl/sharedStrings.xml"].replace("/>", ">" + "<si><t>a</t></si>" * 11 + "</sst>")

    with pytest.raises(WorkbookDamaged):
        read(write_parts(tmp_path / "a.xlsx", sheet_xml(HEADER_XML), texts=texts))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_workbook_is_damaged(tmp_path: Path, share: float) -> None:
    file = write_workbook(tmp_path / "a.xlsx", [("a", "b")] * 100)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])

    with pytest.raises(WorkbookDamaged) as refused:
        read(file)

    assert refused.value.details == {"file": str(file), "problem": "archive"}


def _answers_or_reads(file: Path) -> None:
    with suppress(FileRefused):
        read(file)


@given(raw=st.binary(max_size=300))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_a_traceback_on_any_bytes(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "any"
    for start in (b"", b"key;name\n", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbfkey,name\n"):
        file.write_bytes(start + raw)
        _answers_or_reads(file)


def test_never_a_traceback_on_texts_with_accidents(tmp_path: Path) -> None:
    text = f'key;name;amount\na;"{FRENCH}";1 250,50\nb;{ARABIC};٣\n' * 5
    for seed in range(150):
        for encoding in ("utf-8-sig", "utf-16"):
            file = tmp_path / f"{seed % 5}.csv"
            file.write_bytes(mutated(text.encode(encoding), seed))
            _answers_or_reads(file)


def test_never_a_traceback_on_workbooks_with_accidents(tmp_path: Path) -> None:
    whole = write_workbook(tmp_path / "a.xlsx", [("a", FRENCH, 1.5, date(2021, 1, 2)), ("b", ARABIC)])
    for seed in range(150):
        file = tmp_path / "b.xlsx"
        file.write_bytes(mutated(whole.read_bytes(), seed))
        _answers_or_reads(file)


def test_never_a_traceback_on_workbooks_whose_parts_had_accidents(tmp_path: Path) -> None:
    whole = write_workbook(tmp_path / "a.xlsx", [("a", FRENCH, 1.5, date(2021, 1, 2)), ("b", ARABIC)])
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    wounded = [name for name in parts if name.endswith((".xml", ".rels")) and "theme" not in name]
    for seed in range(40 * len(wounded)):
        name = wounded[seed % len(wounded)]
        with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
            for part, inside in parts.items():
                archive.writestr(part, mutated(inside, seed) if part == name else inside)
        _answers_or_reads(tmp_path / "b.xlsx")
