"""The run over books: what is certain is booked, the rest keeps its best suggestions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from reconcile.arrays import Flags, Floats, Ints, once
from reconcile.books import UNKNOWN, Books
from reconcile.calibration import Threshold, calibrate
from reconcile.evidence import BLANK, ELSEWHERE, NAMED, SAME, Facts, Worth
from reconcile.groups import Groups, find_instalments, find_merged, find_parts
from reconcile.lessons import Lesson, read_lessons, spoken
from reconcile.outcome import Booked, Outcome, Stage, fees_and_others
from reconcile.parties import Signatures, name_parties, read_spellings, weigh
from reconcile.references import read_codes, read_mentions
from reconcile.singles import Candidates, certain, find_candidates, learn_worth, sureness
from reconcile.structure import read_structure
from reconcile.suggestions import suggest
from reconcile.text import scan

CERTAIN, CAREFUL, BETWEEN = 0.95, 0.8, 0.75
"""The least shares of single matches while groups are still to be found: they take what singles leave."""

GROUPS_FIRST, GROUPS = 0.9, 0.7
"""The least shares of groups: first the surest, since each takes rows away from its rivals."""

PART_SHARE = 0.9
TAUGHT = 1.5
"""Points by which a party leads or trails others for a part payment to count as its own or another's."""


@dataclass(slots=True)
class Pool:
    """What is still open while a run goes on, and what it has booked."""

    line_is_open: Flags
    target_is_open: Flags
    booked: list[Booked] = field(default_factory=list)

    def book(
        self, line: Ints, target: Ints, amount: Ints, stage: Stage, sure: Floats, points: Floats
    ) -> None:
        self.line_is_open[line] = False
        self.target_is_open[target] = False
        self.booked.append(Booked(stage, line, target, amount, sure, points))


def read_facts(books: Books, lessons: Sequence[Lesson] = ()) -> Facts:
    """Read everything that pairs are judged by, and learn how parties are named."""
    lines, targets = books.lines, books.targets
    seen = scan([lines.label, lines.reference, lines.counterparty])
    is_ledger = np.isin(lines.source, sorted(books.ledger))
    structure = read_structure(lines, seen, is_ledger)
    mentions = read_mentions(books, seen)
    width = max(len(targets), 1)
    line, target = mentions.named // width, mentions.named % width
    fits = structure.is_free[line] & (lines.size[line] == targets.amount[target])
    line, target = line[fits], target[fits]
    alone = np.bincount(line, minlength=len(lines)) == 1
    certain_lines = (line[alone[line]], targets.party[target[alone[line]]])
    parties = len(books.parties.ids)
    taught = read_lessons(lessons, seen.words, parties, certain_lines)
    side = np.zeros(len(books.parties.ids), np.int64)
    side[targets.party] = targets.side
    spellings = read_spellings(books.parties, seen.words)
    signatures = Signatures(len(lines), seen.words)
    weights = weigh(len(lines), signatures, spellings, side, taught)
    naming = name_parties(signatures, lines.side, side, weights)
    said = spoken(seen.words, (weights.word, weights.party), taught, parties)
    return Facts(books, structure, mentions, naming, read_codes(books, seen), said)


def book_singles(facts: Facts, pool: Pool, candidates: Candidates, worth: Worth, least: float) -> int:
    """Book pairs that are sure enough, the surest first, until none is left; return how many."""
    whole = 0
    while True:
        kept = pool.line_is_open[candidates.line] & pool.target_is_open[candidates.target]
        candidates = candidates.where(kept)
        points = worth.of(candidates.levels)
        sure = sureness(facts, candidates, points)
        picked = np.flatnonzero(sure >= least)
        picked = picked[once(candidates.line[picked], sure[picked])]
        picked = picked[once(candidates.target[picked], sure[picked])]
        if not len(picked):
            return whole
        line, target = candidates.line[picked], candidates.target[picked]
        amount = facts.books.lines.size[line]
        pool.book(line, target, amount, Stage.SINGLE, sure[picked], points[picked])
        whole += len(picked)


def book_groups(facts: Facts, pool: Pool, least: float, *, instalments: bool) -> int:
    """Book groups that are sure enough, the surest first, none that shares a row with one before it."""
    find = find_instalments if instalments else find_merged
    groups = find(facts, pool.line_is_open, pool.target_is_open)
    order = np.lexsort((np.arange(len(groups)), -groups.sure))
    order = order[groups.sure[order] >= least]
    used_asked, used_member = set[int](), set[int]()
    picked = []
    for place in order.tolist():
        asked = int(groups.asked[place])
        members = [one for one in groups.members[place].tolist() if one != UNKNOWN]
        if asked in used_asked or not used_member.isdisjoint(members):
            continue
        used_asked.add(asked)
        used_member.update(members)
        picked.append(place)
    _book_picked(facts, pool, groups, np.array(picked, np.int64), instalments=instalments)
    return len(picked)


def _book_picked(facts: Facts, pool: Pool, groups: Groups, picked: Ints, *, instalments: bool) -> None:
    members, asked = groups.members[picked], groups.asked[picked]
    there = members != UNKNOWN
    one = np.broadcast_to(asked[:, None], members.shape)[there]
    many = members[there]
    sure, points = (
        np.broadcast_to(column[picked][:, None], members.shape)[there]
        for column in (groups.sure, groups.points)
    )
    if instalments:
        pool.book(many, one, facts.books.lines.size[many], Stage.SPLIT, sure, points)
        return
    owed = np.where(there, facts.books.targets.amount[np.where(there, members, 0)], 0)
    # A few centimes that the bank rounded go to the last target of the line.
    last = there.sum(axis=1) - 1
    owed[np.arange(len(asked)), last] += facts.books.lines.size[asked] - owed.sum(axis=1)
    pool.book(one, many, owed[there], Stage.MERGED, sure, points)


def book_parts(facts: Facts, pool: Pool, candidates: Candidates) -> int:
    """Book part payments whose reference names one target, and which nothing contradicts."""
    lines, targets = facts.books.lines, facts.books.targets
    line, target = find_parts(facts, pool.line_is_open, pool.target_is_open)
    named = facts.reference(line, target) == NAMED
    line, target = line[named], target[named]
    alone = np.bincount(line, minlength=len(lines))[line] == 1
    exact = np.zeros(len(lines), bool)
    rival = pool.line_is_open[candidates.line] & pool.target_is_open[candidates.target]
    rival &= candidates.levels["project"] != ELSEWHERE
    exact[candidates.line[rival]] = True
    lead, place = facts.naming.lead(line, targets.party[target]), facts.place(line, target)
    ours = ((place == SAME) & (lead > -TAUGHT)) | ((place == BLANK) & (lead >= TAUGHT))
    kept = alone & ~exact[line] & ours
    line, target = line[kept], target[kept]
    whole = np.bincount(target, weights=lines.size[line], minlength=len(targets))
    kept = whole[target] <= targets.amount[target]
    line, target = line[kept], target[kept]
    pool.line_is_open[line] = False
    share = np.full(len(line), PART_SHARE)
    pool.booked.append(Booked(Stage.PART, line, target, lines.size[line], share, np.zeros(len(line))))
    return len(line)


def match(books: Books, lessons: Sequence[Lesson] = ()) -> Outcome:
    """Match the lines of books with what they pay: book what is sure, suggest the rest.

    `lessons`: what earlier runs and people taught of how parties are called.
    """
    facts = read_facts(books, lessons)
    is_bank = ~np.isin(books.lines.source, sorted(books.ledger))
    pool = Pool(
        facts.structure.is_free & is_bank & (books.lines.amount != 0) & ~books.lines.is_settled,
        np.ones(len(books.targets), bool),
    )
    candidates = find_candidates(facts, pool.line_is_open)
    worth = learn_worth(candidates, len(books.lines))
    single = _proof(facts, candidates, worth)
    for least in (CERTAIN, CAREFUL):
        book_singles(facts, pool, candidates, worth, max(least, single.least))
    for least in (GROUPS_FIRST, GROUPS, GROUPS):
        more = book_groups(facts, pool, least, instalments=False)
        more += book_groups(facts, pool, least, instalments=True)
        more += book_singles(facts, pool, candidates, worth, max(BETWEEN, single.least))
        if not more:
            break
    book_parts(facts, pool, candidates)
    book_singles(facts, pool, candidates, worth, single.least)
    offered = suggest(facts, pool.line_is_open, pool.target_is_open, candidates, worth)
    has_offer = np.zeros(len(books.lines), bool)
    has_offer[offered.line] = True
    fees, others = fees_and_others(facts, pool.line_is_open & is_bank, has_offer)
    return Outcome(facts, tuple(pool.booked), offered, {"single": single}, fees, others, candidates, worth)


def _proof(facts: Facts, candidates: Candidates, worth: Worth) -> Threshold:
    """Match lines whose reference is certain as if they had none; see from which share that is right."""
    is_certain, _rivals = certain(candidates, len(facts.books.lines))
    known = np.zeros(len(facts.books.lines), bool)
    known[candidates.line[is_certain]] = True
    share = sureness(facts, candidates, worth.of(candidates.levels, with_reference=False))
    ours = known[candidates.line]
    return calibrate(share[ours], is_certain[ours])
