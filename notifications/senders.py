"""What carries a message to people: what it must be able to do, and which one the settings choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Engine

from models.settings import Settings

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for one channel. `thread`: provider id of the message it answers, or "".

    `since`: when the first attempt was made; nothing earlier can be this message.
    """

    delivery: UUID
    channel: str
    language: str
    thread: str
    since: datetime
    text: str
    blocks: Sequence[Block]


class SendFailed(Exception):
    """A message was not taken, or nobody knows whether it was.

    `outcome` is a code, `detail` never holds a token or a text. `retry_after` (seconds) is what the
    provider asked for. `permanent`: asking again would get the same answer.
    """

    def __init__(
        self, outcome: str, detail: str = "", retry_after: float | None = None, permanent: bool = False
    ) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.detail = detail
        self.retry_after = retry_after
        self.permanent = permanent


class Sender(Protocol):
    """A way to people. Both calls may block; they are made outside any transaction."""

    def find(self, letter: Letter) -> str | None:
        """Return the provider's id of this very message, if an earlier attempt did arrive.

        Raises: SendFailed.
        """
        ...

    def send(self, letter: Letter) -> str:
        """Post the message and return the provider's id of it.

        Raises: SendFailed.
        """
        ...


def open_sender(settings: Settings, engine: Engine) -> Sender:
    """Return Slack where a token is set, the local feed otherwise."""
    token = settings.slack_token.get_secret_value()
    if not token:
        from notifications.feed import Feed

        return Feed(engine)
    from notifications.slack import open_slack

    return open_slack(token, settings.slack_api_url, settings.slack_seconds_between_posts)
