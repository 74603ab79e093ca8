"""The trail says what the tables said, on every day of a life (T3)."""

import random
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.clock import local_day
from models.operations import findings, report
from models.queries.trail import history, state_as_of, verify
from models.rules.errors import CentreError
from models.rules.history import rebuild
from models.tables import Project, ReportFinding
from tests.builders import AT, make_staff
from tests.operations.lives import DECISIONS, Life
from tests.operations.said import said_by_tables, said_by_trail

SEEDS, STEPS = (1, 2, 3), 120


def test_lives_rebuilt_from_the_trail_are_what_the_tables_said_each_day(database: Engine) -> None:
    """T3."""
    Life.prepare(database)
    lives = [Life(database, seed) for seed in SEEDS]
    for life in lives:
        life.live(STEPS)

    with db.reading(database) as session:
        for life in lives:
            for day, facts in life.days.items():
                state = state_as_of(session, life.key, day)
                assert state.unread == ()
                assert said_by_trail(state, day) == facts, f"{life.key}, {day}: {life.done}"
        assert verify(session).holds
    done = {name for life in lives for name in life.done}
    assert len(done) > len(DECISIONS) - 4  # else these lives try too little


def test_the_report_of_2021_and_its_findings_rebuild_every_project(database: Engine) -> None:
    """T3: settling a finding leaves its mark on each project that it changes."""
    choose = random.Random(1)  # noqa: S311
    later = AT + timedelta(days=1)
    with db.transaction(database) as session:
        make_staff(session)
        report.load_report(session, by="officer", at=AT)
        keys = list(session.exec(select(ReportFinding.key)))
    for key in keys:
        reading = choose.choice(("overview", "detail", "neither, sample"))
        try:
            with db.transaction(database) as session:
                findings.settle(
                    session, finding=key, reading=reading, reason="Sample reason", by="officer", at=later
                )
        except CentreError:
            continue

    day = local_day(later)
    with db.reading(database) as session:
        for project in session.exec(select(Project.key)).all():
            state = rebuild(history(session, project))
            assert state.unread == ()
            assert said_by_trail(state, day) == said_by_tables(session, project, day)
        assert verify(session).holds
