from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.deliveries import MOST_ATTEMPTS
from models.tables.columns import choice, instant, long_text


class Parcel(SQLModel, table=True):
    """The outbox: a fact that people must hear of, written in the commit that made it true.

    `key` is unique, so that the same fact is told once. `payload` is JSON: codes and values, no words.
    `id` rises in the order of writing, which no clock can disturb.
    """

    __tablename__ = "outbox"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=160, unique=True)
    kind: str = Field(max_length=40)
    project_id: UUID | None = Field(default=None, foreign_key="project.id")
    payload: str = long_text()
    created_at: datetime = instant()
    addressed_at: datetime | None = instant(default=None, nullable=True, index=True)
    """When its deliveries were written; None while nobody has looked up the channels."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Delivery(SQLModel, table=True):
    """One parcel on its way to one channel in one language; `sequence` is its place in the thread.

    `thread` names channel, language and project in one text: what shares it goes out in order.
    """

    __table_args__ = (
        UniqueConstraint("parcel_id", "channel", "language"),
        Index("ix_delivery_state_thread", "state", "thread", "sequence"),
        Index("ix_delivery_state_channel", "state", "channel", "sequence", "thread"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    parcel_id: int = Field(foreign_key="outbox.id", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id")
    channel: str = Field(max_length=80)
    language: str = Field(max_length=2)
    thread: str = Field(max_length=128)
    sequence: int
    state: DeliveryState = choice(DeliveryState, default=DeliveryState.PENDING)
    attempts: int = 0
    attempts_allowed: int = MOST_ATTEMPTS
    first_tried_at: datetime | None = instant(default=None, nullable=True)
    claimed_by: str | None = Field(default=None, max_length=64)
    claimed_until: datetime | None = instant(default=None, nullable=True)
    not_before: datetime | None = instant(default=None, nullable=True)
    sent_at: datetime | None = instant(default=None, nullable=True)
    provider_id: str = Field(default="", max_length=64)


class DeliveryAttempt(SQLModel, table=True):
    """One try at a delivery and what came of it: ids and codes, never a token or a text."""

    __tablename__ = "delivery_attempt"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    delivery_id: UUID = Field(foreign_key="delivery.id", index=True)
    at: datetime = instant()
    outcome: str = Field(max_length=40)
    detail: str = Field(default="", max_length=300)


class ChatThread(SQLModel, table=True):
    """The first message about a project in a channel and language; the later ones answer it."""

    __tablename__ = "chat_thread"
    __table_args__ = (UniqueConstraint("channel", "language", "project_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    channel: str = Field(max_length=80)
    language: str = Field(max_length=2)
    project_id: UUID = Field(foreign_key="project.id")
    provider_id: str = Field(max_length=64)


class FeedMessage(SQLModel, table=True):
    """A message of the local feed, which stands in for chat where no token is set."""

    __tablename__ = "feed_message"

    id: UUID = Field(primary_key=True)
    """The delivery's id: the same delivery cannot be posted twice."""
    channel: str = Field(max_length=80)
    language: str = Field(max_length=2)
    thread: str = Field(default="", max_length=64)
    text: str = long_text()
    blocks: str = long_text()
    posted_at: datetime = instant(index=True)
