"""What a file is, told by its content: the documents that a dossier takes, and nothing else."""

import re
import struct
import zipfile
from codecs import BOM_UTF8
from pathlib import Path

import filetype

HEAD = 64 * 1024
_END_RECORD = 22  # bytes that end a zip file, before its comment
TAIL = 64 * 1024 + _END_RECORD
LARGEST_DIRECTORY = 1024 * 1024  # bytes: an office document lists some dozens of parts
_PDF_TAIL = 2048
_OFFICE = "application/vnd.openxmlformats-officedocument"
_PARTS = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}
_OPEN_DOCUMENT = {f"application/vnd.oasis.opendocument.{kind}".encode() for kind in ("text", "spreadsheet")}
_MACROS = re.compile(r"vbaproject|macrosheets/|^(basic|scripts)/|\.(exe|dll|js|vbs)$", re.IGNORECASE)
_IMAGES = {"image/png", "image/jpeg", "image/tiff"}
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r\f")) + b"\x7f"
_PROGRAM = re.compile(
    rb"<\s*(!doctype|!entity|\?xml|\?php|html|head|body|script|style|svg|iframe|object|embed)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(rb"<[a-z!?%/]", re.IGNORECASE)
_OTHER_TEXT = (b"#!", b"{\\rtf", b"%!PS")

ALLOWED = (
    "application/pdf",
    *sorted(_IMAGES),
    *_PARTS.values(),
    *sorted(kind.decode() for kind in _OPEN_DOCUMENT),
    "text/plain",
    "text/csv",
)
"""The media types that a dossier takes (docs/rules.md, E8)."""


def media_type_of(path: Path, name: str) -> str | None:
    """Return the media type of a file, or None when a dossier does not take what it holds.

    `name` only tells a table of values from a plain text; for everything else the content decides.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read(TAIL)
    if head.startswith(b"%PDF-"):
        return "application/pdf" if b"%%EOF" in tail[-_PDF_TAIL:] else None
    if head.startswith(b"PK\x03\x04"):
        return _office_type(path, tail)
    guessed = filetype.guess_mime(head)
    if guessed in _IMAGES:
        return str(guessed)
    if _is_text(path) and not _is_program(head):
        return "text/csv" if name.casefold().endswith(".csv") else "text/plain"
    return None


def _office_type(path: Path, tail: bytes) -> str | None:
    if not _directory_is_small(tail):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(_MACROS.search(name) for name in names):
                return None
            if names and names[0] == "mimetype":
                return _open_document_type(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, struct.error):
        return None
    found = [kind for part, kind in _PARTS.items() if part in names]
    return found[0] if len(found) == 1 and "[Content_Types].xml" in names else None


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
    with path.open("rb") as file:
        while chunk := file.read(HEAD):
            if len(chunk.translate(None, _CONTROLS)) != len(chunk):
                return False
    return True


def _is_program(head: bytes) -> bool:
    start = head.removeprefix(BOM_UTF8).lstrip()
    return start.startswith(_OTHER_TEXT) or bool(_MARKUP.match(start) or _PROGRAM.search(head))
