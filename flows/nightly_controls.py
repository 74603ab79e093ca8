"""The night's controls: what breaks a rule of the books is listed, and told once."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import names
from flows.results import NOT_KEPT
from models.settings import load_settings
from notifications.words import say
from tasks import controls, outbox


@flow(name=names.NIGHTLY_CONTROLS, **NOT_KEPT)
async def nightly_controls() -> State[str]:
    """Control the books of every project, leave the list of breaches, tell each new one."""
    language = load_settings().house_language
    report = await controls.control()
    await controls.leave_offences(report.offences, language)
    await outbox.deliver()
    message = say("run.controlled", language, found=len(report.offences), told=report.told)
    return Completed(name="Controlled", message=message)
