"""Looks that leave no other trace: when each began."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from models.operations.additions import add_missing
from models.tables import Look
from models.tables.columns import table_of


def note_look(session: Session, *, name: str, at: datetime) -> None:
    """Keep when a look began; one that began earlier changes nothing.

    Source: docs/rules.md, R43.
    """
    table = table_of(Look)
    add_missing(session, Look, [{"name": name, "looked_at": at}], "name")
    session.connection().execute(
        update(table).where(table.c.name == name, table.c.looked_at < at).values(looked_at=at)
    )
