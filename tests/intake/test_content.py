import zipfile
from pathlib import Path

import pytest

from intake import content
from intake.content import (
    EncryptedWorkbook,
    FileEmpty,
    FileMissing,
    FileTooLarge,
    FileUnreadable,
    NotATable,
    OldWorkbook,
)
from tests.intake.files import (
    SKELETON,
    cells,
    read,
    write_text,
    write_workbook,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def test_a_name_does_not_decide_what_a_file_is(tmp_path: Path) -> None:
    assert cells(write_text(tmp_path / "a.xlsx", "key;name\na;b\n")) == [("a", "b")]
    assert cells(write_workbook(tmp_path / "a.csv", [("a", "b")]))[0] == ("a", "b")


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (PNG, "png"),
        (b"%PDF-1.7\n1 0 obj", "pdf"),
        (b"<html><table><tr><td>key</td></tr></table></html>", "html"),
        (b'<?xml version="1.0"?><Workbook/>', "xml"),
        (b"{\\rtf1 key}", "rtf"),
        (bytes(range(32)) * 40, None),
    ],
)
def test_something_else_under_the_name_of_a_workbook_is_named(
    tmp_path: Path, start: bytes, found: str | None
) -> None:
    file = tmp_path / "portfolio.xlsx"
    file.write_bytes(start)

    with pytest.raises(NotATable) as refused:
        read(file)

    assert refused.value.details == {"file": str(file), "found": found}


@pytest.mark.parametrize(
    ("part", "found"),
    [("word/document.xml", "docx"), ("a.txt", "zip"), ("xl/workbook.bin", "xlsb")],
)
def test_another_archive_is_named(tmp_path: Path, part: str, found: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", SKELETON["[Content_Types].xml"])
        archive.writestr(part, "x")

    with pytest.raises(NotATable) as refused:
        read(tmp_path / "a.xlsx")

    assert refused.value.details["found"] == found


def test_an_open_document_sheet_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")

    with pytest.raises(NotATable) as refused:
        read(tmp_path / "a.ods")

    assert refused.value.details["found"] == "ods"


def test_an_old_workbook_and_a_locked_one_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "old.xls").write_bytes(OLE)
    (tmp_path / "locked.xlsx").write_bytes(OLE + bytes(70_000) + "EncryptedPackage".encode("utf-16-le"))

    with pytest.raises(OldWorkbook):
        read(tmp_path / "old.xls")
    with pytest.raises(EncryptedWorkbook):
        read(tmp_path / "locked.xlsx")


def test_an_archive_with_a_locked_part_is_refused(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "a.xlsx", [("a", "b")])
    raw = bytearray(file.read_bytes())
    raw[raw.rfind(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(raw)

    with pytest.raises(EncryptedWorkbook):
        read(file)


@pytest.mark.parametrize("empty", [b"", b" \r\n \n", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00\x00"])
def test_an_empty_file_says_so(tmp_path: Path, empty: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(empty)

    with pytest.raises(FileEmpty):
        read(tmp_path / "a.csv")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(FileUnreadable):
        read(tmp_path)
    with pytest.raises(FileUnreadable):
        read(Path("/dev/zero"))
    with pytest.raises((FileUnreadable, FileMissing)):
        read(Path("a\x00.csv"))
    with pytest.raises((FileUnreadable, FileMissing)):
        read(tmp_path / ("x" * 5000))


def test_a_file_one_byte_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_text(tmp_path / "a.csv", "key;name\na;b\n")
    monkeypatch.setattr(content, "LARGEST_FILE", file.stat().st_size)
    assert len(read(file)) == 1
    monkeypatch.setattr(content, "LARGEST_FILE", file.stat().st_size - 1)

    with pytest.raises(FileTooLarge) as refused:
        read(file)

    assert refused.value.details["size"] == 13
