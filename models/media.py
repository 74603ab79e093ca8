"""What a file is, told by its content: the documents that a dossier takes, and nothing else."""

import re
import struct
import zipfile
from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path

import filetype

from models.rules.errors import BadValue

HEAD = 64 * 1024
_END_RECORD = 22  # bytes that end a zip file, before its comment
TAIL = 64 * 1024 + _END_RECORD
LARGEST_DIRECTORY = 1024 * 1024  # bytes: an office document lists some dozens of parts
_PDF_TAIL = 2048
_FIRST_LOOK = 1024  # bytes in which a reader that guesses looks for a web page
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OASIS = "application/vnd.oasis.opendocument"
_PARTS = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}
_OPEN_DOCUMENT = {f"{_OASIS}.{kind}".encode() for kind in ("text", "spreadsheet")}
_MACROS = re.compile(r"vbaproject|macrosheets/|^(basic|scripts)/|\.(exe|dll|js|vbs)$", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_PROGRAM = re.compile(
    rb"<\s*(!doctype|!entity|\?xml|\?php|html|head|body|script|style|svg|iframe|object|embed)\b",
    re.IGNORECASE,
)
_PAGE = re.compile(rb"<\s*(!doctype\s+html|html|script|svg|iframe)\b", re.IGNORECASE)
_MARKUP = re.compile(rb"<[a-z!?%/]", re.IGNORECASE)
_RUNS = (b"MZ", b"\x7fELF")
_OTHER_TEXT = (b"{\\rtf", b"%!PS")
_ENDING = re.compile(r"\.(?=[0-9]*[a-z])[a-z0-9]{1,5}$")

PLAIN_TEXT = "text/plain"
TABLE = "text/csv"
PDF = "application/pdf"

ENDINGS: Mapping[str, tuple[str, ...]] = {
    PDF: (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    _PARTS["word/document.xml"]: (".docx",),
    _PARTS["xl/workbook.xml"]: (".xlsx",),
    _PARTS["ppt/presentation.xml"]: (".pptx",),
    f"{_OASIS}.text": (".odt",),
    f"{_OASIS}.spreadsheet": (".ods",),
    PLAIN_TEXT: (".txt",),
    TABLE: (".csv",),
}
"""The media types that a dossier takes, with the endings of their names (docs/rules.md, E8 and E11)."""

ACCEPTED = ", ".join(endings[0].removeprefix(".").upper() for endings in ENDINGS.values())
"""The types as people call them, the same in all three languages."""


def media_type_of(path: Path, name: str) -> str:
    """Return the media type of a file: its content decides, and its name must not say otherwise.

    Raises: BadValue when a dossier does not take the file, saying why and what it does take.
    Source: docs/rules.md, E8 and E11.
    """
    found = _type_of_content(path, name)
    endings, ending = ENDINGS[found], _ending(name)
    if found == PLAIN_TEXT and ending in ENDINGS[TABLE]:
        return TABLE
    unsaid = not ending and found != PLAIN_TEXT
    if ending not in endings and not unsaid:
        allowed = (*endings, *ENDINGS[TABLE]) if found == PLAIN_TEXT else endings
        raise BadValue(
            field="file",
            value=name,
            reason="file_name_differs",
            found=endings[0].removeprefix(".").upper(),
            limit=", ".join(allowed),
        )
    return found


def _type_of_content(path: Path, name: str) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read(TAIL)
    if head.startswith(b"PK\x03\x04"):
        return _office_type(path, tail, name)
    guessed = PDF if head.startswith(b"%PDF-") else filetype.guess_mime(head)
    if guessed in ENDINGS:
        _check_single(head, tail, name)
        if guessed == PDF and b"%%EOF" not in tail[-_PDF_TAIL:]:
            raise _refused(name, "file_cut_short")
        return str(guessed)
    if not _is_text(path):
        raise _refused(name, "file_active" if head.startswith(_RUNS) else "file_type_refused")
    _check_plain(head, name)
    return PLAIN_TEXT


def _check_plain(head: bytes, name: str) -> None:
    """Refuse a text that is there to be run, shown as a page or set in type."""
    start = head.removeprefix(BOM_UTF8).lstrip()
    if start.startswith(b"#!") or _MARKUP.match(start) or _PROGRAM.search(head):
        raise _refused(name, "file_active")
    if start.startswith(_OTHER_TEXT):
        raise _refused(name, "file_type_refused")


def _refused(name: str, reason: str) -> BadValue:
    return BadValue(field="file", value=name, reason=reason, limit=ACCEPTED)


def _ending(name: str) -> str:
    """Return how a name ends, as a desktop would read it: points and spaces behind do not count."""
    found = _ENDING.search(name.casefold().rstrip(". "))
    return found.group() if found else ""


def _check_single(head: bytes, tail: bytes, name: str) -> None:
    """Refuse a picture or a PDF that is a web page or an archive besides."""
    end = tail.rfind(b"PK\x05\x06")
    archive = end >= 0 and len(tail) - end >= _END_RECORD
    if archive:
        (comment,) = struct.unpack_from("<H", tail, end + 20)
        archive = end + _END_RECORD + comment == len(tail)  # an attachment ends before the file does
    if archive or _PAGE.search(head[:_FIRST_LOOK]):
        raise _refused(name, "file_two_things")


def _office_type(path: Path, tail: bytes, name: str) -> str:
    found = None
    if _directory_is_small(tail):
        try:
            with zipfile.ZipFile(path) as archive:
                found = _type_of_archive(archive, name)
        # What an archive may hold and Python not unpack: another way of packing, a password, nonsense.
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, struct.error):
            found = None
    if found is None:
        raise _refused(name, "file_type_refused")
    return found


def _type_of_archive(archive: zipfile.ZipFile, name: str) -> str | None:
    parts = archive.namelist()
    if any(_MACROS.search(part) for part in parts):
        raise _refused(name, "file_active")
    if parts and parts[0] == "mimetype":
        return _open_document_type(archive)
    found = [kind for part, kind in _PARTS.items() if part in parts]
    return found[0] if len(found) == 1 and "[Content_Types].xml" in parts else None


def _open_document_type(archive: zipfile.ZipFile) -> str | None:
    if archive.getinfo("mimetype").compress_type != zipfile.ZIP_STORED:
        return None
    with archive.open("mimetype") as file:
        kind = file.read(100)
    return kind.decode() if kind in _OPEN_DOCUMENT else None


def _directory_is_small(tail: bytes) -> bool:
    # Read before zipfile reads it: a made-up list of millions of parts costs memory, not bytes.
    start = tail.rfind(b"PK\x05\x06")
    if start < 0 or len(tail) - start < _END_RECORD:
        return False
    size: int = struct.unpack_from("<L", tail, start + 12)[0]
    return size <= LARGEST_DIRECTORY


def _is_text(path: Path) -> bool:
    """Tell whether a file holds letters only, in UTF-8 or a one-byte Windows alphabet."""
    try:
        return _has_letters_only(path, "utf-8-sig")
    except UnicodeDecodeError:
        return _has_letters_only(path, "cp1256")  # knows every byte, and its controls are those of all


def _has_letters_only(path: Path, encoding: str) -> bool:
    with path.open(encoding=encoding, newline="") as file:
        while chunk := file.read(HEAD):
            if _CONTROLS.search(chunk):
                return False
    return True
