"""What a run leaves behind for people to read in Prefect."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect import task
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from models.operations.moves import MoveAnswer
from notifications.gate_report import as_markdown, as_rows


@task(cache_policy=NO_CACHE)
async def leave_gate_report(answer: MoveAnswer, language: str) -> None:
    """Leave the gate's verdicts on the run, under a key that keeps a project's reports together."""
    await acreate_markdown_artifact(
        as_markdown(answer, language), key=f"gate-{answer.project}".lower(), description=answer.outcome
    )


async def name_run(name: str) -> None:
    """Give the run a name that people know; done late, for it must not hold a move."""
    async with get_client() as client:
        await client.update_flow_run(UUID(str(flow_run.id)), name=name)


async def start_progress(total: int, key: str = "advance-many") -> UUID:
    """Open the progress bar of a run that takes a while."""
    return await acreate_progress_artifact(0.0, key=key, description=f"0 / {total}")


async def show_progress(bar: UUID, done: int, total: int) -> None:
    """Move the bar on."""
    await aupdate_progress_artifact(bar, 100.0 * done / max(total, 1), description=f"{done} / {total}")


@task(cache_policy=NO_CACHE)
async def leave_refusals(answers: Sequence[MoveAnswer], language: str) -> None:
    """Leave the list of who did not move, and why."""
    rows: list[dict[str, Any]] = as_rows(answers, language)
    await acreate_table_artifact(rows, key="advance-many-refused", description=str(len(rows)))
