"""Amounts that make another one together: a few of the rows that stand near each other in time.

Rows of one key (a party, a project, an agreement) stand in the order of their days. Every choice among the
next few rows is one mask, and all rows are tried under a mask at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from reconcile.arrays import NONE, Dated, Hashes, Ints
from reconcile.books import UNKNOWN
from reconcile.structure import mixed

MOST_ALIKE = 12
"""A sum that more rows ask for within its days is no answer to any of them."""


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


def masks(width: int, most: int) -> Iterator[tuple[int, ...]]:
    """Return which of the next rows are taken beside the first one: from one of them to `most` - 1."""
    for size in range(1, most):
        yield from combinations(range(1, width + 1), size)


def find_sums(
    rows: Rows, asked: Rows, *, width: int, most: int, span: int, before: int, after: int
) -> Sums:
    """Return every sum that some rows make to the dirham.

    `width`: how many of the next rows are looked at; `most`: how many rows a sum has at most; `span`: days
    between its first and last row; it is asked for from `before` days before its last row to `after` after.
    """
    order = np.lexsort((rows.place, rows.day, rows.key))
    key, day, amount, place = rows.key[order], rows.day[order], rows.amount[order], rows.place[order]
    dirham = (asked.amount + 50) // 100
    dated = Dated(mixed(asked.key, dirham), asked.day)
    found: list[tuple[Ints, Ints]] = []
    for mask in masks(width, most):
        first = np.arange(max(len(order) - mask[-1], 0))
        last = first + mask[-1]
        fits = (key[first] == key[last]) & (day[last] - day[first] <= span)
        first, last = first[fits], last[fits]
        if not len(first):
            continue
        whole = amount[first].copy()
        for step in mask:
            whole += amount[first + step]
        for shift in (-1, 0, 1):
            sums = mixed(key[first], (whole + 50) // 100 + shift)
            at, which = dated.find(sums, day[last] - before, day[last] + after, MOST_ALIKE)
            if len(at):
                members = np.full((len(at), most), UNKNOWN)
                members[:, 0] = place[first[at]]
                for column, step in enumerate(mask, 1):
                    members[:, column] = place[first[at] + step]
                found.append((asked.place[which], members))
    if not found:
        return Sums(NONE, np.zeros((0, most), np.int64))
    return Sums(np.concatenate([one for one, _ in found]), np.concatenate([many for _, many in found]))


def distinct(sums: Sums) -> Sums:
    """Return the same answers once each, the members of each in order; what names a row twice is none."""
    members = -np.sort(-sums.members, axis=1)  # those that are not there stand last
    twice = ((members[:, 1:] == members[:, :-1]) & (members[:, 1:] != UNKNOWN)).any(axis=1)
    table = np.column_stack([sums.asked, members])[~twice]
    table = np.unique(table, axis=0) if len(table) else table
    return Sums(table[:, 0], table[:, 1:])
