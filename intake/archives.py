"""Looking over a workbook's archive before anything unpacks it: bombs, locks, and what it holds."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from intake.content import EncryptedWorkbook, NotATable
from intake.rows import FileRefused

LARGEST_UNPACKED = 512 * 1024 * 1024  # bytes of all parts together (I6)
LARGEST_PART = 8 * 1024 * 1024  # bytes of a part that is neither sheet, text table nor picture
LARGEST_TEXTS = 128 * 1024 * 1024  # bytes of the table of texts
HIGHEST_RATIO = 200  # unpacked to packed; a sheet of real values stays under 40
MOST_PARTS = 2000
LARGEST_DIRECTORY = 1024 * 1024  # bytes of the list of parts: read before zipfile believes it

_RATIO_FROM = 1024 * 1024  # a small part may shrink as it likes
_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE, _END64_SIZE = b"PK\x06\x07", 20, 56
_TAIL = 64 * 1024 + _END_SIZE
_LOCKED = 0x1  # the flag of an encrypted part
_TYPES = "[Content_Types].xml"
_TYPE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_SHEET, _TEXTS = "worksheet+xml", "sharedStrings+xml"
_OTHERS = {"xl/workbook.bin": "xlsb", "word/document.xml": "docx", "ppt/presentation.xml": "pptx"}
_CHUNK = 256 * 1024

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    ParseError,
    DefusedXmlException,
    EOFError,
    LookupError,
    NotImplementedError,  # a way of packing that Python does not know
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    AttributeError,
    AssertionError,
)
"""What zipfile, expat and openpyxl raise on files that are damaged or made to do harm."""


class WorkbookDamaged(FileRefused):
    """The workbook is cut short or cannot be read. Details: file, problem (archive or content)."""

    code = "workbook_damaged"


class WorkbookOversized(FileRefused):
    """The workbook unpacks to more than may be read. Details: file, reason, found, limit.

    `reason` is unpacked, ratio, parts or part.
    """

    code = "workbook_oversized"


@dataclass(slots=True)
class Parts:
    """The parts of a workbook that are read row by row."""

    sheets: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


@contextmanager
def unpacked(handle: BinaryIO, file: str) -> Iterator[tuple[zipfile.ZipFile, Parts]]:
    """Open the archive of a workbook whose parts are safe to unpack.

    Raises: WorkbookDamaged, WorkbookOversized, EncryptedWorkbook, NotATable for another archive.
    Source: docs/rules.md, I6.
    """
    _check_directory(handle, file)
    try:
        archive = zipfile.ZipFile(handle)
    except BROKEN as error:
        raise WorkbookDamaged(file=file, problem="archive") from error
    with archive:
        _check_sizes(archive, file)
        yield archive, _parts(archive, file)


def run_through(archive: zipfile.ZipFile, part: str, parser: expat.XMLParserType) -> Iterator[None]:
    """Feed a part to a parser, piece by piece; what the parser's handlers make of it is their affair.

    Raises: BROKEN errors, also for a document type (entities) and for one endless tag.
    """
    parser.StartDoctypeDeclHandler = _refuse_doctype
    fed = 0
    with archive.open(part) as source:
        while chunk := source.read(_CHUNK):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > LARGEST_PART:
                raise ValueError("endless tag")
            yield
    parser.Parse(b"", True)
    yield


def _refuse_doctype(*_declared: object) -> None:
    raise ValueError("document type")


def _check_directory(handle: BinaryIO, file: str) -> None:
    handle.seek(max(0, handle.seek(0, 2) - _TAIL))
    tail = handle.read()
    start = tail.rfind(_END)
    if start < 0 or len(tail) - start < _END_SIZE:
        raise WorkbookDamaged(file=file, problem="archive")
    listed = struct.unpack_from("<L", tail, start + 12)[0]
    locator = start - _LOCATOR_SIZE
    if locator >= _END64_SIZE and tail.startswith(_LOCATOR, locator):
        listed = struct.unpack_from("<Q", tail, locator - _END64_SIZE + 40)[0]
    if listed > LARGEST_DIRECTORY:
        raise WorkbookOversized(file=file, reason="parts", found=listed, limit=LARGEST_DIRECTORY)


def _check_sizes(archive: zipfile.ZipFile, file: str) -> None:
    # zipfile never reads past the size that the directory declares, so the declared sizes hold.
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS:
        raise WorkbookOversized(file=file, reason="parts", found=len(parts), limit=MOST_PARTS)
    if any(part.flag_bits & _LOCKED for part in parts):
        raise EncryptedWorkbook(file=file)
    for part in parts:
        ratio = part.file_size // max(1, part.compress_size)
        if part.file_size > _RATIO_FROM and ratio > HIGHEST_RATIO:
            raise WorkbookOversized(file=file, reason="ratio", found=ratio, limit=HIGHEST_RATIO)
    if total > LARGEST_UNPACKED:
        raise WorkbookOversized(file=file, reason="unpacked", found=total, limit=LARGEST_UNPACKED)


def _parts(archive: zipfile.ZipFile, file: str) -> Parts:
    names = set(archive.namelist())
    if _TYPES not in names or not any(name.startswith("xl/") for name in names):
        raise NotATable(file=file, found=_other_archive(archive, names))
    if "xl/workbook.bin" in names:
        raise NotATable(file=file, found="xlsb")
    parts = Parts()
    limits: dict[str, int] = {}
    for name, kind in _declared_types(archive, file):
        if name in names and kind.endswith((_SHEET, _TEXTS)):
            (parts.sheets if kind.endswith(_SHEET) else parts.texts).append(name)
            limits[name] = LARGEST_UNPACKED if kind.endswith(_SHEET) else LARGEST_TEXTS
    for part in archive.infolist():
        limit = limits.get(part.filename, LARGEST_PART)
        if part.file_size > limit and not part.filename.startswith("xl/media/"):
            raise WorkbookOversized(file=file, reason="part", found=part.file_size, limit=limit)
    return parts


def _declared_types(archive: zipfile.ZipFile, file: str) -> Iterator[tuple[str, str]]:
    try:
        if archive.getinfo(_TYPES).file_size > LARGEST_PART:
            raise WorkbookDamaged(file=file, problem="archive")
        for element in fromstring(archive.read(_TYPES)).iter(f"{_TYPE}Override"):
            yield element.get("PartName", "").removeprefix("/"), element.get("ContentType", "")
    except BROKEN as error:
        raise WorkbookDamaged(file=file, problem="archive") from error


def _other_archive(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "mimetype" in names and archive.getinfo("mimetype").file_size < _RATIO_FROM:
        try:
            if b"opendocument.spreadsheet" in archive.read("mimetype"):
                return "ods"
        except BROKEN:
            return "zip"
    return next((kind for part, kind in _OTHERS.items() if part in names), "zip")
