"""Waits and routes of deliveries, at their boundaries (docs/rules.md, O2, O6, O7)."""

from datetime import timedelta

import pytest

from models.rules.deliveries import MOST_ATTEMPTS, hold_on_channel, receives, wait_before_next


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 2), (2, 4), (3, 8), (11, 2048), (12, 3600), (13, 3600), (10_000, 3600)]
)
def test_the_wait_doubles_from_two_seconds_up_to_an_hour(attempt: int, seconds: int) -> None:
    assert wait_before_next(attempt) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(None, 2), (0, 2), (-5, 2), (1.5, 2), (30, 30), (86_400, 86_400), (10**9, 86_400)],
)
def test_a_longer_wait_that_was_asked_for_counts_up_to_a_day(asked: float | None, seconds: int) -> None:
    assert wait_before_next(1, asked) == timedelta(seconds=seconds)


def test_all_attempts_together_last_a_day_and_an_hour_at_least() -> None:
    waits = sum((wait_before_next(attempt) for attempt in range(1, MOST_ATTEMPTS)), timedelta())

    assert timedelta(hours=25) <= waits < timedelta(hours=26)


@pytest.mark.parametrize(
    ("attempt", "asked", "seconds"),
    [(1, None, 2), (5, None, 32), (6, None, 60), (30, None, 60), (1, 90, 90), (30, 5, 60)],
)
def test_a_channel_is_held_for_a_minute_unless_more_is_asked_for(
    attempt: int, asked: float | None, seconds: int
) -> None:
    assert hold_on_channel(attempt, asked) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("wanted", "has", "answer"),
    [
        (None, "health", True),
        ("health", "health", True),
        ("health", "precarity", False),
        ("health", None, True),
        (None, None, True),
    ],
)
def test_a_channel_hears_of_its_own_and_of_what_belongs_to_no_project(
    wanted: str | None, has: str | None, answer: bool
) -> None:
    assert receives(wanted, has) is answer
