"""What a file is, told by its content, before anything reads it as a table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

import filetype

from intake.encodings import is_unmarked_utf16
from intake.rows import FileRefused
from models.rules.obstacles import obstacle_of

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a file that may be read (docs/rules.md, I1)."""

_HEAD = 64 * 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r\f\x1a")) + b"\x7f"
_MOST_CONTROLS = 0.01  # of a text; a picture or a program has far more
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|table|\?xml|script|svg)\b", re.IGNORECASE)
_OTHER_TEXT = {b"%PDF": "pdf", b"{\\rtf": "rtf"}


class Content(StrEnum):
    """What a table may come in."""

    TEXT = "text"
    WORKBOOK = "workbook"


class FileMissing(FileRefused):
    """There is no such file. Details: file."""

    code = "file_missing"


class FileUnreadable(FileRefused):
    """The file is a folder, a device, or not open to us. Details: file, problem (a code), number."""

    code = "file_unreadable"


class FileEmpty(FileRefused):
    """The file holds nothing. Details: file."""

    code = "file_empty"


class FileTooLarge(FileRefused):
    """The file is larger than may be read. Details: file, size, limit (bytes)."""

    code = "file_too_large"


class NotATable(FileRefused):
    """The file is something else than a table, whatever its name says. Details: file, found."""

    code = "not_a_table"


class OldWorkbook(FileRefused):
    """The file is a workbook of the old .xls kind. Details: file."""

    code = "old_workbook"


class EncryptedWorkbook(FileRefused):
    """The workbook is locked with a password. Details: file."""

    code = "encrypted_workbook"


@contextmanager
def opened(path: Path, *, largest: int | None = None) -> Iterator[BinaryIO]:
    """Open a file for reading, when it is one and not too large.

    Unit: `largest` in bytes, LARGEST_FILE where it is not said.
    Raises: FileMissing, FileUnreadable, FileEmpty, FileTooLarge.
    Source: docs/rules.md, I1.
    """
    file = str(path)
    try:
        mode = path.stat().st_mode
        if not (S_ISREG(mode) or S_ISDIR(mode)):
            raise FileUnreadable(file=file, problem="not_a_file", number=None)
        handle = path.open("rb")  # of a folder, the system says what it is
    except FileNotFoundError:
        raise FileMissing(file=file) from None
    except (OSError, ValueError) as error:  # a NUL in a name is a ValueError
        raise FileUnreadable(file=file, **obstacle_of(error)) from error
    with handle:
        size = handle.seek(0, 2)
        handle.seek(0)
        limit = LARGEST_FILE if largest is None else largest
        if size > limit:
            raise FileTooLarge(file=file, size=size, limit=limit)
        if size == 0:
            raise FileEmpty(file=file)
        yield handle


def content_of(handle: BinaryIO, file: str) -> Content:
    """Tell a text from a workbook; its ending is not asked.

    Raises: NotATable naming what it is, OldWorkbook, EncryptedWorkbook, FileEmpty for spaces only.
    Source: docs/rules.md, I2.
    """
    handle.seek(0)
    head = handle.read(_HEAD)
    if head.startswith(_ZIP):
        return Content.WORKBOOK
    if head.startswith(_OLE):
        raise EncryptedWorkbook(file=file) if _has(handle, _ENCRYPTED) else OldWorkbook(file=file)
    if head.startswith(_UTF16):
        return Content.TEXT
    if len(head) < _HEAD and not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise FileEmpty(file=file)
    found = _other_text(head) or _binary(head)
    if found:
        raise NotATable(file=file, found=None if found == _UNKNOWN else found)
    return Content.TEXT


def _other_text(head: bytes) -> str | None:
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "xml" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") else "html"
    return next((kind for start, kind in _OTHER_TEXT.items() if head.startswith(start)), None)


_UNKNOWN = "binary"


def _binary(head: bytes) -> str | None:
    # "BM" and "MZ" begin pictures and programs, and also French words: controls tell them apart.
    # UTF-16 without its mark is left to the search for the encoding, which says what was tried.
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls <= max(2, len(head) * _MOST_CONTROLS) or is_unmarked_utf16(head):
        return None
    return filetype.guess_extension(head) or _UNKNOWN


def _has(handle: BinaryIO, wanted: bytes) -> bool:
    handle.seek(0)
    kept = b""
    while chunk := handle.read(_HEAD):
        if wanted in kept + chunk:
            return True
        kept = chunk[-len(wanted) :]
    return False
