from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.rules.stages import Stage
from models.tables.columns import choice, instant, long_text


class Door(StrEnum):
    """Where a move was asked for."""

    TERMINAL = "terminal"
    PAGE = "page"
    CHAT = "chat"
    PREFECT = "prefect"
    QUORUM = "quorum"


class Outcome(StrEnum):
    """What became of a request; the first answer given stays the answer."""

    WAITING = "waiting"
    MOVED = "moved"
    REFUSED = "refused"
    CONFLICT = "conflict"
    NOT_ALLOWED = "not_allowed"


UNFINISHED = text("(outcome = 'waiting' OR (outcome = 'moved' AND opened_at IS NULL))")
"""A request without an answer, or a move whose opening work was cut short. The inbox is looked at many
times a second and only grows: an index of these few rows alone answers, asked in these very words."""


class MoveRequest(SQLModel, table=True):
    """The inbox: one row for each move asked for. `id` is the request's own, given by the asker."""

    __tablename__ = "move_request"
    __table_args__ = (
        Index(
            "ix_move_request_unfinished",
            "asked_at",
            "id",
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
    )

    id: UUID = Field(primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    entered: Stage = choice(Stage, check="entered_stage")
    asked_by: str = Field(max_length=64)
    asked_at: datetime = instant()
    door: Door = choice(Door)
    outcome: Outcome = choice(Outcome, default=Outcome.WAITING)
    answer: str = long_text(default="", description="JSON: code, details and verdicts of the outcome")
    settled_at: datetime | None = instant(default=None, nullable=True)
    opened_at: datetime | None = instant(default=None, nullable=True)
    """When the stage's opening work was done; a moved request without it is taken up again."""
    claimed_by: str | None = Field(default=None, max_length=64)
    claimed_until: datetime | None = instant(default=None, nullable=True)
    attempts: int = 0


class StageChange(SQLModel, table=True):
    """A move that happened. `request` is unique: the same request twice moves a project once."""

    __tablename__ = "stage_change"
    __table_args__ = (UniqueConstraint("request"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    request: UUID
    left: Stage = choice(Stage, check="left_stage")
    entered: Stage = choice(Stage, check="entered_stage")
    moved_by: str = Field(max_length=64)
    moved_at: datetime = instant()
    reason: str = Field(default="", max_length=2000)
