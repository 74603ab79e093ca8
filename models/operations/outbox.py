"""Handing a fact to the outbox, in the transaction that made it true."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from models.rules.trail import canonical
from models.tables import Parcel
from models.tables.columns import table_of


def tell(
    session: Session,
    *,
    key: str,
    kind: str,
    project: UUID | None,
    at: datetime,
    payload: Mapping[str, Any],
) -> None:
    """Leave a parcel for the channels. `key` makes the fact one; `payload` has codes, no words."""
    session.flush()
    parcel = {
        "key": key,
        "kind": kind,
        "project_id": project,
        "payload": canonical(payload),
        "created_at": at,
    }
    session.connection().execute(_LEAVE, parcel)


_LEAVE = insert(table_of(Parcel))
