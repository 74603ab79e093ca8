"""What a run found: what it booked, what it offers, and what lines are that pay nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from reconcile.arrays import NONE, Flags, Ints
from reconcile.booking import Booked, Stage
from reconcile.books import DIRHAM, UNKNOWN, Books
from reconcile.calibration import Threshold
from reconcile.evidence import Facts, Worth
from reconcile.lessons import Lesson
from reconcile.singles import Candidates
from reconcile.spoken import lessons_of
from reconcile.suggestions import Suggestions

FEE_TIMES = 5
"""An amount that goes out this often, with nobody named and no reference, is a bank's fee."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole run. `thresholds`: from which share each kind of match was booked in these books.

    `candidates`, `worth`: every pair that was looked at singly, and what its levels are worth.
    """

    facts: Facts
    booked: tuple[Booked, ...]
    suggestions: Suggestions
    thresholds: dict[str, Threshold]
    fees: Ints
    others: Ints
    candidates: Candidates
    worth: Worth

    @property
    def books(self) -> Books:
        return self.facts.books

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """The lines and targets of everything that was booked."""
        line = np.concatenate([NONE, *(one.line for one in self.booked)])
        return line, np.concatenate([NONE, *(one.target for one in self.booked)])

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """What the certain lines of this run taught of how parties are called, if they were booked so."""
        line, target = self.pairs
        return lessons_of(
            self.facts.spoken, self.books.lines.source, line, self.books.targets.party[target]
        )

    @property
    def classified(self) -> Iterator[tuple[Stage, Ints, Ints]]:
        """What open lines are that pay no target: the kind, the lines, and the other line of each."""
        structure, is_open = self.facts.structure, ~self.books.lines.is_settled
        for stage, other in (
            (Stage.DUPLICATE, structure.duplicate_of),
            (Stage.REVERSAL, structure.reversed_with),
            (Stage.CORRECTION, structure.corrected_with),
        ):
            rows = np.flatnonzero((other != UNKNOWN) & is_open)
            yield stage, rows, other[rows]
        for stage, rows in ((Stage.FEE, self.fees), (Stage.OTHER, self.others)):
            yield stage, rows, np.full(len(rows), UNKNOWN)

    @property
    def notes(self) -> tuple[Mapping[str, object], ...]:
        """What was found strange, as codes with details."""
        return (*self.books.notes, *_rates_that_end(self.books))

    def counts(self) -> dict[str, int]:
        """Return how many lines ended how."""
        kinds = {stage: len(rows) for stage, rows, _ in self.classified}
        return {
            "lines": len(self.books.lines),
            "matched": len(np.unique(self.pairs[0])),
            "suggested": len(np.unique(self.suggestions.line)),
            "duplicates": kinds[Stage.DUPLICATE],
            "reversals": kinds[Stage.REVERSAL],
            "corrections": kinds[Stage.CORRECTION],
            "fees": kinds[Stage.FEE],
            "others": kinds[Stage.OTHER],
        }


def fees_and_others(facts: Facts, line_is_open: Flags, has_suggestion: Flags) -> tuple[Ints, Ints]:
    """Return the lines that are a bank's fees by their structure, and those that concern no target."""
    lines = facts.books.lines
    silent = np.array(
        [not (ref or who) for ref, who in zip(lines.reference, lines.counterparty, strict=True)], bool
    )
    alone = line_is_open & silent & ~facts.mentions.says_any & ~has_suggestion
    out = np.flatnonzero(alone & (lines.amount < 0))
    _sizes, back, times = np.unique(lines.size[out], return_inverse=True, return_counts=True)
    fees = out[(times[back] >= FEE_TIMES) | facts.says_fee[out]]
    return fees, np.setdiff1d(np.flatnonzero(alone), fees)


def _rates_that_end(books: Books) -> Iterator[Mapping[str, object]]:
    """Name each currency of a target whose rates end before the last line; the last one known is used."""
    if not len(books.lines):
        return
    last = int(books.lines.day.max())
    for currency in sorted(set(books.targets.currency) - {DIRHAM}):
        days = books.rates.days.get(currency, NONE)
        if not len(days):
            yield {"note": "rates_absent", "currency": currency}
        elif days[-1] < last:
            day = str(np.datetime64(int(days[-1]), "D"))
            later = int((books.lines.day > days[-1]).sum())
            yield {"note": "rates_end", "currency": currency, "day": day, "lines": later}
