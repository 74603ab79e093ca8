"""What lines are by their structure alone: printed twice, moved to another project, taken back.

Amounts, days, pairs and how a text begins are asked first, words of the tables where these are silent.
Source: docs/rules.md, Z3 to Z5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonprefix  # it compares any texts, sign by sign

import numpy as np

from reconcile.arrays import Dated, Flags, Hashes, Ints, join
from reconcile.books import UNKNOWN, Lines
from reconcile.text import HEAD, Scan
from reconcile.vocabulary import Kind, Vocabulary, lines_with

EXPORT_DAYS = 2
"""A second export may date a line up to two days off."""

REVERSAL_DAYS = 45
"""A payment is taken back within this many days."""

_SAID_AGAIN, _CONTRADICTED = 50, -100  # points

MOVE_DAYS = 220
"""The ledger moves a line to another project within this many days."""

_PRIME = np.uint64(0x100000001B3)


@dataclass(frozen=True, slots=True)
class Structure:
    """For each line the line that it repeats, undoes or is undone by, and belongs to as a correction.

    UNKNOWN where there is none. `moves`: the line that a pair of the ledger moves to another project;
    `project`: where a line belongs after what the ledger corrected.
    """

    duplicate_of: Ints
    reversed_with: Ints
    corrected_with: Ints
    moves: Ints
    project: Ints

    @property
    def is_free(self) -> Flags:
        """Whether a line is money of its own, which stayed."""
        known = (self.duplicate_of, self.reversed_with, self.corrected_with)
        free: Flags = np.logical_and.reduce([one == UNKNOWN for one in known])
        return free


def read_structure(lines: Lines, scan: Scan, is_ledger: Flags, vocabulary: Vocabulary) -> Structure:
    """Find duplicates between exports, corrections of the ledger, and reversals, in this order."""
    duplicate_of = find_duplicates(lines, scan, is_ledger)
    corrected_with, moves, project = find_corrections(lines, scan, is_ledger, duplicate_of == UNKNOWN)
    may_be = ~is_ledger & (duplicate_of == UNKNOWN) & (lines.amount != 0)
    reversed_with = find_reversals(lines, scan, may_be)
    says_so = lines_with(scan.words, vocabulary.hashes(Kind.REVERSAL), len(lines))
    add_worded_reversals(lines, scan, may_be, says_so, reversed_with)
    return Structure(duplicate_of, reversed_with, corrected_with, moves, project)


def find_duplicates(lines: Lines, scan: Scan, is_ledger: Flags) -> Ints:
    """Return for each line of a later export the line of another one that it prints again.

    Same amount, at most EXPORT_DAYS apart, and the same operation number, or the same beginning of the
    text where one of them has none; one to one between two exports, so that real twins stay two. Of the
    two, the one that is settled stays, else that of the export with more lines.
    """
    found = np.full(len(lines), UNKNOWN)
    bank = np.flatnonzero(~is_ledger)
    counts = np.bincount(lines.source[bank], minlength=len(lines.sources))
    standing = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")[lines.source]
    standing = np.where(lines.is_settled, standing - len(lines.sources), standing)
    again, before = _of_two_exports(lines, bank, standing)
    operation = np.array([number.lstrip("0") for number in lines.operation], object)
    both = (operation[again] != "") & (operation[before] != "")
    same = operation[again] == operation[before]
    alike = scan.heads[again] == scan.heads[before]
    is_pair = np.where(both, same, alike)
    apart = np.abs(lines.day[again] - lines.day[before])
    rank = 10 * (both & same) + 5 * alike - apart
    kept = np.flatnonzero(is_pair)
    order = kept[np.lexsort((before[kept], again[kept], -rank[kept], standing[again[kept]]))]
    used = set[tuple[int, int]]()
    sources = lines.source.tolist()
    for one, other in zip(again[order].tolist(), before[order].tolist(), strict=True):
        taken = (other, sources[one])
        if found[one] == UNKNOWN and found[other] == UNKNOWN and taken not in used:
            used.add(taken)
            found[one] = other
    return found


def _of_two_exports(lines: Lines, rows: Ints, standing: Ints) -> tuple[Ints, Ints]:
    """Return the pairs of one amount and about one day that stand in two exports, the one that goes first.

    An amount of one export alone is not asked for: a bank's fee may stand in it thousands of times.
    """
    _amounts, place = np.unique(lines.amount[rows], return_inverse=True)
    source = lines.source[rows]
    first, last = np.full(len(rows), len(lines.sources)), np.full(len(rows), -1)
    np.minimum.at(first, place, source)
    np.maximum.at(last, place, source)
    rows = rows[(first != last)[place]]
    day = lines.day[rows]
    dated = Dated(lines.amount[rows], day)
    found = [(rows[:0], rows[:0])]
    for one, other in dated.find_in_blocks(lines.amount[rows], day - EXPORT_DAYS, day + EXPORT_DAYS):
        again, before = rows[one], rows[other]
        kept = (lines.source[again] != lines.source[before]) & (standing[again] > standing[before])
        found.append((again[kept], before[kept]))
    return np.concatenate([one for one, _other in found]), np.concatenate([other for _one, other in found])


def find_corrections(
    lines: Lines, scan: Scan, is_ledger: Flags, may_be_moved: Flags
) -> tuple[Ints, Ints, Ints]:
    """Return the pairs of the ledger that move money between projects, the line that each moves, and the
    project of each line after that.

    A pair has one day, one text and opposite amounts; it moves the line of the same amount that named
    the project which the pair takes it from, where only one line fits.
    """
    pair, moves = np.full(len(lines), UNKNOWN), np.full(len(lines), UNKNOWN)
    project = lines.project.copy()
    rows = np.flatnonzero(is_ledger & (lines.amount != 0))
    key = mixed(scan.fields[rows, 0], lines.size[rows], lines.day[rows])
    gains, losses = rows[lines.amount[rows] > 0], rows[lines.amount[rows] < 0]
    left, right = join(key[lines.amount[rows] > 0], key[lines.amount[rows] < 0])
    for gain, loss in _one_to_one(gains[left], losses[right], np.zeros(len(left), np.int64)):
        pair[gain], pair[loss] = loss, gain
    into = np.flatnonzero((pair != UNKNOWN) & (lines.project != UNKNOWN))
    into = into[lines.project[pair[into]] != UNKNOWN]
    bank = np.flatnonzero(~is_ledger & may_be_moved & (lines.project != UNKNOWN))
    dated = Dated(mixed(lines.amount[bank], lines.project[bank]), lines.day[bank])
    # The side of a pair that has the sign of the line names the right project, the other the wrong one.
    wanted = mixed(lines.amount[into], lines.project[pair[into]])
    which, moved = dated.find(wanted, lines.day[into] - MOVE_DAYS, lines.day[into], most=1)
    project[bank[moved]] = lines.project[into[which]]
    moves[into[which]] = moves[pair[into[which]]] = bank[moved]
    return pair, moves, project


def find_reversals(lines: Lines, scan: Scan, may_be: Flags) -> Ints:
    """Return the pairs of a line and the later one that takes it back.

    The later line has the opposite amount and prints, behind words of its own, how the first one began.
    """
    found = np.full(len(lines), UNKNOWN)
    line, tail = scan.tails
    kept = may_be[line]
    line, tail = line[kept], tail[kept]
    firsts = np.flatnonzero(may_be)
    dated = Dated(mixed(tail, lines.amount[line]), lines.day[line])
    day = lines.day[firsts]
    place, later = dated.find(mixed(scan.heads[firsts], -lines.amount[firsts]), day, day + REVERSAL_DAYS)
    first, later = firsts[place], line[later]
    rank = _common(lines.label, first, later) - (lines.day[later] - lines.day[first])
    for column, texts in ((1, lines.reference), (2, lines.counterparty)):
        said = np.array([bool(text) for text in texts], bool)
        both = said[first] & said[later]
        same = scan.fields[first, column] == scan.fields[later, column]
        rank = rank + np.where(both, np.where(same, _SAID_AGAIN, 3 * _CONTRADICTED), 0)
    is_pair = (first != later) & (rank > _CONTRADICTED)
    for one, other in _one_to_one(first[is_pair], later[is_pair], rank[is_pair], shared=True):
        found[one], found[other] = other, one
    return found


def add_worded_reversals(
    lines: Lines, scan: Scan, may_be: Flags, says_so: Flags, reversed_with: Ints
) -> None:
    """Pair lines that say to take something back, without repeating its text, with what they take back.

    The only line of the opposite amount shortly before, with the same reference or the same name.
    """
    later = np.flatnonzero(may_be & says_so & (reversed_with == UNKNOWN))
    firsts = np.flatnonzero(may_be & ~says_so & (reversed_with == UNKNOWN))
    dated = Dated(-lines.amount[firsts], lines.day[firsts])
    day = lines.day[later]
    place, first = dated.find(lines.amount[later], day - REVERSAL_DAYS, day)
    later, first = later[place], firsts[first]
    same = np.zeros(len(later), bool)
    for column, texts in ((1, lines.reference), (2, lines.counterparty)):
        said = np.array([bool(text) for text in texts], bool)
        both = said[first] & said[later]
        same |= both & (scan.fields[first, column] == scan.fields[later, column])
    later, first = later[same], first[same]
    alone = np.bincount(later, minlength=len(lines))[later] == 1
    for one, other in _one_to_one(first[alone], later[alone], lines.day[first[alone]]):
        reversed_with[one], reversed_with[other] = other, one


def _common(labels: Sequence[str], first: Ints, later: Ints) -> Ints:
    """Return how many signs of its beginning a later text repeats of a first one, ten for each."""
    shared = []
    for one, other in zip(first.tolist(), later.tolist(), strict=True):
        start = labels[one][: HEAD // 2]
        place = labels[other].find(start)
        both = [labels[one], labels[other][place:]]
        shared.append(len(commonprefix(both)) if place >= 0 else 0)  # noqa: RUF071 (no paths)
    return 10 * np.array(shared, np.int64)


def _one_to_one(left: Ints, right: Ints, rank: Ints, *, shared: bool = False) -> list[tuple[int, int]]:
    """Return pairs in which no row stands twice, the best first. `shared`: both sides are one table."""
    if not len(left):
        return []
    order = np.lexsort((right, left, -rank))
    used_left: set[int] = set()
    used_right = used_left if shared else set()
    pairs = []
    for one, other in zip(left[order].tolist(), right[order].tolist(), strict=True):
        if one in used_left or other in used_right:
            continue
        used_left.add(one)
        used_right.add(other)
        pairs.append((one, other))
    return pairs


def mixed(*parts: Ints | Hashes) -> Hashes:
    """Return one hash for each row of several columns."""
    whole = np.zeros(len(parts[0]) if parts else 0, np.uint64)
    for part in parts:
        whole = (whole ^ part.astype(np.uint64)) * _PRIME
        whole ^= whole >> np.uint64(29)
    return whole
