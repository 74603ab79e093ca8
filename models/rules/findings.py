"""Findings: where the report of 2021 disagrees with itself, and how an officer settles it."""

import re
from enum import StrEnum

from models.rules.errors import CentreError

_PARTS = re.compile(r"(\d+)")


class Severity(StrEnum):
    """A: changes a fact that somebody would act on. B: needs a person's decision."""

    A = "A"
    B = "B"


class Reading(StrEnum):
    """Which part of the report says so: its overview tables, or its text and project pages."""

    OVERVIEW = "overview"
    DETAIL = "detail"
    BOTH = "both"


SIDES = (Reading.OVERVIEW, Reading.DETAIL)
"""The readings that take an effect when a finding is settled for them (D7)."""


class FindingSettled(CentreError):
    """Somebody has settled the finding before. Details: finding, reading, by, at."""

    code = "finding_settled"


def in_order(key: str) -> tuple[str | int, ...]:
    """Return what sorts keys as people count: P2 before P10."""
    return tuple(int(part) if part.isdigit() else part for part in _PARTS.split(key) if part)
