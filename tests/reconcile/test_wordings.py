"""Quality on small books with a known answer, printed by banks that the engine was not made for."""

from pathlib import Path

import pytest

from reconcile.explain import explain
from reconcile.matching import match
from reconcile.reading import read_books
from tests.reconcile.marks import Marks, mark
from tests.reconcile.wordings import FOURTH, THIRD, Wording
from tests.reconcile.world import make, write

AGREEMENTS = 300


def marks(folder: Path, wording: Wording, seed: int) -> Marks:
    world = make(seed, AGREEMENTS, wording)
    outcome = match(read_books(write(world, folder)))
    return mark(world, outcome, explain(outcome))


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("wording", [THIRD, FOURTH], ids=["third", "fourth"])
def test_unseen_wording_is_booked_right_or_left_to_a_person(
    tmp_path: Path, wording: Wording, seed: int
) -> None:
    """Issue 4, section 1: wrong at most 1 %, recall 0.60 at least, 70 % offered of what is left."""
    given = marks(tmp_path, wording, seed)

    assert given.wrong <= 0.01
    assert given.recall >= 0.60
    assert given.offered >= 0.70
    assert given.matched > 600


def test_few_known_answers_make_the_run_careful(tmp_path: Path) -> None:
    few = match(read_books(write(make(3, 40, FOURTH), tmp_path / "few")))
    many = match(read_books(write(make(3, 600, FOURTH), tmp_path / "many")))

    assert few.thresholds["single"].is_cautious
    assert not many.thresholds["single"].is_cautious
    assert many.thresholds["single"].least < few.thresholds["single"].least
