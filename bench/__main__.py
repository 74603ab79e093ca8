"""`make bench`: measure against a floor of the same run, and write docs/performance.md."""

import os
import platform
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import floor, growth, money, moves, nights, reconciliation
from models.settings import ROOT

MS = 1000


def main() -> None:
    """Measure everything once and write it down."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        print("floor ...", flush=True)
        base = floor.commit_and_post(place)
        print("moves on the embedded defaults ...", flush=True)
        moved = moves.measure(place / "home")
        print("growth ...", flush=True)
        sizes = growth.measure(place)
        print("books ...", flush=True)
        books = money.measure(place)
        print("matching ...", flush=True)
        matched = reconciliation.measure(place)
        print("nights ...", flush=True)
        passed = nights.measure(place / "nights")
    parts = [*_head(base), *_moves(moved, base), *_growth(sizes), "", *money.report(books)]
    parts += [*reconciliation.report(matched), *nights.report(passed)]
    text = "\n".join(parts).rstrip() + "\n"
    (ROOT / "docs" / "performance.md").write_text(text)
    print(text)


def _head(base: float) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("prefect", "sqlalchemy", "sqlmodel"))
    return [
        "# Performance",
        "",
        "Written by `make bench`; every figure is from one run. Trust the ratios more than the times.",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python "
        f"{platform.python_version()}, {packages}; {datetime.now(UTC).date().isoformat()}.",
        "",
        f"Floor: one SQLite commit (WAL, synchronous=FULL) plus one keep-alive POST on loopback: "
        f"{base * MS:.2f} ms (median of {floor.TIMES}).",
        "",
    ]


def _moves(moved: moves.Moves, base: float) -> list[str]:
    return [
        "## A move on the embedded defaults",
        "",
        f"{moves.SINGLE} moves at a person's pace, full dossiers, `tadshin serve` warm; "
        f"then {moves.BATCH} in one run.",
        "",
        "| | median | p95 | median / floor | aim |",
        "| --- | ---: | ---: | ---: | --- |",
        f"| request to committed and shown | {moved.shown * MS:.0f} ms | {moved.shown_p95 * MS:.0f} ms "
        f"| {moved.shown / base:.0f} | 150 ms, p95 300 ms |",
        f"| request to alert received (every channel) | {moved.alert * MS:.0f} ms "
        f"| {moved.alert_p95 * MS:.0f} ms | {moved.alert / base:.0f} | 250 ms |",
        f"| moves a second in one run | {moved.a_second:.0f} | "
        f"| {1 / moved.a_second / base:.1f} a move | 300 |",
        "",
    ]


def _growth(sizes: list[growth.Size]) -> list[str]:
    lines = [
        "## Growth with the portfolio",
        "",
        "Floors: one plain SQL pass over the same rows. `watch` is a first run, `again` the second.",
        "",
        "| projects | list | / floor | watch | / floor | alerts | again |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {size.projects:,} | {size.listing * MS:.1f} ms | {size.listing / size.listing_floor:.1f} "
        f"| {size.watch * MS:.0f} ms | {size.watch / size.watch_floor:.1f} | {size.told:,} "
        f"| {size.watch_again * MS:.0f} ms |"
        for size in sizes
    ]
    lines += [
        "",
        f"Growth exponents from {sizes[-2].projects:,} to {sizes[-1].projects:,} projects (1 is in step): "
        f"list {growth.exponent(sizes, 'listing'):.2f}, watch {growth.exponent(sizes, 'watch'):.2f}. "
        "Aim: watch over 10,000 projects in 5 s.",
    ]
    return lines


if __name__ == "__main__":
    main()
