from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from models import db
from models.operations import milestones
from models.operations.milestones import Opening
from models.queries.milestones import list_milestones
from models.queries.trail import verify
from models.rules.errors import UnknownKey
from models.rules.stages import Stage
from models.tables import Milestone
from tests.builders import AT, make_project, make_staff
from tests.operations.at_once import together
from tests.operations.centres import TODAY, accept, centre, count, counted, enter, met, told
from tests.operations.kept import trail_of


def test_entering_a_stage_opens_its_milestones_with_one_entry_in_the_trail(session: Session) -> None:
    project = make_project(session, stage=Stage.CONSTRUCTION)
    request = uuid4()

    opened = enter(session, project, request=request)

    assert [(one.code, one.baseline) for one in opened] == [
        ("works_started", date(2026, 3, 24)),
        ("structure_complete", date(2026, 9, 2)),
        ("half_progress", date(2026, 10, 2)),
        ("works_complete", date(2027, 3, 2)),
    ]
    lines = list_milestones(session, project.id)
    assert all(line.forecast == line.baseline and line.actual is None for line in lines)
    (entry,) = trail_of(session, "milestones_opened")
    assert (entry["stage"], entry["request"]) == ("construction", str(request))
    assert [one["code"] for one in entry["milestones"]] == [one.code for one in opened]


def test_the_same_move_again_adds_nothing_even_on_a_later_day(session: Session) -> None:
    project = make_project(session, stage=Stage.CONSTRUCTION)
    request = uuid4()
    enter(session, project, request=request)
    before = list_milestones(session, project.id)

    assert enter(session, project, on=TODAY + timedelta(days=3), request=request) == ()

    assert list_milestones(session, project.id) == before
    assert len(trail_of(session, "milestones_opened")) == 1
    assert told(session, "forecast_moved") == []


def test_a_stage_entered_again_keeps_baselines_and_what_was_met(session: Session) -> None:
    make_staff(session)
    project = centre(session)
    met(session, project, "works_started", TODAY)
    before = {line.code: line for line in list_milestones(session, project.id)}

    assert enter(session, project, on=date(2026, 9, 1)) == ()

    after = {line.code: line for line in list_milestones(session, project.id)}
    assert {code: line.baseline for code, line in after.items()} == {
        code: line.baseline for code, line in before.items()
    }
    assert after["works_started"] == before["works_started"]
    assert after["works_complete"].forecast == date(2027, 9, 1)
    assert after["works_complete"].delay == 183
    assert {one["cause"] for one in told(session, "forecast_moved")} == {"reentry"}
    (entry,) = trail_of(session, "milestones_shifted")
    assert len(entry["milestones"]) == 3


def test_a_stage_without_a_template_opens_nothing(session: Session) -> None:
    project = make_project(session, stage=Stage.LAUNCH)

    assert enter(session, project, Stage.CLOSED) == ()
    assert trail_of(session, "milestones_opened") == []


def test_the_guarantee_is_counted_from_the_acceptance_on_file_and_once(session: Session) -> None:
    project = make_project(session, stage=Stage.EQUIPMENT)
    accept(session, project, date(2025, 12, 15))

    opened = {one.code: one.baseline for one in enter(session, project, Stage.LAUNCH)}

    assert opened["guarantee_end"] == date(2026, 12, 15)
    assert opened["acceptance_requested"] == date(2026, 11, 25)
    assert opened["inauguration"] == date(2026, 5, 4)


def test_an_unknown_project_cannot_be_opened(session: Session) -> None:
    make_project(session)
    opening = Opening("sample-centr", Stage.STUDY, TODAY, uuid4())
    hostile = Opening("\x00", Stage.STUDY, TODAY, uuid4())

    with pytest.raises(UnknownKey) as unknown:
        milestones.open_stages(session, [opening], by="tests", at=AT)
    assert unknown.value.details["candidates"] == ("sample-centre",)
    with pytest.raises(UnknownKey):
        milestones.open_stages(session, [opening, hostile], by="tests", at=AT)
    assert count(session, Milestone) == 0


def test_many_stages_are_opened_in_few_statements(session: Session) -> None:
    keys = [make_project(session, f"centre-{n}", stage=Stage.LAUNCH).key for n in range(40)]
    openings = [Opening(key, Stage.LAUNCH, TODAY, uuid4()) for key in keys]
    session.expire_all()

    with counted(session) as sent:
        assert milestones.open_stages(session, openings, by="tests", at=AT) == 240

    assert len(sent) <= 10
    assert verify(session).holds
    assert milestones.open_stages(session, openings, by="tests", at=AT) == 0
    assert len(trail_of(session, "milestones_opened")) == 40
    assert milestones.open_stages(session, [], by="tests", at=AT) == 0


def test_two_workers_that_open_the_same_stage_write_it_once(database: Engine) -> None:
    with db.transaction(database) as session:
        key = make_project(session, stage=Stage.CONSTRUCTION).key
    request = uuid4()

    def open_it(session: Session) -> int:
        opening = Opening(key, Stage.CONSTRUCTION, TODAY, request)
        return milestones.open_stages(session, [opening], by="tests", at=AT)

    answers = together(database, [open_it] * 4)

    assert sorted(answers) == [0, 0, 0, 4]
    with db.reading(database) as session:
        assert count(session, Milestone) == 4
        assert len(trail_of(session, "milestones_opened")) == 1
