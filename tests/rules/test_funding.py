"""The pure rules of partners' money: shares, percentiles, ages, the ladder, what is cut."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.ageing import Age, age_of, reminder_key, rung_of
from models.rules.calendar import WorkingCalendar
from models.rules.funding import call_number, due_day, least_left, percentile, share_out
from models.rules.money import Money
from models.rules.tranches import CallState, TrancheState, apportion, cut_from_the_end, tranche_state

DUE = date(2026, 5, 4)
AMOUNTS = st.lists(st.integers(0, 10**12), max_size=12)


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (-400, Age.NOT_DUE),
        (0, Age.NOT_DUE),
        (1, Age.TO_30),
        (30, Age.TO_30),
        (31, Age.TO_60),
        (60, Age.TO_60),
        (61, Age.TO_90),
        (90, Age.TO_90),
        (91, Age.OVER_90),
    ],
)
def test_an_age_changes_after_its_last_day(days: int, age: Age) -> None:
    """V21."""
    assert age_of(DUE, DUE + timedelta(days=days)) is age


@pytest.mark.parametrize(
    ("days", "rung"),
    [(6, None), (7, 7), (29, 7), (30, 30), (59, 30), (60, 60), (89, 60), (90, 90), (999, 90)],
)
def test_the_ladder_has_four_rungs(days: int, rung: int | None) -> None:
    """V23."""
    assert rung_of(DUE, DUE + timedelta(days=days)) == rung


def test_a_reminder_is_named_after_call_and_rung() -> None:
    assert reminder_key(UUID(int=1), 30) == f"call_overdue:{UUID(int=1)}:30"


@pytest.mark.parametrize(
    ("days", "median", "most"),
    [([5], 5, 5), ([1, 2], 1, 2), ([10, -5, 40, 20, 30], 20, 30), (list(range(1, 11)), 5, 8)],
)
def test_a_percentile_is_one_of_the_values(days: list[int], median: int, most: int) -> None:
    """V22."""
    assert (percentile(days, 50), percentile(days, 80)) == (median, most)


def test_a_due_date_is_a_working_day() -> None:
    """V12."""
    feast = WorkingCalendar(feasts=frozenset({date(2026, 5, 1)}))

    assert due_day(date(2026, 3, 2), 60, feast) == DUE
    assert due_day(date(2026, 3, 2), 59, feast) == date(2026, 4, 30)
    assert call_number(2026, 12) == "AF-2026-0012"


@given(st.integers(0, 10**13), AMOUNTS)
def test_money_is_shared_out_whole_and_in_order(amount: int, lacks: list[int]) -> None:
    """V15."""
    given_ = share_out(amount, list(enumerate(lacks)))

    assert sum(part for _, part in given_) == min(amount, sum(lacks))
    assert all(0 < part <= lacks[call] for call, part in given_)
    assert all(part == lacks[call] for call, part in given_[:-1])


@given(AMOUNTS, st.integers(-5, 10**13))
def test_the_last_tranches_are_cut_first(amounts: list[int], surplus: int) -> None:
    """V4."""
    left = cut_from_the_end(amounts, surplus)

    assert sum(left) == max(sum(amounts) - max(surplus, 0), 0)
    touched = [was != now for was, now in zip(amounts, left, strict=True)]
    if any(touched):
        assert not any(now for now in left[touched.index(True) + 1 :])


def test_what_is_left_is_least_at_the_end_of_some_day() -> None:
    """V20: changes of one day count together, in whatever order they were written."""
    day = [DUE + timedelta(days=after) for after in range(4)]

    assert least_left([]) == 0
    assert least_left([(day[0], 100), (day[1], -100), (day[1], 30)]) == 30
    assert least_left([(day[0], 100), (day[2], 30), (day[1], -101)]) == -1
    assert least_left([(day[1], 100), (day[0], -1)]) == -1


@given(st.integers(1, 10**12), st.lists(st.integers(1, 3000), max_size=5))
def test_shares_of_the_whole_come_to_the_whole(centimes: int, shares: list[int]) -> None:
    """X31."""
    whole = Money(centimes)
    rest = [100_00 - sum(shares)] if sum(shares) < 100_00 else []
    parts = apportion(whole, [*shares, *rest])

    assert all(part.centimes >= 0 for part in parts)
    assert not rest or sum(part.centimes for part in parts) == centimes
    exact = [centimes * share / 100_00 for share in [*shares, *rest]]
    assert all(abs(part.centimes - one) <= 1 for part, one in zip(parts, exact, strict=True))


@pytest.mark.parametrize(
    ("amount", "call", "lacks", "days", "state"),
    [
        (0, CallState.WITHDRAWN, 0, 0, TrancheState.DROPPED),
        (5, None, 0, 0, TrancheState.PLANNED),
        (5, CallState.DRAFT, 5, 0, TrancheState.DRAFTED),
        (5, CallState.WITHDRAWN, 5, 9, TrancheState.WITHDRAWN),
        (5, CallState.ISSUED, 5, 0, TrancheState.CALLED),
        (5, CallState.ISSUED, 1, 1, TrancheState.OVERDUE),
        (5, CallState.ISSUED, 0, 9, TrancheState.PAID),
    ],
)
def test_a_tranche_stands_where_its_last_call_does(
    amount: int, call: CallState | None, lacks: int, days: int, state: TrancheState
) -> None:
    """V21: overdue the day after its due date, while something lacks."""
    assert tranche_state(amount, call, lacks, DUE, DUE + timedelta(days=days)) is state
