"""Milestones: what each stage opens, when it is due, and which alert a day calls for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from models.rules.calendar import WorkingCalendar
from models.rules.errors import BadValue
from models.rules.gates import GUARANTEE_MONTHS
from models.rules.money import Money
from models.rules.stages import Stage

LARGE_BUDGET = Money(20_000_000_00)
"""From here on a project counts as large, and its template allows it more time (M2)."""

DUE_THRESHOLDS = (1, 7, 30)
"""Days before a forecast date on which an alert is due, nearest first (M6)."""

OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Step:
    """One milestone of a template, counted from the entry into the stage."""

    code: str
    months: int = 0
    working_days: int = 0
    large_months: int | None = None
    """Months for a large project, where they differ."""
    guarantee: bool = False
    """Counted from the provisional acceptance where it is on file, not from the entry (M3)."""


TEMPLATES: Mapping[Stage, tuple[Step, ...]] = {
    Stage.STUDY: (
        Step("land_secured", months=3),
        Step("outline_design", months=3, large_months=4),
        Step("detailed_design", months=5, large_months=8),
        Step("building_permit", months=7, large_months=10),
        Step("tender_published", months=8, large_months=11),
        Step("contract_signed", months=11, large_months=14),
    ),
    Stage.CONSTRUCTION: (
        Step("works_started", working_days=15),
        Step("structure_complete", months=6, large_months=10),
        Step("half_progress", months=7, large_months=12),
        Step("works_complete", months=12, large_months=22),
    ),
    Stage.EQUIPMENT: (
        Step("equipment_delivered", months=3, large_months=5),
        Step("equipment_installed", months=4, large_months=7),
        Step("works_accepted", months=4, large_months=7),
        Step("staff_in_post", months=5, large_months=8),
    ),
    Stage.LAUNCH: (
        Step("commissioning", working_days=20),
        Step("inauguration", months=2),
        Step("acceptance_requested", months=GUARANTEE_MONTHS, working_days=-20, guarantee=True),
        Step("guarantee_end", months=GUARANTEE_MONTHS, guarantee=True),
        Step("definitive_acceptance", months=GUARANTEE_MONTHS, working_days=10, guarantee=True),
        Step("first_year_review", months=13),
    ),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A milestone with the date its template gives it."""

    code: str
    due: date


def plan(
    stage: Stage,
    entered_on: date,
    budget: Money | None,
    calendar: WorkingCalendar,
    accepted_on: date | None = None,
) -> tuple[Planned, ...]:
    """Return the milestones that entering a stage opens, each on a working day.

    `accepted_on`: the provisional acceptance, from which the guarantee runs, once.
    Source: docs/rules.md, M1 to M3.
    """
    large = budget is not None and budget.currency == LARGE_BUDGET.currency and budget >= LARGE_BUDGET
    return tuple(
        Planned(step.code, _due(step, entered_on, large, calendar, accepted_on))
        for step in TEMPLATES.get(stage, ())
    )


def _due(
    step: Step, entered_on: date, large: bool, calendar: WorkingCalendar, accepted_on: date | None
) -> date:
    start = accepted_on if step.guarantee and accepted_on is not None else entered_on
    months = step.large_months if large and step.large_months is not None else step.months
    day = start + relativedelta(months=months)
    if step.working_days < 0:
        # Twenty calendar days before the end (CCAG-T, art. 76): a deadline that must not slip later.
        return day + relativedelta(days=step.working_days)
    return calendar.add_working_days(calendar.on_or_after(day), step.working_days)


def due_threshold(forecast: date, today: date) -> str | None:
    """Return the alert a day calls for: "30", "7", "1", "overdue", or None.

    The nearest threshold that has been passed is the answer, so that a day on which nothing ran
    is made up for by one message, not by several. On the day itself the milestone is due, not late.
    Source: docs/rules.md, M6.
    """
    days = (forecast - today).days
    if days < 0:
        return OVERDUE
    return next((str(threshold) for threshold in DUE_THRESHOLDS if days <= threshold), None)


def delay_days(baseline: date, forecast: date, actual: date | None) -> int:
    """Return how many calendar days a milestone is behind its baseline; negative when ahead (M5)."""
    return ((actual or forecast) - baseline).days


def check_forecast(forecast: date, reason: str) -> None:
    """Accept a new forecast only with a reason (M4).

    Raises: BadValue.
    """
    if not reason.strip():
        raise BadValue(field="reason", value="", reason="reason_needed")
    if forecast.year > LAST_YEAR:
        raise BadValue(field="forecast", value=forecast, reason="too_late", limit=date(LAST_YEAR, 12, 31))


def check_met(actual: date, today: date, entered_on: date) -> None:
    """Accept an actual date from the day the project was registered up to today (M7).

    Raises: BadValue.
    """
    if actual > today:
        raise BadValue(field="on", value=actual, reason="in_the_future", limit=today)
    if actual < entered_on:
        raise BadValue(field="on", value=actual, reason="too_early", limit=entered_on)


LAST_YEAR = 2100
