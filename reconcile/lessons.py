"""How banks call parties and print references: taught by matches and people, kept from run to run."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from models.rules.lessons import ENOUGH
from reconcile.arrays import NONE, Flags, Floats, Hashes, Ints, paired
from reconcile.text import Words, fold, scan
from reconcile.vocabulary import Kind, is_among

PURE = 0.9
"""Of the times that a word was seen, the part that must be of one kind, or of one party."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A spelling of a party: `text` was seen `times` on lines that are certainly its own.

    `party`, `source`: places in the books; a source of UNKNOWN stands for every bank. What one bank
    writes tells the same at another. `times` of 0: forgotten, the text speaks for the party no more.
    """

    party: int
    source: int
    text: str
    times: int


@dataclass(frozen=True, slots=True)
class Printed:
    """What a bank (`source`: its place) prints before a number: a word, seen `times` before this kind."""

    source: int
    kind: Kind
    word: str
    times: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The words before numbers that banks are known to use, each for one kind: (source, kind, word)."""

    words: tuple[tuple[int, Kind, str], ...] = ()

    def say(self, kind: Kind, word: Hashes, source: Ints) -> Flags:
        """Tell which words of lines mean a kind at the bank of their line."""
        found = np.zeros(len(word), bool)
        for bank in sorted({one for one, of, _word in self.words if of is kind}):
            mine = sorted(said for one, of, said in self.words if (one, of) == (bank, kind))
            found |= is_among(word, scan([mine]).words.hashes) & (source == bank)
        return found


def usage(printed: Sequence[Printed]) -> Usage:
    """Return what banks print often enough before numbers, and hardly ever before those of another kind.

    Source: docs/rules.md, R22.
    """
    times: dict[tuple[int, str], Counter[Kind]] = {}
    for one in printed:
        times.setdefault((one.source, fold(one.word)), Counter())[one.kind] += one.times
    found = []
    for (source, word), seen in sorted(times.items()):
        ((kind, most),) = seen.most_common(1)
        if most >= ENOUGH and most >= PURE * seen.total():
            found.append((source, kind, word))
    return Usage(tuple(found))


@dataclass(frozen=True, slots=True)
class Taught:
    """What is known before names are read: certain lines with their party, and lessons word by word.

    `word`, `of`, `times`: a word of the vocabulary, the party it speaks for, how often. `lines`: how many
    certain lines of earlier runs each party has. `barred`: pairs of word and party, as keys, sorted.
    """

    line: Ints
    party: Ints
    word: Ints
    of: Ints
    times: Floats
    lines: Floats
    barred: Ints


def read_lessons(
    lessons: Sequence[Lesson], words: Words, parties: int, certain: tuple[Ints, Ints]
) -> Taught:
    """Return lessons as words of the lines' own vocabulary; those that no line has are left out."""
    known = [one for one in lessons if 0 <= one.party < parties]
    lines = np.zeros(parties)
    if not known:
        return Taught(*certain, NONE, NONE, np.zeros(0), lines, NONE)
    lesson, word = found_in(words, (fold(one.text) for one in known))
    party = np.array([one.party for one in known], np.int64)
    times = np.array([one.times for one in known], np.int64)
    np.add.at(lines, party, times)
    keys = paired(word, party[lesson], parties)
    is_barred = times[lesson] == 0
    kept = ~is_barred
    return Taught(
        *certain,
        word[kept],
        party[lesson][kept],
        times[lesson][kept].astype(np.float64),
        lines,
        np.unique(keys[is_barred]),
    )


def found_in(words: Words, texts: Iterable[str]) -> tuple[Ints, Ints]:
    """Return the words of folded texts that lines say too: the place of the text, and of the word."""
    listed = list(texts)
    if not listed or not len(words.hashes):
        return NONE, NONE
    said = scan([listed]).words
    place = np.searchsorted(words.hashes, said.hashes[said.word])
    place = np.minimum(place, len(words.hashes) - 1).astype(np.int64)
    here = words.hashes[place] == said.hashes[said.word]
    return said.line[here], place[here]
