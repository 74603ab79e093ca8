"""Calls for funds and what comes in on them: numbers, due dates, whose call a payment pays first."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from itertools import accumulate
from typing import TypeVar

from models.rules.calendar import WorkingCalendar
from models.rules.errors import BadValue, CentreError
from models.rules.money import CurrencyMismatch, Money
from models.rules.stages import Stage

PAYMENT_DAYS = 60
"""Calendar days to answer a call where the convention says nothing else."""

LONGEST_PAYMENT_DAYS = 365
LONGEST_SNOOZE = timedelta(days=180)
MEDIAN, MOST = 50, 80
"""The two percentiles of a partner's past delay on which forecasts rest."""

Call = TypeVar("Call")


class Paper(StrEnum):
    """What a call rests on."""

    COMMITMENT = "commitment"
    CONVENTION = "convention"


class Unsigned(CentreError):
    """Something was to rest on a paper that not everybody has signed. Details: paper, reference, rule."""

    code = "unsigned"


class CallInDoubt(CentreError):
    """A draft whose trigger is true no more. Details: partner, tranche, flag, rule."""

    code = "call_in_doubt"


class CallIssued(CentreError):
    """The call has gone out already. Details: call, on, rule."""

    code = "call_issued"


class CallNotIssued(CentreError):
    """What has not gone out, or is withdrawn, was to be paid or put off. Details: call, state, rule."""

    code = "call_not_issued"


class CallWithdrawn(CentreError):
    """The call is withdrawn. Details: call, on, rule."""

    code = "call_withdrawn"


class ProjectClosed(CentreError):
    """The project's books are closed. Details: project, rule."""

    code = "project_closed"


class OverCommitment(CentreError):
    """More was to be called or released than is left. Details: partner, reference, amount, left, rule."""

    code = "over_commitment"


def call_number(year: int, place: int) -> str:
    """Return the number of a call: its year, and its place among the calls of that year.

    Source: docs/rules.md, V11.
    """
    return f"{numbers_of(year)}{place:04d}"


def numbers_of(year: int) -> str:
    """Return what the numbers of a year begin with."""
    return f"AF-{year}-"


def due_day(issued_on: date, payment_days: int, calendar: WorkingCalendar) -> date:
    """Return the day by which a call is to be answered: a working day.

    Source: docs/rules.md, V12.
    """
    return calendar.on_or_after(issued_on + timedelta(days=payment_days))


def check_payment_days(days: int) -> int:
    """Accept a time to pay. Unit: calendar days.

    Raises: BadValue.
    Source: docs/rules.md, V12.
    """
    if not 1 <= days <= LONGEST_PAYMENT_DAYS:
        bounds = {"least": 1, "most": LONGEST_PAYMENT_DAYS}
        raise BadValue(field="payment_days", value=days, reason="out_of_range", **bounds)
    return days


def check_snooze(until: date, today: date) -> None:
    """Accept a day until which nobody is reminded of a call.

    Raises: BadValue.
    Source: docs/rules.md, V14.
    """
    if until <= today:
        raise BadValue(field="until", value=until, reason="in_the_past", limit=today)
    if until > today + LONGEST_SNOOZE:
        raise BadValue(
            field="until", value=until, reason="too_late", rule="V14", limit=today + LONGEST_SNOOZE
        )


def share_out(amount: int, owed: Sequence[tuple[Call, int]]) -> list[tuple[Call, int]]:
    """Give an amount to calls in their order, to each what it still lacks. Unit: centimes.

    Source: docs/rules.md, V15.
    """
    given = []
    for call, lacks in owed:
        part = min(amount, lacks)
        if part > 0:
            given.append((call, part))
            amount -= part
    return given


def converted(amount: Money, currency: str, rate: Decimal | None) -> Money:
    """Return an amount in the project's currency; `rate` is one unit of the other currency in it.

    Raises: CurrencyMismatch for another currency without a rate, BadValue for a rate that cannot be.
    Source: docs/rules.md, V19.
    """
    if amount.currency == currency:
        if rate is not None:
            raise BadValue(field="rate", value=rate, reason="no_rate_needed")
        return amount
    if rate is None:
        raise CurrencyMismatch(left=amount.currency, right=currency)
    if not rate.is_finite() or not 0 < rate <= 10**6:
        raise BadValue(field="rate", value=str(rate), reason="not_positive")
    exact = Decimal(amount.centimes) * rate
    return Money(int(exact.to_integral_value(ROUND_HALF_EVEN)), currency)


def least_left(changes: Iterable[tuple[date, int]]) -> int:
    """Return the least that was left of something at the end of any day. Unit: centimes.

    `changes`: the day of each change, and what it adds or takes.
    Source: docs/rules.md, V20.
    """
    by_day: dict[date, int] = {}
    for day, amount in changes:
        by_day[day] = by_day.get(day, 0) + amount
    return min(accumulate(by_day[day] for day in sorted(by_day)), default=0)


def percentile(days: Sequence[int], percent: int) -> int:
    """Return the value that `percent` % of the values do not pass: the nearest rank, always one of them.

    Source: docs/rules.md, V22.
    """
    ranked = sorted(days)
    return ranked[max(-(-len(ranked) * percent // 100), 1) - 1]


def check_books_open(project: str, stage: Stage) -> None:
    """Let nothing more be called or received for a closed project.

    Raises: ProjectClosed.
    Source: docs/rules.md, V18.
    """
    if stage is Stage.CLOSED:
        raise ProjectClosed(project=project, rule="V18")
