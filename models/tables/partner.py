from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.dossier import is_programmed
from models.rules.money import Money
from models.tables.columns import centimes


class Partner(SQLModel, table=True):
    """A body that takes part in projects. `placeholder`: stands for one the source does not name."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    key: str = Field(max_length=64, unique=True)
    name_ar: str = Field(max_length=300)
    name_fr: str = Field(max_length=300)
    name_en: str = Field(max_length=300)
    type: str = Field(max_length=40)
    placeholder: bool = False
    source: str = Field(default="", max_length=200)

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


class PartnerAlias(SQLModel, table=True):
    """A spelling under which a partner is met, with its folded form for comparison.

    `qualified` is false where the spelling fits several such bodies (a directorate without its region):
    it then means this partner only in a project that has the partner.
    """

    __tablename__ = "partner_alias"
    __table_args__ = (UniqueConstraint("partner_id", "spelling"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    partner_id: UUID = Field(foreign_key="partner.id", index=True)
    spelling: str = Field(max_length=300)
    folded: str = Field(max_length=300, index=True)
    qualified: bool = True


class Partnership(SQLModel, table=True):
    """A partner's part in a project. `reading`: where the report says so (overview, detail, both).

    `retained` turns false when a finding is settled against this reading.
    """

    __table_args__ = (UniqueConstraint("project_id", "partner_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    partner_id: UUID = Field(foreign_key="partner.id", index=True)
    reading: str = Field(default="both", max_length=20)
    retained: bool = True
    source: str = Field(default="", max_length=200)


class Commitment(SQLModel, table=True):
    """What a partner has promised for one project. Unit: minor units of `currency`.

    A promise in kind may be of nothing in money; one in cash may not.
    """

    __table_args__ = (
        CheckConstraint("amount_centimes > 0 OR (in_kind AND amount_centimes = 0)", name="amount_positive"),
        UniqueConstraint("project_id", "partner_id", "reference"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    partner_id: UUID = Field(foreign_key="partner.id", index=True)
    reference: str = Field(max_length=64)
    amount_centimes: int = centimes()
    currency: str = Field(default="MAD", max_length=3)
    in_kind: bool = False
    signed_on: date | None = None
    budget_year: int | None = None
    budget_line: str = Field(default="", max_length=64)
    convention_id: UUID | None = Field(default=None, foreign_key="convention.id", index=True)

    @property
    def amount(self) -> Money:
        return Money(self.amount_centimes, self.currency)

    @property
    def programmed(self) -> bool:
        return is_programmed(self.in_kind, self.budget_year, self.budget_line)
