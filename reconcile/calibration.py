"""How sure a match must be before it is booked: set from what the books themselves can prove.

A line whose reference names its target is a case with a known answer. Such lines are matched once more as
if they had no reference, and the least share is taken at which that goes wrong seldom enough. Books that
can prove little are booked with more care.
"""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Floats

TOLERATED = 0.008
"""Of the cases with a known answer, the part that may be wrong."""

MISLABELLED = 0.008
"""Of the references that fit, the part that may itself be wrong, at most; the surest cases tell it."""

_SHARES = (*(0.6, 0.65, 0.7, 0.75, 0.775), *np.arange(0.8, 0.98, 0.0125).round(4).tolist(), 0.98, 0.99)
STRICTEST = 0.99


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


def calibrate(share: Floats, is_right: Flags, tolerated: float = TOLERATED) -> Threshold:
    """Return the least share at which cases with a known answer go wrong seldom enough.

    `share`: of each pair or group that lines with a known answer may take, found without their reference.
    One more wrong case than was seen is assumed, so that few cases prove nothing.
    """
    surest = share >= STRICTEST
    label = float((surest & ~is_right).sum()) / max(int(surest.sum()), 1)
    label = min(label, MISLABELLED)
    for least in _SHARES:
        taken = share >= least
        cases, wrong = int(taken.sum()), int((taken & ~is_right).sum())
        if cases and (max(wrong - label * cases, 0.0) + 1.0) / cases <= tolerated:
            return Threshold(float(least), cases, wrong)
    return Threshold(STRICTEST, int(surest.sum()), int(np.sum(surest & ~is_right)))
