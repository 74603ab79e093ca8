"""The catalogue on a real Prefect server."""

import asyncio
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events import EventTrigger as Watch
from prefect.flows import load_flow_from_entrypoint
from prefect.server.events.schemas.automations import EventTrigger

from deployments import publish
from deployments.catalogue import CATALOGUE, Entry, automations
from flows.openings import OPENINGS
from flows.results import NOT_KEPT
from models.rules.stages import Stage
from models.settings import Settings
from tadshin.orchestrator import Running, client_environment

SECONDS_TO_PLAN = 60


async def _deployments() -> dict[str, Any]:
    async with get_client() as client:
        found = await client.read_deployments()
        flows = {flow.id: flow.name for flow in await client.read_flows()}
    return {f"{flows[one.flow_id]}/{one.name}": one for one in found}


async def test_applying_twice_updates_and_adds_nothing(orchestra: Running) -> None:
    await publish.apply()
    first = await _deployments()
    await publish.apply()
    second = await _deployments()

    assert first.keys() == second.keys() == {entry.full_name for entry in CATALOGUE}
    assert {one.id for one in first.values()} == {one.id for one in second.values()}
    for name, one in second.items():
        assert len(one.schedules) == len(first[name].schedules) <= 1
    async with get_client() as client:
        automations = await client.read_automations()
    names = [one.name for one in automations if one.name.startswith("tadshin:")]
    assert len(names) == len(set(names)) == 2


async def test_schedules_follow_the_clock_of_casablanca(orchestra: Running) -> None:
    await publish.apply()
    deployments = await _deployments()
    zones = {schedule.schedule.timezone for one in deployments.values() for schedule in one.schedules}
    assert zones == {"Africa/Casablanca"}


async def test_every_schedule_becomes_runs(orchestra: Running) -> None:
    """With some releases of SQLAlchemy the server plans nothing, and says so only in its log."""
    await publish.apply()
    scheduled = {entry.full_name for entry in CATALOGUE if entry.schedules}
    until = monotonic() + SECONDS_TO_PLAN
    while (planned := await _planned()) != scheduled and monotonic() < until:
        await asyncio.sleep(0.5)
    assert planned == scheduled


async def _planned() -> set[str]:
    names = {one.id: name for name, one in (await _deployments()).items()}
    async with get_client() as client:
        runs = await client.read_flow_runs(limit=200, sort=FlowRunSort.EXPECTED_START_TIME_DESC)
    return {names[run.deployment_id] for run in runs if run.auto_scheduled and run.deployment_id in names}


async def test_the_form_of_a_move_offers_the_stages(orchestra: Running) -> None:
    await publish.apply()
    schema = (await _deployments())["advance-project/on-demand"].parameter_openapi_schema
    stages = next(value for key, value in schema["definitions"].items() if key == "Stage")
    assert stages["enum"] == [stage.value for stage in Stage]
    assert schema["required"] == ["project", "to", "asked_by"]
    assert "login" in schema["properties"]["asked_by"]["description"]


def test_a_run_is_taken_for_dead_only_after_three_missed_signs(orchestra_settings: Settings) -> None:
    dead, _again = automations(uuid4())
    beats = int(client_environment(orchestra_settings, "")["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    assert isinstance(dead.trigger, Watch)
    assert dead.trigger.within is not None
    assert dead.trigger.within >= timedelta(seconds=3 * beats)


@pytest.mark.parametrize("name", ["heartbeat", "Completed", "Crashed", "Moved", "Refused", "Answered"])
def test_a_run_that_ended_by_a_name_of_its_own_is_not_dead(name: str) -> None:
    dead, _again = automations(uuid4())
    assert EventTrigger.model_validate(dead.trigger.model_dump()).expects(f"prefect.flow-run.{name}")


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.full_name)
async def test_each_deployment_loads_by_its_module(entry: Entry) -> None:
    deployment = await entry.deployment()
    assert deployment.entrypoint is not None
    assert ":" not in deployment.entrypoint, "a file path puts the file's folder before our packages"
    loaded: Flow[Any, Any] = load_flow_from_entrypoint(deployment.entrypoint, use_placeholder_flow=False)
    assert loaded.name == entry.flow.name


def test_no_flow_asks_the_server_where_results_are_kept() -> None:
    """Two questions a run, before it begins; and nothing of ours is kept at Prefect."""
    flows = [*(entry.flow for entry in CATALOGUE), *OPENINGS.values()]
    assert {(one.persist_result, one.result_storage) for one in flows} == {
        (NOT_KEPT["persist_result"], NOT_KEPT["result_storage"])
    }
