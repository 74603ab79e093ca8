"""Several for one: a line that pays several targets, a target that is paid in instalments."""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Dated, Flags, Floats, Ints, is_in, paired
from reconcile.books import UNKNOWN
from reconcile.connections import connected
from reconcile.evidence import AGREEMENT, ELSEWHERE, SAME, Facts, agreed, is_round
from reconcile.structure import mixed
from reconcile.sums import Rows, Sums, distinct, find_sums

ALL_NAMED, SOME_NAMED, AGREED, UNNAMED, CONTRADICTED = range(5)
"""What the references of a group say of it."""

LARGEST_MERGED, LARGEST_SPLIT = 6, 4
"""Targets of one line, and instalments of one target, at most."""

TOLD, LEAD = 2.5, 1.5
"""Points of a name from which a line counts as told whose it is, and by which it leads or trails others."""

MOST_PARTS = 24
"""Lines that may be parts of one target, at most, where nothing but a name or a project connects them."""

_MERGED_WIDTH, _SPLIT_WIDTH = 7, 8
_MERGED_SPAN, _SPLIT_SPAN = 100, 150  # days
_LATE_MERGED, _LATE_SPLIT = 110, 160
_EARLY = 60
_CENTS = 8  # of several amounts that were each rounded

_MERGED_ELSE = {True: 1.0, False: -6.0}
_SPLIT_ELSE = {True: 3.2, False: -4.0}
"""Points for a sum that came about by chance, where its amount is round or not."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Answers with how sure each is. `asked`: lines, or targets of instalments; `members`: the others.

    `says`: what their references say; `points`: what speaks for each; `sure`: its share among its rivals.
    """

    asked: Ints
    members: Ints
    says: Ints
    points: Floats
    sure: Floats

    def __len__(self) -> int:
        return len(self.asked)


def find_merged(facts: Facts, line_is_open: Flags, target_is_open: Flags) -> Groups:
    """Return the sets of targets that one line pays together."""
    books = facts.books
    rows = np.flatnonzero(target_is_open & ~facts.is_foreign)
    found = [
        find_sums(
            Rows(rows, key, books.targets.dated[rows], books.targets.amount[rows]),
            Rows(line, asked, books.lines.day[line], books.lines.size[line]),
            width=_MERGED_WIDTH,
            most=LARGEST_MERGED,
            span=_MERGED_SPAN,
            before=0,
            after=_LATE_MERGED + _EARLY,
        )
        for key, line, asked in connected(facts, line_is_open, rows)
        if len(line)
    ]
    sums = _fitting_merged(facts, _together(found, LARGEST_MERGED))
    return _weigh_merged(facts, sums)


def find_instalments(facts: Facts, line_is_open: Flags, target_is_open: Flags) -> Groups:
    """Return the sets of lines that pay one target together."""
    books = facts.books
    line, target = find_parts(facts, line_is_open, target_is_open)
    asked = np.unique(target)
    sums = find_sums(
        Rows(line, mixed(target), books.lines.day[line], books.lines.size[line]),
        Rows(asked, mixed(asked), books.targets.due[asked], books.targets.amount[asked]),
        width=_SPLIT_WIDTH,
        most=LARGEST_SPLIT,
        span=_SPLIT_SPAN,
        before=_LATE_SPLIT,
        after=_EARLY,
    )
    return _weigh_instalments(facts, _fitting_instalments(facts, distinct(sums)))


def find_parts(facts: Facts, line_is_open: Flags, target_is_open: Flags) -> tuple[Ints, Ints]:
    """Return the pairs of a line and a target of which it may be a part: smaller, and connected somehow."""
    lines, targets = facts.books.lines, facts.books.targets
    rows = np.flatnonzero(target_is_open & ~facts.is_foreign)
    width = max(len(targets), 1)
    pairs = [facts.mentions.named, facts.mentions.of_agreement]
    for key, line, asked in connected(facts, line_is_open, rows):
        dated = Dated(key, targets.due[rows])
        day = lines.day[line]
        place, row = dated.find(asked, day - _LATE_SPLIT, day + _EARLY, MOST_PARTS)
        pairs.append(paired(line[place], rows[row], width))
    keys = np.unique(np.concatenate(pairs))
    line, target = keys // width, keys % width
    kept = line_is_open[line] & target_is_open[target] & (lines.size[line] < targets.amount[target])
    kept &= (lines.side[line] == targets.side[target]) & ~facts.is_foreign[target]
    line, target = line[kept], target[kept]
    told = facts.naming.best[line] >= TOLD
    stranger = told & (facts.naming.lead(line, targets.party[target]) <= -LEAD)
    is_named = is_in(paired(line, target, width), facts.mentions.named)
    kept = (facts.place(line, target) != ELSEWHERE) & (~stranger | is_named)
    kept &= (lines.day[line] >= targets.dated[target]) & (
        lines.day[line] <= targets.due[target] + _LATE_SPLIT
    )
    line, target = line[kept], target[kept]
    crowd = np.bincount(target, minlength=width)[target]
    said = facts.reference(line, target) >= AGREEMENT
    kept = (crowd <= MOST_PARTS) | said
    return line[kept], target[kept]


def _together(found: list[Sums], most: int) -> Sums:
    if not found:
        return Sums(np.zeros(0, np.int64), np.zeros((0, most), np.int64))
    return distinct(
        Sums(np.concatenate([one.asked for one in found]), np.concatenate([one.members for one in found]))
    )


def _known(members: Ints) -> tuple[Flags, Ints]:
    """Return which members there are, and members with a place to look at where there is none."""
    there = members != UNKNOWN
    return there, np.where(there, members, 0)


def _fitting_merged(facts: Facts, sums: Sums) -> Sums:
    lines, targets = facts.books.lines, facts.books.targets
    there, members = _known(sums.members)
    whole = np.where(there, targets.amount[members], 0).sum(axis=1)
    day = lines.day[sums.asked][:, None]
    dated = np.where(there, targets.dated[members], day)
    due = np.where(there, targets.due[members], -(10**6)).max(axis=1)
    late = day[:, 0] - due
    side = (targets.side[members] == lines.side[sums.asked][:, None]) | ~there
    fits = (agreed(lines.size[sums.asked], whole) != UNKNOWN) & (dated <= day).all(axis=1)
    fits &= (late <= _LATE_MERGED) & (late >= -_EARLY) & side.all(axis=1)
    return Sums(sums.asked[fits], sums.members[fits])


def _fitting_instalments(facts: Facts, sums: Sums) -> Sums:
    lines, targets = facts.books.lines, facts.books.targets
    there, members = _known(sums.members)
    whole = np.where(there, lines.size[members], 0).sum(axis=1)
    day = np.where(there, lines.day[members], targets.due[sums.asked][:, None])
    side = (lines.side[members] == targets.side[sums.asked][:, None]) | ~there
    fits = (np.abs(whole - targets.amount[sums.asked]) <= _CENTS) & side.all(axis=1)
    fits &= day.min(axis=1) >= targets.dated[sums.asked]
    fits &= day.max(axis=1) <= targets.due[sums.asked] + _LATE_SPLIT
    return Sums(sums.asked[fits], sums.members[fits])


def _weigh_merged(facts: Facts, sums: Sums) -> Groups:
    there, members = _known(sums.members)
    count = there.sum(axis=1)
    line = np.broadcast_to(sums.asked[:, None], members.shape)
    place = np.where(there, facts.place(line, members), -1)
    is_same, is_other = (place == SAME).any(axis=1), (place == ELSEWHERE).any(axis=1)
    kept = is_same | ~is_other
    named, in_agreement = _mentions(facts, line, members, there)
    lead = facts.naming.lead(sums.asked, facts.books.targets.party[members[:, 0]])
    is_told = facts.naming.best[sums.asked] >= TOLD
    says = _say(named, in_agreement, count, facts.mentions.says_any[sums.asked])
    points = 5.0 * named + 3.0 * (named == count) + 2.0 * (in_agreement > 0) - 1.3 * count + 1.0 * is_same
    points += np.where(is_told & (lead >= LEAD), 1.5, 0.0) - np.where(is_told & (lead <= -LEAD), 2.5, 0.0)
    points -= 4.0 * (says == CONTRADICTED)
    sums, says, points = Sums(sums.asked[kept], sums.members[kept]), says[kept], points[kept]
    size = facts.books.lines.size
    weight = np.exp(np.clip(points, -40, 40))
    whole = np.bincount(sums.asked, weights=weight, minlength=len(size))
    apart = np.exp(_else(_MERGED_ELSE, size[sums.asked]))
    return Groups(sums.asked, sums.members, says, points, weight / (whole[sums.asked] + apart))


def _weigh_instalments(facts: Facts, sums: Sums) -> Groups:
    there, members = _known(sums.members)
    target = np.broadcast_to(sums.asked[:, None], members.shape)
    place = np.where(there, facts.place(members, target), -1)
    kept = ~(place == ELSEWHERE).any(axis=1)
    sums, there, members, target = (
        Sums(sums.asked[kept], sums.members[kept]),
        there[kept],
        members[kept],
        target[kept],
    )
    count = there.sum(axis=1)
    named, in_agreement = _mentions(facts, members, target, there)
    contradicted = (facts.mentions.says_any[members] & there).sum(axis=1) - named - in_agreement
    lead = facts.naming.lead(members, facts.books.targets.party[target])
    foreign = (there & (facts.naming.best[members] >= TOLD) & (lead <= -LEAD)).sum(axis=1)
    points = 4.0 + 4.0 * named + 1.5 * in_agreement + 1.2 * (place[kept] == SAME).sum(axis=1)
    points -= 4.0 * contradicted + 2.0 * count + 2.0 * foreign
    says = _say(named, in_agreement, count, contradicted > 0)
    weight = np.exp(np.clip(points, -40, 40))
    of_target = np.bincount(sums.asked, weights=weight, minlength=len(facts.books.targets))
    share = np.broadcast_to(weight[:, None], members.shape)[there]
    of_line = np.bincount(members[there], weights=share, minlength=len(facts.books.lines))
    busiest = np.where(there, of_line[members], 0.0).max(axis=1, initial=0.0)
    apart = np.exp(_else(_SPLIT_ELSE, facts.books.targets.amount[sums.asked]))
    sure = weight / (np.maximum(of_target[sums.asked], busiest) + apart)
    return Groups(sums.asked, sums.members, says, points, sure)


def _mentions(facts: Facts, line: Ints, target: Ints, there: Flags) -> tuple[Ints, Ints]:
    """Return how many members lines name, and how many more are of an agreement that they name."""
    keys = paired(line, target, len(facts.books.targets))
    named = is_in(keys.ravel(), facts.mentions.named).reshape(keys.shape) & there
    agreement = is_in(keys.ravel(), facts.mentions.of_agreement).reshape(keys.shape) & there & ~named
    return named.sum(axis=1), agreement.sum(axis=1)


def _say(named: Ints, in_agreement: Ints, count: Ints, says_other: Flags) -> Ints:
    silent = np.where(says_other, CONTRADICTED, UNNAMED)
    says = np.where(in_agreement > 0, AGREED, silent)
    return np.where(named == count, ALL_NAMED, np.where(named > 0, SOME_NAMED, says))


def _else(points: dict[bool, float], amount: Ints) -> Floats:
    return np.where(is_round(amount), points[True], points[False])
