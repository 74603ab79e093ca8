"""Writing to the trail: the one way in, and always the last lock a transaction takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, text, update
from sqlmodel import Session

from models.rules.trail import GENESIS, canonical, seal
from models.tables import TrailEntry, TrailHead
from models.tables.columns import table_of

OfProject = tuple[UUID | None, Mapping[str, Any]]
"""A project, or none, and the payload of its entry."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that happened. `payload` holds the new values, enough to rebuild the state."""

    at: datetime
    actor: str
    kind: str
    project: UUID | None
    payload: Mapping[str, Any]


def record(
    session: Session,
    *,
    at: datetime,
    actor: str,
    kind: str,
    project: UUID | None = None,
    payload: Mapping[str, Any],
) -> None:
    """Append what happened to the chain."""
    record_all(session, [Noted(at, actor, kind, project, payload)])


def record_each(
    session: Session, *, at: datetime, actor: str, kind: str, entries: Sequence[OfProject]
) -> None:
    """Append one entry of the same kind for each project."""
    record_all(session, [Noted(at, actor, kind, project, payload) for project, payload in entries])


def record_all(session: Session, entries: Sequence[Noted]) -> None:
    """Append entries in few statements: the same chain as one by one."""
    if not entries:
        return
    session.flush()
    sequence, link = _take_head(session)
    rows = []
    for entry in entries:
        sequence, content, previous = sequence + 1, canonical(entry.payload), link
        link = seal(sequence, entry.at, entry.actor, entry.kind, entry.project, content, previous)
        row = {
            "sequence": sequence,
            "at": entry.at,
            "actor": entry.actor,
            "kind": entry.kind,
            "project_id": entry.project,
            "payload": content,
            "previous": previous,
            "hash": link,
        }
        rows.append(row)
    connection = session.connection()
    connection.execute(_APPEND, rows if len(rows) > 1 else rows[0])
    connection.execute(_MOVE_HEAD, {"to": sequence, "sealed": link})


# Written once, and run beside the session's unit of work: this is the hot end of every change.
_HEAD = table_of(TrailHead)
_FIND_HEAD = select(_HEAD.c.sequence, _HEAD.c.hash).with_for_update()
_APPEND = insert(table_of(TrailEntry))
_MOVE_HEAD = update(_HEAD).values(sequence=bindparam("to"), hash=bindparam("sealed"))
_BEGIN = text("INSERT INTO trail_head (id, sequence, hash) VALUES (1, 0, :genesis) ON CONFLICT DO NOTHING")


def _take_head(session: Session) -> tuple[int, str]:
    """Hold the end of the chain until the transaction ends; the first time, make it."""
    connection = session.connection()
    head = connection.execute(_FIND_HEAD).first()
    if head is None:
        connection.execute(_BEGIN, {"genesis": GENESIS})
        head = connection.execute(_FIND_HEAD).one()
    return head.sequence, head.hash
