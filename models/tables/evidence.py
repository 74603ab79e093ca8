from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.tables.columns import centimes, instant


class Evidence(SQLModel, table=True):
    """One piece of a dossier. `value` is in hundredths of the type's unit.

    A newer piece of the same code supersedes the older one, which is kept; the database allows
    one current piece per code.
    """

    __table_args__ = (
        CheckConstraint("value >= 0", name="value_not_negative"),
        Index(
            "uq_evidence_current",
            "project_id",
            "code",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    code: str = Field(max_length=40)
    dated: date
    value: int | None = centimes(default=None, nullable=True)
    reference: str = Field(default="", max_length=200)
    stored_file_id: UUID | None = Field(default=None, foreign_key="stored_file.id")
    sample: bool = False
    added_by: str = Field(max_length=64)
    added_at: datetime = instant()
    superseded_at: datetime | None = instant(default=None, nullable=True)


class StoredFile(SQLModel, table=True):
    """A file kept in the evidence folder under a random name. Unit: bytes."""

    __tablename__ = "stored_file"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    stored_name: str = Field(max_length=64, unique=True)
    original_name: str = Field(max_length=255)
    media_type: str = Field(max_length=100)
    size: int = centimes()
    sha256: str = Field(max_length=64, index=True)
    added_by: str = Field(max_length=64)
    added_at: datetime = instant()
