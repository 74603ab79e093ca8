"""What is learnt of how banks call parties and print references, per bank and party."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

LONGEST_LESSON = 300


class LessonKind(StrEnum):
    """What is learnt of a party: a spelling banks use, or how it refers to its agreements."""

    SPELLING = "spelling"
    REFERENCE = "reference"


class Habit(StrEnum):
    """Of what a number and its year are, behind a word that a bank prints before them."""

    CALL = "call"
    CONVENTION = "convention"
    CONTRACT = "contract"


class LessonSource(StrEnum):
    """Who taught it: a certain match of a run, or a person's decision."""

    RUN = "run"
    PERSON = "person"


def fingerprint(account: UUID | None, kind: LessonKind, party: str, value: str) -> str:
    """Return what makes a lesson one: its bank, its party (a partner's id, or a contractor), its text.

    Source: docs/rules.md, R15.
    """
    told = [account.hex if account else "", kind, party, value]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


ENOUGH = 3
"""How often certain matches must show a habit before a run goes by it; a person's decision is enough."""

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_YEARS = range(1990, 2061)
_LONG_YEAR, _SHORT_YEAR, _CENTURY = 4, 2, 100
_NEAR, _BEFORE, _SHORTEST = 14, 3, 2
_MARKS = re.compile("[\u0300-\u036f]")

Numbered = tuple[int, int]
"""A number and its year."""


def habits(text: str, *, reference: str, agreement: str, is_call: bool) -> frozenset[str]:
    """Return by which words a line names what it pays: "call:APPEL" for AF-2026-0012 in APPEL 12/26.

    `reference`, `agreement`: of what is paid. Where both have the same number and year, nothing is told.
    Source: docs/rules.md, R20.
    """
    own, of = _numbered(reference), _numbered(agreement)
    known: dict[Numbered, Habit] = {}
    if of is not None:
        known[of] = Habit.CONVENTION if is_call else Habit.CONTRACT
    if is_call and own is not None:
        if own == of:
            return frozenset()
        known[own] = Habit.CALL
    return frozenset(f"{known[pair]}:{word}" for word, pair in _named(text) if pair in known)


def _numbered(reference: str) -> Numbered | None:
    """Return the number and the year of a reference of our own, whichever comes first."""
    found = [one for one in _TOKEN.findall(reference) if one.isdigit()][:2]
    years = [one for one in found if len(one) == _LONG_YEAR and int(one) in _YEARS]
    numbers = [one for one in found if one not in years]
    return (int(numbers[0]), int(years[0])) if len(years) == len(numbers) == 1 else None


def _named(text: str) -> Iterator[tuple[str, Numbered]]:
    """Yield the word before each number with a year near it, in both readings where there are two."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).upper()
    tokens = list(_TOKEN.finditer(plain))
    numbers = [place for place, one in enumerate(tokens) if one[0].isdigit()]
    for first, second in pairwise(numbers):
        left, right = tokens[first], tokens[second]
        if not first or right.start() - left.end() > _NEAR:
            continue
        word = tokens[first - 1]
        if word[0].isdigit() or len(word[0]) < _SHORTEST or left.start() - word.end() > _BEFORE:
            continue
        for number, year in ((left[0], right[0]), (right[0], left[0])):
            if len(year) == _LONG_YEAR and int(year) in _YEARS:
                yield word[0], (int(number), int(year))
            elif len(year) == _SHORT_YEAR:
                yield word[0], (int(number), _YEARS.start // _CENTURY * _CENTURY + _CENTURY + int(year))
