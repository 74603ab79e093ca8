"""The morning's watch over milestones: what is due, what is late, which proposals have lapsed."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import names
from flows.results import NOT_KEPT
from models.settings import load_settings
from notifications.words import say
from tasks import milestones, outbox


@flow(name=names.MILESTONE_WATCH, **NOT_KEPT)
async def milestone_watch(even_on_a_feast: bool = False) -> State[str]:
    """Tell the teams which milestones are near or late, each once.

    Args:
        even_on_a_feast: Look also on a day on which nobody works.
    """
    language = load_settings().house_language
    if not even_on_a_feast and not await milestones.is_working_day():
        return Completed(name="Feast", message=say("run.feast", language))
    seen = await milestones.watch()
    lapsed = await milestones.lapse_proposals()
    await outbox.deliver()
    message = say("run.watched", language, told=seen.told, lapsed=lapsed)
    return Completed(name="Watched", message=message)
