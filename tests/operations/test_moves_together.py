"""Moves that share a commit, and the inbox that is looked at all day."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from models import db
from models.operations import carrying_out, moves, projects
from models.queries import moves as inbox
from models.queries.trail import verify
from models.rules.errors import UnknownKey
from models.rules.stages import Stage
from models.tables import MoveRequest, Outcome, Project, StageChange
from models.tables.move import UNFINISHED
from tests.builders import AT, make_project, make_staff
from tests.operations.at_once import together
from tests.operations.ready import make_ready, sign
from tests.operations.test_moves import LATER, REASON, ask, carry_out, told

FEW = tuple(f"sample-{letter}" for letter in "abcdef")


def make_few(session: Session) -> list[UUID]:
    """Make a few projects that are ready and signed; return the requests of their moves."""
    make_staff(session)
    for key in FEW:
        make_ready(session, key)
    return [sign(session, key) for key in FEW]


def carry_out_all(session: Session, requests: list[UUID]) -> list[moves.MoveAnswer]:
    return carrying_out.carry_out_together(session, requests=requests, at=LATER)


def test_moves_of_one_commit_have_their_own_answers_in_the_order_asked(session: Session) -> None:
    """L6."""
    first, second, *_ = make_few(session)
    shut, twice = uuid4(), uuid4()
    make_project(session, "sample-empty", stage=Stage.STUDY)
    ask(session, shut, project="sample-empty")
    ask(session, twice, project=FEW[0])

    answers = carry_out_all(session, [second, shut, first, twice])

    assert [(answer.project, answer.outcome) for answer in answers] == [
        (FEW[1], Outcome.MOVED),
        ("sample-empty", Outcome.REFUSED),
        (FEW[0], Outcome.MOVED),
        (FEW[0], Outcome.CONFLICT),
    ]
    assert answers[1].verdicts
    assert carry_out_all(session, [shut, first]) == [answers[1], answers[2]]
    assert set(session.exec(select(StageChange.request))) == {second, first}
    assert sorted(told(session)) == ["move_refused", "stage_entered", "stage_entered"]
    assert not verify(session).broken


def test_a_request_that_was_never_taken_in_lets_nothing_of_its_commit_happen(database: Engine) -> None:
    with db.transaction(database) as session:
        requests = make_few(session)

    with pytest.raises(UnknownKey), db.transaction(database) as session:
        carry_out_all(session, [*requests, uuid4()])

    with db.reading(database) as session:
        assert session.exec(select(StageChange)).all() == []
        assert inbox.unfinished(session) == len(requests)


def test_commits_that_share_projects_and_a_suspension_come_one_after_the_other(database: Engine) -> None:
    """Holding projects in one order: nobody waits in a ring, on any database."""
    with db.transaction(database) as session:
        requests = make_few(session)

    answers = together(
        database,
        [
            lambda session: carry_out_all(session, requests),
            lambda session: carry_out_all(session, requests[::-1]),
            lambda session: projects.suspend(session, project=FEW[3], by="director", reason=REASON, at=AT),
            lambda session: carry_out(session, requests[2]),
        ],
    )

    assert answers[0] == answers[1][::-1]
    assert answers[3] == answers[0][2]
    with db.reading(database) as session:
        changed = session.exec(select(StageChange.request)).all()
        assert len(changed) == len(set(changed))
        assert set(requests) - set(changed) <= {requests[3]}
        assert not verify(session).broken


def test_the_inbox_is_looked_at_by_its_index_of_unfinished_requests(session: Session) -> None:
    """However many moves were ever made: the dispatcher asks many times a second."""
    (request, *_) = make_few(session)
    carry_out(session, request)
    moves.mark_opened(session, requests=[request], at=LATER)
    session.flush()
    postgresql = session.get_bind().dialect.name == "postgresql"
    if postgresql:
        session.execute(text("SET LOCAL enable_seqscan = off"))  # a table this small is read whole

    plan = session.connection().execute(
        text(f"{'EXPLAIN' if postgresql else 'EXPLAIN QUERY PLAN'} {_in_words(session)}")
    )

    assert "ix_move_request_unfinished" in " ".join(str(line) for line in plan)
    assert inbox.waiting(session, AT)
    assert inbox.unfinished(session) == len(FEW) - 1


def _in_words(session: Session) -> str:
    statement = select(MoveRequest.id).where(UNFINISHED).limit(1)
    return str(statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))


def test_projects_moved_in_one_commit_have_the_stage_and_the_day(session: Session) -> None:
    carry_out_all(session, make_few(session))

    moved = session.exec(select(Project).order_by(col(Project.key))).all()
    assert [(project.key, project.stage, project.stage_since) for project in moved] == [
        (key, Stage.CONSTRUCTION, LATER) for key in FEW
    ]
