"""One row for every table of a database, whatever its revision: values follow from the columns alone."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    MetaData,
    Table,
    Uuid,
    insert,
    select,
)

_BOOKKEEPING = "alembic_version"
_FIRST_CHOICE = re.compile(r"'(\w+)'")


def fill(connection: Connection) -> Mapping[str, Mapping[str, Any]]:
    """Write one row into every table, parents first; return the rows as they are read back."""
    tables = reflect(connection)
    for table in tables:
        connection.execute(insert(table), _row(connection, table))
    return read(connection)


def read(connection: Connection) -> Mapping[str, Mapping[str, Any]]:
    """Return the one row of every table that has one."""
    rows = {
        table.name: connection.execute(select(table)).mappings().one_or_none()
        for table in reflect(connection)
    }
    return {name: dict(row) for name, row in rows.items() if row is not None}


def reflect(connection: Connection) -> list[Table]:
    """Return the tables as they are in the database, parents first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _BOOKKEEPING]


def _row(connection: Connection, table: Table) -> dict[str, Any]:
    return {
        column.name: _value(connection, table, column, place)
        for place, column in enumerate(table.columns)
        if not column.nullable
    }


def _value(connection: Connection, table: Table, column: Column[Any], place: int) -> Any:
    for key in column.foreign_keys:
        return connection.execute(select(key.column)).scalar_one()
    if (said := _SAID.get((table.name, column.name))) is not None:
        return said
    chosen = _choice(table, column)
    if chosen is not None:
        return chosen
    for kind, value in _OF_KIND:
        if isinstance(column.type, kind):
            return value(place)
    return str(place)


_SAID: Mapping[tuple[str, str], Any] = {("certificate", "gross_centimes"): 4}
"""What no column tells of itself: the account of one centime for each of its parts adds up to one."""

_OF_KIND: tuple[tuple[type[Any], Callable[[int], Any]], ...] = (
    (Boolean, lambda _place: False),
    (Integer, lambda _place: 1),
    (DateTime, lambda place: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=place)),
    (Date, lambda place: date(2026, 1, 1) + timedelta(days=place)),
    (Uuid, lambda _place: UUID(int=1)),
)
"""How a value is made from a column's place; times and dates rise from one column to the next."""


def _choice(table: Table, column: Column[Any]) -> str | None:
    """Return the first value that a column of choices allows."""
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            words = str(constraint.sqltext)
            choices = _FIRST_CHOICE.search(words)
            if choices and re.match(rf"\W*{column.name}\W", words) and ("IN" in words or "ANY" in words):
                return choices[1]
    return None
