"""What holds for any books: nothing settled beyond itself, nothing hangs on order, nothing is fatal."""

import csv
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.settings import ROOT
from reconcile.books import UNKNOWN
from reconcile.matching import match
from reconcile.outcome import Outcome
from reconcile.reading import read_books
from tests.reconcile.folder import line, tranche, write
from tests.reconcile.wordings import FOURTH, THIRD
from tests.reconcile.world import make
from tests.reconcile.world import write as write_world

RUN = """
import sys
from pathlib import Path
from reconcile.matching import match
from reconcile.reading import read_books
from reconcile.writing import write_matches
write_matches(match(read_books(Path(sys.argv[1]))), Path(sys.argv[2]))
"""
ROUNDED = 50
"""Centimes by which a bank that rounds to the dirham pays more than is owed."""


def run(folder: Path, hashes: str) -> bytes:
    """Match a folder in a process of its own, under another seed of hashes."""
    out = folder / "matches.csv"
    environment = {**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", RUN, folder, out], check=True, env=environment, cwd=ROOT)
    return out.read_bytes()


def shuffled(folder: Path, out: Path, seed: int) -> Path:
    """The same books with the rows of every file in another order."""
    out.mkdir()
    for file in sorted(folder.glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as handle:
            head, *rows = csv.reader(handle)
        random.Random(seed).shuffle(rows)  # noqa: S311  (a seeded order)
        with (out / file.name).open("w", newline="", encoding="utf-8") as handle:
            csv.writer(handle).writerows([head, *rows])
    return out


def test_the_same_books_give_the_same_bytes(tmp_path: Path) -> None:
    folder = write_world(make(5, 250, THIRD), tmp_path / "books")
    mixed = shuffled(folder, tmp_path / "mixed", seed=1)

    first = run(folder, "1")

    assert first.count(b"matched") > 500
    assert run(folder, "2") == first
    assert run(mixed, "3") == first


def hold(outcome: Outcome) -> None:
    """Assert what must hold whatever the books are."""
    books, structure = outcome.books, outcome.facts.structure
    paid, owed = Counter[int](), Counter[int]()
    for step in outcome.booked:
        assert (step.amount > 0).all()
        for row, target, amount in zip(
            step.line.tolist(), step.target.tolist(), step.amount.tolist(), strict=True
        ):
            paid[row] += amount
            owed[target] += amount
            assert books.lines.side[row] == books.targets.side[target]
            assert books.lines.day[row] >= books.targets.dated[target]
    assert all(amount == int(books.lines.size[row]) for row, amount in paid.items())
    assert all(amount <= int(books.targets.amount[row]) + ROUNDED for row, amount in owed.items())
    for row, other in enumerate(structure.reversed_with.tolist()):
        if other != UNKNOWN:
            assert structure.reversed_with[other] == row
            assert books.lines.amount[row] + books.lines.amount[other] == 0
    for row, other in enumerate(structure.corrected_with.tolist()):
        if other != UNKNOWN:
            assert books.lines.amount[row] + books.lines.amount[other] == 0
    classified = [row for _, rows, _ in outcome.classified for row in rows.tolist()]
    assert len(classified) == len(set(classified))
    assert not set(classified) & set(paid)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_settled_beyond_itself(tmp_path: Path, seed: int) -> None:
    hold(match(read_books(write_world(make(seed, 150, FOURTH), tmp_path))))


AMOUNTS = st.sampled_from(["100000.00", "100000.01", "200000.00", "300000.00", "150000.00", "0.01", "0.00"])
LABELS = st.one_of(
    st.sampled_from(["VIR GROUPE OCP", "AF 2024 0012", "ANNUL VIR GROUPE OCP", "CONV-2024-001 T3", ""]),
    st.text(max_size=40),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 4), AMOUNTS, st.integers(1, 11), st.integers(1, 2)), max_size=14),
    st.lists(
        st.tuples(
            st.booleans(), AMOUNTS, LABELS, st.integers(1, 12), st.sampled_from(["BK1", "BK2", "GL"])
        ),
        max_size=14,
    ),
)
def test_any_books_hold(
    tmp_path: Path,
    owed: list[tuple[int, str, int, int]],
    moved: list[tuple[bool, str, str, int, str]],
) -> None:
    tranches = [
        tranche(number, party, amount, month=month, project=project)
        for number, (party, amount, month, project) in enumerate(owed, 1)
    ]
    lines = [
        line(number, f"2024-{month:02d}-{number + 5:02d}", f"{'-' * out}{amount}", label, source=source)
        for number, (out, amount, label, month, source) in enumerate(moved, 1)
    ]
    hold(match(read_books(write(tmp_path, tranches, lines))))


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u202eAF", "9" * 10_000]
)
def test_hostile_texts_are_texts(tmp_path: Path, label: str) -> None:
    paid = [line(1, "2024-04-20", "700.00", label, who=label, reference=label[:50], project=label[:20])]
    outcome = match(read_books(write(tmp_path, [tranche(11, 1, "700.00")], paid)))

    assert outcome.counts()["lines"] == 1
    assert any(note["note"] == "unknown_projects" for note in outcome.notes)


def test_a_ledger_alone_is_enough(tmp_path: Path) -> None:
    folder = write(
        tmp_path, [], [line(1, "2024-04-20", "700.00", "VIR"), line(2, "2024-04-21", "0.00", "X")]
    )
    for name in ("projects", "partners", "tranches"):
        (folder / f"{name}.csv").unlink()
    outcome = match(read_books(folder))

    assert {note.get("file") for note in outcome.notes} >= {"projects.csv", "partners.csv", "tranches.csv"}
    assert outcome.counts()["others"] == 1  # what has no amount is nothing at all
