"""Several for one: a line that pays several targets, a target that is paid in instalments.

Source: docs/rules.md, Z8.
"""

import numpy as np

from reconcile.arrays import Dated, Flags, Ints, is_in, paired
from reconcile.arrays import distinct as distinct_keys
from reconcile.books import UNKNOWN
from reconcile.connections import connected
from reconcile.evidence import AGREEMENT, ELSEWHERE, Facts, agreed
from reconcile.structure import mixed
from reconcile.sums import Rows, Sums, distinct, find_sums

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


def find_merged(facts: Facts, line_is_open: Flags, target_is_open: Flags, *, blind: bool = False) -> Sums:
    """Return the sets of targets that one line pays together. `blind`: without looking at references."""
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
        for key, line, asked in connected(facts, line_is_open, rows, blind=blind)
        if len(line)
    ]
    return _fitting_merged(facts, _together(found, LARGEST_MERGED))


def find_instalments(
    facts: Facts, line_is_open: Flags, target_is_open: Flags, *, blind: bool = False
) -> Sums:
    """Return the sets of lines that pay one target together. `blind`: without looking at references."""
    books = facts.books
    line, target = find_parts(facts, line_is_open, target_is_open, blind=blind)
    asked = distinct_keys(target)
    sums = find_sums(
        Rows(line, mixed(target), books.lines.day[line], books.lines.size[line]),
        Rows(asked, mixed(asked), books.targets.due[asked], books.targets.amount[asked]),
        width=_SPLIT_WIDTH,
        most=LARGEST_SPLIT,
        span=_SPLIT_SPAN,
        before=_LATE_SPLIT,
        after=_EARLY,
    )
    return _fitting_instalments(facts, distinct(sums))


def find_parts(
    facts: Facts, line_is_open: Flags, target_is_open: Flags, *, blind: bool = False
) -> tuple[Ints, Ints]:
    """Return the pairs of a line and a target of which it may be a part: smaller, and connected somehow."""
    lines, targets = facts.books.lines, facts.books.targets
    rows = np.flatnonzero(target_is_open & ~facts.is_foreign)
    width = max(len(targets), 1)
    pairs = [] if blind else [facts.mentions.named, facts.mentions.of_agreement]
    for key, line, asked in connected(facts, line_is_open, rows, blind=blind):
        dated = Dated(key, targets.due[rows])
        day = lines.day[line]
        place, row = dated.find(asked, day - _LATE_SPLIT, day + _EARLY, MOST_PARTS)
        pairs.append(paired(line[place], rows[row], width))
    keys = distinct_keys(np.concatenate(pairs))
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


def known_members(members: Ints) -> tuple[Flags, Ints]:
    """Return which members there are, and members with a place to look at where there is none."""
    there = members != UNKNOWN
    return there, np.where(there, members, 0)


def _fitting_merged(facts: Facts, sums: Sums) -> Sums:
    lines, targets = facts.books.lines, facts.books.targets
    there, members = known_members(sums.members)
    whole = np.where(there, targets.amount[members], 0).sum(axis=1)
    day = lines.day[sums.asked][:, None]
    dated = np.where(there, targets.dated[members], day)
    due = np.where(there, targets.due[members], -(10**6)).max(axis=1)
    late = day[:, 0] - due
    side = (targets.side[members] == lines.side[sums.asked][:, None]) | ~there
    fits = (agreed(lines.size[sums.asked], whole) != UNKNOWN) & (dated <= day).all(axis=1)
    fits &= (late <= _LATE_MERGED) & (late >= -_EARLY) & side.all(axis=1)
    # One payer pays what it owes itself, and of its projects those that the line does not exclude.
    party = targets.party[members]
    fits &= ((party == party[:, :1]) | ~there).all(axis=1)
    return Sums(sums.asked[fits], sums.members[fits])


def _fitting_instalments(facts: Facts, sums: Sums) -> Sums:
    lines, targets = facts.books.lines, facts.books.targets
    there, members = known_members(sums.members)
    whole = np.where(there, lines.size[members], 0).sum(axis=1)
    day = np.where(there, lines.day[members], targets.due[sums.asked][:, None])
    side = (lines.side[members] == targets.side[sums.asked][:, None]) | ~there
    fits = (np.abs(whole - targets.amount[sums.asked]) <= _CENTS) & side.all(axis=1)
    fits &= day.min(axis=1) >= targets.dated[sums.asked]
    fits &= day.max(axis=1) <= targets.due[sums.asked] + _LATE_SPLIT
    return Sums(sums.asked[fits], sums.members[fits])
