from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.findings import Severity
from models.tables.columns import choice, instant


class ReportFinding(SQLModel, table=True):
    """A place where the report disagrees with itself: both readings, until an officer settles it.

    `subject` is what they disagree about (a code); `lines` are those of the report's Arabic text.
    """

    __tablename__ = "report_finding"
    __table_args__ = (
        CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)"
            " AND (settled_at IS NULL) = (settled_reading IS NULL)",
            name="settled_whole",
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    key: str = Field(max_length=16, unique=True)
    severity: Severity = choice(Severity)
    type: str = Field(max_length=20)
    subject: str = Field(max_length=40)
    overview_ar: str = Field(max_length=1000)
    overview_fr: str = Field(max_length=1000)
    overview_en: str = Field(max_length=1000)
    detail_ar: str = Field(max_length=1000)
    detail_fr: str = Field(max_length=1000)
    detail_en: str = Field(max_length=1000)
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
