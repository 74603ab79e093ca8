"""The words of banks, in two tables that a clerk edits: words.csv and aliases.csv in one folder.

The engine goes by structure; these words help where structure is silent, and an empty table is no fault.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from models.rules.errors import CentreError
from models.settings import ROOT
from reconcile.arrays import Flags, Hashes
from reconcile.books import Parties
from reconcile.text import Words, fold, scan
from reconcile.version import TABLES

FOLDER = ROOT / "data" / "reconciliation"
WORDS, ALIASES = TABLES
MOST_PROBLEMS = 50
LONGEST = 120


class Kind(StrEnum):
    """What a word tells: `nobody` names nobody, as a treasury does that pays for many; `count`: which
    instalment or certificate a number is; the last four: of what a number behind it is."""

    ABBREVIATION = "abbreviation"
    NOBODY = "nobody"
    FEE = "fee"
    REVERSAL = "reversal"
    COUNT = "count"
    CALL = "call"
    CONVENTION = "convention"
    CONTRACT = "contract"


class WordsUnreadable(CentreError):
    """The tables of words cannot be read. Details: folder, problems (file, row, column, reason), count."""

    code = "words_unreadable"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Folded words by kind, what abbreviations stand for, and further names of parties as pairs."""

    words: Mapping[Kind, frozenset[str]]
    abbreviations: Mapping[str, str]
    aliases: tuple[tuple[str, str], ...]

    def hashes(self, kind: Kind) -> Hashes:
        """Return the hashes of a kind's words, sorted, by which they are found in texts."""
        return scan([sorted(self.words[kind])]).words.hashes

    def with_aliases(self, parties: Parties) -> Parties:
        """Return parties with their further names; a party is meant by its id or by any of its names."""
        known: dict[str, list[str]] = {}
        for party, alias in self.aliases:
            known.setdefault(fold(party), []).append(alias)
        names = tuple(
            (*names, *_further(known, (key, *names)))
            for key, names in zip(parties.ids, parties.names, strict=True)
        )
        return Parties(parties.ids, names)


def _further(known: Mapping[str, Sequence[str]], names: Sequence[str]) -> list[str]:
    said = dict.fromkeys(map(fold, names))
    return [alias for name in said for alias in known.get(name, ())]


NO_WORDS = Vocabulary({kind: frozenset() for kind in Kind}, {}, ())


def read_vocabulary(folder: Path = FOLDER) -> Vocabulary:
    """Read both tables of a folder.

    Raises: WordsUnreadable with every problem.
    """
    problems: list[dict[str, object]] = []
    words: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    abbreviations: dict[str, str] = {}
    for row, (kind, word, means) in _rows(folder / WORDS, ("kind", "word", "means"), problems):
        problem = _problem_of_word(kind, word, means)
        if problem:
            problems.append({"file": WORDS, "row": row, **problem})
        elif kind == Kind.ABBREVIATION:
            abbreviations[fold(word)] = fold(means)
        else:
            words[Kind(kind)].add(fold(word))
    aliases = []
    for row, cells in _rows(folder / ALIASES, ("party", "alias"), problems):
        for column, cell in zip(("party", "alias"), cells, strict=True):
            if not cell or len(cell) > LONGEST:
                reason = "too_long" if cell else "empty"
                where = {"file": ALIASES, "row": row, "column": column}
                problems.append({**where, "reason": reason, "value": cell[:60]})
        aliases.append((cells[0], cells[1]))
    if problems:
        raise WordsUnreadable(folder=str(folder), problems=problems[:MOST_PROBLEMS], count=len(problems))
    found = {kind: frozenset(said) for kind, said in words.items()}
    return Vocabulary(found, abbreviations, tuple(aliases))


def _problem_of_word(kind: str, word: str, means: str) -> dict[str, object] | None:
    if kind not in set(Kind):
        return {"column": "kind", "reason": "unknown_kind", "value": kind[:60]}
    for column, cell in (("word", word), ("means", means)):
        is_needed = column == "word" or kind == Kind.ABBREVIATION
        if is_needed and not fold(cell).isalpha():
            return {"column": column, "reason": "not_one_word" if cell else "empty", "value": cell[:60]}
        if len(cell) > LONGEST:
            return {"column": column, "reason": "too_long", "value": cell[:60]}
    return None


def _rows(
    file: Path, wanted: Sequence[str], problems: list[dict[str, object]]
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a table with their number in the file; a missing file is named as a problem."""
    problem: dict[str, object] = {"file": file.name, "row": None, "column": "", "value": ""}
    try:
        with file.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.DictReader(handle)
            missing = [column for column in wanted if column not in (reader.fieldnames or ())]
            for column in missing:
                problems.append({**problem, "row": 1, "column": column, "reason": "column_missing"})
            for row in () if missing else reader:
                yield reader.line_num, [(row[column] or "").strip() for column in wanted]
    except FileNotFoundError:
        problems.append({**problem, "reason": "file_missing"})
    except (OSError, UnicodeDecodeError, csv.Error):
        problems.append({**problem, "reason": "not_a_table"})


def lines_with(words: Words, known: Hashes, lines: int) -> Flags:
    """Tell which lines say any of some words in their label."""
    found = np.zeros(lines, bool)
    said = is_among(words.hashes, known)[words.word] & (words.field == 0)
    found[words.line[said]] = True
    return found


def is_among(hashes: Hashes, known: Hashes) -> Flags:
    """Tell which hashes are those of known words."""
    if not len(known):
        return np.zeros(hashes.shape, bool)
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.asarray(known[place] == hashes, bool)
