"""The inbox: a move asked for, claimed by a worker, carried out once, answered for good."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select, update

from models.clock import local_day
from models.operations import outbox, trail
from models.queries.dossiers import live_proposal, load_dossier
from models.queries.people import find_actor
from models.queries.projects import find_project, place_of
from models.rules.approvals import ProposalState
from models.rules.authority import Action, NotAllowed, authorize
from models.rules.errors import CentreError
from models.rules.gates import StageRefused, Verdict, check_gate
from models.rules.stages import IllegalStep, NotActive, Stage, Status, check_active, check_step
from models.rules.trail import canonical
from models.tables import Door, MoveRequest, Outcome, Project, StageChange

LEASE = timedelta(seconds=60)


class RequestReused(CentreError):
    """A request id came back for another move. Details: request, project, entered."""

    code = "request_reused"


@dataclass(frozen=True, slots=True)
class MoveAnswer:
    """What became of a move. `details` are plain JSON values; `verdicts` stand on a refusal."""

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
    """
    known = session.get(MoveRequest, request)
    found = find_project(session, project)
    if known is not None:
        if (known.project_id, known.entered, known.asked_by) != (found.id, entered, asked_by):
            raise RequestReused(request=str(request), project=project, entered=entered)
        return known
    authorize(find_actor(session, asked_by), Action.ADVANCE, place_of(found))
    if not found.stage.reaches(entered):
        check_step(found.stage, entered)
    row = MoveRequest(
        id=request, project_id=found.id, entered=entered, asked_by=asked_by, asked_at=at, door=door
    )
    session.add(row)
    return row


def claim(
    session: Session, *, worker: str, at: datetime, limit: int, only: Sequence[UUID] | None = None
) -> list[Claimed]:
    """Take requests that wait, or whose opening work was cut short, for the time of a lease."""
    free = or_(col(MoveRequest.claimed_until).is_(None), col(MoveRequest.claimed_until) < at)
    unfinished = or_(
        col(MoveRequest.outcome) == Outcome.WAITING,
        (col(MoveRequest.outcome) == Outcome.MOVED) & col(MoveRequest.opened_at).is_(None),
    )
    query = (
        select(MoveRequest, col(Project.key))
        .join(Project, col(Project.id) == col(MoveRequest.project_id))
        .where(free, unfinished)
        .order_by(col(MoveRequest.asked_at), col(MoveRequest.id))
        .limit(limit)
    )
    if only is not None:
        query = query.where(col(MoveRequest.id).in_(only))
    taken: list[Claimed] = []
    for row, key in session.exec(query.with_for_update(of=MoveRequest, skip_locked=True)).all():
        row.claimed_by, row.claimed_until, row.attempts = worker, at + LEASE, row.attempts + 1
        taken.append(Claimed(row.id, key, row.entered, row.asked_by))
    return taken


def carry_out(session: Session, *, request: UUID, at: datetime) -> MoveAnswer:
    """Carry out one move of the inbox, or return the answer it already has.

    Whatever happens is an answer, written with its reasons in the same transaction: moved, refused
    with every verdict, overtaken by somebody else, or not allowed any more.
    """
    row = session.exec(select(MoveRequest).where(MoveRequest.id == request).with_for_update()).one()
    project = session.get_one(Project, row.project_id)
    if row.outcome is not Outcome.WAITING:
        return recorded(row, project)
    try:
        authorize(find_actor(session, row.asked_by), Action.ADVANCE, place_of(project))
        overtaken = _overtaken(session, project, row)
        if overtaken is not None:
            return _settle(session, row, at, overtaken)
        check_step(project.stage, row.entered)
        check_active(project.key, project.status)
        check_gate(load_dossier(session, project, local_day(at)), row.entered)
    except NotAllowed as error:
        return _settle(session, row, at, _answer(row, project, Outcome.NOT_ALLOWED, error))
    except (IllegalStep, NotActive, StageRefused) as error:
        return _refuse(session, row, at, project, error)
    return _move(session, row, at, project)


def mark_opened(session: Session, *, request: UUID, at: datetime) -> None:
    """Note that the stage's opening work is done, so that nobody takes the request up again."""
    session.exec(update(MoveRequest).where(col(MoveRequest.id) == request).values(opened_at=at))


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
        verdicts=tuple(Verdict(**verdict) for verdict in kept["verdicts"]),
    )


def _move(session: Session, row: MoveRequest, at: datetime, project: Project) -> MoveAnswer:
    left = project.stage
    moved = session.exec(
        update(Project)
        .where(
            col(Project.id) == project.id,
            col(Project.stage) == left,
            col(Project.status) == Status.ACTIVE,
        )
        .values(stage=row.entered, stage_since=at, version=col(Project.version) + 1)
    )
    if moved.rowcount != 1:
        session.refresh(project)
        overtaken = _overtaken(session, project, row)
        return _settle(session, row, at, overtaken or _answer(row, project, Outcome.CONFLICT, None))
    session.add(
        StageChange(
            project_id=project.id,
            request=row.id,
            left=left,
            entered=row.entered,
            moved_by=row.asked_by,
            moved_at=at,
        )
    )
    proposal = live_proposal(session, project.id, row.entered, local_day(at))
    if proposal is not None:
        proposal.state, proposal.version = ProposalState.CARRIED_OUT, proposal.version + 1
    outbox.tell(
        session,
        key=f"stage_entered:{row.id}",
        kind="stage_entered",
        project=project.id,
        at=at,
        payload={"left": left, "entered": row.entered, "by": row.asked_by, "at": at.isoformat()},
    )
    trail.record(
        session,
        at=at,
        actor=row.asked_by,
        kind="stage_entered",
        project=project.id,
        payload={
            "left": left,
            "entered": row.entered,
            "request": row.id,
            "proposal": proposal.id if proposal else None,
        },
    )
    details = {"by": row.asked_by, "at": at.isoformat()}
    answer = MoveAnswer(row.id, project.key, left, row.entered, Outcome.MOVED, "moved", details)
    return _settle(session, row, at, answer)


def _refuse(
    session: Session, row: MoveRequest, at: datetime, project: Project, error: CentreError
) -> MoveAnswer:
    answer = _answer(row, project, Outcome.REFUSED, error)
    outbox.tell(
        session,
        key=f"move_refused:{row.id}",
        kind="move_refused",
        project=project.id,
        at=at,
        payload={
            "left": project.stage,
            "entered": row.entered,
            "by": row.asked_by,
            "code": answer.code,
            "missing": [
                {"rule": v.rule, "code": v.code, "owner": v.owner} for v in answer.verdicts if not v.passes
            ],
        },
    )
    return _settle(session, row, at, answer)


def _overtaken(session: Session, project: Project, row: MoveRequest) -> MoveAnswer | None:
    """Answer a move that somebody else has made since, or nothing."""
    if not project.stage.reaches(row.entered):
        return None
    change = session.exec(
        select(StageChange)
        .where(StageChange.project_id == project.id, StageChange.entered == row.entered)
        .order_by(col(StageChange.moved_at).desc())
    ).first()
    details: dict[str, Any] = {"stage": project.stage}
    if change is not None:
        details |= {"by": change.moved_by, "at": change.moved_at.isoformat()}
    code = "already_moved" if change is not None else "already_there"
    return MoveAnswer(row.id, project.key, project.stage, row.entered, Outcome.CONFLICT, code, details)


def _answer(row: MoveRequest, project: Project, outcome: Outcome, error: CentreError | None) -> MoveAnswer:
    return MoveAnswer(
        request=row.id,
        project=project.key,
        left=project.stage,
        entered=row.entered,
        outcome=outcome,
        code=error.code if error else "overtaken",
        details=json.loads(canonical(error.details)) if error else {},
        verdicts=error.verdicts if isinstance(error, StageRefused) else (),
    )


def _settle(session: Session, row: MoveRequest, at: datetime, answer: MoveAnswer) -> MoveAnswer:
    row.outcome, row.settled_at = answer.outcome, at
    row.answer = canonical(
        {
            "left": answer.left,
            "code": answer.code,
            "details": answer.details,
            "verdicts": [
                {
                    "rule": v.rule,
                    "code": v.code,
                    "hard": v.hard,
                    "met": v.met,
                    "waived": v.waived,
                    "owner": v.owner,
                }
                for v in answer.verdicts
            ],
        }
    )
    return answer
