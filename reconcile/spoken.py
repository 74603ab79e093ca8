"""By which words certain lines name their party: what a run learns, and hands on to the next.

A line says more than who pays: its project, its reference, what it is for, what its bank prints. Of all
that a lesson keeps only the words that speak for the party. Source: docs/rules.md, R15 and R54.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Ints, distinct, is_in, paired
from reconcile.books import UNKNOWN, Books
from reconcile.lessons import PURE, Lesson, found_in
from reconcile.parties import SAYS_SOMETHING, LineWords, Spellings, Weights, name_parties
from reconcile.text import Words, fold
from reconcile.vocabulary import Kind, Vocabulary, is_among

NAME_FIELD = 2
"""Of the fields that are read of a line, the one for the name of who pays or is paid."""


@dataclass(frozen=True, slots=True)
class Certain:
    """Lines that are certainly of one target each, with its party. Each line once."""

    line: Ints
    target: Ints
    party: Ints


@dataclass(frozen=True, slots=True)
class Spoken:
    """The certain lines with the words by which each names its party: `text` of each, in their order."""

    line: Ints
    party: Ints
    text: tuple[str, ...]


def spoken(
    books: Books, words: Words, own: Spellings, weights: Weights, certain: Certain, vocabulary: Vocabulary
) -> Spoken:
    """Return by which words certain lines name their party: those of the field where names stand, else
    those that speak for it.

    `own`: which words stand in a party's names in the books; those count wherever they stand. Another one
    is left out where the project, its names or the reference explains it, where it stands in lines of
    other parties too, and where the line names its party clearly without it.
    Source: docs/rules.md, R54.
    """
    width = max(len(books.parties.ids), 1)
    place = np.full(len(books.lines), UNKNOWN)
    place[certain.line] = np.arange(len(certain.line))
    rows = np.flatnonzero(place[words.line] != UNKNOWN)
    line, field, word = words.line[rows], words.field[rows], words.word[rows]
    party = certain.party[place[line]]
    pair = paired(word, party, width)
    is_own = is_in(pair, distinct(paired(own.word, own.party, width)))
    is_name = field == NAME_FIELD
    further = _pure(line, pair, word, width) & ~_explained(books, words, certain, line, word)
    further &= ~_empty(words, vocabulary)[word]
    further &= is_name | ~_is_clear(books, words, own, weights, certain)[line]
    kept = (is_own | further) & ~_signs(words)[word]
    has_name = np.zeros(len(books.lines), bool)
    has_name[line[is_name & kept]] = True
    speaks = is_in(pair, distinct(paired(weights.word, weights.party, width)))
    kept &= np.where(has_name[line], is_name, speaks)
    texts: dict[int, dict[str, None]] = {}
    for one, which in zip(line[kept].tolist(), word[kept].tolist(), strict=True):
        texts.setdefault(one, {})[words.vocabulary[which]] = None
    lines = np.array(sorted(texts), np.int64)
    said = tuple(" ".join(texts[one]) for one in lines.tolist())
    return Spoken(lines, certain.party[place[lines]], said)


def _pure(line: Ints, pair: Ints, word: Ints, width: int) -> Flags:
    """Tell which words stand hardly ever in certain lines of other parties."""
    known = np.unique(np.stack([line, pair]), axis=1)
    pairs, times = np.unique(known[1], return_counts=True)
    whole = np.bincount(pairs // width, weights=times, minlength=int(word.max(initial=0)) + 1)
    is_pure = times >= PURE * whole[pairs // width]
    return is_in(pair, pairs[is_pure])


def _explained(books: Books, words: Words, certain: Certain, line: Ints, word: Ints) -> Flags:
    """Tell which words stand in the names of the line's project, or in what it refers to."""
    targets, width = books.targets, max(len(words.vocabulary), 1)
    named = (fold(" ".join(names)) for names in books.projects.said)
    of_project, said = found_in(words, named)
    project = np.full(len(books.lines), UNKNOWN)
    project[certain.line] = targets.project[certain.target]
    explained = is_in(paired(project[line], word, width), distinct(paired(of_project, said, width)))
    agreement = targets.agreement[certain.target].tolist()
    printed = (
        fold(f"{targets.references[target]} {targets.agreements[of]}")
        for target, of in zip(certain.target.tolist(), agreement, strict=True)
    )
    at, said = found_in(words, printed)
    keys = distinct(paired(certain.line[at], said, width))
    return explained | is_in(paired(line, word, width), keys)


def _empty(words: Words, vocabulary: Vocabulary) -> Flags:
    """Tell which words of lines the tables have for another end than to name somebody."""
    empty = np.zeros(len(words.vocabulary), bool)
    for kind in Kind:
        if kind is not Kind.ABBREVIATION:
            empty |= is_among(words.hashes, vocabulary.hashes(kind))
    return empty


def _signs(words: Words) -> Flags:
    return np.array([not any(map(str.isalpha, word)) for word in words.vocabulary], bool)


def _is_clear(books: Books, words: Words, own: Spellings, weights: Weights, certain: Certain) -> Flags:
    """Tell which certain lines name their party by its names in the books, and no other as strongly."""
    width = max(len(books.parties.ids), 1)
    known = distinct(paired(own.word, own.party, width))
    kept = is_in(paired(weights.word, weights.party, width), known)
    by_books = Weights(weights.word[kept], weights.party[kept], weights.points[kept])
    is_certain = np.zeros(len(books.lines), bool)
    is_certain[certain.line] = True
    rows = is_certain[words.line]
    pairs = distinct(paired(words.line[rows], words.word[rows], max(len(words.vocabulary), 1)))
    line, word = np.divmod(pairs, max(len(words.vocabulary), 1))
    side = np.zeros(len(books.parties.ids), np.int64)
    side[books.targets.party] = books.targets.side
    naming = name_parties(LineWords(line, word, words.hashes), books.lines.side, side, by_books)
    clear = np.zeros(len(books.lines), bool)
    clear[certain.line] = naming.lead(certain.line, certain.party) >= SAYS_SOMETHING
    return clear


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
