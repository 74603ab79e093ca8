"""What delay costs a contractor, and how much of it at most."""

from dataclasses import dataclass

from models.rules.terms import WHOLE, Terms, part

_PER_MILLE = 1_000 * 100
"""A whole, in hundredths of a thousandth."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a contract is worth, by what changed it. Unit: centimes, all taxes included.

    Price revision is no part of it: it raises neither caps nor bases.
    """

    initial: int
    extra_works: int = 0
    mass: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        """The initial amount and all amendments."""
        return self.initial + self.extra_works + self.mass + self.other

    @property
    def penalty_base(self) -> int:
        """Initial amount, extra works and increase in mass (W14); a decrease does not lower it."""
        return self.initial + max(0, self.extra_works) + max(0, self.mass)


@dataclass(frozen=True, slots=True)
class Penalty:
    """The penalty for delay of a contract. Unit: centimes."""

    due: int
    cap: int
    near: bool

    @property
    def at_cap(self) -> bool:
        """Tell whether the cap is reached: the contract may be ended (CCAG-T art. 65-A 8, art. 79)."""
        return self.due > 0 and self.due >= self.cap


def delay_penalty(amounts: Amounts, days_late: int, terms: Terms) -> Penalty:
    """Return the penalty for so many calendar days, rounded once, and whether its cap is near.

    Source: docs/rules.md, W14 and W15.
    """
    base = amounts.penalty_base
    cap = part(base, terms.delay_cap)
    due = min(cap, part(base, terms.delay_penalty_per_mille * days_late, _PER_MILLE))
    return Penalty(due, cap, near=due > 0 and due * WHOLE >= cap * terms.near_cap)


def special_cap(amounts: Amounts, terms: Terms) -> int:
    """Return what all penalties that are not for delay come to at most, in centimes.

    Source: docs/rules.md, W15.
    """
    return part(amounts.penalty_base, terms.special_cap)


def over_limits(amounts: Amounts, terms: Terms) -> dict[str, int]:
    """Return by how much amendments pass the limits of extra works and mass, in centimes.

    Source: docs/rules.md, W16.
    """
    over = {
        "extra_works": amounts.extra_works - part(amounts.initial, terms.extra_works),
        "mass_increase": amounts.mass - part(amounts.initial, terms.mass_increase),
        "mass_decrease": -amounts.mass - part(amounts.initial, terms.mass_decrease),
    }
    return {name: excess for name, excess in over.items() if excess > 0}
