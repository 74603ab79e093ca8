"""The morning's watch over money: calls due, in doubt and overdue, and what is amiss with any project's."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import names
from flows.results import NOT_KEPT
from models.settings import load_settings
from notifications.alert_report import in_words
from notifications.words import say
from tasks import funding, milestones, money_alerts, outbox


@flow(name=names.FUNDING_WATCH, **NOT_KEPT)
async def funding_watch(even_on_a_feast: bool = False) -> State[str]:
    """Draft the calls that are due, remind of those that are overdue, tell what is amiss, each once.

    Args:
        even_on_a_feast: Look also on a day on which nobody works.
    """
    language = load_settings().house_language
    if not even_on_a_feast and not await milestones.is_working_day():
        return Completed(name="Feast", message=say("run.funding_feast", language))
    seen = await funding.watch()
    alerts = await money_alerts.raise_alerts()
    await outbox.deliver()
    reminded = sum(seen.reminded.values())
    drafts = seen.drafts
    message = say(
        "run.funding_watched", language, drafted=drafts.drafted, flagged=drafts.flagged, reminded=reminded
    )
    return Completed(name="Watched", message=f"{message} {in_words(alerts.told, language)}")
