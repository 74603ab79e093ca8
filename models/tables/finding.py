from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import instant


class ReportFinding(SQLModel, table=True):
    """A place where the report disagrees with itself: both readings, until an officer settles it."""

    __tablename__ = "report_finding"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    key: str = Field(max_length=16, unique=True)
    severity: str = Field(max_length=1)
    type: str = Field(max_length=20)
    subject: str = Field(max_length=40)
    overview: str = Field(max_length=1000)
    detail: str = Field(max_length=1000)
    lines: str = Field(max_length=200)
    settled_reading: str | None = Field(default=None, max_length=1000)
    settled_by: str | None = Field(default=None, max_length=64)
    settled_at: datetime | None = instant(default=None, nullable=True)
    reason: str = Field(default="", max_length=2000)


class FindingProject(SQLModel, table=True):
    """A project that a finding is about."""

    __tablename__ = "finding_project"
    __table_args__ = (UniqueConstraint("finding_id", "project_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    finding_id: UUID = Field(foreign_key="report_finding.id", index=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
