from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations import calendar, projects
from models.queries.calendar import list_feasts, load_calendar
from models.queries.milestones import list_milestones
from models.queries.trail import state_as_of, verify
from models.rules.authority import NotAllowed, Role
from models.rules.calendar import RAMADAN_HOURS
from models.rules.errors import BadValue, UnknownKey
from models.tables import FeastOverride, Project, TrailEntry
from tests.builders import AT, make_person, make_staff
from tests.operations.at_once import together
from tests.operations.centres import TODAY, centre, enter, met, move_date, put, row, told
from tests.operations.kept import trail_of

FEAST = date(2026, 10, 2)
"""A Friday on which the half of the works of `centre` is due."""

NAME = "Sample feast of the moon"


def forecast(session: Session, project: Project, code: str = "half_progress") -> date:
    return row(session, project, code).forecast


def entries(session: Session) -> list[str]:
    return list(session.exec(select(TrailEntry.kind).order_by(col(TrailEntry.sequence))))


def make_feast(session: Session, day: date = FEAST, **given: Any) -> calendar.CalendarChange:
    asked: dict[str, Any] = {"feast": True, "name": NAME, "by": "officer", "at": AT} | given
    return calendar.override_feast(session, day=day, **asked)


def test_a_due_date_on_a_new_feast_moves_and_says_why(session: Session) -> None:
    make_staff(session)
    one, other = centre(session, "one"), centre(session, "other")

    change = make_feast(session)

    assert change.changed
    assert {(m.project, m.code, m.previous, m.forecast) for m in change.moved} == {
        ("one", "half_progress", FEAST, date(2026, 10, 5)),
        ("other", "half_progress", FEAST, date(2026, 10, 5)),
    }
    assert forecast(session, one) == forecast(session, other) == date(2026, 10, 5)
    parcels = told(session, "forecast_moved")
    assert [(p["reason"], p["cause"], p["by"], p["days"]) for p in parcels] == [
        (NAME, "feast", "officer", 3)
    ] * 2
    shifted = trail_of(session, "milestones_shifted")
    assert [(entry["reason"], entry["feast"]) for entry in shifted] == [(NAME, "2026-10-02")] * 2
    assert entries(session)[-1] == "feast_overridden"
    assert not load_calendar(session, 2026, 2026).is_working(FEAST)


def test_what_is_met_or_cancelled_or_on_another_day_stays(session: Session) -> None:
    make_staff(session)
    done, cancelled = centre(session, "done"), centre(session, "cancelled")
    met(session, done, "half_progress", TODAY)
    projects.cancel(session, project="cancelled", by="director", reason="Sample reason", at=AT)

    assert make_feast(session).moved == ()

    assert forecast(session, done) == forecast(session, cancelled) == FEAST
    assert forecast(session, done, "works_complete") == date(2027, 3, 2)


def test_an_opening_on_a_saturday_moves_too_when_the_saturday_becomes_a_feast(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    saturday = date(2026, 10, 3)
    move_date(session, project, saturday, code="half_progress")

    make_feast(session, saturday)

    assert forecast(session, project) == date(2026, 10, 5)


def test_two_feasts_in_a_row_push_a_date_over_both(session: Session) -> None:
    make_staff(session)
    project = centre(session)

    make_feast(session, date(2026, 10, 5))
    make_feast(session, FEAST)

    assert forecast(session, project) == date(2026, 10, 6)


def test_a_day_that_was_a_feast_already_moves_nothing(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    put(session, project, "half_progress", date(2026, 11, 6))

    change = make_feast(session, date(2026, 11, 6))

    assert (change.changed, change.moved) == (True, ())


def test_a_feast_made_a_working_day_counts_from_then_on_and_moves_nothing(session: Session) -> None:
    make_staff(session)
    eid = date(2026, 5, 27)
    project = centre(session)

    change = make_feast(session, eid, feast=False)

    assert change.moved == ()
    assert load_calendar(session, 2026, 2026).is_working(eid)
    assert forecast(session, project) == FEAST


def test_the_same_correction_again_changes_nothing_and_says_so(session: Session) -> None:
    make_staff(session)
    centre(session)
    make_feast(session)
    before = entries(session)

    again = make_feast(session, name=f" {NAME} ")

    assert (again.changed, again.moved) == (False, ())
    assert entries(session) == before


def test_a_correction_can_be_corrected(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    make_feast(session, feast=False)

    change = make_feast(session)

    assert change.changed
    assert forecast(session, project) == date(2026, 10, 5)
    assert session.exec(select(FeastOverride.feast)).all() == [True]


def test_a_correction_taken_back_moves_nothing_back(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    make_feast(session)

    change = calendar.remove_override(session, day=FEAST, by="officer", at=AT)

    assert (change.feast, change.moved) == (False, ())
    assert load_calendar(session, 2026, 2026).is_working(FEAST)
    assert forecast(session, project) == date(2026, 10, 5)
    assert entries(session)[-1] == "feast_override_removed"


def test_a_working_day_taken_back_is_a_feast_again_and_its_dates_move(session: Session) -> None:
    make_staff(session)
    green_march = date(2026, 11, 6)
    project = centre(session)
    make_feast(session, green_march, feast=False)
    move_date(session, project, green_march, code="half_progress")

    change = calendar.remove_override(session, day=green_march, by="officer", at=AT)

    assert change.feast
    assert [moved.forecast for moved in change.moved] == [date(2026, 11, 9)]


def test_a_day_that_nobody_corrected_comes_with_those_that_were(session: Session) -> None:
    make_staff(session)
    make_feast(session)

    with pytest.raises(UnknownKey) as unknown:
        calendar.remove_override(session, day=FEAST + timedelta(days=1), by="officer", at=AT)

    assert unknown.value.details["candidates"] == ("2026-10-02",)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": " "}, BadValue),
        ({"name": "x" * 10_000}, BadValue),
        ({"name": "feast\u202e"}, BadValue),
        ({"name": "feast\x00"}, BadValue),
        ({"day": TODAY - timedelta(days=1)}, BadValue),
        ({"day": date.max}, BadValue),
        ({"by": "director"}, NotAllowed),
        ({"by": "regional"}, NotAllowed),
        ({"by": "nobody\x00"}, UnknownKey),
    ],
)
def test_a_bad_correction_is_refused_and_changes_nothing(
    session: Session, changes: dict[str, Any], error: type[Exception]
) -> None:
    make_staff(session)
    make_person(session, "regional", Role.OFFICER, region="oriental")
    project = centre(session)
    before = entries(session)

    with pytest.raises(error):
        make_feast(session, **{"day": FEAST} | changes)

    assert session.exec(select(FeastOverride)).all() == []
    assert forecast(session, project) == FEAST
    assert entries(session) == before


def test_an_administrator_may_correct_the_calendar_too(session: Session) -> None:
    make_staff(session)

    assert make_feast(session, by="administrator").changed


def test_two_officers_who_make_the_same_feast_at_once_make_one(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        for n in range(5):
            centre(session, f"centre-{n}")

    answers = together(database, [make_feast] * 3)

    assert sorted(answer.changed for answer in answers) == [False, False, True]
    with db.reading(database) as session:
        assert len(told(session, "forecast_moved")) == 5


def test_new_stages_are_planned_around_a_corrected_feast(session: Session) -> None:
    make_staff(session)
    make_feast(session)

    assert forecast(session, centre(session)) == date(2026, 10, 5)


def test_a_ramadan_as_sighted_changes_the_office_hours(session: Session) -> None:
    make_staff(session)
    first, last = date(2027, 2, 9), date(2027, 3, 9)

    change = calendar.override_ramadan(session, first=first, last=last, by="officer", at=AT)

    assert (change.year, change.changed) == (1448, True)
    loaded = load_calendar(session, 2027, 2027)
    assert loaded.hours(date(2027, 2, 8)) != RAMADAN_HOURS
    assert loaded.hours(first) == RAMADAN_HOURS
    again = calendar.override_ramadan(session, first=first, last=last, by="officer", at=AT)
    assert not again.changed
    corrected = calendar.override_ramadan(session, first=first, last=date(2027, 3, 10), by="officer", at=AT)
    assert corrected.changed
    assert date(2027, 3, 10) in load_calendar(session, 2027, 2027).ramadan
    assert entries(session) == ["ramadan_overridden", "ramadan_overridden"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2027, 2, 20), date(2027, 3, 20)),
        (date(2027, 2, 8), date(2027, 2, 20)),
        (date(2027, 2, 8), date(2027, 1, 8)),
        (date(2095, 2, 8), date(2095, 3, 8)),
        (date.min, date.max),
        (date.max, date.max),
    ],
)
def test_days_that_cannot_be_a_ramadan_are_refused(session: Session, first: date, last: date) -> None:
    make_staff(session)

    with pytest.raises(BadValue):
        calendar.override_ramadan(session, first=first, last=last, by="officer", at=AT)

    assert entries(session) == []


def test_only_who_may_correct_the_calendar_sets_a_ramadan(session: Session) -> None:
    make_staff(session)

    with pytest.raises(NotAllowed):
        calendar.override_ramadan(
            session, first=date(2027, 2, 9), last=date(2027, 3, 9), by="finance", at=AT
        )


def test_the_feasts_of_a_year_show_what_was_corrected_and_by_whom(session: Session) -> None:
    make_staff(session)
    make_feast(session)
    make_feast(session, date(2026, 5, 27), feast=False, name="Not the day of sacrifice")

    lines = {line.day: line for line in list_feasts(session, 2026, "fr")}

    assert (lines[FEAST].name, lines[FEAST].feast, lines[FEAST].set_by) == (NAME, True, "officer")
    assert (lines[date(2026, 5, 27)].feast, lines[date(2026, 5, 28)].feast) == (False, True)
    assert (lines[date(2026, 5, 28)].estimated, lines[date(2026, 5, 28)].set_by) == (True, "")
    assert list(lines) == sorted(lines)
    with pytest.raises(BadValue):
        list_feasts(session, 0, "fr")


def test_the_calendar_of_the_last_years_can_be_loaded(session: Session) -> None:
    assert load_calendar(session, 2099, 2105).is_working(date(2100, 3, 1))


def test_the_trail_rebuilds_every_date_whatever_moved_it(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    met(session, project, "works_started", TODAY)
    move_date(session, project, date(2027, 3, 5))
    make_feast(session)
    projects.suspend(session, project=project.key, by="director", reason="Sample reason", at=AT)
    later = AT + timedelta(days=9)
    projects.resume(session, project=project.key, by="director", reason="Sample reason", at=later)
    enter(session, project, on=later.date())

    rebuilt = state_as_of(session, project.key, later.date()).milestones

    lines = list_milestones(session, project.id)
    assert {(line.stage, line.code): (line.baseline, line.forecast, line.actual) for line in lines} == {
        place: (dates.baseline, dates.forecast, dates.actual) for place, dates in rebuilt.items()
    }
    assert verify(session).holds
