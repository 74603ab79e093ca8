"""The run over books: what is certain is booked, the rest keeps its best suggestions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Floats
from reconcile.booking import Pool, Stage, book_groups, book_parts, book_singles
from reconcile.books import Books
from reconcile.calibration import Threshold, calibrate
from reconcile.doubt import Labelled
from reconcile.evidence import Facts
from reconcile.groups import find_instalments, find_merged
from reconcile.lessons import Lesson, Printed, Usage, read_lessons, usage
from reconcile.outcome import Outcome, fees_and_others
from reconcile.parties import name_parties, read_spellings, weigh, words_of
from reconcile.references import NO_USAGE, read_codes, read_mentions
from reconcile.singles import Candidates, Judged, Shares, find_candidates, weigh_singles
from reconcile.spoken import Certain, spoken
from reconcile.structure import read_structure
from reconcile.suggestions import suggest
from reconcile.text import scan
from reconcile.vocabulary import Kind, Vocabulary, is_among, lines_with, read_vocabulary
from reconcile.weighing import Beside, Groups, learn_group_doubt, shares, weigh_merged, weigh_split

CERTAIN = 0.95
"""The least share of single matches while groups are still to be found: they take what singles leave."""

FIRST = 0.95
"""The least share of groups at first, since each takes rows away from its rivals."""


def read_facts(
    books: Books, lessons: Sequence[Lesson], vocabulary: Vocabulary, said_before: Usage = NO_USAGE
) -> Facts:
    """Read everything that pairs are judged by, and learn how parties are named."""
    lines, targets = books.lines, books.targets
    seen = scan([lines.label, lines.reference, lines.counterparty])
    is_ledger = np.isin(lines.source, sorted(books.ledger))
    structure = read_structure(lines, seen, is_ledger, vocabulary)
    mentions = read_mentions(books, seen, vocabulary, said_before)
    width = max(len(targets), 1)
    line, target = mentions.named // width, mentions.named % width
    fits = structure.is_free[line] & (lines.size[line] == targets.amount[target])
    line, target = line[fits], target[fits]
    alone = np.bincount(line, minlength=len(lines)) == 1
    certain = Certain(line[alone[line]], target[alone[line]], targets.party[target[alone[line]]])
    parties = len(books.parties.ids)
    taught = read_lessons(lessons, seen.words, parties, (certain.line, certain.party))
    side = np.zeros(len(books.parties.ids), np.int64)
    side[targets.party] = targets.side
    named = vocabulary.with_aliases(books.parties)
    spellings = read_spellings(named, seen.words, vocabulary.abbreviations)
    nobody = is_among(seen.words.hashes, vocabulary.hashes(Kind.NOBODY))
    words = words_of(seen.words)
    weights = weigh(len(lines), words, spellings, side, taught, nobody)
    naming = name_parties(words, lines.side, side, weights)
    said = spoken(books, seen.words, spellings, weights, certain, vocabulary)
    fees = lines_with(seen.words, vocabulary.hashes(Kind.FEE), len(lines))
    return Facts(books, structure, mentions, naming, read_codes(books, seen), said, fees)


CASES = 20_000
"""Known answers that are enough to learn how often groups come about by chance."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What lines with a known answer have told: how likely chance is by kind of group, and from where
    each kind of match is booked."""

    merged: Floats
    split: Floats
    thresholds: dict[str, Threshold]


def match(
    books: Books,
    lessons: Sequence[Lesson] = (),
    vocabulary: Vocabulary | None = None,
    printed: Sequence[Printed] = (),
) -> Outcome:
    """Match the lines of books with what they pay: book what is sure, suggest the rest.

    `lessons`: what earlier runs and people taught of how parties are called; `vocabulary`: the words of
    banks, those of the tables that come with the program where none are given; `printed`: what each bank
    was seen to print before numbers.
    """
    vocabulary = vocabulary or read_vocabulary()
    facts = read_facts(books, lessons, vocabulary, usage(printed))
    is_bank = ~np.isin(books.lines.source, sorted(books.ledger))
    is_open = facts.structure.is_free & is_bank & (books.lines.amount != 0) & ~books.lines.is_settled
    candidates = find_candidates(facts, is_open)
    judged, labelled = weigh_singles(facts, candidates)
    proven = prove(facts, candidates, judged, labelled, is_open)
    pool = Pool(
        *(facts, judged, candidates, is_open, np.ones(len(books.targets), bool)), Shares(facts, judged)
    )
    merged, split = _book(pool, proven)
    offered = suggest(pool, merged, split, (proven.merged, proven.split))
    has_offer = np.zeros(len(books.lines), bool)
    has_offer[offered.line] = True
    fees, others = fees_and_others(facts, pool.line_is_open & is_bank, has_offer)
    found = (facts, tuple(pool.booked), offered, proven.thresholds, fees, others, candidates, judged.worth)
    return Outcome(*found)


def prove(
    facts: Facts, candidates: Candidates, judged: Judged, labelled: Labelled, is_open: Flags
) -> Proven:
    """Match lines whose answer is known as if they named nothing; see from which share that is right."""
    unread = judged.worth.of(candidates.levels, with_reference=False)
    single = Shares(facts, judged)
    share = single.of(candidates, unread)
    thresholds = {"single": calibrate(share[labelled.known], labelled.right[labelled.known])}
    beside = Beside(*single.whole(candidates, unread))
    asked, every = _sample(labelled, is_open), np.ones(len(facts.books.targets), bool)
    few = np.arange(len(every)) % max(int((labelled.is_part | labelled.is_whole).sum()) // CASES, 1) == 0
    doubts: dict[str, Floats] = {}
    merged = find_merged(facts, asked, every, blind=True)
    split = find_instalments(facts, is_open, few, blind=True)
    for name, groups in (
        (Stage.MERGED, weigh_merged(facts, judged.worth, merged)),
        (Stage.SPLIT, weigh_split(facts, judged.worth, split)),
    ):
        doubt, known = learn_group_doubt(groups, beside, labelled)
        share = shares(groups, doubt, beside, unread=True)
        cases = (share[known.known], known.right[known.known])
        thresholds[str(name)] = calibrate(*cases, of_groups=True)
        doubts[str(name)] = doubt
    return Proven(doubts["merged"], doubts["split"], thresholds)


def _sample(labelled: Labelled, is_open: Flags) -> Flags:
    """Return the lines with a known answer, or every so many of them where there are more than enough."""
    known = np.flatnonzero(is_open & (labelled.is_single | labelled.is_part | labelled.is_whole))
    taken = np.zeros(len(is_open), bool)
    taken[known[:: max(len(known) // CASES, 1)]] = True
    return taken


def _book(pool: Pool, proven: Proven) -> tuple[Groups, Groups]:
    """Book singles and groups in turns, the surest first; return the groups that were found last."""
    least = {name: one.least for name, one in proven.thresholds.items()}
    book_singles(pool, max(CERTAIN, least["single"]))
    book_singles(pool, least["single"])
    merged, split = _groups(pool)
    for first in (FIRST, 0.0):
        book_groups(pool, merged, proven.merged, max(first, least["merged"]))
        book_groups(pool, split, proven.split, max(first, least["split"]))
        book_singles(pool, least["single"])
    merged, split = _groups(pool)
    book_groups(pool, merged, proven.merged, least["merged"])
    book_groups(pool, split, proven.split, least["split"])
    book_parts(pool)
    book_singles(pool, least["single"])
    return merged, split


def _groups(pool: Pool) -> tuple[Groups, Groups]:
    rows = (pool.line_is_open, pool.target_is_open)
    worth = pool.judged.worth
    return (
        weigh_merged(pool.facts, worth, find_merged(pool.facts, *rows)),
        weigh_split(pool.facts, worth, find_instalments(pool.facts, *rows)),
    )
