"""Working days: what they are is decided here, which days are feasts is handed in."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta

from models.rules.errors import BadValue

FRIDAY, SATURDAY = 4, 5
ONE_DAY = timedelta(days=1)

FIRST_YEAR, LAST_YEAR = 1999, 2100
"""From the foundation's founding to the last year whose feasts can be estimated; no date lies beyond."""

RAMADAN_DAYS = (29, 30)
FURTHEST_FROM_ESTIMATE = 2
"""Days by which a sighted month may differ from its estimate; more is a typing error (C6)."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of one working day, local time, and the pause inside them. Unit: minutes."""

    opens: time
    closes: time
    pause: int = 0


USUAL_HOURS = WorkingHours(time(8, 30), time(16, 30), pause=30)
FRIDAY_HOURS = WorkingHours(time(8, 30), time(16, 30), pause=90)
RAMADAN_HOURS = WorkingHours(time(9, 0), time(15, 0))


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The feasts and the Ramadan days of the years in question."""

    feasts: frozenset[date] = frozenset()
    ramadan: frozenset[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Tell whether the administration works: not on Saturday, Sunday or a feast (C1)."""
        return day.weekday() < SATURDAY and day not in self.feasts

    def on_or_after(self, day: date) -> date:
        """Return the day itself or the first working day that follows (C2)."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def on_or_before(self, day: date) -> date:
        """Return the day itself or the last working day before it: for deadlines (C2)."""
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """Return the working day that lies `count` working days after `day`; before, when negative (C3)."""
        for _ in range(count):
            day = self.on_or_after(day + ONE_DAY)
        for _ in range(-count):
            day = self.on_or_before(day - ONE_DAY)
        return day

    def hours(self, day: date) -> WorkingHours | None:
        """Return the office hours of a day; None when nobody works.

        Shorter in Ramadan; on other Fridays the pause is long enough for the prayer.
        Source: docs/rules.md, C4 (decree 2-05-916; order 05.1899).
        """
        if not self.is_working(day):
            return None
        if day in self.ramadan:
            return RAMADAN_HOURS
        return FRIDAY_HOURS if day.weekday() == FRIDAY else USUAL_HOURS


def check_year(year: int) -> None:
    """Accept a year of the calendar.

    Raises: BadValue.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadValue(field="year", value=year, reason="out_of_range", least=FIRST_YEAR, most=LAST_YEAR)


def check_override(day: date, today: date) -> None:
    """Accept a feast day from today to the last year that can be estimated (C5).

    Raises: BadValue.
    """
    if day < today:
        raise BadValue(field="day", value=day, reason="in_the_past", limit=today)
    if day.year > LAST_YEAR:
        raise BadValue(field="day", value=day, reason="too_late", limit=date(LAST_YEAR, 12, 31))


def check_ramadan(first: date, last: date, estimate: date) -> None:
    """Accept the sighted days of a Ramadan: 29 or 30 of them, near the estimated first day (C6).

    Raises: BadValue.
    """
    if abs((first - estimate).days) > FURTHEST_FROM_ESTIMATE:
        raise BadValue(field="first", value=first, reason="far_from_estimate", limit=estimate)
    if (last - first).days + 1 not in RAMADAN_DAYS:
        raise BadValue(field="last", value=last, reason="not_a_lunar_month", limit=first + 29 * ONE_DAY)
