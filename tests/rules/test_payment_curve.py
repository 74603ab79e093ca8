"""What pays the curve of the contracts: to the centime, and to the day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.rules.letters import Named
from models.rules.payment_curve import (
    Contribution,
    Expected,
    Planned,
    Shortfall,
    find_shortfalls,
    still_planned,
)

TODAY = date(2026, 3, 2)
COUNCIL = Named("council", "المجلس", "Conseil", "Council")
MINISTRY = Named("ministry", "الوزارة", "Ministère", "Ministry")
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
CURVE = [Planned(MAY, 400_00), Planned(JUNE, 300_00), Planned(JULY, 300_00)]
AT_HAND = 500_00
SECOND = Expected(COUNCIL, 2, date(2026, 5, 31), 200_00)
THIRD = Expected(MINISTRY, 3, date(2026, 6, 30), 300_00)


def short_of(curve: list[Planned], *expected: Expected) -> tuple[Shortfall, ...]:
    """Both partners have promised 500.00, the ministry has given 400.00 of it and the council 100.00."""
    given = {COUNCIL: 100_00, MINISTRY: 400_00}
    contributions = [
        Contribution(payer, 500_00, received, tuple(one for one in expected if one.payer == payer))
        for payer, received in given.items()
    ]
    return find_shortfalls(curve, AT_HAND, contributions, TODAY)


def test_money_that_comes_the_day_before_each_payment_covers_the_curve() -> None:
    """Q2."""
    assert short_of(CURVE, THIRD, SECOND) == ()


def test_a_second_tranche_ninety_days_later_leaves_the_months_until_then_short() -> None:
    """Q2, Q3: the month, the partner and the amount."""
    moved = replace(SECOND, on=SECOND.on + timedelta(days=90))

    found = short_of(CURVE, moved, THIRD)

    assert found == (Shortfall(JUNE, 200_00, moved), Shortfall(JULY, 200_00, moved))


@pytest.mark.parametrize(("centimes", "missing"), [(200_00, []), (199_99, [1]), (0, [200_00])])
def test_one_centime_short_is_short(centimes: int, missing: list[int]) -> None:
    """Q2: nobody has promised what is missing here."""
    found = short_of(CURVE[:2], replace(SECOND, amount=centimes))

    assert [(one.missing, one.source) for one in found] == [(amount, None) for amount in missing]


@pytest.mark.parametrize(("on", "short"), [(JUNE - timedelta(days=1), False), (JUNE, True)])
def test_money_of_the_payment_day_itself_comes_a_day_late(on: date, short: bool) -> None:
    """Q2: before the first day of the month."""
    found = short_of(CURVE[:2], replace(SECOND, on=on))

    assert bool(found) is short


@pytest.mark.parametrize(("on", "short"), [(TODAY, False), (TODAY - timedelta(days=1), True)])
def test_a_tranche_that_is_late_is_not_counted_on(on: date, short: bool) -> None:
    """Q4: its day has passed without money; it is named first."""
    late = replace(SECOND, on=on)

    found = short_of(CURVE[:2], THIRD, late)

    assert found == ((Shortfall(JUNE, 200_00, late),) if short else ())


def test_a_month_that_is_over_is_to_be_paid_today() -> None:
    """Q2."""
    over = [Planned(date(2025, 12, 1), 700_00)]

    found = short_of(over, replace(SECOND, on=TODAY))

    assert [(one.month, one.missing) for one in found] == [(date(2025, 12, 1), 200_00)]


def test_several_tranches_answer_for_their_parts_and_nobody_for_the_rest() -> None:
    """Q3: the partner first that has given least of its promise."""
    afterwards = [replace(THIRD, amount=150_00), replace(SECOND, on=JULY, amount=30_00)]

    found = short_of(CURVE[:2], *afterwards)

    assert [(one.missing, one.source and one.source.payer.key) for one in found] == [
        (30_00, "council"),
        (150_00, "ministry"),
        (20_00, None),
    ]


@pytest.mark.parametrize(
    ("paid", "left"),
    [
        (-1, [400_00, 300_00, 300_00]),
        (0, [400_00, 300_00, 300_00]),
        (399_99, [1, 300_00, 300_00]),
        (400_00, [300_00, 300_00]),
        (999_99, [1]),
        (1_000_00, []),
        (2_000_00, []),
    ],
)
def test_what_was_paid_went_to_the_first_months(paid: int, left: list[int]) -> None:
    """Q1."""
    assert [one.amount for one in still_planned(reversed(CURVE), paid)] == left


def test_a_project_that_owes_nothing_lacks_nothing() -> None:
    assert find_shortfalls([], 0, [], TODAY) == ()
