"""Who is meant by the words of a line: what the books call a party, and what certain matches have taught.

A word speaks for a party as far as it stands in that party's lines more often than in all lines; words that
everybody's lines have, such as a bank's own, come to say nothing by themselves.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from reconcile.arrays import Flags, Floats, Hashes, Ints, distinct, is_in, once, paired, spread
from reconcile.books import UNKNOWN, Parties
from reconcile.lessons import Taught
from reconcile.text import Words, fold, scan

MOST_PARTIES = 48
"""A word of more parties than this tells nobody apart."""

WITHIN = 6.0
"""Points behind the strongest party of a line at which another one is not looked at any more."""

SAYS_SOMETHING = 2.0
"""Points from which a line is taken to name somebody at all."""

_FROM_BOOKS = 1.2  # lines that a word of the books' own name is worth
_UNSEEN = 3.0  # lines by which every party is unsure
_LEAST, _MOST = 0.3, 6.0  # points of one word
_FEW_LINES = 500  # books of fewer lines are taken to say their words as rarely as these would
_SPREAD = np.uint64(0xBF58476D1CE4E5B9)
_MOST_NEAR = 2  # words that another one may mean, and slips between them
_SHORTEST_CUT, _SHORTEST_SLIP = 4, 5  # letters of a word that may be cut short, or have a slip


@dataclass(frozen=True, slots=True)
class Naming:
    """How strongly lines name parties. `keys`: (line, party) as one key each, sorted; `points`: of each.

    `best`, `second`: the points of the two strongest parties of each line; `who`: the strongest.
    """

    width: int
    keys: Ints
    points: Floats
    best: Floats
    second: Floats
    who: Ints

    def of(self, line: Ints, party: Ints) -> Floats:
        """Return the points of pairs of line and party."""
        wanted = paired(line, party, self.width)
        if not len(self.keys):
            return np.zeros(wanted.shape)
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(is_in(wanted, self.keys), self.points[place], 0.0)

    def lead(self, line: Ints, party: Ints) -> Floats:
        """Return by how many points a party leads the strongest other one of the line."""
        rival = np.where(self.who[line] == party, self.second[line], self.best[line])
        return self.of(line, party) - rival

    def near_best(self, within: float) -> tuple[Ints, Ints]:
        """Return the pairs of line and party that come near enough to the strongest party of the line."""
        line, party = self.keys // self.width, self.keys % self.width
        kept = self.points >= np.maximum(SAYS_SOMETHING, self.best[line] - within)
        return line[kept], party[kept]


@dataclass(frozen=True, slots=True)
class Spellings:
    """Which words speak for which party by the books' own names: pairs of word and party."""

    word: Ints
    party: Ints


def read_spellings(parties: Parties, words: Words, abbreviations: Mapping[str, str]) -> Spellings:
    """Return the words of the lines that stand in a party's names, whole, short or with one slip."""
    known: dict[str, set[int]] = defaultdict(set)
    said = scan([[fold(" ".join(names)) for names in parties.names]]).words
    for party, word in zip(said.line.tolist(), said.word.tolist(), strict=True):
        known[said.vocabulary[word]].add(party)
    meant = _meanings(words.vocabulary, known, abbreviations)
    pairs = sorted({(word, party) for word, one in meant for party in known[one]})
    return Spellings(*(np.array([pair[place] for pair in pairs], np.int64) for place in (0, 1)))


def _meanings(
    vocabulary: tuple[str, ...], known: Mapping[str, set[int]], abbreviations: Mapping[str, str]
) -> list[tuple[int, str]]:
    by_start: dict[str, set[str]] = defaultdict(set)
    by_rest: dict[str, set[str]] = defaultdict(set)
    for word in known:
        for end in range(_SHORTEST_CUT, len(word)):
            by_start[word[:end]].add(word)
        if len(word) >= _SHORTEST_CUT:
            for rest in _rests(word):
                by_rest[rest].add(word)
    meant: list[tuple[int, str]] = []
    for place, word in enumerate(vocabulary):
        whole = abbreviations.get(word, "")
        near = {word} if word in known else {whole} & known.keys() or _near(word, by_start, by_rest)
        if len(near) <= _MOST_NEAR:
            meant += [(place, one) for one in sorted(near)]
    return meant


def _near(word: str, by_start: Mapping[str, set[str]], by_rest: Mapping[str, set[str]]) -> set[str]:
    """Return the known words that a word cuts short, or else those that it is one slip away from."""
    near = by_start.get(word, set()) if len(word) >= _SHORTEST_CUT else set()
    if near or len(word) < _SHORTEST_SLIP:
        return near
    alike = {one for rest in _rests(word) for one in by_rest.get(rest, ())}
    return {one for one in alike if Levenshtein.distance(word, one) <= _MOST_NEAR}


def _rests(word: str) -> set[str]:
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}


@dataclass(frozen=True, slots=True)
class Weights:
    """How many points a word says of a party."""

    word: Ints
    party: Ints
    points: Floats


@dataclass(frozen=True, slots=True)
class LineWords:
    """Which words of the vocabulary each line says, each once. `width`: how many words there are."""

    line: Ints
    word: Ints
    hashes: Hashes

    @property
    def width(self) -> int:
        return max(len(self.hashes), 1)


def words_of(words: Words) -> LineWords:
    """Return the words that lines say, in the order of lines."""
    width = max(len(words.vocabulary), 1)
    pairs = distinct(paired(words.line, words.word, width))
    return LineWords(pairs // width, pairs % width, words.hashes)


def name_parties(said: LineWords, side: Ints, party_side: Ints, weights: Weights) -> Naming:
    """Return how strongly each line names each party of its side.

    Lines that say the same of the words that speak for anybody are looked at once.
    """
    order = np.lexsort((weights.party, weights.word))
    party, points = weights.party[order], weights.points[order]
    counts = np.bincount(weights.word, minlength=said.width)
    first = np.cumsum(counts) - counts
    counts = np.where(counts > MOST_PARTIES, 0, counts)
    speaks = counts[said.word] > 0
    line, word = said.line[speaks], said.word[speaks]
    mixed = (said.hashes[word] ^ (said.hashes[word] >> np.uint64(31))) * _SPREAD
    sums = (side + 2).astype(np.uint64)
    np.add.at(sums, line, mixed)
    _, head, of = np.unique(sums, return_index=True, return_inverse=True)
    place = np.full(len(side), UNKNOWN)
    place[head] = np.arange(len(head))
    kept = place[line] != UNKNOWN
    signature, word = place[line[kept]], word[kept]
    which, at = spread(first[word], counts[word])
    ours = party_side[party[at]] == side[head][signature[which]]
    which, at = which[ours], at[ours]
    width = len(party_side)
    keys, back = np.unique(paired(signature[which], party[at], width), return_inverse=True)
    whole: Floats = np.bincount(back, weights=points[at], minlength=len(keys)).astype(np.float64)
    top = np.zeros(len(head))
    np.maximum.at(top, keys // width, whole)
    near = (whole >= top[keys // width] - WITHIN) & (whole >= SAYS_SOMETHING / 2)
    return _for_lines(keys[near], whole[near], of, width)


def weigh(
    lines: int, said: LineWords, spellings: Spellings, party_side: Ints, taught: Taught, nobody: Flags
) -> Weights:
    """Return what words say of parties. One certain line counts as one lesson, whatever taught it.

    Lessons hold the words of parties alone: one that no lesson tells is weighed by the lines of this run.
    `nobody`: words of the vocabulary that name nobody, in whoever's lines they stand.
    """
    width = len(party_side)
    line, word = said.line, said.word
    of_line = np.full(lines, UNKNOWN)
    of_line[taught.line] = taught.party
    learnt = of_line[line] != UNKNOWN
    lesson = paired(word[learnt], of_line[line[learnt]], width)
    earlier = paired(taught.word, taught.of, width)
    keys = np.concatenate([lesson, earlier, paired(spellings.word, spellings.party, width)])
    times = np.concatenate([np.ones(len(lesson)), taught.times, np.zeros(len(spellings.word))])
    is_lesson = np.arange(len(keys)) < len(lesson) + len(earlier)
    known, back = np.unique(keys, return_inverse=True)
    lessons = np.bincount(back, weights=times, minlength=len(known))
    in_books = np.bincount(back, weights=~is_lesson, minlength=len(known)) > 0
    word_of, party_of = known // width, known % width
    is_told = np.zeros(said.width, bool)
    is_told[taught.word] = True
    now = np.bincount(taught.party, minlength=width)
    with_earlier = now + taught.lines
    seen = np.bincount(word, minlength=said.width) * 0.02
    usual = np.zeros(len(known))
    for one in (-1, 1):
        mine = party_side[party_of] == one
        taken = np.bincount(word_of[mine], weights=lessons[mine], minlength=said.width)
        ours = party_side == one
        whole = np.where(is_told, with_earlier[ours].sum(), now[ours].sum())
        share = (taken + 0.5 + seen) / (whole + 1 + max(lines, _FEW_LINES) * 0.02)
        usual[mine] = share[word_of[mine]]
    usual = np.where(usual > 0, usual, 1.0)  # of a party of no side, about which nothing is asked
    of_party = np.where(is_told[word_of], with_earlier[party_of], now[party_of])
    share = (lessons + _FROM_BOOKS * in_books + 2.0 * usual) / (of_party + _UNSEEN + 2.0)
    points = np.clip(np.log(share / usual), 0.0, _MOST)
    kept = (points > _LEAST) & (in_books | ~(is_in(known, taught.barred) | nobody[word_of]))
    return Weights(word_of[kept], party_of[kept], points[kept])


def _for_lines(keys: Ints, sums: Floats, of: Ints, width: int) -> Naming:
    """Give every line the points of what it says. `of`: what each line says, of the keys' first part."""
    count = int(of.max(initial=-1)) + 1
    counts = np.bincount(keys // width, minlength=count)
    first = np.cumsum(counts) - counts
    best, second, who = np.zeros(count), np.zeros(count), np.full(count, UNKNOWN)
    top = once(keys // width, sums)
    best[keys[top] // width], who[keys[top] // width] = sums[top], keys[top] % width
    rest = np.ones(len(keys), bool)
    rest[top] = False
    np.maximum.at(second, keys[rest] // width, sums[rest])
    line, place = spread(first[of], counts[of])
    pairs = paired(line, keys[place] % width, width)
    return Naming(width, pairs, sums[place], best[of], second[of], who[of])
