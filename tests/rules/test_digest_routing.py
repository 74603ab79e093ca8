"""Which channel hears of the money of every project at once."""

import pytest

from models.rules.deliveries import may_hear


@pytest.mark.parametrize(
    ("kind", "sector", "region", "hears"),
    [
        ("books_reconciled", None, None, True),
        ("books_reconciled", "health", None, False),
        ("books_reconciled", None, "oriental", False),
        ("control_failed", "health", "oriental", True),
    ],
)
def test_a_channel_of_one_sector_or_region_hears_no_digest(
    kind: str, sector: str | None, region: str | None, hears: bool
) -> None:
    """R44."""
    assert may_hear(kind, sector, region) is hears
