"""Books to be matched: what was called or certified, and the lines of bank and ledger, in arrays.

Rows are put into the order of their ids, so that the order of a file changes no answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from reconcile.arrays import Flags, Ints

UNKNOWN = -1
"""In the place of a row: there is none."""

INCOMING, OUTGOING = 1, -1
DIRHAM = "MAD"


@dataclass(frozen=True, slots=True)
class Parties:
    """Partners and contractors; `names`: every spelling that the books have of each."""

    ids: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Projects:
    """Projects, the code of each as ledgers print it, and what else it is called, where that is known."""

    ids: tuple[str, ...]
    codes: tuple[str, ...]
    names: tuple[tuple[str, ...], ...] = ()

    @property
    def said(self) -> tuple[tuple[str, ...], ...]:
        """The code of each project with its names."""
        names = self.names or ((),) * len(self.codes)
        return tuple((code, *of) for code, of in zip(self.codes, names, strict=True))


@dataclass(frozen=True, slots=True)
class Targets:
    """What money is to settle: tranches (`side` INCOMING) and certificates (OUTGOING).

    Units: centimes of `currency`; days since 1970. `agreement`, `party`, `project`: places of rows.
    """

    ids: tuple[str, ...]
    references: tuple[str, ...]
    side: Ints
    agreement: Ints
    agreements: tuple[str, ...]
    """The reference of each agreement, convention or contract."""
    party: Ints
    project: Ints
    number: Ints
    dated: Ints
    due: Ints
    amount: Ints
    currency: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of bank statements and of the ledger. Units: centimes of dirhams, negative when paid out.

    `source`: the place of the export in `sources`. `original`: the amount in another currency, 0 for none.
    `project`: the place of the project that the line names, UNKNOWN where it names none that is known.
    `settled`: lines that an earlier run or a person settled. They are never matched again, but what
    repeats them, takes them back or moves them is still found; an empty array means that there are none.
    """

    ids: tuple[str, ...]
    sources: tuple[str, ...]
    source: Ints
    day: Ints
    amount: Ints
    original: Ints
    original_currency: tuple[str, ...]
    label: tuple[str, ...]
    reference: tuple[str, ...]
    counterparty: tuple[str, ...]
    project: Ints
    operation: tuple[str, ...]
    settled: Flags = field(default_factory=lambda: np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def side(self) -> Ints:
        return np.sign(self.amount)

    @property
    def size(self) -> Ints:
        """The amount, whichever way it went."""
        return np.abs(self.amount)

    @property
    def is_settled(self) -> Flags:
        """Which lines were settled before this run."""
        return self.settled if len(self.settled) else np.zeros(len(self), bool)


@dataclass(frozen=True, slots=True)
class Rates:
    """Dirhams for one unit of another currency, by day. Unit: ten-thousandths of a dirham."""

    days: Mapping[str, Ints] = field(default_factory=dict)
    values: Mapping[str, Ints] = field(default_factory=dict)

    def on(self, currency: str, days: Ints) -> Ints:
        """Return the rate of each day, the last one before where there is none; 0 before the first."""
        known = self.days.get(currency)
        if known is None or not len(known):
            return np.zeros(len(days), np.int64)
        place = np.searchsorted(known, days, "right") - 1
        return np.where(place >= 0, self.values[currency][np.maximum(place, 0)], 0)

    def last_day(self) -> int | None:
        """Return the last day of which a rate is known."""
        ends = [int(days[-1]) for days in self.days.values() if len(days)]
        return max(ends) if ends else None


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a run looks at. `ledger`: the places of the sources that are no bank's.

    `notes`: what was found strange while reading, as codes with details.
    """

    parties: Parties
    projects: Projects
    targets: Targets
    lines: Lines
    rates: Rates
    ledger: frozenset[int]
    notes: Sequence[Mapping[str, object]] = ()
