"""Booking what is sure enough: single matches, groups and part payments, each from its own threshold."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from reconcile.arrays import Flags, Floats, Ints, once
from reconcile.books import UNKNOWN
from reconcile.evidence import BLANK, ELSEWHERE, NAMED, SAME, Facts
from reconcile.groups import find_parts, known_members
from reconcile.singles import Candidates, Judged, Shares
from reconcile.weighing import Beside, Groups, shares

PART_SHARE = 0.9
TAUGHT = 1.5
"""Points by which a party leads or trails others for a part payment to count as its own or another's."""


class Stage(StrEnum):
    """By which step a line was matched, or what it is."""

    SINGLE = "single"
    MERGED = "merged"
    SPLIT = "split"
    PART = "part"
    SUGGESTION = "suggestion"
    DUPLICATE = "duplicate"
    REVERSAL = "reversal"
    CORRECTION = "correction"
    FEE = "fee"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Booked:
    """What one step booked: lines, targets, centimes of each, how sure each was, and what spoke for it."""

    stage: Stage
    line: Ints
    target: Ints
    amount: Ints
    share: Floats
    points: Floats


@dataclass(slots=True)
class Pool:
    """What is still open while a run goes on, what it has booked, and the single matches that are left."""

    facts: Facts
    judged: Judged
    candidates: Candidates
    line_is_open: Flags
    target_is_open: Flags
    shares: Shares
    booked: list[Booked] = field(default_factory=list)

    def book(
        self, line: Ints, target: Ints, amount: Ints, stage: Stage, sure: Floats, points: Floats
    ) -> None:
        self.line_is_open[line] = False
        self.target_is_open[target] = False
        self.booked.append(Booked(stage, line, target, amount, sure, points))

    def left(self) -> Candidates:
        """Return the single matches whose rows are both open."""
        kept = self.line_is_open[self.candidates.line] & self.target_is_open[self.candidates.target]
        self.candidates = self.candidates.where(kept)
        return self.candidates

    def beside(self) -> Beside:
        """Return what single matches weigh that are left."""
        candidates = self.left()
        return Beside(*self.shares.whole(candidates, self.judged.worth.of(candidates.levels)))


def book_singles(pool: Pool, least: float) -> int:
    """Book pairs that are sure enough, the surest first, until none is left; return how many."""
    whole = 0
    while True:
        candidates = pool.left()
        points = pool.judged.worth.of(candidates.levels)
        sure = pool.shares.of(candidates, points)
        picked = np.flatnonzero(sure >= least)
        picked = picked[once(candidates.line[picked], sure[picked])]
        picked = picked[once(candidates.target[picked], sure[picked])]
        if not len(picked):
            return whole
        line, target = candidates.line[picked], candidates.target[picked]
        amount = pool.facts.books.lines.size[line]
        pool.book(line, target, amount, Stage.SINGLE, sure[picked], points[picked])
        pool.shares.leave(candidates, points, line, target, sure[picked])
        whole += len(picked)


def book_groups(pool: Pool, groups: Groups, doubt: Floats, least: float) -> int:
    """Book groups that are sure enough, the surest first, none that shares a row with one before it."""
    groups = groups.open(pool.line_is_open, pool.target_is_open)
    sure = shares(groups, doubt, pool.beside())
    order = np.lexsort((np.arange(len(groups)), -sure))
    order = order[sure[order] >= least]
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
    _book_picked(pool, groups, sure, np.array(picked, np.int64))
    return len(picked)


def _book_picked(pool: Pool, groups: Groups, sure: Floats, picked: Ints) -> None:
    there, members = known_members(groups.members[picked])
    asked = groups.asked[picked]
    one = np.broadcast_to(asked[:, None], members.shape)[there]
    share, points = (
        np.broadcast_to(column[:, None], members.shape)[there]
        for column in (sure[picked], groups.points[picked])
    )
    lines, targets = pool.facts.books.lines, pool.facts.books.targets
    many = members[there]
    if groups.instalments:
        pool.book(many, one, lines.size[many], Stage.SPLIT, share, points)
        return
    owed = np.where(there, targets.amount[members], 0)
    # A few centimes that the bank rounded go to the last target of the line.
    last = there.sum(axis=1) - 1
    owed[np.arange(len(asked)), last] += lines.size[asked] - owed.sum(axis=1)
    pool.book(one, many, owed[there], Stage.MERGED, share, points)


def book_parts(pool: Pool) -> int:
    """Book part payments whose reference names one target, and which nothing contradicts."""
    facts, candidates = pool.facts, pool.left()
    lines, targets = facts.books.lines, facts.books.targets
    line, target = find_parts(facts, pool.line_is_open, pool.target_is_open)
    named = facts.reference(line, target) == NAMED
    line, target = line[named], target[named]
    alone = np.bincount(line, minlength=len(lines))[line] == 1
    exact = np.zeros(len(lines), bool)
    exact[candidates.line[candidates.levels["project"] != ELSEWHERE]] = True
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
