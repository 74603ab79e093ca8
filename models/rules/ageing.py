"""How long calls have been owed: the classes of the ageing table, and the ladder of reminders."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID


class Age(StrEnum):
    """How long a call has been overdue. Unit: calendar days."""

    NOT_DUE = "not_due"
    TO_30 = "to_30"
    TO_60 = "to_60"
    TO_90 = "to_90"
    OVER_90 = "over_90"


LAST_DAYS: Mapping[Age, int] = {Age.NOT_DUE: 0, Age.TO_30: 30, Age.TO_60: 60, Age.TO_90: 90}
"""The last day overdue of each class; what is older is over 90."""

RUNGS = (7, 30, 60, 90)
"""Days overdue on which somebody is reminded of a call."""


def age_of(due_on: date, day: date) -> Age:
    """Return the class of a call on a day; on its due date it is not due yet.

    Source: docs/rules.md, V21.
    """
    overdue = (day - due_on).days
    return next((age for age, last in LAST_DAYS.items() if overdue <= last), Age.OVER_90)


def rung_of(due_on: date, day: date) -> int | None:
    """Return the highest rung of the ladder that a call has reached; None before the first.

    Source: docs/rules.md, V23.
    """
    return max((rung for rung in RUNGS if (day - due_on).days >= rung), default=None)


def reminder_key(call: UUID, rung: int) -> str:
    """Return what makes a reminder one, whoever tells it and however often.

    Source: docs/rules.md, V23.
    """
    return f"call_overdue:{call}:{rung}"
