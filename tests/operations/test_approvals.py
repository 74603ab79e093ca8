from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import db
from models.clock import local_day
from models.operations import approvals, moves, projects
from models.operations.approvals import Decision
from models.queries.dossiers import live_proposal, load_dossier
from models.rules.approvals import (
    AlreadySigned,
    NoProposal,
    OutOfTurn,
    ProposalExists,
    ProposalState,
    SameHand,
)
from models.rules.authority import NotAllowed, Role
from models.rules.dossier import Quorum
from models.rules.errors import BadValue, UnknownKey
from models.rules.stages import IllegalStep, NotActive, Stage
from models.tables import Door, MoveRequest, Parcel, Person, Project, Proposal, RoleGrant, TrailEntry
from tests.builders import AT, make_person, make_project, make_staff

KEY = "sample-centre"
REASON = "Sample reason: the estimate is out of date"


def propose(session: Session, by: str = "officer") -> Decision:
    return approvals.propose(session, project=KEY, entered=Stage.CONSTRUCTION, by=by, at=AT)


def certify(session: Session, by: str = "finance") -> Decision:
    return approvals.certify(session, project=KEY, by=by, at=AT)


def approve(session: Session, by: str = "director") -> Decision:
    return approvals.approve(session, project=KEY, by=by, at=AT)


def reject(session: Session, by: str = "director", reason: str = REASON) -> Decision:
    return approvals.reject(session, project=KEY, by=by, reason=reason, at=AT)


def make_house(session: Session) -> Project:
    make_staff(session)
    return make_project(session, KEY)


def give(session: Session, login: str, role: Role) -> None:
    person = session.exec(select(Person).where(Person.login == login)).one()
    session.add(RoleGrant(person_id=person.id, role=role))
    session.flush()


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(TrailEntry.kind).order_by(col(TrailEntry.sequence))))[1:]


def test_three_hands_make_a_move_wait_in_the_inbox(session: Session) -> None:
    """A4 and A5."""
    project = make_house(session)

    proposed, certified, approved = propose(session), certify(session), approve(session)

    assert (proposed.state, proposed.move) == (ProposalState.OPEN, None)
    assert certified.state is ProposalState.OPEN
    assert (approved.state, approved.move) == (ProposalState.APPROVED, approved.proposal)
    request = session.exec(select(MoveRequest)).one()
    assert (request.id, request.project_id, request.entered) == (
        approved.proposal,
        project.id,
        Stage.CONSTRUCTION,
    )
    assert (request.asked_by, request.door) == ("director", Door.QUORUM)
    assert kinds(session) == ["proposal_made", "proposal_certified", "proposal_approved"]
    told = session.exec(select(Parcel.kind).order_by(col(Parcel.id))).all()
    assert list(told) == kinds(session)


def test_the_hands_reach_the_gate(session: Session) -> None:
    project = make_house(session)
    propose(session)
    certify(session)

    quorum = load_dossier(session, project, local_day(AT)).quorum

    assert quorum == Quorum("officer", "finance", None)


@pytest.mark.parametrize("act", [certify, approve, reject])
def test_nothing_is_decided_before_it_is_proposed(
    session: Session, act: Callable[[Session], Decision]
) -> None:
    make_house(session)

    with pytest.raises(NoProposal) as refused:
        act(session)

    assert refused.value.details == {"project": KEY}


def test_finance_comes_before_the_director(session: Session) -> None:
    """A5."""
    make_house(session)
    propose(session)

    with pytest.raises(OutOfTurn):
        approve(session)


@pytest.mark.parametrize(
    ("login", "act"), [("officer", certify), ("officer", approve), ("finance", approve)]
)
def test_one_person_with_several_roles_signs_once(
    session: Session, login: str, act: Callable[[Session, str], Decision]
) -> None:
    """A4: the rule."""
    make_house(session)
    give(session, login, Role.FINANCE)
    give(session, login, Role.DIRECTOR)
    propose(session)
    if act is approve:
        certify(session)

    with pytest.raises(SameHand) as refused:
        act(session, login)

    assert refused.value.details["login"] == login


@pytest.mark.parametrize(
    "change",
    [
        "certified_by = proposed_by",
        "certified_by = 'x', approved_by = proposed_by",
        "certified_by = 'x', approved_by = 'x'",
        "approved_by = 'x'",
        "state = 'approved'",
        "state = 'signed'",
    ],
)
def test_the_database_refuses_it_too(database: Engine, change: str) -> None:
    """A4 and A5: the constraints."""
    with db.transaction(database) as session:
        make_house(session)
        propose(session)

    with pytest.raises(IntegrityError), db.transaction(database) as session:
        session.connection().execute(text(f"UPDATE proposal SET {change}"))


def test_the_database_keeps_one_live_proposal_for_a_move(database: Engine) -> None:
    with db.transaction(database) as session:
        make_house(session)
        propose(session)
        first = session.exec(select(Proposal)).one()

    with pytest.raises(IntegrityError), db.transaction(database) as session:
        session.add(Proposal(**first.model_dump(exclude={"id"})))


def test_a_hand_is_given_once(session: Session) -> None:
    make_house(session)
    make_person(session, "badr", Role.FINANCE)
    propose(session)
    certify(session)

    with pytest.raises(AlreadySigned) as refused:
        certify(session, "badr")

    assert refused.value.details == {"hand": "certified_by", "login": "finance", "at": AT}


def test_a_completed_quorum_is_not_completed_again(session: Session) -> None:
    make_house(session)
    make_person(session, "chama", Role.DIRECTOR)
    propose(session)
    certify(session)
    approve(session)

    with pytest.raises(AlreadySigned) as refused:
        approve(session, "chama")

    assert refused.value.details == {"hand": "approved_by", "login": "director", "at": AT}


def test_a_second_proposal_waits_for_the_first(session: Session) -> None:
    make_house(session)
    propose(session)

    with pytest.raises(ProposalExists) as refused:
        propose(session)

    assert refused.value.details == {"project": KEY, "by": "officer", "at": AT}


def test_a_rejected_proposal_keeps_its_history_and_makes_room(session: Session) -> None:
    """A6."""
    make_house(session)
    first = propose(session)
    certify(session)
    rejected = reject(session, reason=f"  {REASON} ")
    second = propose(session)

    assert rejected.state is ProposalState.REJECTED
    assert second.proposal != first.proposal
    kept = session.get_one(Proposal, first.proposal)
    assert (kept.certified_by, kept.ended_by, kept.ended_at, kept.reason) == (
        "finance",
        "director",
        AT,
        REASON,
    )
    assert kinds(session) == [
        "proposal_made",
        "proposal_certified",
        "proposal_rejected",
        "proposal_made",
    ]


def test_hands_under_a_rejected_proposal_do_not_count(session: Session) -> None:
    project = make_house(session)
    propose(session)
    certify(session)
    reject(session)
    propose(session)

    assert load_dossier(session, project, local_day(AT)).quorum == Quorum("officer", None, None)


@pytest.mark.parametrize("reason", ["", " ", "\x00", "x" * 10_000])
def test_a_rejection_needs_a_fair_reason(session: Session, reason: str) -> None:
    """P5."""
    make_house(session)
    propose(session)

    with pytest.raises(BadValue):
        reject(session, reason=reason)

    assert session.exec(select(Proposal.state)).one() is ProposalState.OPEN


def test_a_proposal_lapses_after_sixty_days(session: Session) -> None:
    """A6."""
    project = make_house(session)
    propose(session)
    last = AT + timedelta(days=59)

    assert approvals.lapse(session, at=last) == 0
    assert live_proposal(session, project.id, Stage.CONSTRUCTION, local_day(last)) is not None
    assert (
        live_proposal(session, project.id, Stage.CONSTRUCTION, local_day(last + timedelta(days=1))) is None
    )
    assert approvals.lapse(session, at=last + timedelta(days=1)) == 1
    assert approvals.lapse(session, at=last + timedelta(days=1)) == 0
    assert session.exec(select(Proposal.state)).one() is ProposalState.LAPSED
    assert kinds(session)[-1] == "proposal_lapsed"


def test_an_expired_proposal_cannot_be_signed_and_makes_room_by_itself(session: Session) -> None:
    """A6."""
    make_house(session)
    propose(session)
    late = AT + timedelta(days=60)

    with pytest.raises(NoProposal):
        approvals.certify(session, project=KEY, by="finance", at=late)
    approvals.propose(session, project=KEY, entered=Stage.CONSTRUCTION, by="officer", at=late)

    assert kinds(session) == ["proposal_made", "proposal_lapsed", "proposal_made"]


@pytest.mark.parametrize("entered", [Stage.STUDY, Stage.ADMISSION, Stage.EQUIPMENT])
def test_only_the_next_stage_is_proposed(session: Session, entered: Stage) -> None:
    """L1."""
    make_house(session)

    with pytest.raises(IllegalStep):
        approvals.propose(session, project=KEY, entered=entered, by="officer", at=AT)


def test_nothing_is_signed_while_a_project_is_suspended(session: Session) -> None:
    """L3; a rejection is still possible."""
    make_house(session)
    propose(session)
    projects.suspend(session, project=KEY, by="director", reason=REASON, at=AT)

    for act in (certify, approve, propose):
        with pytest.raises(NotActive):
            act(session)
    reject(session)


@pytest.mark.parametrize(
    ("act", "logins"),
    [
        (propose, ["finance", "director", "auditor", "administrator"]),
        (certify, ["officer", "director", "auditor", "administrator"]),
        (approve, ["officer", "finance", "auditor", "administrator"]),
        (reject, ["officer", "auditor", "administrator"]),
    ],
)
def test_each_hand_belongs_to_its_role(
    session: Session, act: Callable[[Session, str], Decision], logins: list[str]
) -> None:
    """A1."""
    make_house(session)

    for login in logins:
        with pytest.raises(NotAllowed):
            act(session, login)
    assert kinds(session) == []


def test_a_stranger_is_told_apart(session: Session) -> None:
    make_house(session)

    with pytest.raises(UnknownKey) as refused:
        propose(session, "oficer")

    candidates = refused.value.details["candidates"]
    assert isinstance(candidates, tuple)
    assert candidates[0] == "officer"


def test_a_request_id_that_somebody_has_spent_does_not_stop_the_quorum(session: Session) -> None:
    make_house(session)
    proposal = propose(session).proposal
    moves.ask(
        session,
        request=proposal,
        project=KEY,
        entered=Stage.CONSTRUCTION,
        asked_by="officer",
        door=Door.TERMINAL,
        at=AT,
    )
    certify(session)

    move = approve(session).move

    assert move not in (None, proposal)
    assert session.get_one(MoveRequest, move).door is Door.QUORUM
