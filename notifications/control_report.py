"""What the nightly controls have found, as rows of a table beside the run."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from models.rules.controls import Offence
from notifications.words import say, shown

MOST_ROWS = 1000
"""Rows that a table beside a run has; the terminal lists all of them."""


def as_rows(offences: Sequence[Offence], language: str) -> list[dict[str, Any]]:
    """Write the first breaches of controls as rows of a table."""
    names = ("rule", "severity", "control", "project", "reference", "amount", "limit")
    heads = [say(f"column.{name}", language) for name in names]
    return [
        dict(zip(heads, _cells(offence, language), strict=True)) for offence in islice(offences, MOST_ROWS)
    ]


def _cells(offence: Offence, language: str) -> tuple[str, ...]:
    return (
        offence.number,
        shown(offence.severity, language),
        shown(offence.control, language),
        offence.project,
        shown(offence.reference, language),
        shown(offence.amount, language),
        shown(offence.limit, language),
    )
