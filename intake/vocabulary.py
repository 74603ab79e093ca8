"""The words of a portfolio file: its headings and choices in three languages (portfolio.toml)."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from models.queries.projects import CANDIDATES, CLOSE_ENOUGH
from models.rules.names import fold
from models.settings import LANGUAGES

_LONGEST_COMPARED = 100
_LOOKED_AT = 12
PART_CLOSE_ENOUGH, FEWEST_LETTERS = 80, 3
"""For a part of a word, where no whole word is near: most words have a letter or two in common."""

FILE = Path(__file__).with_name("portfolio.toml")


@dataclass(frozen=True)
class Words:
    """Codes, and the words by which people call them. The first word of a language is the one shown."""

    by_code: Mapping[str, Mapping[str, tuple[str, ...]]]
    by_fold: Mapping[str, tuple[str, str]]
    """Code and word, by the folded word."""

    @classmethod
    def of(cls, entries: Mapping[str, Mapping[str, Any]]) -> "Words":
        by_code = {
            code: {language: tuple(entry[language]) for language in LANGUAGES}
            for code, entry in entries.items()
        }
        codes = {fold(code): (code, code) for code in by_code}
        words = {fold(word): (code, word) for code in by_code for word in _all(by_code[code])}
        return cls(by_code, codes | words)

    def find(self, text: str) -> str | None:
        """Return the code that a text calls, in any language, or None."""
        code, _word = self.by_fold.get(fold(text), (None, ""))
        return code

    def is_known(self, text: str) -> bool:
        """Tell whether a text calls one of the codes."""
        return fold(text) in self.by_fold

    def near(self, text: str) -> tuple[str, ...]:
        """Return the words most like a text, one for each code, nearest first."""
        return tuple(self._nearest(text).values())

    def near_codes(self, text: str) -> tuple[str, ...]:
        """Return the codes whose words are most like a text, nearest first."""
        return tuple(self._nearest(text))

    def _nearest(self, text: str) -> dict[str, str]:
        wanted, found = fold(text)[:_LONGEST_COMPARED], []
        ways = ((fuzz.ratio, CLOSE_ENOUGH), (fuzz.WRatio, PART_CLOSE_ENOUGH))
        for likeness, cutoff in ways if len(wanted) >= FEWEST_LETTERS else ways[:1]:
            found = process.extract(
                wanted, list(self.by_fold), scorer=likeness, score_cutoff=cutoff, limit=_LOOKED_AT
            )
            if found:
                break
        words: dict[str, str] = {}
        for folded, _score, _place in found:
            words.setdefault(*self.by_fold[folded])
        return dict(islice(words.items(), CANDIDATES))

    def shown(self, code: str, language: str) -> str:
        """Return the word for a code in a language."""
        return self.by_code[code][language][0]


@dataclass(frozen=True)
class Vocabulary:
    """Everything that portfolio.toml says."""

    columns: Words
    needed: frozenset[str]
    hints: Mapping[str, Mapping[str, str]]
    choices: Mapping[str, Words]
    titles: Mapping[str, Mapping[str, str]]
    sample: Mapping[str, Any]


CHOICES = ("sector", "kind", "stage")
"""The columns whose values are chosen from a list."""


@cache
def vocabulary() -> Vocabulary:
    """Read the words, once."""
    with FILE.open("rb") as file:
        read = tomllib.load(file)
    columns = read["columns"]
    return Vocabulary(
        columns=Words.of(columns),
        needed=frozenset(name for name, entry in columns.items() if entry["needed"]),
        hints={name: entry["hint"] for name, entry in columns.items()},
        choices={name: Words.of(read[name]) for name in CHOICES},
        titles=read["titles"],
        sample=read["sample"],
    )


def _all(words: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for group in words.values():
        yield from group
