"""The morning's watch over partners' money: what is due to be called, what is in doubt, what is overdue."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import names
from flows.results import NOT_KEPT
from models.settings import load_settings
from notifications.words import say
from tasks import funding, milestones, outbox


@flow(name=names.FUNDING_WATCH, **NOT_KEPT)
async def funding_watch(even_on_a_feast: bool = False) -> State[str]:
    """Draft the funding calls that are due, and remind of those that are overdue, each once.

    Args:
        even_on_a_feast: Look also on a day on which nobody works.
    """
    language = load_settings().house_language
    if not even_on_a_feast and not await milestones.is_working_day():
        return Completed(name="Feast", message=say("run.funding_feast", language))
    seen = await funding.watch()
    await outbox.deliver()
    reminded = sum(seen.reminded.values())
    drafts = seen.drafts
    message = say(
        "run.funding_watched", language, drafted=drafts.drafted, flagged=drafts.flagged, reminded=reminded
    )
    return Completed(name="Watched", message=message)
