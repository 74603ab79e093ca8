"""A move asked for at the terminal, for real: with `tadshin serve`, without it, and with Prefect away."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from models import db
from models.clock import now
from models.operations import samples
from tests.flows.conftest import free_port
from tests.terminal.conftest import PROGRAM, Answer, Call, environment_of, run

TAMESNA, RAHMA = "tamesna-complex", "rahma-cmp"
PATIENCE = "180"
STOP_SECONDS = 60


@pytest.fixture(scope="module")
def place_of_moves() -> Iterator[dict[str, Any]]:
    """A place with the report and the samples, whose moves find their own orchestrator."""
    # Not in pytest's own folder: another run closes it to the account that the database runs as.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place: dict[str, Any] = {
            "home": Path(folder) / "var",
            "TADSHIN_PREFECT_PORT": str(free_port()),
            "TADSHIN_LANGUAGE": "en",
        }
        made = run("init", "--with-report-2021", "--with-samples", **place)
        assert made.exit == 0, made
        yield place


@pytest.fixture(scope="module")
def served(place_of_moves: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same place while `tadshin serve` runs."""
    environment = {name: str(value) for name, value in place_of_moves.items() if name != "home"}
    with subprocess.Popen(
        [str(PROGRAM), "serve"],
        env=environment_of(place_of_moves["home"], **environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as serving:
        yield place_of_moves
        serving.terminate()
        assert serving.wait(STOP_SECONDS) == 0


def test_one_move_from_its_refusal_to_its_being_made(served: dict[str, Any]) -> None:
    def call(*arguments: str) -> Answer:
        return run(*arguments, "--json", **served)

    def advance(project: str, *more: str) -> Answer:
        return call("project", "advance", project, "--to", "construction", "--wait", PATIENCE, *more)

    refused = advance(TAMESNA, "--as", "officer", "--request", (first := "ticket 42"))
    gate = call("project", "gates", TAMESNA, "--to", "construction")
    assert (refused.exit, gate.exit, refused.err) == (3, 3, "")
    assert refused.json["error"] == "stage_refused"
    assert refused.json["criteria"] == gate.json["criteria"]

    _complete(served["home"], TAMESNA)
    for arguments in (
        ("propose", TAMESNA, "--to", "construction", "--as", "officer"),
        ("certify", TAMESNA, "--as", "finance"),
    ):
        assert call("project", *arguments).exit == 0
    approved = call("project", "approve", TAMESNA, "--as", "director", "--wait", PATIENCE)
    assert (approved.exit, approved.json["outcome"], approved.json["open"]) == (0, "moved", True)

    same = advance(TAMESNA, "--as", "director", "--request", approved.json["request"])
    assert (same.exit, same.json["outcome"], same.json["at"]) == (0, "moved", approved.json["at"])
    again = advance(TAMESNA, "--as", "officer")
    assert (again.exit, again.json["error"], again.json["by"]) == (5, "already_moved", "director")
    kept = advance(TAMESNA, "--as", "officer", "--request", first)
    assert (kept.exit, kept.json["error"]) == (3, "stage_refused")  # a request keeps its answer
    reused = advance(RAHMA, "--as", "officer", "--request", first)
    assert (reused.exit, reused.json["error"]) == (5, "request_reused")
    assert advance(TAMESNA, "--as", "auditor").exit == 4
    assert [line["code"] for line in call("milestone", "list", TAMESNA).json["milestones"]][:1] == [
        "works_started"
    ]


def test_a_refusal_names_who_owes_what_and_the_next_step(served: dict[str, Any]) -> None:
    told = run(
        *("project", "advance", RAHMA, "--to", "equipment", "--as", "officer", "--wait", PATIENCE), **served
    )

    assert told.exit == 3
    assert "rahma-cmp, from construction to equipment: shut, 17 criteria of " in told.out
    lines = told.out.splitlines()
    owner = lines.index("Contractor")
    assert lines[owner + 1].startswith("G2.1a  needed")
    assert lines[owner + 2].strip().startswith("→")
    assert lines[-1].startswith("Next step: tadshin evidence add rahma-cmp ")


def test_the_doctor_finds_the_orchestrator_at_work(served: dict[str, Any]) -> None:
    run("project", "advance", RAHMA, "--to", "equipment", "--as", "officer", "--wait", PATIENCE, **served)

    until = time.monotonic() + float(PATIENCE)  # which comes to plan the first runs seconds after its start
    while (found := _looked_at(served)) == "notice" and time.monotonic() < until:
        time.sleep(1)

    assert found == "ok"


def _looked_at(served: dict[str, Any]) -> str:
    checks = {check["name"]: check["state"] for check in run("doctor", "--json", **served).json["checks"]}
    state: str = checks["orchestrator"]
    return state


def test_a_place_is_served_once(served: dict[str, Any]) -> None:
    run("project", "advance", RAHMA, "--to", "equipment", "--as", "officer", "--wait", PATIENCE, **served)

    second = run("serve", **served)

    assert second.exit == 5
    assert len(second.err.splitlines()) == 1


def test_with_prefect_away_the_request_is_kept(
    books: Engine, call: Call, settings_env: Callable[..., None]
) -> None:
    settings_env(prefect_api_url=f"http://127.0.0.1:{free_port()}/api")
    request = ("--request", str(uuid4()))
    advance = (
        "project",
        "advance",
        "sample-centre",
        "--to",
        "construction",
        "--as",
        "officer",
        "--wait",
        "1",
    )

    kept = call(*advance, *request, "--json")
    assert (kept.exit, kept.json["outcome"], kept.json["request"]) == (6, "waiting", request[1])
    assert "error" not in kept.json
    told = call(*advance, *request, "--lang", "en")
    assert (told.exit, told.err) == (6, "")
    assert "waits for the orchestrator" in told.out
    assert call("project", "show", "sample-centre", "--json").json["stage"] == "study"
    assert call("doctor", "--json").exit == 7


def _complete(home: Path, project: str) -> None:
    engine = db.open_engine(f"sqlite:///{home / 'tadshin.db'}")
    with db.transaction(engine) as session:
        samples.complete_dossier(session, project=project, at=now())
    engine.dispose()
