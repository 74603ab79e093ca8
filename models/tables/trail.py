from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from models.tables.columns import instant, long_text


class TrailEntry(SQLModel, table=True):
    """One thing that happened: append-only (triggers refuse change) and chained by hashes."""

    __tablename__ = "trail"

    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = instant()
    actor: str = Field(max_length=64)
    kind: str = Field(max_length=40)
    project_id: UUID | None = Field(default=None, index=True)
    payload: str = long_text()
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class TrailHead(SQLModel, table=True):
    """The end of the chain: one row, so that a trail cut short at its end is noticed."""

    __tablename__ = "trail_head"

    id: int = Field(default=1, primary_key=True)
    sequence: int
    hash: str = Field(max_length=64)
