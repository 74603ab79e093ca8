"""What entering each stage sets up, as a subflow per stage."""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from prefect import Flow, flow

from models.operations.moves import MoveAnswer
from models.rules.stages import Stage
from tasks import moves


async def _open_stage(moved: Sequence[MoveAnswer]) -> int:
    """Set up the milestones of the stage entered, for one project or for many."""
    return await moves.open_stages(moved)


OPENINGS: Mapping[Stage, Flow[[Sequence[MoveAnswer]], Coroutine[Any, Any, int]]] = {
    stage: flow(name=f"open-{stage}", validate_parameters=False)(_open_stage)
    for stage in Stage
    if stage.preceding is not None
}
