"""How fast books are matched, loading included, against the floor of loading them and one hash join."""

import math
import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.large_books import write

SIZES = (20_000, 200_000, 1_000_000)
AIMS = {20_000: 2, 200_000: 25, 1_000_000: 180}
"""Seconds that are aimed at."""

_KILO = 1024


@dataclass(frozen=True, slots=True)
class Size:
    """Seconds for one size of books, each measured in a process of its own; `busy`: of the processor,
    which others of the machine do not lengthen; `peak`: GiB of memory."""

    lines: int
    targets: int
    matched: int
    took: float
    busy: float
    peak: float
    pandas: float
    duckdb: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process measured."""

    took: float
    busy: float
    peak: float
    lines: int
    targets: int
    matched: int


def measure(folder: Path) -> list[Size]:
    """Measure each size on books of its own."""
    return [_measure(folder / f"books-{size}", size) for size in SIZES]


def _measure(folder: Path, size: int) -> Size:
    write(folder, size)
    ours = _apart(_match, folder)
    floors = [_apart(one, folder).took for one in (_pandas, _duckdb)]
    return Size(ours.lines, ours.targets, ours.matched, ours.took, ours.busy, ours.peak, *floors)


def _apart(work: Callable[[Path], tuple[int, int, int]], folder: Path) -> Measured:
    """Do a piece of work in a process of its own, so that memory and caches are its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_timed, (work, folder))


def _timed(work: Callable[[Path], tuple[int, int, int]], folder: Path) -> Measured:
    start, busy = time.perf_counter(), time.process_time()
    counts = work(folder)
    took, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILO / _KILO
    return Measured(took, busy, peak, *counts)


def _match(folder: Path) -> tuple[int, int, int]:
    from reconcile.matching import match
    from reconcile.reading import read_books
    from reconcile.writing import write_matches

    outcome = match(read_books(folder))
    write_matches(outcome, folder / "matches.csv")
    counts = outcome.counts()
    return counts["lines"], len(outcome.books.targets), counts["matched"]


def _pandas(folder: Path) -> tuple[int, int, int]:
    import pandas as pd

    lines = pd.read_csv(folder / "ledger.csv", dtype=str, keep_default_na=False)
    lines["paid"] = pd.to_numeric(lines["amount"]).abs()
    owed = [
        pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False).rename(
            columns={amount: "paid"}
        )
        for name, amount in (("tranches", "amount"), ("certificates", "net_payable"))
    ]
    targets = pd.concat(owed, ignore_index=True)
    targets["paid"] = pd.to_numeric(targets["paid"])
    targets["project_code"] = "PRJ-" + targets["project_id"].str[1:]
    joined = lines.merge(targets, on=["project_code", "paid"])
    return len(lines), len(targets), len(joined)


_JOIN = """
WITH owed AS (
    SELECT 'PRJ-' || project_id[2:] AS code, amount AS paid FROM read_csv('{folder}/tranches.csv')
    UNION ALL
    SELECT 'PRJ-' || project_id[2:], net_payable FROM read_csv('{folder}/certificates.csv')
)
SELECT count(*), (SELECT count(*) FROM owed)
FROM read_csv('{folder}/ledger.csv') AS line JOIN owed ON line.project_code = owed.code
    AND abs(line.amount) = owed.paid
"""


def _duckdb(folder: Path) -> tuple[int, int, int]:
    import duckdb

    found = duckdb.connect().execute(_JOIN.format(folder=folder)).fetchall()
    return 0, int(found[0][1]), int(found[0][0])


def report(sizes: list[Size]) -> list[str]:
    """Return the lines of docs/performance.md."""
    lines = [
        "## Matching books",
        "",
        "`tadshin reconcile books`, loading and writing included, each size in a process of its own; one "
        "partner holds a fifth of all targets. Floor: loading the same files and one hash join by project "
        "and amount.",
        "",
        "| lines | targets | time | aim | processor "
        "| lines a second | memory | pandas | ratio | DuckDB | ratio |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {size.lines:,} | {size.targets:,} | {size.took:.1f} s | {AIMS[asked]} s | {size.busy:.1f} s "
        f"| {size.lines / size.took:,.0f} | {size.peak:.2f} GiB | {size.pandas:.2f} s "
        f"| {size.took / size.pandas:.1f} | {size.duckdb:.2f} s | {size.took / size.duckdb:.1f} |"
        for asked, size in zip(SIZES, sizes, strict=True)
    ]
    growth = [
        math.log(larger.busy / smaller.busy) / math.log(larger.lines / smaller.lines)
        for smaller, larger in pairwise(sizes)
    ]
    lines += [
        "",
        "Growth exponents of the processor's time between these sizes: "
        f"{', '.join(f'{one:.2f}' for one in growth)}. "
        "Aim: no worse than 1.15, and under 3 GiB.",
        "",
    ]
    return lines


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        print("\n".join(report(measure(Path(place)))))
