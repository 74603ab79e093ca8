"""The local feed: messages in a table of ours, where no chat is set up."""

import html
import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from models import clock, db
from models.operations.additions import add_missing
from models.tables import FeedMessage
from notifications.senders import Letter


class Feed:
    """Posts into the table feed_message, whose key is the delivery's id: nothing is there twice."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = clock.now) -> None:
        self._engine = engine
        self._now = now

    def find(self, letter: Letter) -> str | None:
        """Return the id of the message if it was posted."""
        with db.reading(self._engine) as session:
            return str(letter.delivery) if session.get(FeedMessage, letter.delivery) else None

    def send(self, letter: Letter) -> str:
        """Post the message; one that is there already stays as it is."""
        with db.transaction(self._engine) as session:
            message = {
                "id": letter.delivery,
                "channel": letter.channel,
                "language": letter.language,
                "thread": letter.thread,
                "text": letter.text,
                "blocks": json.dumps(list(letter.blocks), ensure_ascii=False),
                "posted_at": self._now(),
            }
            add_missing(session, FeedMessage, [message])
        return str(letter.delivery)


def as_shown(text: str) -> str:
    """Return a message's text as chat would show it, with its escaped characters back in place."""
    return html.unescape(text)
