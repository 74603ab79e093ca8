"""What a run found, as it is handed out: a row for each line and target, and for lines without one."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reconcile.arrays import Flags, Floats, Ints
from reconcile.books import INCOMING, UNKNOWN, Books
from reconcile.calibration import Threshold
from reconcile.evidence import Facts
from reconcile.suggestions import Suggestions

COLUMNS = ("line_id", "target_type", "target_id", "amount", "status", "stage", "share")
MATCHED, SUGGESTED = "matched", "suggested"

FEE_TIMES = 5
"""An amount that goes out this often, with nobody named and no reference, is a bank's fee."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What one step booked: lines, targets, centimes of each, and how sure each was."""

    stage: str
    line: Ints
    target: Ints
    amount: Ints
    share: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole run. `thresholds`: from which share each kind of match was booked in these books."""

    facts: Facts
    booked: tuple[Booked, ...]
    suggestions: Suggestions
    thresholds: dict[str, Threshold]
    fees: Ints
    others: Ints

    @property
    def books(self) -> Books:
        return self.facts.books

    def counts(self) -> dict[str, int]:
        """Return how many lines ended how."""
        structure = self.facts.structure
        lines = {line for one in self.booked for line in one.line.tolist()}
        return {
            "lines": len(self.books.lines),
            "matched": len(lines),
            "suggested": len(np.unique(self.suggestions.line)),
            "duplicates": int((structure.duplicate_of != UNKNOWN).sum()),
            "reversals": int((structure.reversed_with != UNKNOWN).sum()),
            "corrections": int((structure.corrected_with != UNKNOWN).sum()),
            "fees": len(self.fees),
            "others": len(self.others),
        }


def rows_of(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    """Yield the rows of matches.csv in the order of the lines' ids."""
    found = sorted(_booked(outcome))
    found += _suggested(outcome)
    found += _classified(outcome)
    yield from sorted(found, key=lambda row: row[0])  # stable: suggestions stay the best first


def write_matches(outcome: Outcome, file: Path) -> None:
    """Write matches.csv whole: it is there when it is finished, and not before."""
    fresh = file.with_name(f".{file.name}.new")
    with fresh.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows_of(outcome))
    fresh.replace(file)


def fees_and_others(facts: Facts, line_is_open: Flags, has_suggestion: Flags) -> tuple[Ints, Ints]:
    """Return the lines that are a bank's fees by their structure, and those that concern no target."""
    lines = facts.books.lines
    silent = np.array(
        [not (ref or who) for ref, who in zip(lines.reference, lines.counterparty, strict=True)], bool
    )
    alone = line_is_open & silent & ~facts.mentions.says_any & ~has_suggestion
    out = np.flatnonzero(alone & (lines.amount < 0))
    sizes, back, times = np.unique(lines.size[out], return_inverse=True, return_counts=True)
    del sizes
    is_fee = times[back] >= FEE_TIMES
    fees = out[is_fee]
    rest = np.setdiff1d(np.flatnonzero(alone), fees)
    return fees, rest


def _booked(outcome: Outcome) -> list[tuple[str, ...]]:
    lines, targets = outcome.books.lines, outcome.books.targets
    return [
        (
            lines.ids[line],
            _kind(targets.side[target]),
            targets.ids[target],
            _money(amount),
            MATCHED,
            one.stage,
            f"{share:.3f}",
        )
        for one in outcome.booked
        for line, target, amount, share in zip(
            one.line.tolist(), one.target.tolist(), one.amount.tolist(), one.share.tolist(), strict=True
        )
    ]


def _suggested(outcome: Outcome) -> list[tuple[str, ...]]:
    lines, targets, offered = outcome.books.lines, outcome.books.targets, outcome.suggestions
    return [
        (lines.ids[line], _kind(targets.side[target]), targets.ids[target], "0.00", SUGGESTED, "", "")
        for line, target in zip(offered.line.tolist(), offered.target.tolist(), strict=True)
    ]


def _classified(outcome: Outcome) -> list[tuple[str, ...]]:
    ids, structure = outcome.books.lines.ids, outcome.facts.structure
    found: list[tuple[str, ...]] = []
    for name, other in (
        ("duplicate", structure.duplicate_of),
        ("reversal", structure.reversed_with),
        ("correction", structure.corrected_with),
    ):
        for line in np.flatnonzero(other != UNKNOWN).tolist():
            found.append((ids[line], name, ids[int(other[line])], "0.00", MATCHED, "structure", ""))
    for name, rows in (("fee", outcome.fees), ("other", outcome.others)):
        found += [(ids[line], name, "", "0.00", MATCHED, "structure", "") for line in rows.tolist()]
    return found


def _kind(side: int) -> str:
    return "tranche" if side == INCOMING else "certificate"


def _money(centimes: int) -> str:
    sign = "-" if centimes < 0 else ""
    return f"{sign}{abs(centimes) // 100}.{abs(centimes) % 100:02d}"
