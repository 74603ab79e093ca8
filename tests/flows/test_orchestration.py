"""Asking for a move while the orchestrator is there, away, and back again."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select

from bench.portfolio import fill, start_of_day
from models import db, schema
from models.clock import now
from models.operations.moves import MoveAnswer
from models.queries.moves import dispatcher_state
from models.queries.projects import find_project
from models.rules.errors import UnknownKey
from models.rules.stages import Stage
from models.settings import Settings
from models.tables import Door, FeedMessage, Milestone, MoveRequest, Orchestrator, Outcome, StageChange
from tadshin import orchestration, orchestrator
from tadshin.orchestration import Accepted
from tests.flows.conftest import free_port

CENTRE = "centre-000000"
PATIENCE_SECONDS = 180.0
AUTH = "tadshin:of-this-test"


@pytest.fixture
def place(settings_env: Callable[..., None], tmp_path: Path) -> Path:
    """A home with a ready project; the orchestrator's address is set, and nobody answers there."""
    home = tmp_path / "home"
    settings_env(home=home, prefect_api_url=f"http://127.0.0.1:{free_port()}/api", prefect_auth=AUTH)
    schema.upgrade(db.engine())
    fill(db.engine(), 1, at=start_of_day(), ready=True)
    return home


def _move(wait: float = PATIENCE_SECONDS) -> MoveAnswer | Accepted:
    return orchestration.move(
        project=CENTRE,
        entered=Stage.CONSTRUCTION,
        by="officer",
        request=uuid4(),
        door=Door.TERMINAL,
        wait=wait,
    )


@contextmanager
def _serving(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    log = (home / "serve.log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "tadshin", "serve"], stdout=log, stderr=log)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
        log.close()


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)


def _state_is(wanted: Orchestrator) -> bool:
    with db.reading() as session:
        return dispatcher_state(session, now()) is wanted


def test_without_an_orchestrator_the_request_is_kept_and_nothing_is_half_done(place: Path) -> None:
    answer = _move(wait=5)

    assert isinstance(answer, Accepted)
    with db.reading() as session:
        assert find_project(session, CENTRE).stage is Stage.STUDY
        assert session.exec(select(MoveRequest.outcome)).one() is Outcome.WAITING
        assert session.exec(select(StageChange)).all() == []


def test_a_dispatcher_whose_orchestrator_is_away_carries_out_once_when_it_is_back(
    place: Path, settings_env: Callable[..., None]
) -> None:
    port = int(os.environ["TADSHIN_PREFECT_API_URL"].split(":")[2].split("/")[0])
    with _serving(place) as process:
        _until(lambda: _state_is(Orchestrator.AWAY))
        assert isinstance(_move(wait=5), Accepted)

        settings = Settings(home=place, prefect_port=port, prefect_api_url="", prefect_auth=AUTH)
        with orchestrator.running(settings):
            _until(_has_moved)
            _until(_is_told)
            _until(lambda: _state_is(Orchestrator.READY))
            assert _answer_again() == "already_moved"
            process.terminate()
            assert process.wait(PATIENCE_SECONDS) == 0
    with db.reading() as session:
        assert len(session.exec(select(StageChange)).all()) == 1
        texts = session.exec(select(FeedMessage.text).where(FeedMessage.language == "fr")).all()
    assert sum("construction" in text.lower() or "travaux" in text.lower() for text in texts) >= 1


def test_without_a_dispatcher_the_terminal_runs_the_flow_itself(
    place: Path, settings_env: Callable[..., None]
) -> None:
    settings_env(prefect_api_url="", prefect_port=free_port())
    answer = _move()

    assert isinstance(answer, MoveAnswer)
    assert (answer.outcome, answer.left, answer.entered) == (
        Outcome.MOVED,
        Stage.STUDY,
        Stage.CONSTRUCTION,
    )
    with db.reading() as session:
        assert find_project(session, CENTRE).stage is Stage.CONSTRUCTION
        assert session.exec(select(MoveRequest.opened_at)).one() is not None
        assert session.exec(select(FeedMessage)).all() != []


def _has_moved() -> bool:
    with db.reading() as session:
        return find_project(session, CENTRE).stage is Stage.CONSTRUCTION


def _is_told() -> bool:
    with db.reading() as session:
        return bool(session.exec(select(FeedMessage.id)).all())


def _answer_again() -> str:
    answer = _move()
    return answer.code if isinstance(answer, MoveAnswer) else "accepted"


def test_many_go_in_one_run_and_one_refusal_stops_no_other(
    place: Path, settings_env: Callable[..., None]
) -> None:
    settings_env(prefect_api_url="", prefect_port=free_port())
    fill(db.engine(), 6, at=start_of_day(), ready=True, first=1)
    fill(db.engine(), 1, at=start_of_day(), ready=False, first=7)
    keys = [*(f"centre-{number:06}" for number in range(8)), "centre-unknown"]
    told = orchestration.move_many(
        projects=keys,
        entered=Stage.CONSTRUCTION,
        by="officer",
        door=Door.TERMINAL,
        wait=PATIENCE_SECONDS,
    )

    assert set(told) == set(keys)
    assert isinstance(told["centre-unknown"], UnknownKey)
    outcomes = {key: one.outcome for key, one in told.items() if isinstance(one, MoveAnswer)}
    assert outcomes.pop("centre-000007") is Outcome.REFUSED
    assert set(outcomes.values()) == {Outcome.MOVED}
    assert len(outcomes) == 7
    with db.reading() as session:
        assert len(session.exec(select(StageChange)).all()) == 7
        opened = session.exec(select(Milestone).where(Milestone.stage == Stage.CONSTRUCTION)).all()
    assert len({milestone.project_id for milestone in opened}) == 7
