import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations import milestones, projects
from models.operations.milestones import Opening
from models.queries.milestones import list_due
from models.rules.stages import Stage
from models.tables import Parcel
from tests.builders import AT, make_project, make_staff
from tests.operations.at_once import together
from tests.operations.centres import REASON, TODAY, centre, counted, met, move_date, put, row


@pytest.mark.parametrize(
    ("days", "kind", "threshold"),
    [
        (31, None, None),
        (30, "milestone_due", "30"),
        (7, "milestone_due", "7"),
        (1, "milestone_due", "1"),
        (0, "milestone_due", "1"),
        (-1, "milestone_overdue", "overdue"),
    ],
)
def test_the_watch_tells_what_a_day_calls_for(
    session: Session, days: int, kind: str | None, threshold: str | None
) -> None:
    project = centre(session)
    due = TODAY + timedelta(days=days)
    milestone = put(session, project, "half_progress", due)

    report = milestones.watch(session, at=AT)

    if kind is None:
        assert (report.told, dict(report.thresholds)) == (0, {})
        return
    assert (report.day, report.told, dict(report.thresholds)) == (TODAY, 1, {threshold: 1})
    (parcel,) = session.exec(select(Parcel).where(Parcel.kind == kind)).all()
    assert parcel.key == f"milestone:{milestone.id}:{due}:{threshold}"
    assert (parcel.project_id, parcel.created_at, parcel.addressed_at) == (project.id, AT, None)
    assert json.loads(parcel.payload) == {
        "milestone": "half_progress",
        "stage": "construction",
        "baseline": "2026-10-02",
        "forecast": due.isoformat(),
        "threshold": threshold,
        "days": abs(days),
        "delay": (due - date(2026, 10, 2)).days,
    }


def thresholds_told(session: Session) -> list[str]:
    keys = session.exec(
        select(Parcel.key).where(col(Parcel.key).like("milestone:%")).order_by(col(Parcel.id))
    )
    return [key.rpartition(":")[2] for key in keys]


def test_each_threshold_is_told_once_while_the_days_pass(session: Session) -> None:
    project = centre(session)
    put(session, project, "half_progress", TODAY + timedelta(days=40))

    for day in range(60):
        milestones.watch(session, at=AT + timedelta(days=day))
        milestones.watch(session, at=AT + timedelta(days=day))

    assert thresholds_told(session) == ["30", "7", "1", "overdue"]


def test_days_that_were_skipped_are_made_up_for_by_one_message(session: Session) -> None:
    project = centre(session)
    put(session, project, "half_progress", TODAY + timedelta(days=40))

    for day in (0, 36, 55, 90):
        milestones.watch(session, at=AT + timedelta(days=day))

    assert thresholds_told(session) == ["7", "overdue"]


def test_a_clock_that_went_back_tells_nothing_again_and_nothing_wider(session: Session) -> None:
    project = centre(session)
    put(session, project, "half_progress", TODAY + timedelta(days=5))

    for day in (0, -20, -1, 0, 4, -25, 0, 4):
        milestones.watch(session, at=AT + timedelta(days=day))

    assert thresholds_told(session) == ["7", "1"]


def test_a_new_forecast_is_a_new_promise_and_an_old_one_stays_told(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    first, second = TODAY + timedelta(days=7), TODAY + timedelta(days=5)
    for day in (first, second, first):
        move_date(session, project, day, code="half_progress")
        milestones.watch(session, at=AT)

    keys = session.exec(select(Parcel.key).where(Parcel.kind == "milestone_due")).all()
    told_of = [key for key in keys if str(row(session, project, "half_progress").id) in key]
    assert sorted(key.split(":")[2] for key in told_of) == [str(second), str(first)]


def test_what_is_met_and_who_rests_is_silent(session: Session) -> None:
    make_staff(session)
    done = centre(session, "done")
    for project in (done, centre(session, "suspended"), centre(session, "cancelled")):
        put(session, project, "works_started", TODAY)
    projects.suspend(session, project="suspended", by="director", reason=REASON, at=AT)
    projects.cancel(session, project="cancelled", by="director", reason=REASON, at=AT)
    met(session, done, "works_started", TODAY)

    assert milestones.watch(session, at=AT).told == 0


def test_stages_not_reached_and_closed_projects_are_silent(session: Session) -> None:
    project = centre(session)
    put(session, project, "works_started", TODAY)
    told_in = {}
    for stage in Stage:
        project.stage = stage
        session.flush()
        told_in[stage] = bool(list_due(session, today=TODAY))

    assert [stage for stage, listed in told_in.items() if listed] == [
        Stage.CONSTRUCTION,
        Stage.EQUIPMENT,
        Stage.LAUNCH,
    ]
    project.stage = Stage.STUDY
    assert milestones.watch(session, at=AT).told == 0
    project.stage = Stage.EQUIPMENT
    assert milestones.watch(session, at=AT).told == 1


def test_two_watches_at_once_tell_each_alert_once(database: Engine) -> None:
    with db.transaction(database) as session:
        made = [make_project(session, f"centre-{n}", stage=Stage.CONSTRUCTION).key for n in range(60)]
        openings = [Opening(key, Stage.CONSTRUCTION, TODAY, uuid4()) for key in made]
        milestones.open_stages(session, openings, by="tests", at=AT)
    late = AT + timedelta(days=200)

    reports = together(database, [lambda session: milestones.watch(session, at=late)] * 4)

    assert sorted(report.told for report in reports) == [0, 0, 0, 180]
    with db.reading(database) as session:
        keys = session.exec(select(Parcel.key)).all()
        assert len(keys) == len(set(keys)) == 180


def test_a_watch_sends_as_many_statements_for_many_projects_as_for_one(session: Session) -> None:
    centre(session, "first")
    with counted(session) as few:
        assert milestones.watch(session, at=AT + timedelta(days=700)).told == 4
    for n in range(30):
        centre(session, f"centre-{n}")
    with counted(session) as many:
        assert milestones.watch(session, at=AT + timedelta(days=700)).told == 120

    assert len(few) == len(many) == 2
