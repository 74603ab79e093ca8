"""The flow that moves one project, on a real Prefect server."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import State
from sqlmodel import select

from flows.advance_project import advance_project
from models import db
from models.clock import now
from models.operations import approvals, moves, samples
from models.queries.projects import find_project
from models.rules.stages import Stage
from models.tables import (
    Door,
    FeedMessage,
    Milestone,
    MoveRequest,
    Outcome,
    Project,
    StageChange,
)
from tests.builders import link_partners, make_project

CENTRE = "sample-centre"


def _prepare(ready: bool) -> None:
    with db.transaction() as session:
        samples.load_sample_people(session, at=now())
        project = make_project(session, CENTRE)
        link_partners(session, project, ("council", "ministry"))
    if ready:
        with db.transaction() as session:
            samples.complete_dossier(session, project=CENTRE, at=now())
            approvals.propose(session, project=CENTRE, entered=Stage.CONSTRUCTION, by="officer", at=now())
            approvals.certify(session, project=CENTRE, by="finance", at=now())


def _approve() -> UUID:
    with db.transaction() as session:
        return approvals.approve(session, project=CENTRE, by="director", at=now()).proposal


def _ask() -> UUID:
    request = uuid4()
    with db.transaction() as session:
        moves.ask(
            session,
            request=request,
            project=CENTRE,
            entered=Stage.CONSTRUCTION,
            asked_by="officer",
            door=Door.TERMINAL,
            at=now(),
        )
    return request


async def _run(request: UUID | None, asked_by: str = "officer") -> State[Any]:
    state: State[Any] = await advance_project(
        CENTRE, Stage.CONSTRUCTION, asked_by, request, return_state=True
    )
    return state


async def test_an_open_gate_moves_the_project_opens_the_stage_and_tells_people(house: str) -> None:
    _prepare(ready=True)
    state = await _run(_approve())

    assert state.is_completed()
    assert state.name == "Moved"
    with db.reading() as session:
        project = find_project(session, CENTRE)
        assert project.stage is Stage.CONSTRUCTION
        milestones = session.exec(select(Milestone).where(Milestone.stage == Stage.CONSTRUCTION)).all()
        assert {milestone.code for milestone in milestones} >= {"works_started", "works_complete"}
        told = session.exec(select(FeedMessage.language, FeedMessage.text)).all()
    assert {language for language, _text in told} == {"ar", "fr"}
    assert any(project.name_fr in text for language, text in told if language == "fr")


async def test_a_shut_gate_ends_the_run_in_a_readable_state_and_names_everything(house: str) -> None:
    _prepare(ready=False)
    request = _ask()
    state = await _run(request)

    assert (state.is_completed(), state.name) == (True, "Refused")
    assert "G1.3" in str(state.message)
    assert "Traceback" not in str(state.message)
    with db.reading() as session:
        assert find_project(session, CENTRE).stage is Stage.STUDY
        assert session.get_one(MoveRequest, request).outcome is Outcome.REFUSED
        assert session.exec(select(StageChange)).all() == []
    async with get_client() as client:
        reports = await client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[f"gate-{CENTRE}"]))
        )
        assert any("G1.4a" in str(report.data) for report in reports)


async def test_the_same_request_run_again_moves_once_and_tells_once(house: str) -> None:
    _prepare(ready=True)
    request = _approve()
    first, second = await _run(request), await _run(request)

    assert (first.name, second.name) == ("Moved", "Moved")
    with db.reading() as session:
        assert len(session.exec(select(StageChange)).all()) == 1
        codes = session.exec(select(Milestone.code)).all()
        assert len(codes) == len(set(codes))
        entered = session.exec(select(FeedMessage.text)).all()
        assert len(entered) == len(set(entered))


async def test_a_move_started_in_prefects_own_page_goes_by_the_inbox(house: str) -> None:
    _prepare(ready=True)
    _approve()
    state = await _run(None)

    assert state.name == "Moved"
    with db.reading() as session:
        doors = session.exec(select(MoveRequest.door).where(MoveRequest.outcome == Outcome.MOVED)).all()
    assert list(doors) == [Door.PREFECT]


@pytest.mark.parametrize(("login", "word"), [("auditor", "auditor"), ("nobody-known", "nobody-known")])
async def test_a_stranger_in_prefects_page_is_answered_and_changes_nothing(
    house: str, login: str, word: str
) -> None:
    _prepare(ready=True)
    state = await _run(None, asked_by=login)

    assert state.name == "NotAccepted"
    assert word in str(state.message)
    with db.reading() as session:
        assert session.exec(select(MoveRequest)).all() == []
        assert session.exec(select(Project.stage)).one() is Stage.STUDY
