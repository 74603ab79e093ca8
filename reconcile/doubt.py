"""How likely it is that amounts agree by chance, learnt from lines that name what they pay.

A line that names its target either agrees with it in amount, or pays a part of it, or pays more. Matched as
if it named none, it shows how often an amount that agrees with something leads astray: by kinds, for a
round amount with nobody named is told far less by its amount than an odd one with party and project.
"""

from dataclasses import dataclass, replace

import numpy as np

from reconcile.arrays import Flags, Floats, Ints, paired
from reconcile.books import UNKNOWN
from reconcile.evidence import EARLIEST, FOREIGN, LATEST, SAME, Facts, agreed, is_round

NOBODY, OTHERS, SEVERAL, OURS = range(4)
"""Whom the words of a line name: nobody, somebody else, several alike, the party of the target."""

_OURS_FROM, _SEVERAL_FROM, _SAME_PARTY = 6, 5, 3
_ABROAD = 16

USUAL = np.array((2.0, 1.0, 3.0, 2.0, 2.0, 1.0, 1.0, 0.0, *[-5.0] * 8, 2.0, 2.0))
"""Points for something else, by kind, in books that teach nothing; the first eight are of round amounts."""

_DOUBT = 20
_LEAST, _MOST = -8.0, 8.0
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Labelled:
    """What is known for certain. `right`: which pairs or groups are true; `known`: of which that is known.

    Of lines: `is_single`: it names one target of its amount; `is_part`: one that is more; `is_whole`:
    `count` targets that are its amount together. `named`: the pairs of line and target that it names.
    """

    right: Flags
    known: Flags
    is_single: Flags
    is_part: Flags
    is_whole: Flags
    count: Ints
    named: Ints
    width: int

    def of(self, right: Flags, known: Flags) -> "Labelled":
        """Return the same knowledge about other pairs or groups."""
        return replace(self, right=right, known=known)


def who(party: Ints) -> Ints:
    """Return whom lines name, by the classes of their party's lead."""
    named = np.where(party >= _OURS_FROM, OURS, np.where(party >= _SEVERAL_FROM, SEVERAL, OTHERS))
    told: Ints = np.where(party == 0, NOBODY, named)
    return told


def kinds(facts: Facts, line: Ints, amount: Ints, party: Ints, project: Ints) -> Ints:
    """Return the kind of each pair, by what its amount, party and project say."""
    same = (project == SAME).astype(np.int64)
    odd = ~is_round(facts.books.lines.size[line])
    kind: Ints = np.where(amount == FOREIGN, _ABROAD + same, who(party) * 2 + same + _ABROAD // 2 * odd)
    return kind


def label(facts: Facts, is_single: Flags, names_fitting: Flags) -> Labelled:
    """Return what lines with a reference tell for certain; pairs and groups are not known yet.

    `names_fitting`: lines that name any target of their amount. What is named must be of the line's party
    and project as far as they are told, and due about then, since references are wrong now and then.
    """
    targets, lines = facts.books.targets, facts.books.lines
    width = max(len(targets), 1)
    line, target = facts.mentions.named // width, facts.mentions.named % width
    party, place = facts.party(line, target), facts.place(line, target)
    late = lines.day[line] - targets.due[target]
    fits = ((party == 0) | (party >= _SAME_PARTY)) & (place <= SAME)
    fits &= (late >= -EARLIEST) & (late <= LATEST) & (lines.side[line] == targets.side[target])
    fits &= facts.structure.is_free[line] & (is_single | ~names_fitting)[line]
    line, target = line[fits], target[fits]
    count = np.bincount(line, minlength=len(lines))
    owed = np.bincount(line, weights=targets.amount[target], minlength=len(lines)).astype(np.int64)
    several = ~is_single & (count > 1)
    is_whole = several & (agreed(lines.size, owed) != UNKNOWN)
    is_part = ~is_single & (count == 1) & (lines.size < owed)
    none = np.zeros(0, bool)
    return Labelled(none, none, is_single, is_part, is_whole, count, paired(line, target, width), width)


def learn_doubt(
    usual: Floats, kind: Ints, asked: Ints, weight: Floats, beside: Floats, labelled: Labelled
) -> Floats:
    """Return for each kind the points of chance, so that it comes true as often as it did.

    `weight`: of each pair or group of what is `asked`, found without references; `beside`: what weighs
    beside them, by the asked. A kind with few known cases stays near what is usual.
    """
    size = len(beside)
    whole = beside + np.bincount(asked, weights=weight, minlength=size)
    has_right = np.zeros(size, bool)
    has_right[asked[labelled.right & labelled.known]] = True
    best = np.full(size, UNKNOWN)
    order = np.lexsort((np.arange(len(asked)), weight))
    best[asked[order]] = order
    rows = np.flatnonzero(best != UNKNOWN)
    rows = rows[labelled.known[best[rows]]]
    points = usual.copy()
    for one in np.unique(kind[best[rows]]).tolist():
        mine = rows[kind[best[rows]] == one]
        learnt = _solve(whole[mine], float((~has_right[mine]).sum()) + 0.5, len(mine) + 1.0)
        points[one] = (learnt * len(mine) + points[one] * _DOUBT) / (len(mine) + _DOUBT)
    return points


def _solve(whole: Floats, other: float, count: float) -> float:
    """Return the points at which chance is expected as often as it was seen."""
    low, high = _LEAST, _MOST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        weight = np.exp(middle)
        expected = float((weight / (whole + weight)).sum()) + other / count
        low, high = (middle, high) if expected < other else (low, middle)
    return (low + high) / 2
