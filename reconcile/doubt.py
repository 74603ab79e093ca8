"""How likely it is that a line pays none of the targets of its amount, learnt from lines that name theirs.

A line that names its target either agrees with it in amount, or pays a part of it, or pays more. Matched as
if it named none, it shows how often an amount that agrees with something leads astray: by kinds, for a
round amount with nobody named is told far less by its amount than an odd one with party and project.
"""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Floats, Ints
from reconcile.books import UNKNOWN
from reconcile.evidence import EARLIEST, FOREIGN, LATEST, SAME, Facts, is_round

NOBODY, OURS, UNCLEAR = range(3)
"""Whom the words of a line name: nobody, the party of the target, somebody else or several."""

_CLEAR_LEVEL, _SAME_PARTY = 6, 3
KINDS = 14
_ABROAD = 12

_USUAL = (2.0, 1.0, 1.0, 0.0, 2.0, 1.0, -5.0, -5.0, -5.0, -5.0, -5.0, -5.0, 2.0, 2.0)
"""Points for something else, by kind, in books that teach nothing; the first six are of round amounts."""

_DOUBT = 20
_LEAST, _MOST = -8.0, 8.0
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Labelled:
    """Lines with a known answer. `right`: pairs that are true; `known`: lines of which that is known."""

    right: Flags
    known: Flags


def kinds(facts: Facts, line: Ints, amount: Ints, party: Ints, project: Ints) -> Ints:
    """Return the kind of each pair, by what its amount, party and project say."""
    who = np.where(party == 0, NOBODY, np.where(party >= _CLEAR_LEVEL, OURS, UNCLEAR))
    same = (project == SAME).astype(np.int64)
    odd = ~is_round(facts.books.lines.size[line])
    kind = who * 2 + same + 6 * odd
    return np.where(amount == FOREIGN, _ABROAD + same, kind)


def something_else(facts: Facts, amount_fits: Flags) -> Flags:
    """Tell which lines name a target that is theirs and yet not of their amount.

    `amount_fits`: lines that name a target of their amount. What is named must be of the line's party and
    project as far as they are told, and due about then, since references are wrong now and then.
    """
    targets, lines = facts.books.targets, facts.books.lines
    width = max(len(targets), 1)
    line, target = facts.mentions.named // width, facts.mentions.named % width
    party, place = facts.party(line, target), facts.place(line, target)
    late = lines.day[line] - targets.due[target]
    fits = ((party == 0) | (party >= _SAME_PARTY)) & (place <= SAME)
    fits &= (late >= -EARLIEST) & (late <= LATEST) & (lines.side[line] == targets.side[target])
    found = np.zeros(len(lines), bool)
    found[line[fits]] = True
    return found & ~amount_fits & facts.structure.is_free


def learn_doubt(kind: Ints, line: Ints, weight: Floats, labelled: Labelled) -> Floats:
    """Return for each kind the points of something else, so that it comes true as often as it did.

    `weight`: of each pair, found without its reference.
    """
    size = int(line.max(initial=-1)) + 1
    whole = np.bincount(line, weights=weight, minlength=size)
    has_right = np.zeros(size, bool)
    has_right[line[labelled.right]] = True
    best = np.full(size, UNKNOWN)
    order = np.lexsort((np.arange(len(line)), weight))
    best[line[order]] = order
    rows = np.flatnonzero((best != UNKNOWN) & labelled.known[:size])
    points = np.array(_USUAL)
    for one in range(KINDS):
        mine = rows[kind[best[rows]] == one]
        if len(mine):
            learnt = _solve(whole[mine], float((~has_right[mine]).sum()) + 0.5, len(mine) + 1.0)
            points[one] = (learnt * len(mine) + points[one] * _DOUBT) / (len(mine) + _DOUBT)
    return points


def _solve(whole: Floats, other: float, count: float) -> float:
    """Return the points at which something else is expected as often as it was seen."""
    low, high = _LEAST, _MOST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        weight = np.exp(middle)
        expected = float((weight / (whole + weight)).sum()) + other / count
        low, high = (middle, high) if expected < other else (low, middle)
    return (low + high) / 2
