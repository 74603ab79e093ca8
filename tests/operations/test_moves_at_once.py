"""Two at the same move, and workers who share the inbox."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations import approvals, moves, projects
from models.operations.moves import LEASE, Claimed
from models.rules.approvals import ProposalState
from models.rules.authority import Role
from models.rules.stages import Stage
from models.tables import (
    MoveRequest,
    Outcome,
    Project,
    Proposal,
    StageChange,
)
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations.at_once import together
from tests.operations.ready import make_ready, sign
from tests.operations.test_moves import KEY, LATER, REASON, ask, carry_out, kinds, told


def claim(session: Session, worker: str = "one", at: Any = AT, limit: int = 10) -> list[Claimed]:
    return moves.claim(session, worker=worker, at=at, limit=limit)


def carries(request: UUID) -> Callable[[Session], Any]:
    return lambda session: carry_out(session, request)


def test_two_requests_for_the_same_move_at_once_make_one_stage_change(database: Engine) -> None:
    """L6."""
    with db.transaction(database) as session:
        make_staff(session)
        make_ready(session, KEY)
        first, second = sign(session, KEY), uuid4()
        ask(session, second)

    answers = together(database, [carries(first), carries(second)])

    assert sorted(answer.outcome for answer in answers) == [Outcome.CONFLICT, Outcome.MOVED]
    late = next(answer for answer in answers if answer.outcome is Outcome.CONFLICT)
    moved = next(answer for answer in answers if answer.outcome is Outcome.MOVED)
    assert late.code == "already_moved"
    assert late.details["by"] == moved.details["by"]
    with db.reading(database) as session:
        assert session.exec(select(StageChange.request)).one() == moved.request
        assert told(session) == ["stage_entered"]


def test_the_same_request_carried_out_by_four_at_once_moves_once(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        make_ready(session, KEY)
        request = sign(session, KEY)

    answers = together(database, [carries(request)] * 4)

    assert [answer == answers[0] for answer in answers] == [True] * 4
    assert answers[0].outcome is Outcome.MOVED
    with db.reading(database) as session:
        assert len(session.exec(select(StageChange)).all()) == 1
        assert told(session) == ["stage_entered"]


def test_a_move_and_a_suspension_at_once_come_one_after_the_other(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        make_ready(session, KEY)
        request = sign(session, KEY)

    answers = together(
        database,
        [
            carries(request),
            lambda session: projects.suspend(session, project=KEY, by="director", reason=REASON, at=AT),
        ],
    )

    with db.reading(database) as session:
        order = kinds(session)[-2:]
        if answers[0].outcome is Outcome.MOVED:
            assert order == ["stage_entered", "suspended"]
        else:
            assert (answers[0].code, order[-1]) == ("not_active", "suspended")


def test_a_move_and_a_rejection_at_once_do_not_wait_for_ever(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        make_person(session, "chama", Role.DIRECTOR)
        make_ready(session, KEY)
        request = sign(session, KEY)

    together(
        database,
        [
            carries(request),
            lambda session: approvals.reject(session, project=KEY, by="chama", reason=REASON, at=AT),
        ],
    )

    with db.reading(database) as session:
        state = session.exec(select(Proposal.state)).one()
        moved = session.exec(select(Project.stage)).one() is Stage.CONSTRUCTION
        assert state is (ProposalState.CARRIED_OUT if moved else ProposalState.REJECTED)


def waiting(session: Session, count: int) -> list[UUID]:
    make_staff(session)
    requests = [uuid4() for _ in range(count)]
    for number, request in enumerate(requests):
        make_project(session, f"sample-{number}")
        ask(session, request, project=f"sample-{number}")
    session.flush()
    return requests


def test_a_request_is_claimed_for_the_time_of_a_lease(session: Session) -> None:
    """L7."""
    (request,) = waiting(session, 1)

    assert [claimed.request for claimed in claim(session)] == [request]
    session.flush()
    assert claim(session, "two") == []
    assert claim(session, "two", AT + LEASE) == []
    again = claim(session, "two", AT + LEASE + timedelta(microseconds=1))
    assert [(claimed.request, claimed.project) for claimed in again] == [(request, "sample-0")]
    row = session.get_one(MoveRequest, request)
    assert (row.claimed_by, row.attempts) == ("two", 2)


def test_the_oldest_requests_come_first_and_no_more_than_asked_for(session: Session) -> None:
    requests = waiting(session, 3)
    session.get_one(MoveRequest, requests[2]).asked_at = AT - timedelta(days=1)
    session.flush()

    taken = claim(session, limit=2)

    assert taken[0].request == requests[2]
    assert len(taken) == 2


def test_a_claim_may_name_its_requests(session: Session) -> None:
    requests = waiting(session, 3)

    taken = moves.claim(session, worker="one", at=AT, limit=10, only=requests[:1])

    assert [claimed.request for claimed in taken] == requests[:1]


def test_a_settled_request_is_not_claimed_again(session: Session) -> None:
    (request,) = waiting(session, 1)
    carry_out(session, request)

    assert claim(session, at=AT + timedelta(days=1)) == []


def test_a_move_whose_opening_work_was_cut_short_is_taken_up_until_it_is_done(session: Session) -> None:
    make_staff(session)
    make_ready(session, KEY)
    request = sign(session, KEY)
    carry_out(session, request)

    assert [claimed.request for claimed in claim(session, at=LATER)] == [request]
    moves.mark_opened(session, requests=[request], at=LATER)
    session.flush()
    assert claim(session, at=LATER + timedelta(days=1)) == []


def test_two_who_claim_at_once_never_take_the_same_row(database: Engine) -> None:
    """L7."""
    with db.transaction(database) as session:
        requests = waiting(session, 12)

    def claims(worker: str) -> Callable[[Session], list[Claimed]]:
        return lambda session: claim(session, worker, limit=5)

    taken = together(database, [claims("one"), claims("two"), claims("three")])

    ids = [claimed.request for claims in taken for claimed in claims]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(requests)
    with db.reading(database) as session:
        assert all(row.attempts <= 1 for row in session.exec(select(MoveRequest)))
