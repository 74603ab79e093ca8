"""Which alphabet a text file is written in: UTF-8, UTF-16, or one of the two Windows ones in use.

cp1252 (French) and cp1256 (Arabic) are told apart by their words. cp1256 keeps é è ê ç à at the same
places as cp1252, so only the letters that differ bear witness: capitals with accents among Latin
letters speak for cp1252, whole words of Arabic letters for cp1256. (Detection by frequency, as
charset-normalizer does it, reads a lone أ as Ã and calls it Swedish: a few names are too little.)
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from intake.rows import FileRefused

TRIED = ("utf-8", "utf-16", "cp1252", "cp1256")

_LAST_ASCII = 0x7F
_CHUNK = 1024 * 1024
_SAMPLE = 2 * 1024 * 1024
_LONGEST_READ = 64 * 1024
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MOSTLY = 0.8  # of the bytes beyond ASCII: UTF-8 that was damaged, no Windows alphabet
_STRAY = 0.05  # of the words may contradict the others; more make two alphabets, or a third one
_HIGH_HALVES = b"\x00\x06"  # of Latin and Arabic letters in UTF-16
_UNMARKED_UTF16 = 0.6  # of every second byte are such: UTF-16 without its mark
_ARABIC_RANGE = range(0xC1, 0x100)
_MOROCCAN_GAF = b"\x81\x8d\x90"  # پ چ گ, unused in cp1252
_FRENCH = "àâäæçèéêëîïôöùûüÿœÀÂÄÆÇÈÉÊËÎÏÔÖÙÛÜŸŒ" + "áíóúñÁÍÓÚÑ"  # and Spanish names of the north
_SIGNS = "€…‰‘’“”•–—™\u00a0§©«®°²³µ·»½×÷".encode("cp1252")
_ARABIC_SIGNS = "،؛؟".encode("cp1256")


class EncodingUnknown(FileRefused):
    """The letters of a text fit none of the alphabets, or two. Details: file, tried, row."""

    code = "encoding_unknown"


class CutShort(FileRefused):
    """The file ends in the middle of a letter. Details: file, row."""

    code = "file_cut_short"


def find_encoding(handle: BinaryIO, file: str) -> str:
    """Return the name of the codec that reads the file.

    Raises: EncodingUnknown naming the encodings tried, CutShort.
    Source: docs/rules.md, I3.
    """
    handle.seek(0)
    start = handle.read(_LONGEST_READ)
    for mark, name in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return name
    if is_unmarked_utf16(start):
        raise EncodingUnknown(file=file, tried=TRIED, row=1)
    fault = _first_fault(handle)
    if fault is None:
        return "utf-8"
    sample = _sample(handle)
    if b"\x00" not in sample and not _is_mostly_utf8(sample):
        found = _by_words(sample)
        if found:
            return found
    elif fault.at_end:
        raise CutShort(file=file, row=fault.row)
    raise EncodingUnknown(file=file, tried=TRIED, row=fault.row)


def is_unmarked_utf16(start: bytes) -> bool:
    """Tell whether a text looks like UTF-16 without its mark: it may be read in two byte orders."""
    halves = (start[0::2], start[1::2])
    return any(
        sum(half.count(byte) for byte in _HIGH_HALVES) > len(half) * _UNMARKED_UTF16
        for half in halves
        if half
    )


@dataclass(frozen=True, slots=True)
class _Fault:
    """Where a file stops being UTF-8."""

    row: int
    at_end: bool


def _first_fault(handle: BinaryIO) -> _Fault | None:
    handle.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    row = 1
    while True:
        chunk = handle.read(_CHUNK)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            return _Fault(row + before.count(b"\n"), at_end=not chunk)
        if not chunk:
            return None
        row += chunk.count(b"\n")


def _sample(handle: BinaryIO) -> bytes:
    """Return the lines that hold more than ASCII, up to a limit."""
    handle.seek(0)
    sample = bytearray()
    while len(sample) < _SAMPLE and (line := handle.readline(_LONGEST_READ)):
        if not line.isascii() or b"\x00" in line:
            sample += line
    return bytes(sample)


def _is_mostly_utf8(sample: bytes) -> bool:
    beyond = sum(byte > _LAST_ASCII for byte in sample)
    return sum(len(found) for found in _SEQUENCE.findall(sample)) > beyond * _MOSTLY


def _by_words(sample: bytes) -> str | None:
    seen = _Witnesses.of(_WORD.findall(sample))
    if seen.odd > (seen.french + seen.arabic + seen.latin) * _STRAY:
        return None
    fewer, more = sorted((seen.french, seen.arabic))
    if more:
        winner = "cp1256" if seen.arabic > seen.french else "cp1252"
        return winner if fewer <= more * _STRAY else None
    # One Arabic letter by itself (و) may as well be a French one (æ): nobody can tell.
    return None if seen.alone else "cp1252"


def _letters_of(codec: str, wanted: Iterable[int]) -> bytes:
    """Return the bytes that are letters or marks of the codec."""
    decoded = ((byte, bytes([byte]).decode(codec, "ignore")) for byte in wanted)
    return bytes(byte for byte, letter in decoded if letter and unicodedata.category(letter)[0] in "LM")


_ASCII = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_FRENCH_BYTES = frozenset(_FRENCH.encode("cp1252"))
_SHARED_BYTES = frozenset(
    byte for byte in _FRENCH_BYTES if bytes([byte]).decode("cp1256") == bytes([byte]).decode("cp1252")
)
_ARABIC_BYTES = (frozenset(_letters_of("cp1256", _ARABIC_RANGE)) | {0xDC, *_MOROCCAN_GAF}) - _SHARED_BYTES
_HIGH = bytes(byte for byte in range(0x80, 0x100) if byte not in _SIGNS + _ARABIC_SIGNS)
_WORD = re.compile(b"[A-Za-z" + re.escape(_HIGH) + b"]+")
_RUN = b"[" + re.escape(bytes(_ARABIC_BYTES)) + b"]{2,}"
_ARABIC_WORD = re.compile(_RUN + b"[A-Za-z]*|[A-Za-z]+" + _RUN)  # also against a Latin word: CMPالرحمة


@dataclass(slots=True)
class _Witnesses:
    """How many words speak for each alphabet."""

    french: int = 0  # accents that only cp1252 has, among Latin letters
    arabic: int = 0  # two Arabic letters or more, and nothing else
    latin: int = 0  # accents that both have
    alone: int = 0  # one Arabic letter by itself
    odd: int = 0  # what neither would write

    @classmethod
    def of(cls, words: Iterable[bytes]) -> "_Witnesses":
        seen = cls()
        for word in words:
            if not word.isascii():
                kind = _kind_of(word)
                setattr(seen, kind, getattr(seen, kind) + 1)
        return seen


def _kind_of(word: bytes) -> str:
    high = {byte for byte in word if byte > _LAST_ASCII}
    if len(word) == 1 and high <= _ARABIC_BYTES | _FRENCH_BYTES - _SHARED_BYTES:
        return "alone" if high <= _ARABIC_BYTES else "french"
    if len(word) == 1 or not _ASCII.isdisjoint(word):
        for kind, explained in (("latin", _SHARED_BYTES), ("french", _FRENCH_BYTES)):
            if high <= explained:
                return kind
    return "arabic" if _ARABIC_WORD.fullmatch(word) else "odd"
