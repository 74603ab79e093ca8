"""Reading the working calendar with what officers have corrected in it."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.calendar import feasts, working_calendar
from models.rules.calendar import LAST_YEAR, WorkingCalendar, check_year
from models.tables import FeastOverride, RamadanOverride


@dataclass(frozen=True, slots=True)
class FeastLine:
    """One day of a year's feasts. `set_by` is the officer who corrected it, empty where nobody has."""

    day: date
    name: str
    feast: bool
    estimated: bool
    set_by: str = ""


def load_calendar(session: Session, first_year: int, last_year: int) -> WorkingCalendar:
    """Return the working calendar of some years, corrections included, in two small reads."""
    last_year = min(last_year, LAST_YEAR + 1)
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    overrides = session.exec(
        select(FeastOverride).where(col(FeastOverride.day) >= first, col(FeastOverride.day) <= last)
    )
    sighted = session.exec(select(RamadanOverride))  # a few rows; one may reach into the year before
    return working_calendar(overrides, range(first_year, last_year + 1), sighted)


def list_feasts(session: Session, year: int, language: str) -> tuple[FeastLine, ...]:
    """Return the feasts of a year in the order of their days, with the days that officers corrected.

    Raises: BadValue for a year without feasts to estimate.
    """
    check_year(year)
    lines = {
        feast.day: FeastLine(feast.day, feast.name, True, feast.estimated)
        for feast in feasts(year, language)
    }
    first, last = date(year, 1, 1), date(year, 12, 31)
    for row in session.exec(
        select(FeastOverride).where(col(FeastOverride.day) >= first, col(FeastOverride.day) <= last)
    ):
        lines[row.day] = FeastLine(row.day, row.name, row.feast, False, row.set_by)
    return tuple(lines[day] for day in sorted(lines))
