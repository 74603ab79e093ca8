"""Moving many projects in one run: a few to a commit, one progress bar, one list of refusals."""

import asyncio
from collections import defaultdict
from uuid import UUID

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import names
from flows.openings import OPENINGS
from flows.results import NOT_KEPT
from models.operations.moves import MoveAnswer
from models.rules.stages import Stage
from models.settings import load_settings
from models.tables import Outcome
from notifications.words import say
from tasks import moves, outbox, reports

CHUNK = 100
MOST_IN_A_RUN = 1000
"""Requests given to one run: Prefect takes half a megabyte of parameters, no more."""


@flow(name=names.ADVANCE_MANY, **NOT_KEPT)
async def advance_many(requests: list[UUID] | None = None) -> State[str]:
    """Carry out the requests of the inbox together.

    Args:
        requests: Leave empty to carry out everything that waits, as after a crash.
    """
    language = load_settings().house_language
    pending = requests if requests is not None else await moves.claim_waiting()
    bar = await reports.start_progress(len(pending))
    answers: list[MoveAnswer] = []
    for start in range(0, len(pending), CHUNK):
        carried, _ = await asyncio.gather(
            moves.carry_out_each(pending[start : start + CHUNK]),
            reports.show_progress(bar, start, len(pending)),
        )
        answers += carried
    await reports.show_progress(bar, len(pending), len(pending))
    for entered, moved in _by_stage(answers).items():
        for start in range(0, len(moved), MOST_IN_A_RUN):
            await OPENINGS[entered](moved[start : start + MOST_IN_A_RUN])
    await outbox.deliver()
    stayed = [answer for answer in answers if answer.outcome is not Outcome.MOVED]
    if stayed:
        await reports.leave_refusals(stayed, language)
    message = say("run.many", language, moved=len(answers) - len(stayed), stayed=len(stayed))
    return Completed(name="Answered", message=message)


def _by_stage(answers: list[MoveAnswer]) -> dict[Stage, list[UUID]]:
    moved: dict[Stage, list[UUID]] = defaultdict(list)
    for answer in answers:
        if answer.outcome is Outcome.MOVED:
            moved[answer.entered].append(answer.request)
    return moved
