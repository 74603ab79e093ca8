"""How sure a match must be before it is booked: set from what the books themselves can prove.

A line whose reference names its target is a case with a known answer. Such lines are matched once more as
if they had no reference, and the least share is taken at which that goes wrong seldom enough. Books that
can prove little are booked with more care.
"""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Floats

TOLERATED = 0.006
"""Of the cases with a known answer, the part that may be wrong."""

_SHARES = (0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.99)
STRICTEST = _SHARES[-1]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least share from which matches are booked. `cases`: known answers from there; `wrong` of them."""

    least: float
    cases: int
    wrong: int

    @property
    def is_cautious(self) -> bool:
        """Whether the books could not prove that less care is enough."""
        return self.least >= STRICTEST


def calibrate(share: Floats, is_right: Flags) -> Threshold:
    """Return the least share at which cases with a known answer go wrong seldom enough.

    `share`: of each pair or group that lines with a known answer may take, found without their reference.
    One more wrong case than was seen is assumed, so that few cases prove nothing.
    """
    for least in _SHARES:
        taken = share >= least
        cases, wrong = int(taken.sum()), int((taken & ~is_right).sum())
        if cases and (wrong + 1) / cases <= TOLERATED:
            return Threshold(least, cases, wrong)
    taken = share >= STRICTEST
    return Threshold(STRICTEST, int(taken.sum()), int(np.sum(taken & ~is_right)))
