"""What entering each stage sets up, as a subflow per stage."""

from collections.abc import Coroutine, Mapping
from typing import Any
from uuid import UUID

from prefect import Flow, flow

from flows.results import NOT_KEPT
from models.rules.stages import Stage
from tasks import moves


async def _open_stage(requests: list[UUID]) -> int:
    """Set up what the stage entered by these moves brings, for one project or for many."""
    return await moves.open_stages(requests)


OPENINGS: Mapping[Stage, Flow[[list[UUID]], Coroutine[Any, Any, int]]] = {
    stage: flow(name=f"open-{stage}", **NOT_KEPT)(_open_stage)
    for stage in Stage
    if stage.preceding is not None
}
