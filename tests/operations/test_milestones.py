from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from models import db
from models.clock import local_day
from models.operations import milestones, projects
from models.queries.milestones import list_milestones
from models.queries.trail import state_as_of
from models.rules.authority import NotAllowed, Role
from models.rules.errors import BadValue, UnknownKey
from models.rules.milestones import AlreadyMet
from models.rules.stages import NotActive, Stage
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations.at_once import together
from tests.operations.centres import REASON, TODAY, accept, centre, enter, met, move_date, row, told
from tests.operations.kept import trail_of


def test_a_new_forecast_keeps_the_baseline_and_tells_why(session: Session) -> None:
    make_staff(session)
    project = centre(session)

    answer = move_date(session, project, date(2027, 6, 1), code="works_complete", reason=f"  {REASON} ")

    assert answer.changed
    assert (answer.baseline, answer.forecast) == (date(2027, 3, 2), date(2027, 6, 1))
    assert answer.delay == 91
    (parcel,) = told(session, "forecast_moved")
    assert parcel == {
        "milestone": "works_complete",
        "stage": "construction",
        "baseline": "2027-03-02",
        "previous": "2027-03-02",
        "forecast": "2027-06-01",
        "days": 91,
        "delay": 91,
        "reason": REASON,
        "cause": "person",
        "by": "officer",
    }
    (entry,) = trail_of(session, "milestone_forecast")
    assert entry["reason"] == REASON
    assert entry["milestones"] == [
        {
            "stage": "construction",
            "code": "works_complete",
            "previous": "2027-03-02",
            "forecast": "2027-06-01",
        }
    ]
    assert row(session, project, "works_complete").reason == REASON


def test_the_same_forecast_again_changes_nothing_and_says_so(session: Session) -> None:
    make_staff(session)
    project = centre(session)

    first = move_date(session, project, date(2027, 6, 1))
    again = move_date(session, project, date(2027, 6, 1))

    assert (first.changed, again.changed) == (True, False)
    assert len(told(session, "forecast_moved")) == len(trail_of(session, "milestone_forecast")) == 1


def test_a_date_moved_away_and_back_is_told_each_time(session: Session) -> None:
    make_staff(session)
    project = centre(session)

    for day in (date(2027, 6, 1), date(2027, 3, 2), date(2027, 6, 1)):
        assert move_date(session, project, day).changed

    assert len(told(session, "forecast_moved")) == 3


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reason": " "}, BadValue),
        ({"reason": "x" * 10_000}, BadValue),
        ({"reason": "late \u202e"}, BadValue),
        ({"reason": "nul \x00"}, BadValue),
        ({"forecast": date(2026, 3, 1)}, BadValue),
        ({"forecast": date.max}, BadValue),
        ({"code": "works_complet"}, UnknownKey),
        ({"code": "\x00{{7*7}}"}, UnknownKey),
        ({"code": "x" * 10_000}, UnknownKey),
        ({"project": "nowhere"}, UnknownKey),
        ({"by": "nobody"}, UnknownKey),
        ({"by": "finance"}, NotAllowed),
        ({"by": "auditor"}, NotAllowed),
        ({"by": "elsewhere"}, NotAllowed),
    ],
)
def test_a_bad_forecast_is_refused_and_changes_nothing(
    session: Session, changes: dict[str, Any], error: type[Exception]
) -> None:
    make_staff(session)
    make_person(session, "elsewhere", Role.OFFICER, region="souss-massa")
    project = centre(session)
    before = list_milestones(session, project.id)
    good: dict[str, Any] = {
        "project": project.key,
        "code": "works_complete",
        "forecast": date(2027, 6, 1),
        "reason": REASON,
        "by": "officer",
    }

    with pytest.raises(error):
        milestones.set_forecast(session, at=AT, **good | changes)

    assert list_milestones(session, project.id) == before
    assert told(session, "forecast_moved") == trail_of(session, "milestone_forecast") == []


def test_an_unknown_milestone_comes_with_the_nearest_of_the_project(session: Session) -> None:
    make_staff(session)
    project = centre(session)

    with pytest.raises(UnknownKey) as near:
        move_date(session, project, TODAY, code="work_complete")
    with pytest.raises(UnknownKey) as far:
        move_date(session, project, TODAY, code="§")

    assert near.value.details["candidates"][0] == "works_complete"  # type: ignore[index]
    assert len(far.value.details["candidates"]) == 4  # type: ignore[arg-type]


def test_hostile_words_in_a_reason_are_kept_as_they_are(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    words = "<script>alert(1)</script> {{7*7}} =cmd() <!channel>"

    move_date(session, project, date(2027, 6, 1), code="works_complete", reason=words)

    assert told(session, "forecast_moved")[0]["reason"] == words


def test_only_an_active_project_gets_new_forecasts(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    projects.suspend(session, project=project.key, by="director", reason=REASON, at=AT)

    with pytest.raises(NotActive):
        move_date(session, project, date(2027, 6, 1))


def test_meeting_a_milestone_is_told_with_its_delay(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    later = datetime(2026, 4, 1, 9, tzinfo=UTC)

    answer = met(session, project, "works_started", date(2026, 3, 30), at=later)

    assert (answer.changed, answer.actual, answer.delay) == (True, date(2026, 3, 30), 6)
    (parcel,) = told(session, "milestone_met")
    assert parcel == {
        "milestone": "works_started",
        "stage": "construction",
        "baseline": "2026-03-24",
        "forecast": "2026-03-24",
        "actual": "2026-03-30",
        "days": 6,
        "delay": 6,
        "by": "officer",
    }
    assert trail_of(session, "milestone_met") == [
        {"stage": "construction", "code": "works_started", "actual": "2026-03-30"}
    ]


def test_the_same_day_again_changes_nothing_and_another_day_needs_a_reason(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    later = datetime(2026, 4, 1, 9, tzinfo=UTC)
    met(session, project, "works_started", date(2026, 3, 30), at=later)

    assert not met(session, project, "works_started", date(2026, 3, 30), at=later).changed
    with pytest.raises(AlreadyMet) as already:
        met(session, project, "works_started", date(2026, 3, 31), at=later)
    assert already.value.details["on"] == date(2026, 3, 30)
    with pytest.raises(BadValue):
        met(session, project, "works_started", date(2026, 3, 31), at=later, reason="\u202e")

    corrected = met(session, project, "works_started", date(2026, 3, 31), at=later, reason=REASON)
    assert (corrected.changed, corrected.actual) == (True, date(2026, 3, 31))
    first, second = told(session, "milestone_met")
    assert "previous" not in first
    assert (second["previous"], second["reason"]) == ("2026-03-30", REASON)
    assert len(trail_of(session, "milestone_met")) == 2


def test_commissioning_and_inauguration_keep_dates_of_their_own(session: Session) -> None:
    make_staff(session)
    project = make_project(session, stage=Stage.LAUNCH)
    enter(session, project, Stage.LAUNCH)

    met(session, project, "inauguration", TODAY)

    assert row(session, project, "inauguration").actual == TODAY
    assert row(session, project, "commissioning").actual is None


@pytest.mark.parametrize(
    ("day", "reason"), [(date(2026, 3, 3), "in_the_future"), (date(1999, 6, 30), "too_early")]
)
def test_a_day_to_come_or_before_the_founding_cannot_be_met(
    session: Session, day: date, reason: str
) -> None:
    make_staff(session)
    project = centre(session)

    with pytest.raises(BadValue) as refused:
        met(session, project, "works_started", day)

    assert refused.value.details["reason"] == reason
    assert row(session, project, "works_started").actual is None


def test_what_was_met_before_the_registration_is_entered_and_rebuilt_from_the_day_of_the_entry(
    session: Session,
) -> None:
    """M7 and T3: the books learned on the day of the entry what had happened long before."""
    make_staff(session)
    project = centre(session)
    later = AT + timedelta(days=10)

    answer = met(session, project, "works_started", date(2020, 9, 14), at=later)

    assert (answer.actual, answer.delay) == (date(2020, 9, 14), -2017)
    started = (Stage.CONSTRUCTION, "works_started")
    before = state_as_of(session, project.key, local_day(later) - timedelta(days=1))
    after = state_as_of(session, project.key, local_day(later))
    assert before.milestones[started].actual is None
    assert after.milestones[started].actual == date(2020, 9, 14)


def test_a_milestone_is_not_met_before_what_must_come_first(session: Session) -> None:
    """M12."""
    make_staff(session)
    project = centre(session)
    met(session, project, "works_complete", date(2021, 6, 1))

    with pytest.raises(BadValue) as late:
        met(session, project, "works_started", date(2021, 6, 2))
    met(session, project, "works_started", date(2020, 9, 14))
    with pytest.raises(BadValue) as early:
        met(session, project, "works_complete", date(2020, 9, 13), reason=REASON)

    assert late.value.details["milestone"] == "works_complete"
    assert early.value.details["milestone"] == "works_started"
    assert row(session, project, "works_complete").actual == date(2021, 6, 1)
    assert met(session, project, "works_complete", date(2021, 5, 1), reason=REASON).changed


def test_today_is_the_day_in_morocco(session: Session) -> None:
    make_staff(session)
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    project = make_project(session, stage=Stage.CONSTRUCTION, at=late)
    enter(session, project)

    answer = met(session, project, "works_started", date(2026, 6, 2), at=late)

    assert answer.actual == date(2026, 6, 2)


def test_a_suspended_project_can_have_met_something_a_cancelled_one_cannot(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    projects.suspend(session, project=project.key, by="director", reason=REASON, at=AT)
    met(session, project, "works_started", TODAY)
    projects.cancel(session, project=project.key, by="director", reason=REASON, at=AT)

    with pytest.raises(NotActive):
        met(session, project, "half_progress", TODAY)


def test_what_was_met_gets_no_new_forecast(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    met(session, project, "works_started", TODAY)

    with pytest.raises(AlreadyMet):
        move_date(session, project, date(2026, 5, 5), code="works_started")


def test_two_officers_who_meet_it_on_different_days_do_not_overwrite_each_other(database: Engine) -> None:
    later = datetime(2026, 4, 1, 9, tzinfo=UTC)
    with db.transaction(database) as session:
        make_staff(session)
        key = centre(session).key

    def meet_on(day: date) -> Callable[[Session], Any]:
        return lambda session: milestones.meet(
            session, project=key, code="works_started", on=day, by="officer", at=later
        )

    answers = together(database, [meet_on(date(2026, 3, 30)), meet_on(date(2026, 3, 31))])

    assert sorted(isinstance(answer, AlreadyMet) for answer in answers) == [False, True]
    with db.reading(database) as session:
        assert len(told(session, "milestone_met")) == 1


def test_a_suspension_shifts_open_forecasts_to_working_days(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    met(session, project, "works_started", TODAY)
    projects.suspend(session, project=project.key, by="director", reason=REASON, at=AT)

    projects.resume(session, project=project.key, by="director", reason=REASON, at=AT + timedelta(days=10))

    lines = {line.code: line for line in list_milestones(session, project.id)}
    assert lines["works_started"].forecast == lines["works_started"].baseline
    assert lines["half_progress"].forecast == date(2026, 10, 12)
    assert lines["works_complete"].forecast == date(2027, 3, 12)
    assert lines["structure_complete"].forecast == date(2026, 9, 14)  # the 12th is a Saturday
    (entry,) = trail_of(session, "milestones_shifted")
    assert (entry["days"], entry["cause"], len(entry["milestones"])) == (10, "suspension", 3)
    assert told(session, "forecast_moved") == []
    assert told(session, "resumed")[0]["milestones"] == 3


def test_a_guarantee_runs_on_while_the_project_rests(session: Session) -> None:
    project = make_project(session, stage=Stage.LAUNCH)
    accept(session, project, date(2025, 12, 15))
    enter(session, project, Stage.LAUNCH)

    assert milestones.shift(session, project=project, days=60, by="director", at=AT) == 3

    assert row(session, project, "guarantee_end").forecast == date(2026, 12, 15)
    assert row(session, project, "commissioning").forecast > row(session, project, "commissioning").baseline


def test_the_guarantee_follows_an_acceptance_that_is_filed_later_or_superseded(session: Session) -> None:
    project = make_project(session, stage=Stage.LAUNCH)
    enter(session, project, Stage.LAUNCH)

    def follow() -> dict[str, date]:
        moved = milestones.follow_acceptance(session, project=project.key, by="officer", at=AT)
        return {one.code: one.forecast for one in moved}

    assert follow() == {}
    accept(session, project, date(2025, 12, 15))
    assert follow() == {
        "acceptance_requested": date(2026, 11, 25),
        "guarantee_end": date(2026, 12, 15),
        "definitive_acceptance": date(2026, 12, 29),
    }
    assert follow() == {}
    accept(session, project, date(2026, 1, 15))
    assert follow()["guarantee_end"] == date(2027, 1, 15)

    end = row(session, project, "guarantee_end")
    assert (end.baseline, end.forecast) == (date(2027, 3, 2), date(2027, 1, 15))
    parcels = told(session, "forecast_moved")
    assert len(parcels) == 6
    assert {one["cause"] for one in parcels} == {"acceptance"}
    assert [one["accepted_on"] for one in trail_of(session, "milestones_shifted")] == [
        "2025-12-15",
        "2026-01-15",
    ]


def test_an_acceptance_of_the_same_day_leaves_what_people_have_set(session: Session) -> None:
    make_staff(session)
    project = make_project(session, stage=Stage.LAUNCH)
    accept(session, project, date(2025, 12, 15))
    enter(session, project, Stage.LAUNCH)
    move_date(session, project, date(2027, 1, 20), code="definitive_acceptance")
    accept(session, project, date(2025, 12, 15))

    assert milestones.follow_acceptance(session, project=project, by="officer", at=AT) == ()
    assert row(session, project, "definitive_acceptance").forecast == date(2027, 1, 20)


def test_what_was_met_does_not_follow_an_acceptance(session: Session) -> None:
    make_staff(session)
    project = make_project(session, stage=Stage.LAUNCH)
    enter(session, project, Stage.LAUNCH)
    met(session, project, "acceptance_requested", TODAY)
    accept(session, project, date(2025, 12, 15))

    moved = milestones.follow_acceptance(session, project=project, by="officer", at=AT)

    assert {one.code for one in moved} == {"guarantee_end", "definitive_acceptance"}
