"""How banks call parties and print references: taught by matches and people, kept from run to run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.rules.lessons import ENOUGH
from reconcile.arrays import NONE, Flags, Floats, Hashes, Ints, distinct, is_in, paired
from reconcile.books import UNKNOWN
from reconcile.text import Words, fold, scan
from reconcile.vocabulary import Kind, is_among

PURE = 0.9
"""Of the times that a word stood before a number, the part that must be of one kind."""

NAME_FIELD = 2
"""Of the fields that are read of a line, the one for the name of who pays or is paid."""


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

    Source: docs/rules.md, R20.
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
    said = scan([[fold(one.text) for one in known]]).words if known else None
    lines = np.zeros(parties)
    if said is None:
        return Taught(*certain, NONE, NONE, np.zeros(0), lines, NONE)
    party = np.array([one.party for one in known], np.int64)
    times = np.array([one.times for one in known], np.int64)
    np.add.at(lines, party, times)
    place = np.searchsorted(words.hashes, said.hashes[said.word])
    place = np.minimum(place, max(len(words.hashes) - 1, 0)).astype(np.int64)
    here = np.zeros(len(place), bool)
    if len(words.hashes):
        here = words.hashes[place] == said.hashes[said.word]
    word, lesson = place[here], said.line[here]
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


@dataclass(frozen=True, slots=True)
class Spoken:
    """The certain lines with the words by which each names its party: `text` of each, in their order."""

    line: Ints
    party: Ints
    text: tuple[str, ...]


def spoken(words: Words, weights: tuple[Ints, Ints], taught: Taught, parties: int) -> Spoken:
    """Return by which words certain lines name their party: those of the field where names stand, else
    those that speak for it. `weights`: pairs of word and party that count.
    """
    of_line = np.full(int(words.line.max(initial=-1)) + 1, UNKNOWN)
    mine = taught.line < len(of_line)
    of_line[taught.line[mine]] = taught.party[mine]
    own = np.flatnonzero(of_line[words.line] != UNKNOWN)
    line, word = words.line[own], words.word[own]
    has_name = np.zeros(len(of_line), bool)
    has_name[line[words.field[own] == NAME_FIELD]] = True
    speaks = is_in(paired(word, of_line[line], parties), distinct(paired(*weights, parties)))
    counts = np.where(has_name[line], words.field[own] == NAME_FIELD, speaks)
    texts: dict[int, dict[str, None]] = {}
    for one, which in zip(line[counts].tolist(), word[counts].tolist(), strict=True):
        texts.setdefault(one, {})[words.vocabulary[which]] = None
    lines = np.array(sorted(texts), np.int64)
    return Spoken(lines, of_line[lines], tuple(" ".join(texts[one]) for one in lines.tolist()))


def lessons_of(said: Spoken, source: Ints, line: Ints, party: Ints) -> tuple[Lesson, ...]:
    """Return what certain lines taught that were booked so. `line`, `party`: of what was booked."""
    width = int(party.max(initial=0)) + 1
    known = distinct(paired(line, party, width))
    agreed = is_in(paired(said.line, said.party, width), known) & (said.party < width)
    counts = Counter(
        (int(said.party[row]), int(source[said.line[row]]), said.text[row])
        for row in np.flatnonzero(agreed).tolist()
    )
    return tuple(Lesson(*key, times) for key, times in sorted(counts.items()))
