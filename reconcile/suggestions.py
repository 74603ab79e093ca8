"""What a person is offered for a line that was not booked: up to three targets, the likeliest first."""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import NONE, Dated, Flags, Floats, Ints, once, paired
from reconcile.booking import Pool
from reconcile.books import UNKNOWN
from reconcile.connections import connected
from reconcile.evidence import AGREEMENT, ELSEWHERE, NAMED, SAME, Facts
from reconcile.groups import find_parts
from reconcile.weighing import Groups, shares

MOST = 3
"""Suggestions for one line."""

_EARLY, _LATE = 60, 150
_MOST_NEAR = 60


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Pairs of a line and a target, each line's best first, and the points of each."""

    line: Ints
    target: Ints
    points: Floats


def suggest(pool: Pool, merged: Groups, split: Groups, by_chance: tuple[Floats, Floats]) -> Suggestions:
    """Return what may be offered for the lines that are open still. `by_chance`: the doubt of groups."""
    facts, line_is_open, target_is_open = pool.facts, pool.line_is_open, pool.target_is_open
    alike = pool.left()
    parts = [
        (alike.line, alike.target, pool.judged.worth.of(alike.levels) + 3.0),
        _mentioned(facts, line_is_open, target_is_open),
        _of_groups(pool, merged, by_chance[0]),
        _of_groups(pool, split, by_chance[1]),
        _parts(facts, line_is_open, target_is_open),
        _near(facts, line_is_open, target_is_open),
    ]
    line, target, points = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = line_is_open[line] & target_is_open[target]
    line, target, points = line[kept], target[kept], points[kept]
    best = once(paired(line, target, max(len(facts.books.targets), 1)), points)
    line, target, points = line[best], target[best], points[best]
    order = np.lexsort((target, -points, line))
    line, target, points = line[order], target[order], points[order]
    first = np.searchsorted(line, line, "left")
    top = np.arange(len(line)) - first < MOST
    return Suggestions(line[top], target[top], points[top])


def _mentioned(facts: Facts, line_is_open: Flags, target_is_open: Flags) -> tuple[Ints, Ints, Floats]:
    width = max(len(facts.books.targets), 1)
    keys = np.union1d(facts.mentions.named, facts.mentions.of_agreement)
    line, target = keys // width, keys % width
    kept = line_is_open[line] & target_is_open[target]
    line, target = line[kept], target[kept]
    late = facts.books.lines.day[line] - facts.books.targets.due[target]
    says = facts.reference(line, target)
    same = facts.place(line, target) == SAME
    points = np.where(says == NAMED, 2.0, np.where(says == AGREEMENT, 1.0 - np.abs(late) / 100, 0.0))
    return line, target, points + same


def _of_groups(pool: Pool, groups: Groups, doubt: Floats) -> tuple[Ints, Ints, Floats]:
    groups = groups.open(pool.line_is_open, pool.target_is_open)
    sure = shares(groups, doubt, pool.beside())
    there = groups.members != UNKNOWN
    one = np.broadcast_to(groups.asked[:, None], groups.members.shape)[there]
    many = groups.members[there]
    points = np.broadcast_to(sure[:, None], groups.members.shape)[there] * 2.5 + 1.0
    return (many, one, points) if groups.instalments else (one, many, points)


def _parts(facts: Facts, line_is_open: Flags, target_is_open: Flags) -> tuple[Ints, Ints, Floats]:
    line, target = find_parts(facts, line_is_open, target_is_open)
    late = facts.books.lines.day[line] - facts.books.targets.due[target]
    same = facts.place(line, target) == SAME
    return line, target, 2.0 * same - 1.0 - np.abs(late - 10) / 60


def _near(facts: Facts, line_is_open: Flags, target_is_open: Flags) -> tuple[Ints, Ints, Floats]:
    """Targets of the party that a line names, or of its project, that were due about then."""
    lines, targets = facts.books.lines, facts.books.targets
    rows = np.flatnonzero(target_is_open)
    found = [(NONE, NONE)]
    for key, line, asked in connected(facts, line_is_open, rows):
        day = lines.day[line]
        place, row = Dated(key, targets.due[rows]).find(asked, day - _LATE, day + _EARLY, _MOST_NEAR)
        found.append((line[place], rows[row]))
    line = np.concatenate([one for one, _ in found])
    target = np.concatenate([one for _, one in found])
    late, place = lines.day[line] - targets.due[target], facts.place(line, target)
    points = -1.5 + 2.0 * (place == SAME) - 3.0 * (place == ELSEWHERE) - np.abs(late - 10) / 60
    points += np.clip(facts.naming.lead(line, targets.party[target]), -2.0, 2.0) / 2
    fits = lines.side[line] == targets.side[target]
    return line[fits], target[fits], points[fits]
