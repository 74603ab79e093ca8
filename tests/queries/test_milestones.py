from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from models.queries.milestones import list_due, list_milestones
from models.rules.kinds import Sector
from models.rules.stages import Stage
from tests.builders import make_project
from tests.operations.centres import TODAY, centre, enter, put


def test_a_projects_milestones_come_in_the_order_of_its_life(session: Session) -> None:
    project = make_project(session, stage=Stage.STUDY)
    enter(session, project, Stage.LAUNCH)
    enter(session, project, Stage.STUDY)

    stages = [line.stage for line in list_milestones(session, project.id)]

    assert stages == [Stage.STUDY] * 6 + [Stage.LAUNCH] * 6
    assert list_milestones(session, uuid4()) == ()


def test_the_portfolio_lists_what_is_late_and_near_latest_first(session: Session) -> None:
    for key, days in (("late", -3), ("near", 12), ("far", 45)):
        put(session, centre(session, key), "half_progress", TODAY + timedelta(days=days))

    lines = list_due(session, today=TODAY)

    assert [(line.project, line.days, line.threshold) for line in lines] == [
        ("late", -3, "overdue"),
        ("near", 12, "30"),
    ]
    assert [line.overdue for line in lines] == [True, False]
    assert lines[0].name("ar") == "مركز المثال late"
    assert [line.project for line in list_due(session, today=TODAY, days_ahead=60)] == [
        "late",
        "near",
        "far",
    ]
    assert [line.project for line in list_due(session, today=TODAY, days_ahead=0)] == ["late"]


def test_the_portfolio_is_narrowed_by_stage_sector_and_region(session: Session) -> None:
    put(session, centre(session, "oriental"), "half_progress", TODAY)
    put(
        session,
        centre(session, "souss", sector=Sector.PRECARITY, region="souss-massa"),
        "half_progress",
        TODAY,
    )

    def keys(**given: Any) -> list[str]:
        return [line.project for line in list_due(session, today=TODAY, **given)]

    assert keys() == ["oriental", "souss"]
    assert keys(sector="precarity") == ["souss"]
    assert keys(region="oriental") == ["oriental"]
    assert keys(stage=Stage.CONSTRUCTION) == ["oriental", "souss"]
    assert keys(stage=Stage.STUDY) == []
    assert keys(region="souss-massa", sector="health") == []
