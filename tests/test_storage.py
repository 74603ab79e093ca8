"""The evidence folder: what comes in, what is refused, and that nothing half-done stays."""

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path

import pytest

from models import storage
from models.rules.errors import BadValue
from models.settings import LANGUAGES
from models.storage import EvidenceDamaged, FolderUnavailable, StoredUpload, UploadBroken
from notifications.words import sentence

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + b"\x00" * 20
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 20
TIFF = b"II*\x00\x08\x00\x00\x00" + b"\x00" * 20
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8 " + b"\x00" * 20
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 20
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
OFFICE = "application/vnd.openxmlformats-officedocument"
ODT = "application/vnd.oasis.opendocument.text"


def zipped(**parts: str) -> bytes:
    """Return a zip file of these parts, in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def office(part: str, **more: str) -> bytes:
    return zipped(**{"[Content_Types].xml": "<Types/>", part: "<x/>", **more})


def keep(content: bytes, folder: Path, name: str = "permis.pdf", limit: int = 10_000_000) -> StoredUpload:
    return storage.store(io.BytesIO(content), original_name=name, folder=folder, limit=limit)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "a.pdf", "application/pdf"),
        (PDF, "Permis de construire", "application/pdf"),
        (PDF, "PV du 12.03.2026", "application/pdf"),
        (PDF + b"PK\x05\x06" + b"\x00" * 18 + b"\nendstream\n%%EOF\n", "attached.pdf", "application/pdf"),
        (PNG, "a.png", "image/png"),
        (JPEG, "a.jpg", "image/jpeg"),
        (JPEG, "A.JPEG", "image/jpeg"),
        (WEBP, "a.webp", "image/webp"),
        (HEIC, "a.heic", "image/heic"),
        (TIFF, "a.tif", "image/tiff"),
        (office("word/document.xml"), "a.docx", f"{OFFICE}.wordprocessingml.document"),
        (
            office("xl/workbook.xml", **{"xl/printerSettings/printerSettings1.bin": "x"}),
            "a.xlsx",
            f"{OFFICE}.spreadsheetml.sheet",
        ),
        (office("ppt/presentation.xml"), "a.pptx", f"{OFFICE}.presentationml.presentation"),
        (zipped(mimetype=ODT, **{"content.xml": "<x/>"}), "a.odt", ODT),
        (
            zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"),
            "a.ods",
            "application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("رخصة البناء\n".encode(), "a.txt", "text/plain"),
        ("Montant;1 250,50 €\r\n".encode("cp1252"), "A.CSV", "text/csv"),
        (b"BMCE, PK 12, si x <3", "a.txt", "text/plain"),
        (b"MZ is how this text begins", "a.txt", "text/plain"),
        (b"\xef\xbb\xbfa,b\n", "a.csv", "text/csv"),
    ],
)
def test_the_content_tells_the_type(content: bytes, name: str, media_type: str, folder: Path) -> None:
    upload = keep(content, folder, name)

    assert upload.media_type == media_type
    assert (upload.size, upload.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (folder / upload.stored_name).read_bytes() == content


def _swollen_directory() -> bytes:
    content = bytearray(office("word/document.xml"))
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = (64 * 1024 * 1024).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00", "file_active"),
        (b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 60, "file_active"),
        (b"#!/bin/sh\necho x\n", "file_active"),
        (b"<!DOCTYPE html><html></html>", "file_active"),
        (b"\xef\xbb\xbf \n<HTML></HTML>", "file_active"),
        (b"hello\n<ScRiPt>alert(1)</script>", "file_active"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "file_active"),
        (b'<?xml version="1.0"?><!DOCTYPE svg><svg/>', "file_active"),
        (b"<b>bold</b>", "file_active"),
        (b"{\\rtf1 text}", "file_type_refused"),
        (b"%PDF-1.4", "file_cut_short"),
        (b"%PDF-1.4\n%EOF\n", "file_cut_short"),
        (b"%PDF-1.7\ncut short", "file_cut_short"),
        (b"%PDF-1.7\n<script>alert(1)</script>\n%%EOF\n", "file_two_things"),
        (PDF + zipped(**{"payroll.txt": "x"}), "file_two_things"),
        (PDF[:9] + zipped(**{"a.txt": "%%EOF"}), "file_two_things"),
        (PNG + zipped(**{"tool.exe": "x"}), "file_two_things"),
        (JPEG[:12] + b"<html>" + JPEG[12:], "file_two_things"),
        (b"GIF89a" + b"\x00" * 20, "file_type_refused"),
        (b"text with \x00 in it", "file_type_refused"),
        ("text with \x85 in it".encode(), "file_type_refused"),
        (b"PK\x03\x04 not really a zip", "file_type_refused"),
        (zipped(**{"payroll.txt": "x"}), "file_type_refused"),
        (zipped(**{"word/document.xml": "x"}), "file_type_refused"),
        (zipped(mimetype="application/epub+zip"), "file_type_refused"),
        (office("word/document.xml", **{"word/vbaProject.bin": "x"}), "file_active"),
        (office("word/document.xml", **{"word/tool.exe": "x"}), "file_active"),
        (office("word/document.xml", **{"xl/workbook.xml": "x"}), "file_type_refused"),
        (zipped(mimetype=ODT, **{"Basic/Standard/Module1.xml": "x"}), "file_active"),
        (office("word/document.xml")[:-30], "file_type_refused"),
        (_swollen_directory(), "file_type_refused"),
    ],
)
def test_what_a_dossier_does_not_take_is_refused_and_leaves_no_file(
    content: bytes, reason: str, folder: Path
) -> None:
    """E8: with what it does take."""
    with pytest.raises(BadValue) as refused:
        keep(content, folder)

    assert refused.value.details == {
        "field": "file",
        "value": "permis.pdf",
        "reason": reason,
        "limit": "PDF, PNG, JPG, TIF, WEBP, HEIC, DOCX, XLSX, PPTX, ODT, ODS, TXT, CSV",
    }
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "name", "found", "limit"),
    [
        (b"x", "x.exe", "TXT", ".txt, .csv"),
        (b"x", "x", "TXT", ".txt, .csv"),
        (b"<3", "permis.pdf", "TXT", ".txt, .csv"),
        (PDF, "x.exe", "PDF", ".pdf"),
        (PDF, "x.exe. ", "PDF", ".pdf"),
        (PDF, "permis.pdf.html", "PDF", ".pdf"),
        (PDF, "permis.mp4", "PDF", ".pdf"),
        (PDF, "permis.docx", "PDF", ".pdf"),
        (PDF, "x\u202efdp.exe", "PDF", ".pdf"),
        (JPEG, "a.png", "JPG", ".jpg, .jpeg, .jpe, .jfif"),
        (office("word/document.xml"), "a.docm", "DOCX", ".docx"),
        (office("xl/workbook.xml"), "a.zip", "XLSX", ".xlsx"),
    ],
)
def test_a_name_that_contradicts_the_content_is_refused_and_both_are_named(
    content: bytes, name: str, found: str, limit: str, folder: Path
) -> None:
    """E11."""
    with pytest.raises(BadValue) as refused:
        keep(content, folder, name)

    assert refused.value.details == {
        "field": "file",
        "value": storage.clean_name(name),
        "reason": "file_name_differs",
        "found": found,
        "limit": limit,
    }
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_refusal_lists_what_is_taken_in_each_language(language: str, folder: Path) -> None:
    """E8."""
    with pytest.raises(BadValue) as refused:
        keep(b"GIF89a" + b"\x00" * 20, folder, "plan.gif")

    said = sentence(refused.value, language)
    assert "plan.gif" in said
    assert "PDF, PNG, JPG, TIF, WEBP, HEIC, DOCX, XLSX, PPTX, ODT, ODS, TXT, CSV" in said


def test_a_file_of_exactly_the_limit_is_kept(folder: Path) -> None:
    assert keep(b"x" * 100_000, folder, "a.txt", limit=100_000).size == 100_000


class Counted(io.BytesIO):
    """A stream that counts what was asked of it."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        self.given += len(chunk)
        return chunk


def test_one_byte_over_the_limit_is_refused_and_no_more_than_that_byte_is_read(folder: Path) -> None:
    stream = Counted(b"x" * 10_000_000)

    with pytest.raises(BadValue) as refused:
        storage.store(stream, original_name="a.txt", folder=folder, limit=100_000)

    assert refused.value.details == {
        "field": "file",
        "value": "a.txt",
        "reason": "file_too_large",
        "limit": 100_000,
    }
    assert stream.given == 100_001
    assert list(folder.iterdir()) == []


def test_an_empty_file_is_refused(folder: Path) -> None:
    with pytest.raises(BadValue) as refused:
        keep(b"", folder)

    assert refused.value.details["reason"] == "file_empty"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("/", "document"),
        ("..", "document"),
        ("", "document"),
        ("per\x00mis\u202efdp.pdf", "permisfdp.pdf"),
        ("\ud800x.pdf", "x.pdf"),
        ("  a \n\t b.pdf ", "a b.pdf"),
        ("رخصة البناء.pdf", "رخصة البناء.pdf"),
        ("é" * 300 + ".pdf", "é" * 115 + "….pdf"),
        ("x" * 300, "x" * 119 + "…"),
        ("x." + "y" * 300, "x." + "y" * 117 + "…"),
        ("<script>.pdf", "<script>.pdf"),
        ("=cmd().pdf", "=cmd().pdf"),
    ],
)
def test_a_hostile_name_is_cleaned_and_never_a_path(hostile: str, shown: str, folder: Path) -> None:
    upload = keep(PDF, folder, hostile)

    assert upload.original_name == shown
    assert len(shown) <= storage.LONGEST_NAME
    assert [file.name for file in folder.iterdir()] == [upload.stored_name]
    assert len(upload.stored_name) == 32
    assert upload.stored_name.isalnum()


def test_only_the_owner_reads_what_is_kept(folder: Path) -> None:
    upload = keep(PDF, folder)

    assert stat.S_IMODE((folder / upload.stored_name).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_file_twice_has_two_names(folder: Path) -> None:
    assert keep(PDF, folder).stored_name != keep(PDF, folder).stored_name


class Breaking(io.BytesIO):
    """A sender that goes away."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(b"x" * 100_000)
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 0:
            raise self.error
        return super().read(size)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ConnectionResetError(), UploadBroken),
        (EOFError(), UploadBroken),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ZeroDivisionError(), ZeroDivisionError),
    ],
)
def test_an_upload_that_breaks_leaves_no_file(
    error: BaseException, raised: type[BaseException], folder: Path
) -> None:
    with pytest.raises(raised):
        storage.store(Breaking(error), original_name="a.txt", folder=folder, limit=1_000_000)

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_full_disk_is_told_and_leaves_no_file(
    step: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "rename": (Path, "rename")}[step], full)

    with pytest.raises(FolderUnavailable) as told:
        keep(PDF, folder)

    assert told.value.details["problem"] == "disk_full"
    assert list(folder.iterdir()) == []


def test_a_file_system_that_takes_no_more_bytes_is_told(folder: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(FolderUnavailable):
            keep(b"x" * 200_000, folder, "a.txt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    for folder in (blocked, blocked / "evidence", Path("/proc/evidence")):
        with pytest.raises(FolderUnavailable):
            keep(PDF, folder)


def test_a_kept_file_goes_when_the_transaction_inside_fails(folder: Path) -> None:
    def fail_inside() -> None:
        stream = io.BytesIO(PDF)
        with storage.kept(stream, original_name="a.pdf", folder=folder, limit=1000) as upload:
            assert (folder / upload.stored_name).exists()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()

    assert list(folder.iterdir()) == []


def test_a_kept_file_stays_when_all_went_well(folder: Path) -> None:
    with storage.kept(io.BytesIO(PDF), original_name="a.pdf", folder=folder, limit=1000) as upload:
        pass

    with storage.open_stored(upload.stored_name, folder=folder, sha256=upload.sha256) as stream:
        assert stream.read() == PDF


def _change(path: Path) -> None:
    path.write_bytes(PDF + b" ")


def _remove(path: Path) -> None:
    path.unlink()


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("harm", "problem"),
    [(_change, "file_changed"), (_remove, "file_missing"), (_replace_by_folder, "file_missing")],
)
def test_a_damaged_file_is_not_opened(harm: Callable[[Path], None], problem: str, folder: Path) -> None:
    upload = keep(PDF, folder)
    harm(folder / upload.stored_name)

    with pytest.raises(EvidenceDamaged) as told:
        storage.open_stored(upload.stored_name, folder=folder, sha256=upload.sha256)

    assert told.value.details["problem"] == problem


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "a" * 33, "A" * 32, "\x00" * 32])
def test_a_name_that_is_not_ours_opens_nothing(name: str, folder: Path) -> None:
    with pytest.raises(EvidenceDamaged):
        storage.open_stored(name, folder=folder, sha256="")
