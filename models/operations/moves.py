"""The inbox: a move asked for, claimed by a worker, carried out once, answered for good."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.operations.additions import add_missing
from models.queries.moves import FREE
from models.queries.people import find_actor
from models.queries.projects import find_project, place_of
from models.rules.authority import Action, authorize
from models.rules.errors import CentreError
from models.rules.gates import Owner, Verdict
from models.rules.lacks import Lack
from models.rules.stages import Stage, check_step
from models.tables import Door, MoveRequest, Outcome, Project

LEASE = timedelta(seconds=60)


class RequestReused(CentreError):
    """A request id came back for another move. Details: request, project, entered."""

    code = "request_reused"


@dataclass(frozen=True, slots=True)
class MoveAnswer:
    """What became of a move. `details` are plain JSON values.

    `verdicts` are those of the gate, when it was asked: of a move as of a refusal.
    """

    request: UUID
    project: str
    left: Stage
    entered: Stage
    outcome: Outcome
    code: str
    details: dict[str, Any] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A request that a worker holds for the time of a lease."""

    request: UUID
    project: str
    entered: Stage
    asked_by: str


def ask(
    session: Session,
    *,
    request: UUID,
    project: str,
    entered: Stage,
    asked_by: str,
    door: Door,
    at: datetime,
) -> MoveRequest:
    """Put a move into the inbox; the same request again returns the row that is there.

    Raises: UnknownKey, NotAllowed, IllegalStep for a stage that can never follow, RequestReused.
    Source: docs/rules.md, L5.
    """
    found = find_project(session, project)
    row = session.get(MoveRequest, request)
    if row is None:
        authorize(find_actor(session, asked_by), Action.ADVANCE, place_of(found))
        if not found.stage.reaches(entered):
            check_step(found.stage, entered)
        row = take_in(session, request, found, entered, asked_by, door, at)
    if (row.project_id, row.entered, row.asked_by) != (found.id, entered, asked_by):
        raise RequestReused(request=str(request), project=found.key, entered=entered)
    return row


def take_in(
    session: Session,
    request: UUID,
    project: Project,
    entered: Stage,
    asked_by: str,
    door: Door,
    at: datetime,
) -> MoveRequest:
    """Write a request once, however many ask at the same time; return the row that is there then."""
    asked = MoveRequest(
        id=request, project_id=project.id, entered=entered, asked_by=asked_by, asked_at=at, door=door
    )
    add_missing(session, MoveRequest, [asked.model_dump()])
    return session.get_one(MoveRequest, request)


def claim(
    session: Session, *, worker: str, at: datetime, limit: int, only: Sequence[UUID] | None = None
) -> list[Claimed]:
    """Take requests that wait, or whose opening work was cut short, for the time of a lease.

    Source: docs/rules.md, L7.
    """
    query = (
        select(col(MoveRequest.id), col(Project.key), col(MoveRequest.entered), col(MoveRequest.asked_by))
        .join(Project, col(Project.id) == col(MoveRequest.project_id))
        .where(*FREE)
        .order_by(col(MoveRequest.asked_at), col(MoveRequest.id))
        .limit(limit)
    )
    if only is not None:
        query = query.where(col(MoveRequest.id).in_(only))
    query = query.with_for_update(of=MoveRequest, skip_locked=True)
    taken = [Claimed(*row) for row in session.exec(query, params={"now": at})]
    held = {"claimed_by": worker, "claimed_until": at + LEASE, "attempts": col(MoveRequest.attempts) + 1}
    session.exec(
        update(MoveRequest)
        .where(col(MoveRequest.id).in_([claimed.request for claimed in taken]))
        .values(**held)
    )
    return taken


def mark_opened(session: Session, *, requests: Sequence[UUID], at: datetime) -> None:
    """Note that the stages' opening work is done, so that nobody takes the requests up again."""
    session.exec(update(MoveRequest).where(col(MoveRequest.id).in_(requests)).values(opened_at=at))


def recorded(row: MoveRequest, project: Project) -> MoveAnswer:
    """Return the answer that a settled request keeps."""
    kept = json.loads(row.answer)
    return MoveAnswer(
        request=row.id,
        project=project.key,
        left=Stage(kept["left"]),
        entered=row.entered,
        outcome=row.outcome,
        code=kept["code"],
        details=kept["details"],
        verdicts=tuple(_verdict(verdict) for verdict in kept["verdicts"]),
    )


def _verdict(kept: dict[str, Any]) -> Verdict:
    """Read a verdict; those of before the books were asked say nothing of what exactly is missing."""
    lacks = tuple(Lack(one["code"], one["details"]) for one in kept.get("lacks", ()))
    return Verdict(**{**kept, "owner": Owner(kept["owner"]), "lacks": lacks})
