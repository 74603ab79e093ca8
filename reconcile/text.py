"""What a bank prints, read as bytes: its words, its numbers and how it begins, for many lines at once.

Everything works on one buffer of many lines; a run of letters or digits is told by a hash of its bytes,
so that no line is looked at on its own.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reconcile.arrays import Flags, Hashes, Ints

CHUNK = 100_000
"""Lines that are read at once: it bounds the memory."""

HEAD = 20
"""Bytes by which a printed text is known again."""

_FIELD = "\x02"
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200b-\u200f\u2066-\u2069]")
_SPACES = "\t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u1680\u2028\u2029"  # those that NFKD leaves
_DOTTED = re.compile(r"\.(?<=[^\W\d_]\.)(?<![^\W\d_]{2}\.)(?=[^\W\d_](?:\.|\b))")
_SAME = {"ة": "ه", "ى": "ي", "ٱ": "ا", "ک": "ك", "°": " ", "’": "'"}
_DIGITS = {chr(zero + n): str(n) for zero in (0x660, 0x6F0) for n in range(10)}
_BEYOND_ASCII, _MOST_DIGITS = 0x80, 9
_BASE = np.uint64(0x9E3779B97F4A7C15)


def fold(text: str) -> str:
    """Return a text as it is compared: no accents, upper case, one shape for each Arabic letter."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).upper()
    for one, other in (_SAME | _DIGITS).items():
        plain = plain.replace(one, other)  # quicker than translate, which looks at each letter
    for space in _SPACES:
        plain = plain.replace(space, " ")
    while "  " in plain:
        plain = plain.replace("  ", " ")
    return _DOTTED.sub("", plain)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Runs of digits: line and field, value (-1: too long), how many digits, where each begins and ends,
    and the word (a hash, 0: none) right before it. `masked`: it is what is left of a hidden number;
    `last`: nothing of its field follows it."""

    line: Ints
    field: Ints
    value: Ints
    digits: Ints
    start: Ints
    end: Ints
    word: Hashes
    masked: Flags
    last: Flags


@dataclass(frozen=True, slots=True)
class Words:
    """Runs of letters: their line and field, and which word of the vocabulary each is."""

    line: Ints
    field: Ints
    word: Ints
    vocabulary: tuple[str, ...]
    hashes: Hashes


@dataclass(frozen=True, slots=True)
class Scan:
    """Lines of fields as they were read. `heads`: how each line begins; `fields`: a hash of each field;
    `tails`: where else in a line (its number, a hash) a known beginning may stand."""

    numbers: Numbers
    words: Words
    heads: Hashes
    fields: NDArray[np.uint64]
    tails: tuple[Ints, Hashes]


def scan(fields: Sequence[Sequence[str]]) -> Scan:
    """Read columns of texts of the same length; the first is the one of heads and tails."""
    count = len(fields[0])
    parts = [
        _Part(begin, [column[begin : begin + CHUNK] for column in fields])
        for begin in range(0, max(count, 1), CHUNK)
    ]
    known: dict[int, str] = {}
    for part in parts:
        known.update(part.spelt)
    hashes = np.array(sorted(known), np.uint64)
    said = np.concatenate([part.word_hash for part in parts])
    words = Words(
        np.concatenate([part.word_line for part in parts]),
        np.concatenate([part.word_field for part in parts]),
        np.searchsorted(hashes, said).astype(np.int64),
        tuple(known[int(one)] for one in hashes),
        hashes,
    )
    numbers = Numbers(*(np.concatenate(column) for column in zip(*(p.numbers for p in parts), strict=True)))
    tails = tuple(np.concatenate(column) for column in zip(*(p.tails for p in parts), strict=True))
    return Scan(
        numbers,
        words,
        np.concatenate([part.heads for part in parts]),
        np.concatenate([part.fields for part in parts]),
        (tails[0], tails[1]),
    )


def _without_breaks(column: Sequence[str]) -> Sequence[str]:
    """Return texts without the signs that part lines and fields; hardly any text has them."""
    whole = "".join(column)
    if "\n" not in whole and _FIELD not in whole:
        return column
    return [text.replace("\n", " ").replace(_FIELD, " ") for text in column]


class _Part:
    """One chunk of lines while it is read."""

    def __init__(self, begin: int, columns: Sequence[Sequence[str]]) -> None:
        self._begin, self._width, self._count = begin, len(columns), len(columns[0])
        whole = "\n".join(map(_FIELD.join, zip(*map(_without_breaks, columns), strict=True)))
        self._buffer = np.frombuffer((fold(whole) + "\n").encode(), np.uint8)
        breaks = (self._buffer == ord(_FIELD)) | (self._buffer == ord("\n"))
        self._is_break = breaks
        ends = np.flatnonzero(breaks)[: self._count * self._width]
        self._ends = ends.astype(np.int64)
        self._starts = np.concatenate([np.zeros(1, np.int64), self._ends[:-1] + 1]) if len(ends) else ends
        self._prepare_hashes()
        self._read_words()
        self._read_numbers()
        self._read_heads()
        del self._sums, self._backward, self._buffer, self._is_break, self._all_words  # ten times the text

    def hash(self, start: Ints, end: Ints) -> Hashes:
        """Return a hash of bytes of the buffer, the same wherever they stand."""
        whole = (self._sums[end] - self._sums[start]) * self._backward[start]
        return np.asarray(whole + (end - start).astype(np.uint64), np.uint64)

    def _prepare_hashes(self) -> None:
        size = len(self._buffer) + 1
        powers = np.full(size, _BASE, np.uint64)
        powers[0] = 1
        powers = np.cumprod(powers, dtype=np.uint64)
        inverse = np.full(size, pow(int(_BASE), -1, 2**64), np.uint64)
        inverse[0] = 1
        self._backward = np.cumprod(inverse, dtype=np.uint64)
        weighed = (self._buffer.astype(np.uint64) + np.uint64(1)) * powers[:-1]
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(weighed, dtype=np.uint64)])

    def _runs(self, wanted: Flags) -> tuple[Ints, Ints]:
        edges = np.diff(np.concatenate([[False], wanted, [False]]).view(np.int8))
        return np.flatnonzero(edges == 1).astype(np.int64), np.flatnonzero(edges == -1).astype(np.int64)

    def _place(self, start: Ints) -> tuple[Ints, Ints]:
        cell = np.searchsorted(self._ends, start).astype(np.int64)
        return cell // self._width + self._begin, cell % self._width

    def _read_words(self) -> None:
        is_letter = ((self._buffer >= ord("A")) & (self._buffer <= ord("Z"))) | (
            self._buffer >= _BEYOND_ASCII
        )
        start, end = self._runs(is_letter)
        self._word_end, hashes = end, self.hash(start, end)
        self._all_words = hashes
        is_word = end - start > 1
        self.word_hash = hashes[is_word]
        self.word_line, self.word_field = self._place(start[is_word])
        known, at = np.unique(self.word_hash, return_index=True)
        begin, stop = start[is_word][at], end[is_word][at]
        self.spelt = {
            int(one): self._buffer[first:last].tobytes().decode(errors="replace")
            for one, first, last in zip(known, begin, stop, strict=True)
        }

    def _read_numbers(self) -> None:
        start, end = self._runs((self._buffer >= ord("0")) & (self._buffer <= ord("9")))
        digits = end - start
        value = np.zeros(len(start), np.int64)
        for place in range(_MOST_DIGITS):
            long = digits > place
            value[long] = value[long] * 10 + (self._buffer[start[long] + place] - ord("0"))
        value[digits > _MOST_DIGITS] = -1
        word = np.zeros(len(start), np.uint64)
        if len(self._word_end):
            before = np.searchsorted(self._word_end, start, "right") - 1
            near = (before >= 0) & (start - self._word_end[np.maximum(before, 0)] <= 1)
            word[near] = self._all_words[before[near]]
        line, field = self._place(start)
        masked = (self._buffer[np.maximum(start - 1, 0)] == ord("*")) & (start > 0)
        last = self._is_break[end]
        # Where two chunks meet, places of the buffer must not look near to each other.
        self.numbers = (line, field, value, digits, start, end, word, masked, last)

    def _read_heads(self) -> None:
        cells = np.arange(self._count) * self._width
        start, end = self._starts[cells], self._ends[cells]
        self.heads = self.hash(start, np.minimum(start + HEAD, end))
        self.fields = self.hash(self._starts, self._ends).reshape(self._count, self._width)
        gaps = np.flatnonzero(self._buffer == ord(" ")) + 1
        line, field = self._place(gaps)
        gaps, line = gaps[field == 0], line[field == 0]
        stop = np.minimum(gaps + HEAD, end[line - self._begin])
        self.tails = (line, self.hash(gaps, stop))
