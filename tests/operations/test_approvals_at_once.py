"""Two hands at the same proposal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations import approvals
from models.operations.approvals import Decision
from models.rules.approvals import (
    AlreadySigned,
    ProposalExists,
)
from models.rules.authority import Role
from models.rules.errors import CentreError
from models.rules.stages import Stage
from models.tables import MoveRequest, Proposal, TrailEntry
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations.at_once import together
from tests.operations.test_approvals import (
    approve,
    certify,
    kinds,
    make_house,
    propose,
    reject,
)


def signs(act: Callable[[Session, str], Decision], login: str) -> Callable[[Session], Any]:
    return lambda session: act(session, login)


def test_two_directors_who_approve_at_once_give_one_decision_and_one_request(database: Engine) -> None:
    with db.transaction(database) as session:
        make_house(session)
        make_person(session, "chama", Role.DIRECTOR)
        propose(session)
        certify(session)

    answers = together(database, [signs(approve, "director"), signs(approve, "chama")])

    late = [answer for answer in answers if isinstance(answer, CentreError)]
    assert [type(error) for error in late] == [AlreadySigned]
    with db.reading(database) as session:
        proposal = session.exec(select(Proposal)).one()
        assert late[0].details == {"hand": "approved_by", "login": proposal.approved_by, "at": AT}
        assert session.exec(select(MoveRequest.asked_by)).one() == proposal.approved_by
        assert kinds(session).count("proposal_approved") == 1


def test_an_approval_and_a_rejection_at_once_leave_one_answer(database: Engine) -> None:
    with db.transaction(database) as session:
        make_house(session)
        make_person(session, "chama", Role.DIRECTOR)
        propose(session)
        certify(session)

    together(database, [signs(approve, "director"), signs(reject, "chama")])

    with db.reading(database) as session:
        proposal = session.exec(select(Proposal)).one()
        requests = session.exec(select(MoveRequest)).all()
        if kinds(session)[2] == "proposal_rejected":
            assert (proposal.approved_by, len(requests)) == (None, 0)
        else:
            assert (proposal.approved_by, len(requests)) == ("director", 1)


def test_two_officers_who_propose_at_once_make_one_proposal(database: Engine) -> None:
    with db.transaction(database) as session:
        make_house(session)
        make_person(session, "amal", Role.OFFICER)

    answers = together(database, [signs(propose, "officer"), signs(propose, "amal")])

    assert sum(isinstance(answer, ProposalExists) for answer in answers) == 1
    with db.reading(database) as session:
        assert len(session.exec(select(Proposal)).all()) == 1


def test_two_who_let_proposals_lapse_at_once_note_each_once(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        for number in range(5):
            key = f"sample-{number}"
            make_project(session, key)
            approvals.propose(session, project=key, entered=Stage.CONSTRUCTION, by="officer", at=AT)

    late = AT + timedelta(days=60)
    counts = together(database, [lambda session: approvals.lapse(session, at=late)] * 2)

    assert sorted(counts) == [0, 5]
    with db.reading(database) as session:
        entries = session.exec(select(TrailEntry).where(TrailEntry.kind == "proposal_lapsed")).all()
        assert len(entries) == 5
