"""`make judge`: how well the engine does on full books, on each wording, and by a judge where one is named.

The judge is a folder with generate.py and score.py, which make books with a known answer and mark what is
written about them. Its books are printed anew in the held-out wordings too.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reconcile.explain import explain
from reconcile.matching import match
from reconcile.outcome import Outcome
from reconcile.reading import read_books
from reconcile.writing import write_matches
from tests.reconcile.marks import Marks, mark
from tests.reconcile.rewrite import rewrite
from tests.reconcile.wordings import FOURTH, THIRD
from tests.reconcile.world import make, write

FULL = 3500
"""Agreements of our own books at full size: some 15,000 lines."""

WORDINGS = {"third": THIRD, "fourth": FOURTH}
LIMITS = {"seen": (0.005, 0.80), "missing": (0.01, 0.0), "unseen": (0.01, 0.60)}
"""Of each kind of books: how many matched lines may be wrong, and the least recall."""


def main() -> int:
    """Print a row for each set of books; fail where a limit of issue 4 is not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", type=Path, help="the folder of generate.py and score.py")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    held = True
    print("| books | seed | lines | matched | wrong | precision | recall | offered | from |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for kind, name, seed, outcome, given in _all(Path(folder), asked.judge, asked.seeds):
            wrong, recall = LIMITS[kind]
            good = given.wrong <= wrong and given.recall >= recall and given.offered >= 0.70
            held &= good
            print(_row(name, seed, outcome, given) + ("" if good else " **not held**"), flush=True)
    return 0 if held else 1


def _row(name: str, seed: int, outcome: Outcome, given: Marks) -> str:
    least = ", ".join(f"{one.least:.2f}" for one in outcome.thresholds.values())
    return (
        f"| {name} | {seed} | {len(outcome.books.lines):,} | {given.matched:,} | {given.wrong:.2%} "
        f"| {given.precision:.4f} | {given.recall:.4f} | {given.offered:.2f} | {least} |"
    )


def _all(place: Path, judge: Path | None, seeds: int) -> Iterator[tuple[str, str, int, Outcome, Marks]]:
    for seed in range(1, seeds + 1):
        for name, wording in WORDINGS.items():
            world = make(seed, FULL, wording)
            outcome = match(read_books(write(world, place / f"{name}{seed}")))
            yield "unseen", f"own, {name}", seed, outcome, mark(world, outcome, explain(outcome))
    if judge:
        for seed in range(1, seeds + 1):
            yield from _judged(place, judge, seed)


def _judged(place: Path, judge: Path, seed: int) -> Iterator[tuple[str, str, int, Outcome, Marks]]:
    sets = {
        "A": ("seen", ("--dialect", "A")),
        "B": ("seen", ("--dialect", "B")),
        "A, half without reference": ("missing", ("--set", "ref_missing=0.5")),
    }
    for name, (kind, options) in sets.items():
        folder = place / f"{name}{seed}"
        _run(judge / "generate.py", "--seed", str(seed), "--out", str(folder), *options)
        yield kind, f"judge, {name}", seed, *_mark(judge, folder)
    for name, wording in WORDINGS.items():
        folder = rewrite(place / f"A{seed}", place / f"judge-{name}{seed}", wording, seed)
        yield "unseen", f"judge, {name}", seed, *_mark(judge, folder)


def _mark(judge: Path, folder: Path) -> tuple[Outcome, Marks]:
    outcome = match(read_books(folder))
    write_matches(outcome, folder / "matches.csv")
    told = json.loads(
        _run(judge / "score.py", "--data", str(folder), "--matches", str(folder / "matches.csv"))
    )
    by_count = told["by_count"]
    return outcome, Marks(
        matched=told["matched_lines"],
        precision=by_count["precision"],
        recall=by_count["recall"],
        wrong=told["false_matched_rate"],
        offered=told["left_with_right_suggestion"] / max(told["left_for_human"], 1),
    )


def _run(*command: Path | str) -> str:
    ended = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
