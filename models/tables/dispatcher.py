from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.tables.columns import choice, instant


class Orchestrator(StrEnum):
    """Whether the dispatcher reaches the program that runs the flows."""

    READY = "ready"
    AWAY = "away"


class Dispatcher(SQLModel, table=True):
    """The sign of life of the process that carries requests out: one row, renewed while it lives."""

    id: int = Field(default=1, primary_key=True)
    worker: str = Field(max_length=64)
    seen_at: datetime = instant()
    orchestrator: Orchestrator = choice(Orchestrator)
