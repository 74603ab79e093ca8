"""Imports that fail half-way or meet each other: nothing is half done, nothing is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from models import db
from models.operations import projects
from models.operations.portfolio import Imported, import_portfolio
from models.queries.projects import find_project, list_projects
from models.rules.errors import BadValue
from models.rules.portfolio import ProjectRow
from models.rules.trail import Entry, find_breaks
from models.tables import Project, TrailEntry, TrailHead
from tests.builders import AT, make_staff
from tests.operations.at_once import together
from tests.operations.test_portfolio import ROW

LATER = AT + timedelta(days=1)


def test_an_error_on_the_way_leaves_nothing_behind(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
    wrong = replace(ROW, row=3, key="sample-two", kind="hospital")

    with pytest.raises(BadValue), db.transaction(database) as session:
        import_portfolio(session, [ROW, wrong], by="officer", at=AT)

    with db.reading(database) as session:
        assert list_projects(session) == ()
        assert session.exec(select(func.count()).select_from(TrailEntry)).one() == 0


def test_two_imports_at_once_and_a_correction_beside_them_lose_nothing(database: Engine) -> None:
    rows = [replace(ROW, row=number, key=f"sample-{number}") for number in range(2, 12)]
    with db.transaction(database) as session:
        make_staff(session)
        import_portfolio(session, rows[:5], by="officer", at=AT)
    changed = [replace(row, beds=7) for row in rows]

    def bring(session: Session, some: Sequence[ProjectRow]) -> Imported:
        return import_portfolio(session, some, by="officer", at=LATER)

    def correct(session: Session) -> bool:
        project = find_project(session, "sample-4")
        return projects.correct(
            session, project, {"site_ar": "هنا"}, by="officer", reason="sample", at=LATER
        )

    forth, back, corrected = together(
        database,
        [lambda session: bring(session, changed), lambda session: bring(session, changed[::-1]), correct],
    )

    assert corrected
    assert sorted(len(done.unchanged) for done in (forth, back)) == [0, 10]
    with db.reading(database) as session:
        assert {project.beds for project in session.exec(select(Project))} == {7}
        assert find_project(session, "sample-4").site_ar == "هنا"
        assert _breaks(session) == []


def _breaks(session: Session) -> list[object]:
    rows = session.exec(select(TrailEntry).order_by(col(TrailEntry.sequence)))
    chain = [Entry(**row.model_dump(exclude={"project_id"}), project=row.project_id) for row in rows]
    head = session.exec(select(TrailHead)).one()
    return list(find_breaks(chain, head.sequence, head.hash))
