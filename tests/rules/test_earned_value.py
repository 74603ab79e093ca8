"""Earned value: the ratios, the three ways to the end, and no ratio over nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from models.rules.earned_value import SPoint, Works, earned_value, planned_value, s_curve
from models.rules.payment_curve import Planned

ON = date(2026, 6, 30)
WORKS = Works(
    planned=tuple(Planned(date(2026, month, 1), 250_000_00) for month in (5, 6, 7, 8)),
    budgets=((date(2026, 4, 1), 1_000_000_00),),
    progress=((date(2026, 5, 31), 20_00), (date(2026, 6, 30), 40_00)),
    certified=((date(2026, 5, 31), 200_000_00), (date(2026, 6, 30), 300_000_00)),
    days_late=12,
)
"""1 000 000.00 in four months; after two 40 % are done, for which 500 000.00 are certified."""


def test_the_worked_example() -> None:
    """Q9, Q10: PV 500, EV 400, AC 500 (thousands): CPI and SPI 0.8, EAC 1250, 1100 and 1437.5."""
    found = earned_value(WORKS, ON)

    assert (found.budget, found.pv, found.ev, found.ac) == (
        1_000_000_00,
        500_000_00,
        400_000_00,
        500_000_00,
    )
    assert (found.cpi, found.spi, found.tcpi) == (Decimal("0.800"), Decimal("0.800"), Decimal("1.200"))
    assert found.eac_by_cost == 1_250_000_00
    assert found.eac_by_budget == 1_100_000_00
    assert found.eac_by_both == 500_000_00 + 937_500_00
    assert found.days_late == 12


@pytest.mark.parametrize(
    ("works", "none"),
    [
        (replace(WORKS, certified=()), {"cpi", "eac_by_cost", "eac_by_both"}),
        (replace(WORKS, planned=()), {"spi", "eac_by_both"}),
        (replace(WORKS, progress=()), {"eac_by_cost", "eac_by_both"}),
        (replace(WORKS, certified=((ON, 1_000_000_00),)), {"tcpi"}),
        (replace(WORKS, certified=((ON, 1_000_000_01),)), {"tcpi"}),
        (Works(), {"cpi", "spi", "tcpi", "eac_by_cost", "eac_by_both"}),
    ],
)
def test_there_is_no_ratio_over_nothing(works: Works, none: set[str]) -> None:
    """Q10."""
    found = earned_value(works, ON)
    names = ("cpi", "spi", "tcpi", "eac_by_cost", "eac_by_budget", "eac_by_both")

    assert {name for name in names if getattr(found, name) is None} == none


def test_what_happens_later_does_not_count_yet() -> None:
    """Q9."""
    found = earned_value(WORKS, date(2026, 6, 29))

    assert (found.ev, found.ac) == (200_000_00, 200_000_00)


@pytest.mark.parametrize(
    ("on", "planned"),
    [
        (date(2026, 4, 30), 0),
        (date(2026, 5, 1), 250_000_00 // 31 + 1),
        (date(2026, 5, 31), 250_000_00),
        (date(2026, 6, 15), 375_000_00),
        (date(2026, 9, 1), 1_000_000_00),
    ],
)
def test_of_the_month_that_runs_the_days_that_are_over_count(on: date, planned: int) -> None:
    """Q9."""
    assert planned_value(WORKS.planned, on) == planned


def test_the_curve_has_each_month_end_and_the_day_and_nothing_is_earned_after_it() -> None:
    """Q9."""
    points = s_curve(WORKS, date(2026, 6, 15))

    assert points == (
        SPoint(date(2026, 5, 31), 250_000_00, 200_000_00, 200_000_00),
        SPoint(date(2026, 6, 15), 375_000_00, 200_000_00, 200_000_00),
        SPoint(date(2026, 6, 30), 500_000_00, None, None),
        SPoint(date(2026, 7, 31), 750_000_00, None, None),
        SPoint(date(2026, 8, 31), 1_000_000_00, None, None),
    )
    assert s_curve(Works(), ON) == ()
