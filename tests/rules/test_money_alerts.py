"""What of a project's money is amiss, at its boundaries, and when it is news."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.rules.money_alerts import (
    Alert,
    Held,
    Release,
    ReleaseReason,
    Told,
    ahead_step,
    alert_key,
    bond_deadline,
    cap_step,
    due_release,
    is_bond_late,
    is_news,
    last_request,
    points_ahead,
    request_step,
    widened_by,
    worst_hole,
)
from models.rules.payment_curve import Shortfall
from models.rules.penalties import Amounts, delay_penalty
from models.rules.terms import Terms, terms_on

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture
def terms() -> Terms:
    return terms_on((), TODAY)


def test_the_first_month_is_told_and_the_worst_measures() -> None:
    """B41: parts of a month add up; of two months that lack the same, the first is the worst."""
    holes = [Shortfall(month, missing, None) for month, missing in ((MAY, 40), (MAY, 60), (JUNE, 300))]

    found = worst_hole([*holes, Shortfall(JULY, 300, None)])

    assert found is not None
    assert (found.month, found.missing, found.worst_month, found.worst) == (MAY, 100, JUNE, 300)
    assert found.sources == tuple(holes[:2])
    assert worst_hole(()) is None


def test_what_is_retained_beside_a_bond_is_given_back() -> None:
    """B42: from a centime beyond on, and only where a bond stands."""
    held = Held(retention=7_001, most=7_000, bonds=50, bonded=True)

    assert due_release(held, TODAY) == Release(ReleaseReason.BONDED, 1, 0)
    assert due_release(Held(retention=7_000, most=7_000, bonds=50, bonded=True), TODAY) is None
    assert due_release(Held(retention=7_001, most=7_000), TODAY) is None


def test_a_guarantee_is_over_on_its_last_day_not_before() -> None:
    """B42."""
    held = Held(retention=7_000, most=7_000, bonds=30, guarantee_until=TODAY)

    assert due_release(held, TODAY - DAY) is None
    assert due_release(held, TODAY) == Release(ReleaseReason.GUARANTEE_OVER, 7_000, 30, TODAY)
    assert due_release(Held(guarantee_until=TODAY), TODAY) is None


def test_definitive_acceptance_releases_all_once_nothing_is_reserved() -> None:
    """B42: the last centime, too."""
    given: dict[str, Any] = {"guarantee_until": TODAY - 30 * DAY, "definitive_on": TODAY}

    release = due_release(Held(bonds=1, **given), TODAY)

    assert release == Release(ReleaseReason.DEFINITIVE, 0, 1, TODAY)
    assert due_release(Held(bonds=1, open_reservations=1, **given), TODAY) is None
    assert due_release(Held(**given), TODAY) is None


def test_a_reason_that_presses_more_is_a_higher_step() -> None:
    """B42."""
    steps = [Release(reason, 1, 0).step for reason in ReleaseReason]

    assert steps == [1, 2, 3]


@pytest.mark.parametrize(("days", "step"), [(0, 0), (63, 0), (64, 1), (79, 1), (80, 2), (200, 2)])
def test_a_cap_is_near_at_its_share_and_reached_at_itself(days: int, step: int, terms: Terms) -> None:
    """B43: 8 % of a million at a thousandth a day is 80 days, and 80 % of that 64."""
    assert cap_step(delay_penalty(Amounts(1_000_000_00), days, terms)) == step


@pytest.mark.parametrize(
    ("certified", "progress", "step"),
    [
        (59_999_99, 50_00, 0),
        (60_000_00, 50_00, 1),
        (69_999_99, 50_00, 1),
        (70_000_00, 50_00, 2),
        (9_999_99, 0, 0),
        (10_000_00, 0, 1),
        (10_000_00, 95_00, 0),
    ],
)
def test_accounts_run_ahead_by_whole_margins(certified: int, progress: int, step: int) -> None:
    """B44: of a contract of 100,000.00; not one centime before."""
    assert ahead_step(points_ahead(certified, 100_000_00, progress)) == step


def test_without_a_contract_nothing_runs_ahead() -> None:
    """B44."""
    assert points_ahead(100, 0, 0) == 0


def test_a_bond_is_late_the_day_after_its_last_day() -> None:
    """B46."""
    notified = TODAY - 20 * DAY

    assert bond_deadline(notified, 20) == TODAY
    assert not is_bond_late(notified, 20, 1, TODAY)
    assert is_bond_late(notified, 20, 1, TODAY + DAY)
    assert not is_bond_late(notified, 20, 0, TODAY + DAY)
    assert not is_bond_late(None, 20, 1, TODAY + DAY)


@pytest.mark.parametrize(
    ("left", "step"),
    [(31, 0), (30, 1), (8, 1), (7, 2), (0, 2), (-1, 3), (-19, 3), (-20, 0), (-21, 0)],
)
def test_the_request_is_told_of_in_three_steps(left: int, step: int) -> None:
    """B47: `left` days to the last day; the guarantee itself ends 20 days after that."""
    until = TODAY + 20 * DAY + left * DAY

    assert (last_request(until) - TODAY).days == left
    assert request_step(until, TODAY) == step


def test_news_is_what_is_new_open_again_worse_or_nearer() -> None:
    """B48."""
    told = Told(100, month=JUNE)

    assert is_news(None, 1)
    assert not is_news(told, 100, JUNE)
    assert not is_news(told, 99, JULY)
    assert is_news(told, 101, JULY)
    assert is_news(told, 1, MAY)
    assert is_news(Told(100, is_open=False), 1)


def test_what_has_grown_is_told_with_the_difference() -> None:
    """B48."""
    assert widened_by(Told(100), 101) == 1
    assert widened_by(Told(100), 100) is None
    assert widened_by(Told(100, is_open=False), 500) is None
    assert widened_by(None, 500) is None


def test_a_message_is_one_by_its_kind_subject_and_turn() -> None:
    """B48."""
    keys = {alert_key(alert, UUID(int=1), turn) for alert in Alert for turn in (1, 2)}

    assert len(keys) == 2 * len(Alert)
    assert alert_key(Alert.FUNDING_GAP, UUID(int=1), 3) == f"funding_gap:{UUID(int=1)}:3"
