"""Joins of arrays: which rows of two tables share a key, without a loop over rows."""

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Keys = TypeVar("Keys", Ints, Hashes)

NONE: Ints = np.zeros(0, np.int64)

AT_ONCE = 1 << 22
"""So many pairs are held at a time where they may be very many: some 32 MB a column."""


def distinct(keys: Ints) -> Ints:
    """Return each key once, in order; for arrays of ours this is much quicker than a table of hashes."""
    ordered = np.sort(keys)
    kept = np.ones(len(ordered), bool)
    kept[1:] = ordered[1:] != ordered[:-1]
    return ordered[kept]


def spread(starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Return for ranges that begin at `starts` the number of each range, and each place in it."""
    whole = int(counts.sum())
    ranges = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(whole) - np.repeat(np.cumsum(counts) - counts, counts)
    return ranges, np.repeat(starts, counts) + within


def join(left: Keys, right: Keys, most: int | None = None) -> tuple[Ints, Ints]:
    """Return the places in both of every pair with the same key.

    `most`: a row of the left that has more partners gets none; what is that common tells nothing.
    """
    order = np.argsort(right, kind="stable")
    kept = right[order]
    first = np.searchsorted(kept, left, "left")
    counts = np.searchsorted(kept, left, "right") - first
    if most is not None:
        counts = np.where(counts > most, 0, counts)
    ranges, places = spread(first, counts)
    return ranges, order[places]


class Dated:
    """Rows that are found by a key and a span of days."""

    def __init__(self, keys: Keys, days: Ints) -> None:
        self._base = int(days.min()) if len(days) else 0
        self._last = int(days.max()) if len(days) else 0
        self._width = self._last - self._base + 2
        self._rows = np.lexsort((days, keys))
        ordered = keys[self._rows]
        is_first = np.ones(len(ordered), bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        self._known: NDArray[Any] = ordered[is_first]
        places = np.cumsum(is_first) - 1
        self._places = places * self._width + days[self._rows] - self._base

    def find(self, keys: Keys, first: Ints, last: Ints, most: int | None = None) -> tuple[Ints, Ints]:
        """Return the pairs (place in `keys`, row) of the same key, from the first day to the last.

        `most`: as in `join`.
        """
        begin, counts = self._ranges(keys, first, last)
        if most is not None:
            counts = np.where(counts > most, 0, counts)
        ranges, places = spread(begin, counts)
        return ranges, self._rows[places]

    def find_in_blocks(self, keys: Keys, first: Ints, last: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Yield the pairs of `find` in their order, some AT_ONCE of them at a time: they may be many."""
        begin, counts = self._ranges(keys, first, last)
        block = (np.cumsum(counts) - counts) // AT_ONCE
        edges = np.flatnonzero(block[1:] != block[:-1]) + 1
        for some in np.split(np.flatnonzero(counts >= 0), edges):
            ranges, places = spread(begin[some], counts[some])
            yield some[ranges], self._rows[places]

    def _ranges(self, keys: Keys, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """Return for each key where its rows begin, and how many there are."""
        if not len(self._known) or not len(keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
        place = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
        is_known = self._known[place] == keys
        low = place * self._width + np.clip(first, self._base, self._last + 1) - self._base
        high = place * self._width + np.clip(last, self._base - 1, self._last) - self._base
        begin = np.searchsorted(self._places, low, "left")
        counts = np.where(is_known, np.searchsorted(self._places, high, "right") - begin, 0)
        return begin, np.maximum(counts, 0)


def paired(left: Ints, right: Ints, width: int) -> Ints:
    """Return one key for each pair of places; `width` is above every place on the right."""
    return left * np.int64(width) + right


def is_in(keys: Ints, known: Ints) -> Flags:
    """Tell which keys stand among the known ones (sorted, each once)."""
    if not len(known):
        return np.zeros(keys.shape, bool)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[place] == keys, bool)


def once(keys: Ints, ranks: Floats) -> Ints:
    """Return for each key the place of its highest rank, in the order of the keys; the first of equals."""
    order = np.lexsort((np.arange(len(keys)), -ranks, keys))
    sorted_keys = keys[order]
    first = np.ones(len(order), bool)
    first[1:] = sorted_keys[1:] != sorted_keys[:-1]
    return order[first]
