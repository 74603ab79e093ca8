from datetime import date, time, timedelta

import pytest

from models.calendar import feasts, ramadan_around, ramadans, working_calendar
from models.rules.calendar import (
    FRIDAY_HOURS,
    RAMADAN_HOURS,
    USUAL_HOURS,
    WorkingCalendar,
    check_override,
    check_ramadan,
    check_year,
)
from models.rules.errors import BadValue
from models.tables import FeastOverride, RamadanOverride

LABOUR_DAY = date(2026, 5, 1)
"""A Friday: the next working day is the Monday."""

CALENDAR = working_calendar([], range(2025, 2029))


def feast(day: date, name: str = "Sample feast") -> FeastOverride:
    return FeastOverride(day=day, feast=True, name=name, set_by="tests")


def working(day: date) -> FeastOverride:
    return FeastOverride(day=day, feast=False, name="Sample working day", set_by="tests")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 4, 30), True),
        (LABOUR_DAY, False),
        (date(2026, 5, 2), False),
        (date(2026, 5, 3), False),
        (date(2026, 5, 4), True),
        (date(2026, 4, 24), True),
        (date(2026, 1, 14), False),
        (date(2026, 10, 31), False),
    ],
    ids=["thursday", "feast", "saturday", "sunday", "monday", "friday", "amazigh", "unity"],
)
def test_nobody_works_at_the_weekend_or_on_a_feast(day: date, works: bool) -> None:
    assert CALENDAR.is_working(day) is works


def test_a_date_goes_to_the_next_working_day_and_a_deadline_to_the_one_before() -> None:
    assert CALENDAR.on_or_after(LABOUR_DAY) == date(2026, 5, 4)
    assert CALENDAR.on_or_before(date(2026, 5, 3)) == date(2026, 4, 30)
    assert CALENDAR.on_or_after(date(2026, 5, 4)) == CALENDAR.on_or_before(date(2026, 5, 4))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 4, 30), 0, date(2026, 4, 30)),
        (date(2026, 4, 30), 1, date(2026, 5, 4)),
        (date(2026, 4, 24), 5, date(2026, 5, 4)),
        (date(2028, 2, 28), 2, date(2028, 3, 1)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
        (date(2026, 5, 4), -1, date(2026, 4, 30)),
    ],
    ids=["none", "over a feast", "over two weekends", "leap day", "year end", "backwards"],
)
def test_working_days_are_counted_from_the_day_after(start: date, count: int, end: date) -> None:
    assert CALENDAR.add_working_days(start, count) == end


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 2, 17), USUAL_HOURS),
        (date(2026, 2, 18), RAMADAN_HOURS),
        (date(2026, 2, 20), RAMADAN_HOURS),
        (date(2026, 2, 21), None),
        (date(2026, 3, 19), RAMADAN_HOURS),
        (date(2026, 3, 20), None),
        (date(2026, 3, 23), USUAL_HOURS),
        (date(2026, 3, 27), FRIDAY_HOURS),
    ],
    ids=["day before", "first", "friday in it", "saturday in it", "last", "eid", "monday after", "friday"],
)
def test_office_hours_around_ramadan(day: date, hours: object) -> None:
    assert CALENDAR.hours(day) == hours


def test_the_figures_of_the_office_hours() -> None:
    assert (USUAL_HOURS.opens, USUAL_HOURS.closes, USUAL_HOURS.pause) == (time(8, 30), time(16, 30), 30)
    assert (FRIDAY_HOURS.opens, FRIDAY_HOURS.closes, FRIDAY_HOURS.pause) == (time(8, 30), time(16, 30), 90)
    assert (RAMADAN_HOURS.opens, RAMADAN_HOURS.closes, RAMADAN_HOURS.pause) == (time(9), time(15), 0)


def test_an_officer_stands_above_the_estimate_both_ways() -> None:
    bridge, eid = date(2026, 5, 29), date(2026, 5, 27)
    corrected = working_calendar([feast(bridge), working(eid)], [2026])

    assert CALENDAR.is_working(bridge)
    assert not corrected.is_working(bridge)
    assert not CALENDAR.is_working(eid)
    assert corrected.is_working(eid)


def test_a_working_day_at_the_weekend_stays_a_weekend() -> None:
    assert not working_calendar([working(date(2026, 5, 2))], [2026]).is_working(date(2026, 5, 2))


def test_a_ramadan_as_sighted_replaces_the_estimate() -> None:
    sighted = RamadanOverride(year=1447, first=date(2026, 2, 19), last=date(2026, 3, 20), set_by="tests")
    corrected = working_calendar([], [2026], [sighted])

    assert date(2026, 2, 18) not in corrected.ramadan
    assert date(2026, 3, 20) in corrected.ramadan
    assert len(corrected.ramadan) == 30


def test_the_same_corrections_give_the_same_calendar() -> None:
    one = working_calendar([feast(date(2026, 5, 29), "one name")], [2026, 2027])
    other = working_calendar([feast(date(2026, 5, 29), "another name")], [2027, 2026, 2026])

    assert one is other
    assert one is not working_calendar([], [2026, 2027])


def test_feasts_are_named_in_the_three_languages_and_lunar_ones_are_marked() -> None:
    named = {language: {f.day: f for f in feasts(2026, language)} for language in ("ar", "fr", "en")}

    assert named["en"][LABOUR_DAY].name == "Labor Day"
    assert named["ar"][LABOUR_DAY].name == "عيد العمال"
    assert not named["fr"][LABOUR_DAY].estimated
    assert named["fr"][date(2026, 5, 27)].estimated
    assert "estim" not in named["fr"][date(2026, 5, 27)].name
    assert len(named["ar"]) == len(named["fr"]) == len(named["en"])


def test_a_year_can_hold_two_ramadans_and_one_can_reach_into_the_next() -> None:
    assert [one.year for one in ramadans(2030)] == [1451, 1452]
    assert ramadans(2030)[1].last.year == 2031
    assert date(2030, 12, 31) in working_calendar([], [2031]).ramadan


def test_every_year_of_the_tables_has_a_ramadan_of_29_or_30_days() -> None:
    for year in range(1990, 2078):
        lengths = {(one.last - one.first).days + 1 for one in ramadans(year)}
        assert lengths
        assert lengths <= {29, 30}


def test_beyond_the_tables_the_calendar_knows_feasts_but_no_ramadan() -> None:
    far = working_calendar([], [2090])

    assert not far.is_working(date(2090, 5, 1))
    assert far.ramadan == frozenset()
    assert ramadan_around(date(2090, 1, 1)) is None
    assert ramadan_around(date.min) is None


@pytest.mark.parametrize(
    ("day", "reason"),
    [(date(2026, 3, 1), "in_the_past"), (date(2101, 1, 1), "too_late"), (date.max, "too_late")],
)
def test_no_feast_is_made_in_the_past_or_beyond_the_estimates(day: date, reason: str) -> None:
    check_override(date(2026, 3, 2), date(2026, 3, 2))
    check_override(date(2100, 12, 31), date(2026, 3, 2))
    with pytest.raises(BadValue) as refused:
        check_override(day, date(2026, 3, 2))
    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize(
    ("shift", "days", "reason"),
    [
        (0, 29, None),
        (2, 30, None),
        (-2, 30, None),
        (3, 30, "far_from_estimate"),
        (-3, 30, "far_from_estimate"),
        (0, 28, "not_a_lunar_month"),
        (0, 31, "not_a_lunar_month"),
        (0, -5, "not_a_lunar_month"),
    ],
)
def test_a_sighted_ramadan_is_a_lunar_month_near_its_estimate(
    shift: int, days: int, reason: str | None
) -> None:
    estimate = date(2026, 2, 18)
    first = estimate + timedelta(days=shift)
    last = first + timedelta(days=days - 1)
    if reason is None:
        check_ramadan(first, last, estimate)
        return
    with pytest.raises(BadValue) as refused:
        check_ramadan(first, last, estimate)
    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize("year", [-1, 0, 1998, 2101, 10**9])
def test_a_year_outside_the_calendar_is_refused(year: int) -> None:
    with pytest.raises(BadValue):
        check_year(year)


def test_a_calendar_without_feasts_still_has_weekends() -> None:
    assert WorkingCalendar().on_or_after(date(2026, 5, 2)) == date(2026, 5, 4)
