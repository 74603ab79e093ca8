"""The few column shapes that all tables share."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Enum, MetaData, Table, Text
from sqlmodel import Field, SQLModel

from models.db import UtcDateTime

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


def choice(members: type[StrEnum], check: str = "", **kwargs: Any) -> Any:
    """A text column that holds one of the members, checked by the database too.

    `check` names the constraint where one table has two columns of the same members.
    """
    kind = Enum(
        members,
        native_enum=False,
        length=32,
        create_constraint=True,
        name=check or members.__name__.lower(),
        values_callable=lambda enum: [member.value for member in enum],
    )
    return Field(sa_type=kind, **kwargs)


def instant(**kwargs: Any) -> Any:
    """A moment in time, stored as UTC."""
    return Field(sa_type=UtcDateTime, **kwargs)


def long_text(**kwargs: Any) -> Any:
    """A text without an end."""
    return Field(sa_type=Text, **kwargs)


def centimes(**kwargs: Any) -> Any:
    """An amount in whole centimes."""
    return Field(sa_type=BigInteger, **kwargs)


def not_both(name: str, left: str, right: str) -> CheckConstraint:
    """Keep one person from standing in two columns of a row."""
    return CheckConstraint(f"{left} IS NULL OR {right} IS NULL OR {left} <> {right}", name=name)


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a row class, for statements that need no rows."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
