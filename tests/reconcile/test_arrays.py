"""Joins of arrays where very many rows share a key."""

from pathlib import Path

import numpy as np
import pytest

from reconcile import arrays
from reconcile.arrays import Dated, Ints
from reconcile.matching import match
from reconcile.reading import read_books
from tests.reconcile.folder import line, tranche, write


@pytest.mark.parametrize("at_once", [1, 3, 7, 1000])
def test_blocks_hold_the_pairs_of_the_whole(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(arrays, "AT_ONCE", at_once)
    keys, days = np.array([5, 5, 9, 5, 2, 9], np.int64), np.array([1, 2, 1, 9, 1, 2], np.int64)
    dated = Dated(keys, days)

    blocks = list(dated.find_in_blocks(keys, days - 2, days + 2))

    whole = dated.find(keys, days - 2, days + 2)
    for column in (0, 1):
        assert np.concatenate([one[column] for one in blocks]).tolist() == whole[column].tolist()
    assert all(len(places) <= at_once + 2 for places, _rows in blocks), "a row's pairs stay together"


def test_nothing_has_no_pairs() -> None:
    none: Ints = np.zeros(0, np.int64)

    (block,) = Dated(none, none).find_in_blocks(none, none, none)

    assert [len(one) for one in block] == [0, 0]


def test_thousands_of_lines_of_one_amount_and_day_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Z3: a bank's fee is in its export as often as it was taken: nothing is asked of each pair."""
    asked: list[int] = []
    spread = arrays.spread

    def counted(starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
        asked.append(int(counts.sum()))
        return spread(starts, counts)

    monkeypatch.setattr(arrays, "spread", counted)
    fees = [line(number, "2024-03-05", "-1.00", f"FRAIS {number}") for number in range(1, 3001)]

    outcome = match(read_books(write(tmp_path, [tranche(11, 3, "1234.56")], fees)))

    assert (outcome.facts.structure.duplicate_of == -1).all()
    assert max(asked) < 3000 * 100
