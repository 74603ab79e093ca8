"""How sure a group is, a line that pays several targets or a target that is paid in instalments.

What speaks for a group is weighed against other groups of its rows, against their single matches, and
against a sum that came about by chance, of which the books themselves tell how often it does.
"""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Floats, Ints, is_in, paired
from reconcile.books import UNKNOWN
from reconcile.doubt import OURS, Labelled, learn_doubt, who
from reconcile.evidence import ELSEWHERE, SAME, Facts, Worth, is_round
from reconcile.groups import known_members
from reconcile.sums import Sums

ALL_NAMED, SOME_NAMED, AGREED, UNNAMED, CONTRADICTED = range(5)
"""What the references of a group say of it."""

_COUNTS = 3
_MERGED_KINDS = 2 * _COUNTS * 8
_SPLIT_KINDS = 2 * _COUNTS * 3
_LOOSE, _TIED, _FIRM = range(3)
_USUAL_ROUND, _USUAL_ODD = 2.0, -5.0
_MOST = 40.0
_SOON = 45
"""Days within which an instalment follows another one, as a rule."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups with what speaks for each. `asked`: lines, or targets of instalments; `members`: the others.

    `points`: what speaks for each; `unread`: the same without references; `kind`: how likely chance is;
    `some`: points by which chance is helped, too, since a part of the group is named.
    """

    asked: Ints
    members: Ints
    points: Floats
    unread: Floats
    kind: Ints
    some: Floats
    instalments: bool

    def __len__(self) -> int:
        return len(self.asked)

    def where(self, kept: Flags) -> "Groups":
        return Groups(
            asked=self.asked[kept],
            members=self.members[kept],
            points=self.points[kept],
            unread=self.unread[kept],
            kind=self.kind[kept],
            some=self.some[kept],
            instalments=self.instalments,
        )

    def open(self, line_is_open: Flags, target_is_open: Flags) -> "Groups":
        """Return those whose rows are all still open."""
        asked, members = line_is_open, target_is_open
        if self.instalments:
            asked, members = members, asked
        there, places = known_members(self.members)
        return self.where(asked[self.asked] & (members[places] | ~there).all(axis=1))


@dataclass(frozen=True, slots=True)
class Beside:
    """What weighs beside groups: the single matches of each line, and of each target."""

    line: Floats
    target: Floats


def weigh_merged(facts: Facts, worth: Worth, sums: Sums) -> Groups:
    """Weigh lines that pay several targets; the project of the line is that of one of them at least."""
    there, members = known_members(sums.members)
    line = np.broadcast_to(sums.asked[:, None], members.shape)
    place = np.where(there, facts.place(line, members), UNKNOWN)
    is_same = (place == SAME).any(axis=1)
    kept = is_same | ~(place == ELSEWHERE).any(axis=1)
    sums, there, members, line, is_same = (
        Sums(sums.asked[kept], sums.members[kept]),
        *(column[kept] for column in (there, members, line, is_same)),
    )
    count = there.sum(axis=1)
    named, in_agreement = _mentions(facts, line, members, there)
    says = _say(named, in_agreement, count, facts.mentions.says_any[sums.asked])
    party = facts.party(sums.asked, members[:, 0])
    due = np.where(there, facts.books.targets.due[members], 0)
    newest = members[np.arange(len(members)), due.argmax(axis=1)] if len(members) else members[:, 0]
    unread = worth.points["party"][party] + worth.points["delay"][facts.delay(sums.asked, newest)]
    unread += 1.0 * is_same - 1.3 * count
    points = unread + 5.0 * named + 3.0 * (named == count) + 2.0 * (in_agreement > 0)
    points -= 4.0 * (says == CONTRADICTED)
    # That some are named tells nothing of the others: these may be a sum by chance just as well.
    some = np.where(named < count, 3.0 * named, 0.0)
    count = np.where(named < count, count - np.maximum(named - 1, 0), count)
    odd = ~is_round(facts.books.lines.size[sums.asked])
    kind = (who(party) * 2 + is_same) * 2 * _COUNTS + _few(count) * 2 + odd
    return Groups(sums.asked, sums.members, points, unread, kind, some, instalments=False)


def weigh_split(facts: Facts, worth: Worth, sums: Sums) -> Groups:
    """Weigh targets that are paid in instalments; no line of them names another project."""
    there, members = known_members(sums.members)
    target = np.broadcast_to(sums.asked[:, None], members.shape)
    place = np.where(there, facts.place(members, target), UNKNOWN)
    kept = ~(place == ELSEWHERE).any(axis=1)
    sums, there, members, target, place = (
        Sums(sums.asked[kept], sums.members[kept]),
        *(column[kept] for column in (there, members, target, place)),
    )
    count = there.sum(axis=1)
    named, in_agreement = _mentions(facts, members, target, there)
    contradicted = (facts.mentions.says_any[members] & there).sum(axis=1) - named - in_agreement
    party = np.where(there, facts.party(members, target), 0)
    unread = np.where(there, worth.points["party"][party] + worth.points["project"][place], 0).sum(axis=1)
    unread += 4.0 - 2.0 * count - _apart(facts, there, members)
    points = unread + 4.0 * named + 1.5 * in_agreement - 4.0 * contradicted
    odd = ~is_round(facts.books.targets.amount[sums.asked])
    tie = np.where(who(party) == OURS, _TIED, _LOOSE) + (place == SAME)
    weakest = np.where(there, np.minimum(tie, _FIRM), _FIRM).min(axis=1, initial=_FIRM)
    kind = weakest * 2 * _COUNTS + _few(count) * 2 + odd
    some = np.zeros(len(sums))
    return Groups(sums.asked, sums.members, points, unread, kind, some, instalments=True)


def shares(groups: Groups, doubt: Floats, beside: Beside, *, unread: bool = False) -> Floats:
    """Return how sure each group is among all that any of its rows may be."""
    weight = np.exp(np.clip(groups.unread if unread else groups.points, -_MOST, _MOST))
    asked, member = _busy(groups, weight, beside)
    there, places = known_members(groups.members)
    busiest = np.where(there, member[places], 0.0).max(axis=1, initial=0.0)
    chance = np.exp(doubt[groups.kind] + (0.0 if unread else groups.some))
    return np.asarray(weight / (np.maximum(asked[groups.asked], busiest) + chance))


def _busy(groups: Groups, weight: Floats, beside: Beside) -> tuple[Floats, Floats]:
    """Return the weight of everything that each row of the asked and of the members may be."""
    asked, member = (beside.line, beside.target)
    if groups.instalments:
        asked, member = member, asked
    there, places = known_members(groups.members)
    each = np.broadcast_to(weight[:, None], there.shape)[there]
    return (
        asked + np.bincount(groups.asked, weights=weight, minlength=len(asked)),
        member + np.bincount(places[there], weights=each, minlength=len(member)),
    )


def usual_doubt(groups: Groups) -> Floats:
    """Return the points of chance by kind in books that teach nothing."""
    size = _SPLIT_KINDS if groups.instalments else _MERGED_KINDS
    return np.where(np.arange(size) % 2 == 0, _USUAL_ROUND, _USUAL_ODD)


def learn_group_doubt(groups: Groups, beside: Beside, labelled: Labelled) -> tuple[Floats, Labelled]:
    """Return the points of chance by kind, and which of the groups are right or wrong for certain."""
    known = _known_splits(groups, labelled) if groups.instalments else _known_merged(groups, labelled)
    weight = np.exp(np.clip(groups.unread, -_MOST, _MOST))
    asked = beside.target if groups.instalments else beside.line
    doubt = learn_doubt(usual_doubt(groups), groups.kind, groups.asked, weight, asked, known)
    return doubt, known


def _known_merged(groups: Groups, labelled: Labelled) -> Labelled:
    """A line that names one target of its amount, or of more, pays no group; one that names all does."""
    line = groups.asked
    there, members = known_members(groups.members)
    keys = paired(np.broadcast_to(line[:, None], members.shape), members, labelled.width)
    named = (is_in(keys.ravel(), labelled.named).reshape(keys.shape) | ~there).all(axis=1)
    right = labelled.is_whole[line] & named & (there.sum(axis=1) == labelled.count[line])
    known = labelled.is_single[line] | labelled.is_part[line] | labelled.is_whole[line]
    return labelled.of(right, known)


def _known_splits(groups: Groups, labelled: Labelled) -> Labelled:
    """Instalments are known where the reference of each tells what it pays."""
    there, members = known_members(groups.members)
    target = np.broadcast_to(groups.asked[:, None], members.shape)
    named = is_in(paired(members, target, labelled.width).ravel(), labelled.named).reshape(members.shape)
    named &= ~labelled.is_single[members]
    known = labelled.is_single | labelled.is_part | labelled.is_whole
    right = np.logical_or(named, ~there).all(axis=1)
    return labelled.of(np.asarray(right, bool), np.asarray((known[members] | ~there).all(axis=1), bool))


def _apart(facts: Facts, there: Flags, members: Ints) -> Floats:
    """Return points for instalments that come long after each other."""
    day = np.sort(np.where(there, facts.books.lines.day[members], np.iinfo(np.int64).max), axis=1)
    gap = np.where(day[:, 1:] < np.iinfo(np.int64).max, day[:, 1:] - day[:, :-1], 0)
    late: Floats = (np.maximum(gap - _SOON, 0) / _SOON).sum(axis=1)
    return late


def _few(count: Ints) -> Ints:
    return np.clip(count - 2, 0, _COUNTS - 1)


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
