"""Working days: what they are is decided here, which days are feasts is handed in."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of one working day, local time."""

    opens: time
    closes: time


USUAL_HOURS = WorkingHours(time(8, 30), time(16, 30))
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
            day += timedelta(days=1)
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """Return the working day that lies `count` working days after `day` (C3)."""
        for _ in range(count):
            day = self.on_or_after(day + timedelta(days=1))
        return day

    def hours(self, day: date) -> WorkingHours | None:
        """Return the office hours of a day, shorter in Ramadan; None when nobody works (C4)."""
        if not self.is_working(day):
            return None
        return RAMADAN_HOURS if day in self.ramadan else USUAL_HOURS
