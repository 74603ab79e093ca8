"""Handing a fact to the outbox, in the transaction that made it true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from models.rules.trail import canonical
from models.tables import Parcel
from models.tables.columns import table_of


@dataclass(frozen=True, slots=True)
class Told:
    """A fact for the channels. `key` makes it one; `payload` has codes, no words."""

    key: str
    kind: str
    project: UUID | None
    at: datetime
    payload: Mapping[str, Any]


def tell(
    session: Session,
    *,
    key: str,
    kind: str,
    project: UUID | None,
    at: datetime,
    payload: Mapping[str, Any],
) -> None:
    """Leave a parcel for the channels."""
    tell_all(session, [Told(key, kind, project, at, payload)])


def tell_all(session: Session, facts: Sequence[Told]) -> None:
    """Leave parcels in their order, in one statement."""
    if not facts:
        return
    session.flush()
    parcels = [
        {
            "key": fact.key,
            "kind": fact.kind,
            "project_id": fact.project,
            "payload": canonical(fact.payload),
            "created_at": fact.at,
        }
        for fact in facts
    ]
    session.connection().execute(_LEAVE, parcels if len(parcels) > 1 else parcels[0])


_LEAVE = insert(table_of(Parcel))
