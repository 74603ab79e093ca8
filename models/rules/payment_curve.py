"""Whether the money that is there, and the money that comes, pay the contracts' curve in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from models.rules.letters import Named


@dataclass(frozen=True, slots=True)
class Planned:
    """What contracts are expected to cost in a month (its first day). Unit: centimes."""

    month: date
    amount: int


@dataclass(frozen=True, slots=True)
class Expected:
    """A tranche that has not come whole: what is still missing of it, and when it is expected."""

    payer: Named
    tranche: int
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one partner has promised in money, what of it came, and what is still expected."""

    payer: Named
    promised: int
    received: int
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is missing to pay a month. Unit: centimes.

    `source` is the tranche that would fill the hole if it came earlier; None when nobody has
    promised the money.
    """

    month: date
    missing: int
    source: Expected | None


def still_planned(planned: Iterable[Planned], paid: int) -> list[Planned]:
    """Return the part of a contract's curve that is still to be paid: what was paid went to its
    first months.

    Source: docs/rules.md, Q1.
    """
    left = []
    for one in sorted(planned, key=lambda one: one.month):
        settled = min(max(paid, 0), one.amount)
        paid -= settled
        if one.amount > settled:
            left.append(Planned(one.month, one.amount - settled))
    return left


def payment_day(month: date, today: date) -> date:
    """Return the day by which the money of a month must be there: its first, or today if that is past."""
    return max(month, today)


def find_shortfalls(
    planned: Iterable[Planned], at_hand: int, contributions: Sequence[Contribution], today: date
) -> tuple[Shortfall, ...]:
    """Return what is missing, month by month, and whose tranche comes too late for it.

    The money at hand, with the tranches expected from today on and before the payment day, pays all
    that falls due up to that month. A tranche whose day has passed without money is late: nobody
    counts on it until it has another day. Unit: centimes.
    Source: docs/rules.md, Q2 to Q4.
    """
    found: list[Shortfall] = []
    owed = 0
    for month, amount in _by_month(planned):
        owed += amount
        day = payment_day(month, today)
        in_time = sum(
            one.amount for part in contributions for one in part.expected if today <= one.on < day
        )
        missing = owed - at_hand - in_time
        if missing > 0:
            found += _sources(month, missing, _too_late(contributions, today, day))
    return tuple(found)


def _by_month(planned: Iterable[Planned]) -> list[tuple[date, int]]:
    months: dict[date, int] = {}
    for one in planned:
        months[one.month] = months.get(one.month, 0) + one.amount
    return sorted(months.items())


def _too_late(contributions: Sequence[Contribution], today: date, day: date) -> list[Expected]:
    """Return the tranches that do not help by a day, in the order in which they answer for a hole.

    Late ones stand first, then those of the partner that has given the least of what it promised.
    """
    ranked: list[tuple[bool, Fraction, date, str, int, Expected]] = []
    for part in contributions:
        in_time = sum(one.amount for one in part.expected if today <= one.on < day)
        given = Fraction(part.received + in_time, max(part.promised, 1))
        ranked += [
            (one.on >= today, given, one.on, one.payer.key, one.tranche, one)
            for one in part.expected
            if not today <= one.on < day
        ]
    return [entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1])]


def _sources(month: date, missing: int, too_late: Sequence[Expected]) -> list[Shortfall]:
    """Part a hole among the tranches that come too late; nobody owes the rest."""
    parts = []
    for one in too_late:
        part = min(missing, one.amount)
        if part > 0:
            parts.append(Shortfall(month, part, one))
            missing -= part
    return [*parts, Shortfall(month, missing, None)] if missing else parts
