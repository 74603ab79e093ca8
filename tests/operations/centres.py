"""Centres whose milestones are open, for the tests of what happens to them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import event
from sqlmodel import Session, col, func, select

from models.operations import milestones
from models.operations.milestones import MilestoneAnswer
from models.rules.stages import Stage
from models.tables import Evidence, Milestone, Parcel, Project
from tests.builders import AT, make_project

TODAY = AT.date()
REASON = "Sample reason: the kiln broke"


def enter(
    session: Session, project: Project, stage: Stage = Stage.CONSTRUCTION, on: date = TODAY, **given: Any
) -> Any:
    """Let a project stand in a stage and open it."""
    project.stage = stage
    request = given.pop("request", None) or uuid4()
    return milestones.open_stage(
        session, project=project, stage=stage, entered_on=on, request=request, by="tests", at=AT, **given
    )


def centre(session: Session, key: str = "sample-centre", **given: Any) -> Project:
    """A centre in construction with its milestones open, and an officer."""
    project = make_project(session, key, stage=Stage.CONSTRUCTION, **given)
    enter(session, project)
    return project


def move_date(session: Session, project: Project, day: date, **given: Any) -> MilestoneAnswer:
    """Let the officer set the forecast of the end of the works, or of another `code`."""
    asked: dict[str, Any] = {"code": "works_complete", "reason": REASON, "by": "officer", "at": AT} | given
    return milestones.set_forecast(session, project=project.key, forecast=day, **asked)


def met(session: Session, project: Project, code: str, on: date, **given: Any) -> MilestoneAnswer:
    """Let the officer record that a milestone was met."""
    asked: dict[str, Any] = {"by": "officer", "at": AT} | given
    return milestones.meet(session, project=project.key, code=code, on=on, **asked)


def row(session: Session, project: Project, code: str) -> Milestone:
    return session.exec(
        select(Milestone).where(Milestone.project_id == project.id, Milestone.code == code)
    ).one()


def put(session: Session, project: Project, code: str, forecast: date) -> Milestone:
    """Set a forecast past all rules, and let the others of the project be far away."""
    for other in session.exec(select(Milestone).where(Milestone.project_id == project.id)):
        other.forecast = forecast if other.code == code else date(2099, 1, 1)
    session.flush()
    return row(session, project, code)


def accept(session: Session, project: Project, on: date) -> None:
    """Put a provisional acceptance on file; an older one steps down."""
    for older in session.exec(
        select(Evidence).where(Evidence.project_id == project.id, col(Evidence.superseded_at).is_(None))
    ):
        older.superseded_at = AT
    session.flush()
    session.add(
        Evidence(
            project_id=project.id, code="provisional_acceptance", dated=on, added_by="tests", added_at=AT
        )
    )
    session.flush()


def told(session: Session, kind: str) -> list[dict[str, Any]]:
    rows = session.exec(select(Parcel.payload).where(Parcel.kind == kind).order_by(col(Parcel.id)))
    return [json.loads(payload) for payload in rows]


def count(session: Session, table: type[Any]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Collect the statements that a block sends."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
