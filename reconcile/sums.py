"""Amounts that make another one together: a few of the rows that stand near each other in time.

Rows of one key (a party, a project, an agreement) stand in the order of their days. Every choice among the
next few rows is tried for all rows at once.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from reconcile.arrays import NONE, Dated, Hashes, Ints
from reconcile.books import UNKNOWN
from reconcile.structure import mixed

MOST_ALIKE = 12
"""A sum that more rows ask for within its days is no answer to any of them."""


AT_ONCE = 1 << 20
"""Sums that are made at once: it bounds the memory."""

_BITS = 16  # in the table, for each sum that is asked for
_CENTS = 8  # by which a sum of several rounded amounts may be off
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that may be summed, or sums that are asked for: their key, day, and amount; `place`: whose."""

    place: Ints
    key: Hashes
    day: Ints
    amount: Ints


@dataclass(frozen=True, slots=True)
class Sums:
    """Answers: `asked` are places of sums, `members` those of rows, UNKNOWN where an answer has fewer."""

    asked: Ints
    members: Ints

    def __len__(self) -> int:
        return len(self.asked)


def find_sums(
    rows: Rows, asked: Rows, *, width: int, most: int, span: int, before: int, after: int
) -> Sums:
    """Return every sum that some rows make to the dirham.

    `width`: how many of the next rows are looked at; `most`: how many rows a sum has at most; `span`: days
    between its first and last row; it is asked for from `before` days before its last row to `after` after.
    """
    order = np.lexsort((rows.place, rows.day, rows.key))
    ordered = Rows(rows.place[order], rows.key[order], rows.day[order], rows.amount[order])
    wanted = _Wanted(asked, before, after)
    found = [Sums(NONE, np.zeros((0, most), np.int64))]
    for last in range(1, width + 1):
        first = np.arange(max(len(order) - last, 0))
        fits = (ordered.key[first] == ordered.key[first + last]) & (
            ordered.day[first + last] - ordered.day[first] <= span
        )
        first, inner = first[fits], _inner(last, most)
        size = max(AT_ONCE // len(inner), 1)
        for begin in range(0, len(first), size):
            found.append(_sums_of(ordered, wanted, first[begin : begin + size], last, inner, most))
    return Sums(
        np.concatenate([one.asked for one in found]), np.concatenate([one.members for one in found])
    )


class _Wanted:
    """Sums that are asked for. Most that are made are not among them: a table of flags tells that."""

    def __init__(self, asked: Rows, before: int, after: int) -> None:
        self.place, self._before, self._after = asked.place, before, after
        keys = mixed(asked.key, (asked.amount + 50) // 100)
        self._dated = Dated(keys, asked.day)
        self._shift = np.uint64(64 - max(int(len(keys) * _BITS).bit_length(), 10))
        self._is_there = np.zeros(1 << (64 - int(self._shift)), bool)
        self._is_there[self._slot(keys)] = True

    def _slot(self, keys: Hashes) -> Ints:
        return ((keys * _GOLDEN) >> self._shift).astype(np.int64)

    def find(self, key: Hashes, dirham: Ints, day: Ints) -> tuple[Ints, Ints]:
        """Return the pairs of a sum that was made and the one that is asked for."""
        keys = mixed(key, dirham)
        likely = np.flatnonzero(self._is_there[self._slot(keys)])
        day = day[likely]
        at, which = self._dated.find(keys[likely], day - self._before, day + self._after, MOST_ALIKE)
        return likely[at], which


def _inner(last: int, most: int) -> list[tuple[int, ...]]:
    """Return which rows between the first and the last may be taken beside both."""
    return [one for size in range(most - 1) for one in combinations(range(1, last), size)]


def _sums_of(
    rows: Rows, wanted: _Wanted, first: Ints, last: int, inner: list[tuple[int, ...]], most: int
) -> Sums:
    whole = np.empty((len(inner), len(first)), np.int64)
    known: dict[tuple[int, ...], Ints] = {(): rows.amount[first] + rows.amount[first + last]}
    for place, steps in enumerate(inner):
        if steps:
            known[steps] = known[steps[:-1]] + rows.amount[first + steps[-1]]
        whole[place] = known[steps]
    found = []
    near = (whole + 50) % 100
    for shift, here in ((0, None), (-1, near < _CENTS), (1, near >= 100 - _CENTS)):
        which, row = np.divmod(np.arange(whole.size), len(first)) if here is None else np.nonzero(here)
        row, which = row.astype(np.int64), which.astype(np.int64)
        dirham = (whole[which, row] + 50) // 100 + shift
        at, one = wanted.find(rows.key[first[row]], dirham, rows.day[first[row] + last])
        found.append((row[at], which[at], wanted.place[one]))
    row, which, answer = (np.concatenate(column) for column in zip(*found, strict=True))
    offsets = np.full((len(inner), most), UNKNOWN)
    for place, taken in enumerate(inner):
        offsets[place, : len(taken) + 2] = (0, *taken, last)
    there = offsets[which] != UNKNOWN
    members = (
        rows.place[np.where(there, first[row][:, None] + offsets[which], 0)] if len(row) else offsets[which]
    )
    return Sums(answer, np.where(there, members, UNKNOWN))


def distinct(sums: Sums) -> Sums:
    """Return the same answers once each, the members of each in order; what names a row twice is none."""
    members = -np.sort(-sums.members, axis=1)  # those that are not there stand last
    twice = ((members[:, 1:] == members[:, :-1]) & (members[:, 1:] != UNKNOWN)).any(axis=1)
    asked, members = sums.asked[~twice], members[~twice]
    keys = mixed(asked, *members.T)
    order = np.argsort(keys, kind="stable")
    first = np.ones(len(order), bool)
    first[1:] = keys[order][1:] != keys[order][:-1]
    kept = order[first]
    return Sums(asked[kept], members[kept])
