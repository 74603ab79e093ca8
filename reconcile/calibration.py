"""How sure a match must be before it is booked: set from what the books themselves can prove.

A line whose reference names its target is a case with a known answer. Such lines are matched once more as
if they had no reference, and the least share is taken at which that goes wrong seldom enough. Books that
can prove little are booked with more care.
"""

from dataclasses import dataclass

import numpy as np

from reconcile.arrays import Flags, Floats

TOLERATED, TOLERATED_GROUPS = 0.007, 0.03
"""Of the cases with a known answer, the part that may be wrong. Groups have few such cases, and their
references, which are left out there, tell far more of them than of single matches."""

MISLABELLED = 0.008
"""Of the references that fit, the part that may itself be wrong, at most; the surest cases tell it."""

_SHARES = (*(0.775,), *np.arange(0.8, 0.98, 0.0125).round(4).tolist(), 0.98, 0.99)
_LEAST_GROUPS = 0.8
STRICTEST, STRICTEST_GROUPS = 0.99, 0.97


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least share from which matches are booked. `cases`: known answers from there; `wrong` of them."""

    least: float
    cases: int
    wrong: int
    is_cautious: bool
    """Whether the books could not prove that less care is enough."""


def calibrate(share: Floats, is_right: Flags, *, of_groups: bool = False) -> Threshold:
    """Return the least share at which cases with a known answer go wrong seldom enough.

    `share`: of each pair or group that lines with a known answer may take, found without their reference.
    One more wrong case than was seen is assumed, so that few cases prove nothing.
    Source: docs/rules.md, Z7.
    """
    surest = share >= STRICTEST
    label = float((surest & ~is_right).sum()) / max(int(surest.sum()), 1)
    label = min(label, MISLABELLED)
    tolerated = TOLERATED_GROUPS if of_groups else TOLERATED
    strictest = STRICTEST_GROUPS if of_groups else STRICTEST
    lowest = _LEAST_GROUPS if of_groups else _SHARES[0]
    for least in (one for one in _SHARES if lowest <= one < strictest):
        taken = share >= least
        cases, wrong = int(taken.sum()), int((taken & ~is_right).sum())
        if cases and (max(wrong - label * cases, 0.0) + 1.0) / cases <= tolerated:
            return Threshold(float(least), cases, wrong, is_cautious=False)
    surest = share >= strictest
    return Threshold(strictest, int(surest.sum()), int(np.sum(surest & ~is_right)), is_cautious=True)
