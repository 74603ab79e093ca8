from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.contracts import OrderKind
from models.rules.errors import BadValue
from models.rules.works_clock import Order, WorksClock, check_order

START, STOP, RESUME = OrderKind.START, OrderKind.STOP, OrderKind.RESUME


def clock(*orders: tuple[OrderKind, date], period: int = 100, added: int = 0) -> WorksClock:
    return WorksClock(tuple(Order(*order) for order in orders), period, added)


def test_the_time_runs_from_the_day_after_the_start_order() -> None:
    """W12: 1 January + 100 days in a year that is no leap year: 31 + 28 + 31 = 90, so 11 April."""
    works = clock((START, date(2026, 1, 1)))

    assert works.end(date(2026, 3, 1)) == date(2026, 4, 11)
    assert works.days_late(date(2026, 4, 11)) == 0
    assert works.days_late(date(2026, 4, 12)) == 1


def test_a_leap_day_is_a_day() -> None:
    """W12: the same 100 days of 2024 have a 29 February in them, and end one day earlier."""
    works = clock((START, date(2024, 1, 1)))

    assert works.end(date(2024, 3, 1)) == date(2024, 4, 10)
    assert works.days_late(date(2025, 4, 10)) == 365


def test_two_stop_orders_stop_the_clock_twice() -> None:
    """W12: 10 days from 1 February, 5 days from 20 March: 11 April + 15 = 26 April."""
    works = clock(
        (START, date(2026, 1, 1)),
        (STOP, date(2026, 2, 1)),
        (RESUME, date(2026, 2, 11)),
        (STOP, date(2026, 3, 20)),
        (RESUME, date(2026, 3, 25)),
    )

    known = {
        date(2026, 1, 31): date(2026, 4, 11),  # nothing stopped yet
        date(2026, 2, 3): date(2026, 4, 14),  # the third day of the first stop
        date(2026, 2, 11): date(2026, 4, 21),
        date(2026, 3, 19): date(2026, 4, 21),
        date(2026, 12, 31): date(2026, 4, 26),
    }
    assert {on: works.end(on) for on in known} == known
    assert works.days_late(date(2026, 5, 6)) == 10


def test_no_day_counts_while_works_that_are_late_stand_still() -> None:
    """W13: late since 12 April; of the days to 30 April, those of 20 to 24 April do not count."""
    works = clock(
        (START, date(2026, 1, 1)), (STOP, date(2026, 4, 20)), (RESUME, date(2026, 4, 25)), period=100
    )

    late = [works.days_late(date(2026, 4, day)) for day in (19, 20, 24, 25, 30)]
    assert late == [8, 8, 8, 9, 14]


def test_the_days_of_amendments_are_added() -> None:
    assert clock((START, date(2026, 1, 1)), added=30).end(date(2026, 1, 1)) == date(2026, 5, 11)


def test_delay_ends_with_the_provisional_acceptance() -> None:
    """W13."""
    works = clock((START, date(2026, 1, 1)))
    accepted = date(2026, 4, 21)

    assert works.days_late(date(2026, 12, 31), accepted) == 10
    assert works.days_late(date(2026, 4, 15), accepted) == 4
    assert works.days_late(date(2026, 12, 31), date(2026, 4, 1)) == 0


def test_without_a_start_order_nothing_runs() -> None:
    assert clock().end(date(2026, 1, 1)) is None
    assert clock().days_late(date(2090, 1, 1)) == 0
    assert clock((START, date(2026, 2, 1))).end(date(2026, 1, 1)) is None
    assert not clock().is_stopped(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("orders", "new", "reason"),
    [
        ([], STOP, "not_started"),
        ([], RESUME, "not_started"),
        ([START], START, "already_started"),
        ([START], RESUME, "not_stopped"),
        ([START, STOP], STOP, "already_stopped"),
        ([START, STOP], START, "already_started"),
        ([START, STOP, RESUME], RESUME, "not_stopped"),
    ],
)
def test_an_order_out_of_sequence_is_named(orders: list[OrderKind], new: OrderKind, reason: str) -> None:
    """W12."""
    before = [Order(kind, date(2026, 1, 1) + timedelta(days=place)) for place, kind in enumerate(orders)]

    with pytest.raises(BadValue) as refused:
        check_order(before, Order(new, date(2026, 2, 1)))

    assert refused.value.details["reason"] == reason


def test_an_order_before_the_last_one_is_refused() -> None:
    """W12."""
    before = [Order(START, date(2026, 1, 10))]
    for dated in (date(2026, 1, 9), date(2026, 1, 10)):
        with pytest.raises(BadValue) as refused:
            check_order(before, Order(STOP, dated))
        assert refused.value.details["reason"] == "before_last_order"
    check_order(before, Order(STOP, date(2026, 1, 11)))


@given(st.lists(st.integers(1, 60), max_size=9), st.integers(1, 400), st.integers(0, 900))
def test_each_day_is_either_stopped_or_counted(gaps: list[int], period: int, asked: int) -> None:
    """From one day to the next the clock goes on by one day, or the stopped days do."""
    dated, orders = date(2026, 1, 1), [Order(START, date(2026, 1, 1))]
    for place, gap in enumerate(gaps):
        dated += timedelta(days=gap)
        order = Order(RESUME if place % 2 else STOP, dated)
        check_order(orders, order)
        orders.append(order)
    works = WorksClock(tuple(orders), period)

    on = date(2026, 1, 1) + timedelta(days=asked)
    grown = works.stopped_days(on + timedelta(days=1)) - works.stopped_days(on)

    assert grown == works.is_stopped(on + timedelta(days=1))
    assert 0 <= works.days_late(on + timedelta(days=1)) - works.days_late(on) <= 1 - grown
