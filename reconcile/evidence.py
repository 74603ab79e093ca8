"""What speaks for a line paying a target, in levels, and what each level is worth in these very books.

A level's worth is learnt: how often the certain pairs of these books show it, against how often their
rivals do. Certain is a pair whose reference, amount and project agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Floats, Ints, is_in, paired
from reconcile.books import DIRHAM, UNKNOWN, Books
from reconcile.parties import SAYS_SOMETHING, Naming
from reconcile.references import Mentions
from reconcile.spoken import Spoken
from reconcile.structure import Structure

EXACT, CENTS, ROUNDED, FOREIGN = range(4)
"""How the amounts agree: to the centime, within a few, to the dirham, by the rate of the day."""

SILENT, OTHER, AGREEMENT, NAMED = range(4)
"""What the reference of a line says of a target: nothing, another one, its agreement, the target itself."""

BLANK, SAME, ELSEWHERE = range(3)
"""What the project of a line says of a target."""

MOST_CENTS, MOST_ROUNDED = 5, 50
ROUND = 10_000_000
"""Centimes; amounts that are whole multiples of it meet each other by chance."""

EARLIEST, LATEST = 60, 200
"""A payment is looked for from 60 days before it is due until 200 days after it."""

_LEADS = (-6.0, -3.0, -1.5, -0.5, 0.5, 1.5, 3.0, 6.0)
_DELAYS = (-45, -22, -10, 0, 10, 20, 30, 45, 60, 75, 90, 110, 140, LATEST)
_LEVELS = {"party": len(_LEADS) + 2, "project": 3, "delay": len(_DELAYS) + 2}
_IMPOSSIBLE = -8.0

_DOUBT = 30
"""Certain pairs that weigh as much as what is usual: books of a single night teach little themselves."""

_USUAL: Mapping[str, tuple[float, ...]] = {
    "party": (0.5, -4.0, -1.5, -1.5, -0.4, 0.8, 0.9, 0.7, 0.5, 0.5),
    "project": (0.0, 0.9, -5.0),
    "delay": (-8.0, -3.0, -3.0, 0.5, 1.5, 1.7, 1.5, 1.0, 0.6, 0.0, -0.4, -1.0, -3.5, -5.0, -6.0, -6.0),
}

NAMES = ("amount", "reference", "party", "project", "delay")
Levels = Mapping[str, Ints]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was read of the books, by which pairs of a line and a target are judged."""

    books: Books
    structure: Structure
    mentions: Mentions
    naming: Naming
    printed_project: Ints
    spoken: Spoken
    says_fee: Flags

    @property
    def project(self) -> Ints:
        """The project of each line: as the ledger has it after corrections, or as its text prints it."""
        own = self.structure.project
        return np.where(own != UNKNOWN, own, self.printed_project)

    @property
    def is_foreign(self) -> Flags:
        """Which targets are in another currency."""
        return np.array([one != DIRHAM for one in self.books.targets.currency], bool)

    def levels(self, line: Ints, target: Ints, amount: Ints) -> Levels:
        """Return the levels of pairs; `amount` is the one known already."""
        return {
            "amount": amount,
            "reference": self.reference(line, target),
            "party": self.party(line, target),
            "project": self.place(line, target),
            "delay": self.delay(line, target),
        }

    def reference(self, line: Ints, target: Ints) -> Ints:
        """Return what the reference of lines says of targets."""
        keys = paired(line, target, len(self.books.targets))
        said = np.where(self.mentions.says_any[line], OTHER, SILENT)
        said = np.where(is_in(keys, self.mentions.of_agreement), AGREEMENT, said)
        return np.where(is_in(keys, self.mentions.named), NAMED, said)

    def party(self, line: Ints, target: Ints) -> Ints:
        """Return in classes how far a target's party leads others in the words of a line; 0: no name."""
        lead = self.naming.lead(line, self.books.targets.party[target])
        return np.where(self.naming.best[line] < SAYS_SOMETHING, 0, np.digitize(lead, _LEADS) + 1)

    def place(self, line: Ints, target: Ints) -> Ints:
        """Return what the project of lines says of targets; what the ledger says goes before a text."""
        own, printed = self.structure.project[line], self.printed_project[line]
        meant = self.books.targets.project[target]
        is_other = (own != UNKNOWN) & (own != meant)
        is_same = (own == meant) | (printed == meant)
        silent = (own == UNKNOWN) & (printed == UNKNOWN)
        return np.where(silent, BLANK, np.where(is_same & ~is_other, SAME, ELSEWHERE))

    def delay(self, line: Ints, target: Ints) -> Ints:
        """Return in classes how long after the due day a line comes; 0: before anything was to be paid."""
        targets, day = self.books.targets, self.books.lines.day[line]
        late = np.digitize(day - targets.due[target], _DELAYS) + 1
        return np.where(day < targets.dated[target], 0, late)


@dataclass(frozen=True, slots=True)
class Worth:
    """The points of each level. `lessons`: from how many certain pairs they were learnt."""

    points: Mapping[str, Floats]
    lessons: int

    def of(self, levels: Levels, *, with_reference: bool = True) -> Floats:
        """Return the points of pairs; without their reference to see how they would fare without one."""
        names = [name for name in NAMES if with_reference or name != "reference"]
        points: Floats = np.sum([self.points[name][levels[name]] for name in names], axis=0)
        return points


def learn(levels: Levels, is_certain: Flags, is_rival: Flags) -> Worth:
    """Return what levels are worth: the logarithm of how much more often certain pairs show one."""
    points: dict[str, Floats] = {
        "amount": np.array([0.0, -1.0, -1.0, -1.0]),
        "reference": np.array([0.0, -4.0, 2.0, 6.5]),
    }
    lessons = int(is_certain.sum())
    for name, count in _LEVELS.items():
        ours = np.bincount(levels[name][is_certain], minlength=count) + 0.5
        others = np.bincount(levels[name][is_rival], minlength=count) + 0.5
        learnt = np.log(ours / ours.sum()) - np.log(others / others.sum())
        points[name] = (learnt * lessons + np.array(_USUAL[name]) * _DOUBT) / (lessons + _DOUBT)
    points["project"][ELSEWHERE] = min(points["project"][ELSEWHERE], _IMPOSSIBLE / 1.6)
    points["delay"][0] = _IMPOSSIBLE
    return Worth(points, lessons)


def is_round(amount: Ints) -> Flags:
    """Tell which amounts are so round that they meet each other by chance."""
    return np.asarray(amount % ROUND == 0, bool)


def agreed(paid: Ints, owed: Ints) -> Ints:
    """Return how amounts agree, UNKNOWN where they do not. Source: docs/rules.md, Z1."""
    apart = np.abs(paid - owed)
    rounded = (paid % 100 == 0) & (apart <= MOST_ROUNDED)
    level = np.where(rounded, ROUNDED, UNKNOWN)
    level = np.where(apart <= MOST_CENTS, CENTS, level)
    return np.where(apart == 0, EXACT, level)
