"""When the night's run is, and whether one is due, across the changes of Morocco's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from models.nights import GRACE, is_due, last_night


@pytest.mark.parametrize(
    ("at", "night"),
    [
        (datetime(2026, 1, 15, 1, 30, tzinfo=UTC), datetime(2026, 1, 15, 1, 30, tzinfo=UTC)),
        (datetime(2026, 1, 15, 1, 29, 59, tzinfo=UTC), datetime(2026, 1, 14, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 2, 9, 0, tzinfo=UTC), datetime(2026, 3, 2, 2, 30, tzinfo=UTC)),  # in Ramadan
        (datetime(2026, 3, 2, 2, 29, tzinfo=UTC), datetime(2026, 3, 1, 2, 30, tzinfo=UTC)),
    ],
)
def test_the_night_is_half_past_two_in_casablanca(at: datetime, night: datetime) -> None:
    """R40."""
    assert last_night(at) == night


def test_a_night_is_due_once_it_has_passed_without_a_look() -> None:
    """R43."""
    night = datetime(2026, 1, 15, 1, 30, tzinfo=UTC)
    before = night - timedelta(seconds=1)

    assert not is_due(before, night + GRACE - timedelta(seconds=1))
    assert is_due(before, night + GRACE)
    assert not is_due(night, night + GRACE)
    assert not is_due(None, night + GRACE)
