"""Sending what the outbox holds: each minute, at start, and as the net under every other flow."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import names
from flows.results import NOT_KEPT
from models.settings import load_settings
from notifications.words import say
from tasks import outbox


@flow(name=names.OUTBOX_DELIVERY, **NOT_KEPT)
async def outbox_delivery() -> State[str]:
    """Send every alert that waits, in order, each once."""
    language = load_settings().house_language
    report = await outbox.deliver()
    message = say(
        "run.delivered", language, sent=report.sent, waiting=report.waiting, given_up=report.given_up
    )
    return Completed(name="Delivered", message=message)
