from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.stages import Stage
from models.tables.columns import choice


class Milestone(SQLModel, table=True):
    """A dated expectation of a project: what was first promised, what is expected, what happened."""

    __table_args__ = (
        UniqueConstraint("project_id", "stage", "code"),
        Index("ix_milestone_actual_forecast", "actual", "forecast"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    stage: Stage = choice(Stage)
    code: str = Field(max_length=40)
    baseline: date
    forecast: date
    actual: date | None = None
    reason: str = Field(default="", max_length=2000)
    """The last reason that was given for moving a date."""
    planned_by: UUID | None = None
    """The move that last planned it: the same move again plans nothing."""
    guarantee_from: date | None = None
    """The provisional acceptance that the forecast is counted from, where it is."""
    revision: int = 1
    """Counts the changes of its dates, so that each is told under a key of its own."""
    told_for: date | None = None
    told_within: int | None = None
    """The last alert: the forecast date it spoke of, and its threshold in days (-1: overdue)."""


class FeastOverride(SQLModel, table=True):
    """A day that an officer has made a feast, or a working day, against the estimated calendar."""

    __tablename__ = "feast_override"

    day: date = Field(primary_key=True)
    feast: bool
    name: str = Field(max_length=120)
    set_by: str = Field(max_length=64)


class RamadanOverride(SQLModel, table=True):
    """The first and last day of a Ramadan as it was sighted. `year` is the Hijri year."""

    __tablename__ = "ramadan_override"
    __table_args__ = (CheckConstraint("first < last", name="first_before_last"),)

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first: date
    last: date
    set_by: str = Field(max_length=64)
