"""One line that pays one target: which pairs may be, and how sure each is among its rivals."""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import NONE, Dated, Flags, Floats, Hashes, Ints, distinct, paired
from reconcile.books import DIRHAM, UNKNOWN
from reconcile.doubt import USUAL, Labelled, kinds, label, learn_doubt
from reconcile.evidence import (
    EARLIEST,
    ELSEWHERE,
    EXACT,
    LATEST,
    MOST_CENTS,
    NAMED,
    Facts,
    Levels,
    Worth,
    agreed,
    is_round,
    learn,
)
from reconcile.foreign import find_foreign
from reconcile.structure import mixed

MOST_ALIKE = 20
"""An amount that more open targets have says nothing by itself."""

MOST_OF_PARTY = 40
"""The same, where the party or the project is known too."""

UNPAID_ROUND, UNPAID_ODD = 0.0, -5.0
"""Points for a target being paid by something else, where its amount is round or not."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of a line and a target whose amounts agree, with what speaks for each."""

    line: Ints
    target: Ints
    levels: Levels

    def __len__(self) -> int:
        return len(self.line)

    def where(self, kept: Flags) -> "Candidates":
        levels = {name: level[kept] for name, level in self.levels.items()}
        return Candidates(self.line[kept], self.target[kept], levels)


def find_candidates(facts: Facts, is_open: Flags) -> Candidates:
    """Return every pair worth a look: its amounts agree and something else connects it."""
    targets, lines = facts.books.targets, facts.books.lines
    ours = np.flatnonzero(np.array([one == DIRHAM for one in targets.currency], bool))
    free = np.flatnonzero(is_open)
    parts = [_mentioned(facts, is_open)]
    dirham = (targets.amount[ours] + 50) // 100
    for line, shift in _dirhams(lines.size, free):
        paid = (lines.size[line] + 50) // 100 + shift
        for left, right, row, most in _connections(facts, line, ours):
            owed = mixed(targets.side[ours], dirham, right)
            dated = Dated(owed, targets.due[ours])
            day = lines.day[line[row]]
            place, target = dated.find(
                mixed(lines.side[line[row]], paid[row], left), day - LATEST, day + EARLIEST, most
            )
            parts.append((line[row][place], ours[target]))
    pairs = distinct(np.concatenate([paired(line, target, len(targets)) for line, target in parts]))
    line, target = pairs // max(len(targets), 1), pairs % max(len(targets), 1)
    amount = agreed(lines.size[line], targets.amount[target])
    late = lines.day[line] - targets.due[target]
    kept = (amount != UNKNOWN) & (late < LATEST) & (lines.day[line] >= targets.dated[target])
    foreign = find_foreign(facts, is_open)
    line = np.concatenate([line[kept], foreign[0]])
    target = np.concatenate([target[kept], foreign[1]])
    amount = np.concatenate([amount[kept], foreign[2]])
    return Candidates(line, target, facts.levels(line, target, amount))


def _dirhams(size: Ints, lines: Ints) -> list[tuple[Ints, int]]:
    """Return lines with the dirhams to look at: the nearest, and the next where centimes lead there."""
    near = (size[lines] + 50) // 100
    above = (size[lines] + 50 + MOST_CENTS) // 100 != near
    below = (size[lines] + 50 - MOST_CENTS) // 100 != near
    return [(lines, 0), (lines[above], 1), (lines[below], -1)]


def _connections(facts: Facts, line: Ints, ours: Ints) -> list[tuple[Hashes, Hashes, Ints, int]]:
    """Return what connects lines and targets: keys of both, places in `line`, and how many at most."""
    targets = facts.books.targets
    place = np.full(len(facts.books.lines), UNKNOWN)
    place[line] = np.arange(len(line))
    everything = np.arange(len(line))
    zeros = np.zeros(len(line), np.int64)
    found = [(mixed(zeros), mixed(np.zeros(len(ours), np.int64)), everything, MOST_ALIKE)]
    for own in (facts.structure.project, facts.printed_project):
        known = np.flatnonzero(own[line] != UNKNOWN)
        found.append((mixed(own[line[known]]), mixed(targets.project[ours]), known, MOST_OF_PARTY))
    named, party = facts.naming.near_best(3.0)
    kept = place[named] != UNKNOWN
    named, party = place[named[kept]], party[kept]
    found.append((mixed(party), mixed(targets.party[ours]), named, MOST_OF_PARTY))
    return found


def _mentioned(facts: Facts, is_open: Flags) -> tuple[Ints, Ints]:
    width = max(len(facts.books.targets), 1)
    keys = np.concatenate([facts.mentions.named, facts.mentions.of_agreement])
    line, target = keys // width, keys % width
    paid, owed = facts.books.lines.size[line], facts.books.targets.amount[target]
    kept = is_open[line] & (agreed(paid, owed) != UNKNOWN)
    return (line[kept], target[kept]) if len(keys) else (NONE, NONE)


def certain(candidates: Candidates, lines: int) -> tuple[Flags, Flags]:
    """Tell which pairs are certain by their reference, and which are their rivals."""
    levels = candidates.levels
    fits = (levels["reference"] == NAMED) & (levels["amount"] == EXACT) & (levels["project"] != ELSEWHERE)
    alone = np.bincount(candidates.line[fits], minlength=lines) == 1
    is_certain = fits & alone[candidates.line]
    is_rival = alone[candidates.line] & ~is_certain & (levels["amount"] == EXACT)
    return is_certain, is_rival


@dataclass(frozen=True, slots=True)
class Judged:
    """What singles are weighed by: the worth of levels, and the points of something else by kind."""

    worth: Worth
    doubt: Floats

    def kind(self, facts: Facts, candidates: Candidates) -> Ints:
        levels = candidates.levels
        return kinds(facts, candidates.line, levels["amount"], levels["party"], levels["project"])


def weigh_singles(facts: Facts, candidates: Candidates) -> tuple[Judged, Labelled]:
    """Return what levels are worth in these books, how likely chance is, and the known answers."""
    count = len(facts.books.lines)
    is_certain, is_rival = certain(candidates, count)
    worth = learn(candidates.levels, is_certain, is_rival)
    single, named = np.zeros(count, bool), np.zeros(count, bool)
    single[candidates.line[is_certain]] = True
    named[candidates.line[candidates.levels["reference"] == NAMED]] = True
    labelled = label(facts, single, named)
    known = labelled.is_single | labelled.is_part | labelled.is_whole
    labelled = labelled.of(is_certain, known[candidates.line])
    judged = Judged(worth, np.zeros(0))
    weight = np.exp(np.clip(worth.of(candidates.levels, with_reference=False), -40, 40))
    kind = judged.kind(facts, candidates)
    doubt = learn_doubt(USUAL, kind, candidates.line, weight, np.zeros(count), labelled)
    return Judged(worth, doubt), labelled


class Shares:
    """How sure pairs are among their rivals, while pairs are booked and leave.

    A rival that was booked elsewhere goes on to weigh as much as that is unsure.
    """

    def __init__(self, facts: Facts, judged: Judged) -> None:
        self._facts, self._judged = facts, judged
        self._of_line = np.zeros(len(facts.books.lines))
        self._of_target = np.zeros(len(facts.books.targets))

    def of(self, candidates: Candidates, points: Floats) -> Floats:
        """Return each pair's share among the pairs of its line and among those of its target, the smaller.

        Something else that has no pair takes a share too.
        """
        targets = self._facts.books.targets
        weight = np.exp(np.clip(points, -40, 40))
        of_line, of_target = self.whole(candidates, points)
        apart = self._judged.doubt[self._judged.kind(self._facts, candidates)]
        unpaid = np.where(is_round(targets.amount), UNPAID_ROUND, UNPAID_ODD)[candidates.target]
        return np.minimum(
            weight / (of_line[candidates.line] + np.exp(apart)),
            weight / (of_target[candidates.target] + np.exp(unpaid)),
        )

    def whole(self, candidates: Candidates, points: Floats) -> tuple[Floats, Floats]:
        """Return the weight of all pairs of each line, and of each target."""
        weight = np.exp(np.clip(points, -40, 40))
        of_line = np.bincount(candidates.line, weights=weight, minlength=len(self._of_line))
        of_target = np.bincount(candidates.target, weights=weight, minlength=len(self._of_target))
        return of_line + self._of_line, of_target + self._of_target

    def leave(
        self, candidates: Candidates, points: Floats, line: Ints, target: Ints, share: Floats
    ) -> None:
        """Keep the weight of pairs that lose their line or their target to what is booked."""
        unsure_line, unsure_target = np.zeros(len(self._of_line)), np.zeros(len(self._of_target))
        unsure_line[line], unsure_target[target] = 1.0 - share, 1.0 - share
        weight = np.exp(np.clip(points, -40, 40))
        np.add.at(self._of_line, candidates.line, weight * unsure_target[candidates.target])
        np.add.at(self._of_target, candidates.target, weight * unsure_line[candidates.line])
