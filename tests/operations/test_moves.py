from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from models import db
from models.operations import carrying_out, moves, projects
from models.operations.moves import MoveAnswer, RequestReused
from models.queries.dossiers import load_dossiers
from models.rules.approvals import ProposalState
from models.rules.authority import NotAllowed, Role
from models.rules.errors import UnknownKey
from models.rules.gates import CRITERIA, Owner, criteria_of
from models.rules.stages import IllegalStep, Overtaken, Stage, Status
from models.tables import (
    Door,
    Duty,
    MoveRequest,
    Outcome,
    Parcel,
    Project,
    Proposal,
    RoleGrant,
    StageChange,
    TrailEntry,
)
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations.at_once import together
from tests.operations.ready import make_ready, sign

KEY = "sample-centre"
REASON = "Sample reason: the works stopped"
LATER = AT + timedelta(hours=1)


def ask(
    session: Session,
    request: UUID,
    entered: Stage = Stage.CONSTRUCTION,
    by: str = "officer",
    project: str = KEY,
) -> MoveRequest:
    return moves.ask(
        session,
        request=request,
        project=project,
        entered=entered,
        asked_by=by,
        door=Door.TERMINAL,
        at=AT,
    )


def carry_out(session: Session, request: UUID) -> MoveAnswer:
    return carrying_out.carry_out(session, request=request, at=LATER)


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(TrailEntry.kind).order_by(col(TrailEntry.sequence))))


def told(session: Session) -> list[str]:
    return [kind for kind in session.exec(select(Parcel.kind)) if not kind.startswith("proposal")]


def test_the_same_request_twice_is_one_row(session: Session) -> None:
    """L5."""
    make_staff(session)
    make_project(session, KEY)
    request = uuid4()

    first, second = ask(session, request), ask(session, request)

    assert first is second
    assert (first.outcome, first.asked_by, first.asked_at) == (Outcome.WAITING, "officer", AT)
    assert len(session.exec(select(MoveRequest)).all()) == 1


@pytest.mark.parametrize("changed", ["project", "entered", "by"])
def test_a_request_id_that_comes_back_for_another_move_is_refused(session: Session, changed: str) -> None:
    """L5."""
    make_staff(session)
    make_project(session, KEY)
    make_project(session, "other-centre")
    request = uuid4()
    ask(session, request)
    other: dict[str, Any] = {"project": "other-centre", "entered": Stage.STUDY, "by": "director"}

    with pytest.raises(RequestReused) as refused:
        ask(session, request, **{changed: other[changed]})

    assert refused.value.details["request"] == str(request)


def test_the_same_request_by_two_at_once_is_one_row(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        make_project(session, KEY)
    request = uuid4()

    answers = together(database, [lambda session: ask(session, request).id] * 2)

    assert answers == [request, request]
    with db.reading(database) as session:
        assert len(session.exec(select(MoveRequest)).all()) == 1


@pytest.mark.parametrize("login", ["finance", "auditor", "administrator"])
def test_only_those_who_may_advance_may_ask(session: Session, login: str) -> None:
    """A1."""
    make_staff(session)
    make_project(session, KEY)

    with pytest.raises(NotAllowed):
        ask(session, uuid4(), by=login)
    assert session.exec(select(MoveRequest)).all() == []


def test_an_officer_of_another_region_may_not_ask(session: Session) -> None:
    """A2."""
    make_project(session, KEY, region="oriental")
    make_person(session, "amal", Role.OFFICER, region="souss-massa")

    with pytest.raises(NotAllowed):
        ask(session, uuid4(), by="amal")


@pytest.mark.parametrize("entered", [Stage.EQUIPMENT, Stage.LAUNCH, Stage.CLOSED])
def test_a_stage_cannot_be_skipped(session: Session, entered: Stage) -> None:
    """L1."""
    make_staff(session)
    make_project(session, KEY)

    with pytest.raises(IllegalStep):
        ask(session, uuid4(), entered)


@pytest.mark.parametrize("key", ["sample-center", "\x00", "\ud800", "x" * 10_000, "<script>"])
def test_asking_for_an_unknown_project_writes_nothing(session: Session, key: str) -> None:
    make_staff(session)
    make_project(session, KEY)

    with pytest.raises(UnknownKey):
        ask(session, uuid4(), project=key)
    assert session.exec(select(MoveRequest)).all() == []


def test_a_ready_project_moves_and_everything_is_written_with_it(session: Session) -> None:
    make_staff(session)
    project = make_ready(session, KEY)
    request = sign(session, KEY)
    version = project.version

    answer = carry_out(session, request)

    assert (answer.outcome, answer.code) == (Outcome.MOVED, "moved")
    assert (answer.left, answer.entered) == (Stage.STUDY, Stage.CONSTRUCTION)
    assert answer.details == {"by": "director", "at": LATER.isoformat()}
    assert answer.verdicts
    assert all(verdict.passes for verdict in answer.verdicts)
    assert (project.stage, project.stage_since, project.version) == (
        Stage.CONSTRUCTION,
        LATER,
        version + 1,
    )
    change = session.exec(select(StageChange)).one()
    assert (change.request, change.left, change.entered) == (request, Stage.STUDY, Stage.CONSTRUCTION)
    assert session.exec(select(Proposal.state)).one() is ProposalState.CARRIED_OUT
    assert told(session) == ["stage_entered"]
    assert kinds(session)[-1] == "stage_entered"


def test_carrying_out_twice_moves_once_and_answers_the_same(session: Session) -> None:
    """L6."""
    make_staff(session)
    make_ready(session, KEY)
    request = sign(session, KEY)

    first = carry_out(session, request)
    session.expire_all()
    second = carrying_out.carry_out(session, request=request, at=LATER + timedelta(days=400))

    assert first == second
    assert len(session.exec(select(StageChange)).all()) == 1
    assert told(session) == ["stage_entered"]


def test_an_empty_dossier_is_refused_with_every_reason(session: Session) -> None:
    """G.A."""
    make_staff(session)
    project = make_project(session, KEY)
    request = uuid4()
    ask(session, request)

    answer = carry_out(session, request)

    asked = [criterion.rule for criterion in criteria_of(Stage.STUDY, frozenset())]
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "stage_refused")
    assert [v.rule for v in answer.verdicts if not v.passes] == asked
    assert all(isinstance(verdict.owner, Owner) for verdict in answer.verdicts)
    assert answer == moves.recorded(session.get_one(MoveRequest, request), project)
    assert project.stage is Stage.STUDY
    parcel = session.exec(select(Parcel)).one()
    assert parcel.kind == "move_refused"
    assert all(f'"rule":"{rule}"' in parcel.payload for rule in asked)
    assert kinds(session) == ["project_registered"]


def test_a_refusal_stays_the_answer_even_when_the_gate_opens_later(session: Session) -> None:
    make_staff(session)
    project = make_ready(session, KEY)
    request = uuid4()
    ask(session, request)
    refused = carry_out(session, request)
    signed = sign(session, KEY)

    assert carry_out(session, request) == refused
    assert project.stage is Stage.STUDY
    assert carry_out(session, signed).outcome is Outcome.MOVED


def test_one_thing_missing_is_one_reason(session: Session) -> None:
    make_staff(session)
    project = make_ready(session, KEY)
    request = sign(session, KEY)
    session.delete(session.exec(select(Duty).where(Duty.duty == "finance")).one())

    answer = carry_out(session, request)

    assert [v.rule for v in answer.verdicts if not v.passes] == ["G0.9b"]
    assert CRITERIA["G0.9b"].owner is Owner.DIRECTOR
    assert project.stage is Stage.STUDY
    assert session.exec(select(Proposal.state)).one() is ProposalState.APPROVED


def test_a_suspended_project_is_refused(session: Session) -> None:
    """L3."""
    make_staff(session)
    make_ready(session, KEY)
    request = sign(session, KEY)
    projects.suspend(session, project=KEY, by="director", reason=REASON, at=AT)

    answer = carry_out(session, request)

    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "not_active")
    assert answer.details == {"project": KEY, "status": "suspended"}


def test_a_right_taken_away_meanwhile_stops_the_move(session: Session) -> None:
    """A1: asked again when it is carried out."""
    make_staff(session)
    project = make_ready(session, KEY)
    request = sign(session, KEY)
    for grant in session.exec(select(RoleGrant).where(RoleGrant.role == Role.DIRECTOR)):
        session.delete(grant)

    answer = carry_out(session, request)

    assert (answer.outcome, answer.code) == (Outcome.NOT_ALLOWED, "not_allowed")
    assert answer.details["login"] == "director"
    assert answer.details["who"] == ["officer", "director"]
    assert project.stage is Stage.STUDY
    assert told(session) == []


def test_a_project_stepped_back_meanwhile_is_refused(session: Session) -> None:
    """L1."""
    make_staff(session)
    make_ready(session, KEY)
    request = sign(session, KEY)
    projects.step_back(session, project=KEY, entered=Stage.ADMISSION, by="director", reason=REASON, at=AT)

    answer = carry_out(session, request)

    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "illegal_step")
    assert answer.details == {"left": "admission", "asked": "construction", "legal": "study"}


def test_somebody_who_comes_late_hears_who_moved_it_and_when(session: Session) -> None:
    """L6."""
    make_staff(session)
    make_ready(session, KEY)
    first, late = sign(session, KEY), uuid4()
    ask(session, late)
    carry_out(session, first)

    answer = carrying_out.carry_out(session, request=late, at=LATER + timedelta(days=1))

    assert (answer.outcome, answer.code) == (Outcome.CONFLICT, "already_moved")
    assert answer.details == {"stage": "construction", "by": "director", "at": LATER.isoformat()}
    assert told(session) == ["stage_entered"]


def test_a_stage_the_project_was_registered_at_is_simply_there(session: Session) -> None:
    make_staff(session)
    make_project(session, KEY, stage=Stage.CONSTRUCTION)
    request = uuid4()
    ask(session, request, Stage.CONSTRUCTION)

    answer = carry_out(session, request)

    assert (answer.outcome, answer.code) == (Outcome.CONFLICT, "already_there")


def test_a_request_that_was_never_taken_in_is_unknown(session: Session) -> None:
    with pytest.raises(UnknownKey) as refused:
        carry_out(session, UUID(int=1))

    assert refused.value.details["noun"] == "request"


def test_a_stage_that_changes_behind_the_gate_undoes_the_whole_move(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction(database) as session:
        make_staff(session)
        make_ready(session, KEY)
        request = sign(session, KEY)

    def change_behind(session: Session, projects: Any, today: Any) -> Any:
        dossiers = load_dossiers(session, projects, today)
        session.connection().execute(text("UPDATE project SET stage = 'launch'"))
        return dossiers

    monkeypatch.setattr("models.operations.carrying_out.load_dossiers", change_behind)
    with pytest.raises(Overtaken), db.transaction(database) as session:
        carry_out(session, request)

    with db.reading(database) as session:
        assert session.exec(select(Project.stage)).one() is Stage.STUDY
        assert session.exec(select(MoveRequest.outcome)).one() is Outcome.WAITING
        assert session.exec(select(StageChange)).all() == []


def test_a_project_goes_the_whole_way(session: Session) -> None:
    make_staff(session)
    project = make_ready(session, KEY, stage=Stage.ADMISSION)

    while project.stage is not Stage.CLOSED:
        entered = project.stage.following
        assert carry_out(session, sign(session, KEY)).entered is entered

    assert project.status is Status.ACTIVE
    assert kinds(session).count("stage_entered") == 5
