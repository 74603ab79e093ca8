from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import instant


class ContractorName(SQLModel, table=True):
    """Another name of a contractor: Arabic, French, of trade or short. `source`: where it is known from.

    `contractor` and `folded` are what the spellings of the contracts' name, and of this one, share. A
    name that was taken away stays, so that no file brings it in again.
    """

    __tablename__ = "contractor_name"
    __table_args__ = (
        UniqueConstraint("contractor", "folded"),
        CheckConstraint("contractor <> folded", name="another_name"),
        CheckConstraint("(removed_at IS NULL) = (removed_by IS NULL)", name="removed_whole"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contractor: str = Field(max_length=300)
    name: str = Field(max_length=300)
    folded: str = Field(max_length=300, index=True)
    source: str = Field(default="", max_length=200)
    written_by: str = Field(max_length=64)
    written_at: datetime = instant()
    removed_by: str | None = Field(default=None, max_length=64)
    removed_at: datetime | None = instant(default=None, nullable=True)
