from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.authority import Role
from models.tables.columns import choice, instant


class Person(SQLModel, table=True):
    """A local user. `sample`: made for the demonstration, nobody real."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    login: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=120)
    language: str = Field(default="fr", max_length=2)
    sample: bool = False
    disabled_at: datetime | None = instant(default=None, nullable=True)


class RoleGrant(SQLModel, table=True):
    """A role of a person: over everything, one region, or one project, never both limits."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("person_id", "role", "region", "project_id"),
        CheckConstraint("region IS NULL OR project_id IS NULL", name="one_limit"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    role: Role = choice(Role)
    region: str | None = Field(default=None, max_length=40)
    project_id: UUID | None = Field(default=None, foreign_key="project.id")


class Duty(SQLModel, table=True):
    """Who is named for what on a project: one person for each duty at a time."""

    __table_args__ = (UniqueConstraint("project_id", "duty"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    duty: str = Field(max_length=20)
    person_id: UUID = Field(foreign_key="person.id")
