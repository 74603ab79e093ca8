"""Earned value: what was planned, what was earned, what it cost, and where that leads.

Units: whole centimes, all taxes included; progress in hundredths of a percent.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from models.rules.payment_curve import Planned
from models.rules.terms import WHOLE, part

_PLACES = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Works:
    """What is known of a project's works. `planned`: the first payment curve of each contract, kept.

    `budgets`: what contracts and amendments add, by the day they were signed. `progress`: what was
    measured, in the order of the days. `certified`: what accounts certify, by day.
    """

    planned: tuple[Planned, ...] = ()
    budgets: tuple[tuple[date, int], ...] = ()
    progress: tuple[tuple[date, int], ...] = ()
    certified: tuple[tuple[date, int], ...] = ()
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """The works of a project at the end of a day. A ratio whose denominator is nothing is None.

    `budget`: of the works contracts; `pv`, `ev`, `ac`: planned, earned, certified. `cpi`, `spi`, `tcpi`
    to three decimals; no `tcpi` once nothing of the budget is left. `eac_*`: what it will cost in the
    end, if costs go on as so far (`by_cost`), as budgeted from now on (`by_budget`), or as costs and
    time so far together (`by_both`).
    """

    on: date
    budget: int
    pv: int
    ev: int
    ac: int
    cpi: Decimal | None
    spi: Decimal | None
    eac_by_cost: int | None
    eac_by_budget: int
    eac_by_both: int | None
    tcpi: Decimal | None
    days_late: int


@dataclass(frozen=True, slots=True)
class SPoint:
    """Sums from the beginning up to a day. None: not known yet."""

    day: date
    planned: int
    earned: int | None
    actual: int | None


def earned_value(works: Works, on: date) -> EarnedValue:
    """Return where the works stand at the end of a day.

    Source: docs/rules.md, Q9 and Q10.
    """
    budget, pv = _up_to(works.budgets, on), planned_value(works.planned, on)
    ev, ac = _earned(works, on), _up_to(works.certified, on)
    cpi, spi = _ratio(ev, ac), _ratio(ev, pv)
    both = cpi * spi if cpi is not None and spi is not None else None
    return EarnedValue(
        on=on,
        budget=budget,
        pv=pv,
        ev=ev,
        ac=ac,
        cpi=_rounded(cpi),
        spi=_rounded(spi),
        eac_by_cost=_divided(budget, cpi),
        eac_by_budget=ac + budget - ev,
        eac_by_both=_plus(ac, _divided(budget - ev, both)),
        tcpi=_rounded(_ratio(budget - ev, max(budget - ac, 0))),
        days_late=works.days_late,
    )


def planned_value(planned: Iterable[Planned], on: date) -> int:
    """Return what was to be spent up to a day: of the month that runs, the days that are over.

    Source: docs/rules.md, Q9.
    """
    total = 0
    for one in planned:
        length = monthrange(one.month.year, one.month.month)[1]
        over = min(max((on - one.month).days + 1, 0), length)
        total += part(one.amount, over, length)
    return total


def s_curve(works: Works, on: date) -> tuple[SPoint, ...]:
    """Return the sums at the end of each month, and on the day itself; nothing is earned after it.

    Source: docs/rules.md, Q9.
    """
    return joint_curve([works], on)


def joint_curve(projects: Sequence[Works], on: date) -> tuple[SPoint, ...]:
    """Return the sums of several projects together, as `s_curve` does for one. One currency for all.

    Source: docs/rules.md, Q9.
    """
    known = [
        day
        for works in projects
        for day in (
            *(one.month for one in works.planned),
            *(day for days in (works.progress, works.certified) for day, _ in days if day <= on),
        )
    ]
    if not known:
        return ()
    days, month = {on}, min(known).replace(day=1)
    while month <= max(known):
        month += relativedelta(months=1)
        days.add(month - timedelta(days=1))
    return tuple(_point(projects, day, on) for day in sorted(days))


def _point(projects: Sequence[Works], day: date, on: date) -> SPoint:
    planned = sum(planned_value(works.planned, day) for works in projects)
    if day > on:
        return SPoint(day, planned, None, None)
    earned = sum(_earned(works, day) for works in projects)
    return SPoint(day, planned, earned, sum(_up_to(works.certified, day) for works in projects))


def _earned(works: Works, on: date) -> int:
    """Return the share of the budget that the last progress measured by a day stands for."""
    measured = [value for day, value in works.progress if day <= on]
    return part(_up_to(works.budgets, on), measured[-1], WHOLE) if measured else 0


def _up_to(dated: Sequence[tuple[date, int]], on: date) -> int:
    return sum(amount for day, amount in dated if day <= on)


def _ratio(above: int, below: int) -> Fraction | None:
    return Fraction(above, below) if below else None


def _rounded(ratio: Fraction | None) -> Decimal | None:
    if ratio is None:
        return None
    return (Decimal(ratio.numerator) / Decimal(ratio.denominator)).quantize(_PLACES, ROUND_HALF_EVEN)


def _divided(amount: int, ratio: Fraction | None) -> int | None:
    """Return an amount over a ratio, to the centime; None where there is no ratio, or it is nothing."""
    return round(amount / ratio) if ratio else None


def _plus(amount: int, more: int | None) -> int | None:
    return None if more is None else amount + more
