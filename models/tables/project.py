from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.stages import Stage, Status
from models.tables.columns import centimes, choice, instant


class Project(SQLModel, table=True):
    """A centre project. Units: minor units of `currency`; `beds` is a count of boarding places."""

    __table_args__ = (
        CheckConstraint("budget_centimes > 0", name="budget_positive"),
        CheckConstraint("foundation_share_centimes >= 0", name="share_not_negative"),
        CheckConstraint("gap_centimes >= 0", name="gap_not_negative"),
        CheckConstraint("beds >= 0", name="beds_not_negative"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    key: str = Field(max_length=64, unique=True)
    name_ar: str = Field(max_length=300)
    name_fr: str = Field(max_length=300)
    name_en: str = Field(max_length=300)
    sector: Sector = choice(Sector, index=True)
    kind: str = Field(max_length=40)
    beds: int = 0
    province: str = Field(max_length=40, index=True)
    region: str = Field(max_length=40, index=True)
    site_ar: str = Field(default="", max_length=300)
    site_fr: str = Field(default="", max_length=300)
    stage: Stage = choice(Stage, index=True)
    status: Status = choice(Status)
    stage_since: datetime = instant()
    suspended_at: datetime | None = instant(default=None, nullable=True)
    version: int = 1
    budget_centimes: int = centimes()
    currency: str = Field(default="MAD", max_length=3)
    foundation_share_centimes: int | None = centimes(default=None, nullable=True)
    gap_centimes: int | None = centimes(default=None, nullable=True)
    gap_plan: str = Field(default="", max_length=2000)
    gap_stated_on: date | None = None
    sample: bool = False
    source: str = Field(default="", max_length=200)
    registered_at: datetime = instant()

    @property
    def budget(self) -> Money:
        return Money(self.budget_centimes, self.currency)

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)
