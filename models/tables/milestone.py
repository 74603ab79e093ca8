from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import Index, UniqueConstraint
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


class FeastOverride(SQLModel, table=True):
    """A day that an officer has made a feast, or a working day, against the estimated calendar."""

    __tablename__ = "feast_override"

    day: date = Field(primary_key=True)
    feast: bool
    name: str = Field(max_length=120)
    set_by: str = Field(max_length=64)
