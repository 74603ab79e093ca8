"""Moving one project a stage on: the gate asked, the stage changed, its work opened, people told."""

import asyncio
from uuid import UUID

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from flows import names
from flows.openings import OPENINGS
from flows.results import NOT_KEPT
from models.rules.errors import CentreError
from models.rules.stages import Stage
from models.settings import load_settings
from models.tables import Outcome
from notifications.gate_report import in_a_line
from notifications.words import sentence
from tasks import moves, outbox, reports


@flow(name=names.ADVANCE_PROJECT, **NOT_KEPT)
async def advance_project(
    project: str, to: Stage, asked_by: str, request: UUID | None = None
) -> State[str]:
    """Move a project to its next stage, if the gate is open.

    Args:
        project: The key of the project, such as tamesna-complex.
        to: The stage to enter. It must be the one that follows.
        asked_by: Your login. You need the right to advance this project.
        request: Leave empty. The request of the inbox that this run carries out.
    """
    language = load_settings().house_language
    if request is None:
        request = UUID(str(flow_run.id))
        try:
            await moves.take_in(project, to, asked_by, request)
        except CentreError as error:
            return _ended("NotAccepted", sentence(error, language))
    answer = await moves.carry_out(request)
    if answer.outcome is Outcome.MOVED:
        await asyncio.gather(OPENINGS[answer.entered]([request]), outbox.deliver())
    await asyncio.gather(
        outbox.deliver(),
        reports.leave_gate_report(answer, language),
        reports.name_run(f"{project} → {to}"),
    )
    return _ended(_STATES[answer.outcome], in_a_line(answer, language))


_STATES = {
    Outcome.MOVED: "Moved",
    Outcome.REFUSED: "Refused",
    Outcome.CONFLICT: "Overtaken",
    Outcome.NOT_ALLOWED: "NotAllowed",
}


def _ended(name: str, message: str) -> State[str]:
    """End the run in a named, readable state: an answer is no failure, whatever it says."""
    return Completed(name=name, message=message)
