"""Milestones: what each stage opens, when it is due, and which alert a day calls for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from dateutil.relativedelta import relativedelta

from models.rules.calendar import LAST_YEAR, WorkingCalendar
from models.rules.errors import BadValue, CentreError
from models.rules.evidence import EARLIEST
from models.rules.gates import GUARANTEE_MONTHS
from models.rules.money import Money
from models.rules.projects import check_reason
from models.rules.stages import Stage

LARGE_BUDGET = Money(20_000_000_00)
"""From here on a project counts as large, and its template allows it more time (M2)."""

REQUEST_DAYS_BEFORE_END = 20
"""Calendar days before the end of the guarantee by which definitive acceptance is asked for (M3)."""

DUE_THRESHOLDS = (1, 7, 30)
"""Days before a forecast date on which an alert is due, nearest first (M6)."""

OVERDUE = "overdue"

PLAN_YEARS = 3
"""A calendar that reaches this many years past a date covers every date counted from it."""

FURTHEST_AHEAD = 3660
"""Days ahead that a list of due milestones may look."""


class AlreadyMet(CentreError):
    """The milestone has its actual date. Details: project, milestone, on."""

    code = "milestone_already_met"


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
    days_before: int = 0
    """Calendar days before the date counted: a deadline, which may come early but never late (M3)."""


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
        Step(
            "acceptance_requested",
            months=GUARANTEE_MONTHS,
            guarantee=True,
            days_before=REQUEST_DAYS_BEFORE_END,
        ),
        Step("guarantee_end", months=GUARANTEE_MONTHS, guarantee=True),
        Step("definitive_acceptance", months=GUARANTEE_MONTHS, working_days=10, guarantee=True),
        Step("first_year_review", months=13),
    ),
}

IN_ORDER = (
    ("outline_design", "detailed_design"),
    ("tender_published", "contract_signed"),
    ("works_started", "structure_complete"),
    ("works_started", "half_progress"),
    ("works_started", "works_complete"),
    ("structure_complete", "works_complete"),
    ("half_progress", "works_complete"),
    ("equipment_delivered", "equipment_installed"),
    ("acceptance_requested", "definitive_acceptance"),
)
"""Milestones of one stage of which the second cannot be met before the first (M12)."""

STEPS: Mapping[str, Step] = {step.code: step for steps in TEMPLATES.values() for step in steps}
"""Every template's milestones by their code; no code stands in two stages."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A milestone with the date its template gives it."""

    code: str
    due: date
    guarantee_from: date | None = None
    """The provisional acceptance that the date is counted from, where it is."""


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
        _planned(step, entered_on, large, calendar, accepted_on) for step in TEMPLATES.get(stage, ())
    )


def plan_guarantee(accepted_on: date, calendar: WorkingCalendar) -> tuple[Planned, ...]:
    """Return the milestones that run with the guarantee, counted from the provisional acceptance (M3)."""
    return tuple(
        _planned(step, accepted_on, False, calendar, accepted_on)
        for step in STEPS.values()
        if step.guarantee
    )


def _planned(
    step: Step, entered_on: date, large: bool, calendar: WorkingCalendar, accepted_on: date | None
) -> Planned:
    guarantee_from = accepted_on if step.guarantee else None
    months = step.large_months if large and step.large_months is not None else step.months
    day = (guarantee_from or entered_on) + relativedelta(months=months)
    if step.days_before:
        due = calendar.on_or_before(day - timedelta(days=step.days_before))
    else:
        due = calendar.add_working_days(calendar.on_or_after(day), step.working_days)
    return Planned(step.code, due, guarantee_from)


def replan(forecast: date, guarantee_from: date | None, planned: Planned) -> date:
    """Return the forecast of an open milestone whose stage is entered once more.

    The new entry can only push a date later; what runs with the guarantee follows the acceptance.
    Source: docs/rules.md, M9.
    """
    if planned.guarantee_from is not None:
        return forecast if planned.guarantee_from == guarantee_from else planned.due
    return max(forecast, planned.due)


def working_day_for(code: str, day: date, calendar: WorkingCalendar) -> date:
    """Return the working day for a date of a milestone: later, but earlier for a deadline (M1, M3)."""
    step = STEPS.get(code)
    deadline = step is not None and step.days_before > 0
    return calendar.on_or_before(day) if deadline else calendar.on_or_after(day)


def off_the_feast(code: str, day: date, calendar: WorkingCalendar, today: date) -> date:
    """Return where a date goes when its day has become a feast; a deadline never into the past (C5)."""
    moved = working_day_for(code, day, calendar)
    return moved if moved >= today else day


def shifted(code: str, forecast: date, days: int, calendar: WorkingCalendar) -> date:
    """Return a forecast after a suspension of `days` calendar days, on a working day again (M8)."""
    return working_day_for(code, forecast + timedelta(days=days), calendar)


@dataclass(frozen=True, slots=True)
class Window:
    """The days for which a threshold speaks: from `first` to `last` days before the forecast date."""

    threshold: str
    first: int | None
    last: int

    def holds(self, days: int) -> bool:
        return days <= self.last and (self.first is None or self.first <= days)


WINDOWS = (
    Window(OVERDUE, None, -1),
    *(Window(str(last), nearer + 1, last) for nearer, last in pairwise((-1, *DUE_THRESHOLDS))),
)
"""Nearest first. On the day itself a milestone is due, not late (M6)."""


def due_threshold(forecast: date, today: date) -> str | None:
    """Return the alert a day calls for: "30", "7", "1", "overdue", or None.

    The nearest threshold that has been passed is the answer, so that a day on which nothing ran
    is made up for by one message, not by several.
    Source: docs/rules.md, M6.
    """
    days = (forecast - today).days
    return next((window.threshold for window in WINDOWS if window.holds(days)), None)


def alert_key(milestone: UUID, forecast: date, threshold: str) -> str:
    """Return what makes an alert one: the milestone, the date it promises, the threshold (M10)."""
    return f"milestone:{milestone}:{forecast.isoformat()}:{threshold}"


def delay_days(baseline: date, forecast: date, actual: date | None) -> int:
    """Return how many calendar days a milestone is behind its baseline; negative when ahead (M5)."""
    return ((actual or forecast) - baseline).days


def check_forecast(forecast: date, reason: str, today: date) -> str:
    """Return the reason of a new forecast, which must have one and cannot lie in the past (M4).

    Raises: BadValue.
    """
    text = check_reason(reason)
    if forecast < today:
        raise BadValue(field="forecast", value=forecast, reason="in_the_past", limit=today)
    if forecast.year > LAST_YEAR:
        raise BadValue(field="forecast", value=forecast, reason="too_late", limit=date(LAST_YEAR, 12, 31))
    return text


def check_met(actual: date, today: date) -> None:
    """Accept an actual date from the foundation's founding month up to today.

    It may lie before the project's registration, which is when the books learned of the project.
    Raises: BadValue.
    Source: docs/rules.md, M7.
    """
    if actual > today:
        raise BadValue(field="on", value=actual, reason="in_the_future", limit=today)
    if actual < EARLIEST:
        raise BadValue(field="on", value=actual, reason="too_early", limit=EARLIEST)


def check_order(code: str, actual: date, met: Mapping[str, date]) -> None:
    """Refuse an actual date that puts a milestone before what must come first, or after what follows it.

    `met`: the actual dates of the project's other milestones; those that are open are not in the way.
    Raises: BadValue naming the other milestone.
    Source: docs/rules.md, M12.
    """
    for first, then in IN_ORDER:
        if then == code and first in met and actual < met[first]:
            raise BadValue(
                field="on", value=actual, reason="before_first_step", milestone=first, limit=met[first]
            )
        if first == code and then in met and actual > met[then]:
            raise BadValue(
                field="on", value=actual, reason="after_next_step", milestone=then, limit=met[then]
            )


def check_days_ahead(days: int) -> None:
    """Accept a look ahead of up to ten years.

    Raises: BadValue.
    """
    if not 0 <= days <= FURTHEST_AHEAD:
        raise BadValue(field="days", value=days, reason="out_of_range", least=0, most=FURTHEST_AHEAD)
