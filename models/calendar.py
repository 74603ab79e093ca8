"""The Moroccan calendar: feasts and Ramadan as they can be estimated, corrected by officers.

Morocco sights the moon itself, so a lunar date can differ by a day from any estimate, and the
government adds feasts at short notice: what officers have entered always stands above the estimate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from models.rules.calendar import WorkingCalendar
from models.tables import FeastOverride, RamadanOverride

RAMADAN = 9
HIJRI_YEARS = range(1343, 1501)
"""The years of the Umm al-Qura tables (1924 to 2077); beyond them no Ramadan is known."""

_LANGUAGES = {"ar": "ar", "fr": "fr"}


@dataclass(frozen=True, slots=True)
class Feast:
    """A public holiday. `estimated`: its date hangs on the moon and no sighting is on record."""

    day: date
    name: str
    estimated: bool


@dataclass(frozen=True, slots=True)
class Ramadan:
    """One Ramadan, from its first to its last day. `year` is the Hijri year."""

    year: int
    first: date
    last: date


def working_calendar(
    overrides: Iterable[FeastOverride],
    years: Iterable[int],
    sighted: Iterable[RamadanOverride] = (),
) -> WorkingCalendar:
    """Return the calendar of these years; asked again for the same, it is the same object.

    Source: docs/rules.md, C5 and C6.
    """
    return _calendar(
        tuple(sorted(set(years))),
        frozenset((row.day, row.feast) for row in overrides),
        frozenset((row.year, row.first, row.last) for row in sighted),
    )


def feasts(year: int, language: str) -> tuple[Feast, ...]:
    """Return the public holidays of a year as they are estimated, named in a language of the house."""
    from holidays.countries.morocco import Morocco

    spoken = _LANGUAGES.get(language, "en_US")
    plain = Morocco(years=year, language=spoken, islamic_show_estimated=False)
    marked = Morocco(years=year, language=spoken, islamic_show_estimated=True)
    return tuple(Feast(day, plain[day], plain[day] != marked[day]) for day in sorted(plain))


@lru_cache(maxsize=256)
def ramadans(year: int) -> tuple[Ramadan, ...]:
    """Return the Ramadans that have days in a year of our calendar, as they are estimated."""
    from hijridate import Hijri

    about = (year - 622) * 33 // 32
    found = []
    for hijri in range(about - 1, about + 2):
        if hijri not in HIJRI_YEARS:
            continue
        start = Hijri(hijri, RAMADAN, 1)
        first = date(*start.to_gregorian().datetuple())
        last = first + timedelta(days=start.month_length() - 1)
        if year in (first.year, last.year):
            found.append(Ramadan(hijri, first, last))
    return tuple(found)


def ramadan_around(day: date) -> Ramadan | None:
    """Return the estimated Ramadan whose first day lies nearest to a day; None beyond the tables."""
    near = [one for year in (day.year - 1, day.year, day.year + 1) for one in ramadans(year)]
    return min(near, key=lambda one: abs((one.first - day).days), default=None)


@lru_cache(maxsize=256)
def _feast_days(year: int) -> frozenset[date]:
    # Imported here: the package takes a tenth of a second, which most commands need not wait for.
    from holidays.countries.morocco import Morocco

    return frozenset(Morocco(years=year))


@lru_cache(maxsize=64)
def _calendar(
    years: tuple[int, ...],
    corrected: frozenset[tuple[date, bool]],
    sighted: frozenset[tuple[int, date, date]],
) -> WorkingCalendar:
    estimated = frozenset().union(*(_feast_days(year) for year in years))
    made = {day for day, feast in corrected if feast}
    unmade = {day for day, feast in corrected if not feast}
    return WorkingCalendar(
        feasts=(estimated - unmade) | made,
        ramadan=_ramadan_days(years, {year: (first, last) for year, first, last in sighted}),
    )


def _ramadan_days(years: tuple[int, ...], sighted: Mapping[int, tuple[date, date]]) -> frozenset[date]:
    months = {one.year: (one.first, one.last) for year in years for one in ramadans(year)}
    months |= sighted
    return frozenset(
        first + timedelta(days=n) for first, last in months.values() for n in range((last - first).days + 1)
    )
