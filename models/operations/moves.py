"""The inbox: a move asked for, claimed by a worker, carried out once, answered for good."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from models.clock import local_day
from models.operations import outbox, trail
from models.operations.additions import add_missing
from models.queries.dossiers import load_dossier
from models.queries.moves import FREE
from models.queries.people import find_actor
from models.queries.projects import find_project, place_of
from models.rules.approvals import LIVE, ProposalState
from models.rules.authority import Action, NotAllowed, authorize
from models.rules.errors import CentreError, UnknownKey
from models.rules.gates import Owner, StageRefused, Verdict, check_gate
from models.rules.stages import Overtaken, Stage, Status, check_active, check_step
from models.rules.trail import canonical
from models.tables import Door, MoveRequest, Outcome, Project, Proposal, StageChange
from models.tables.columns import table_of

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
        select(MoveRequest, col(Project.key))
        .join(Project, col(Project.id) == col(MoveRequest.project_id))
        .where(*FREE)
        .order_by(col(MoveRequest.asked_at), col(MoveRequest.id))
        .limit(limit)
    )
    if only is not None:
        query = query.where(col(MoveRequest.id).in_(only))
    taken: list[Claimed] = []
    query = query.with_for_update(of=MoveRequest, skip_locked=True)
    for row, key in session.exec(query, params={"now": at}).all():
        row.claimed_by, row.claimed_until, row.attempts = worker, at + LEASE, row.attempts + 1
        taken.append(Claimed(row.id, key, row.entered, row.asked_by))
    return taken


def carry_out(session: Session, *, request: UUID, at: datetime) -> MoveAnswer:
    """Carry out one move of the inbox: `carry_out_together` for one.

    Source: docs/rules.md, L6.
    """
    return carry_out_together(session, requests=[request], at=at)[0]


def carry_out_together(session: Session, *, requests: Sequence[UUID], at: datetime) -> list[MoveAnswer]:
    """Carry out moves of the inbox that share a transaction, or return the answers they already have.

    Whatever happens to one is its answer, written with its reasons: moved, refused with every
    verdict, overtaken by somebody else, or not allowed any more.
    Raises: UnknownKey for a request that was never taken in; Overtaken, when a stage changed all the
    same while its project was held. Nothing of the transaction is to be kept then.
    Source: docs/rules.md, L6.
    """
    taken = _take_up(session, requests)
    return [
        recorded(row, project)
        if row.outcome is not Outcome.WAITING
        else _settle(session, row, at, _attempt(session, row, project, at))
        for row, project in (taken[request] for request in requests)
    ]


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
        verdicts=tuple(Verdict(**{**v, "owner": Owner(v["owner"])}) for v in kept["verdicts"]),
    )


def _take_up(session: Session, requests: Sequence[UUID]) -> Mapping[UUID, tuple[MoveRequest, Project]]:
    """Hold the projects, as everybody does who changes something of them, then read the requests."""
    session.flush()
    asked = {"requests": list(requests)}
    session.connection().execute(_HOLD_PROJECTS, asked)
    taken = {row.id: (row, project) for row, project in session.exec(_REQUESTS_AND_PROJECTS, params=asked)}
    for request in requests:
        if request not in taken:
            raise UnknownKey(noun="request", key=str(request), candidates=())
    return taken


def _attempt(session: Session, row: MoveRequest, project: Project, at: datetime) -> MoveAnswer:
    """Ask everything again on the facts of this moment, and move or say why not."""
    try:
        authorize(find_actor(session, row.asked_by), Action.ADVANCE, place_of(project))
        overtaken = _overtaken(session, project, row)
        if overtaken is not None:
            return overtaken
        check_step(project.stage, row.entered)
        check_active(project.key, project.status)
        verdicts = check_gate(load_dossier(session, project, local_day(at)), row.entered)
    except NotAllowed as error:
        return _answer(row, project, Outcome.NOT_ALLOWED, error)
    except CentreError as error:
        answer = _answer(row, project, Outcome.REFUSED, error)
        _tell_refused(session, answer, row, project, at)
        return answer
    return _move(session, row, project, verdicts, at)


def _move(
    session: Session, row: MoveRequest, project: Project, verdicts: tuple[Verdict, ...], at: datetime
) -> MoveAnswer:
    left, entered, by = project.stage, row.entered, row.asked_by
    moved = {"left": left, "entered": entered}
    connection = session.connection()
    changed = connection.execute(
        _ENTER_STAGE, {"project": project.id, "left": left, "stage": entered, "since": at}
    )
    if changed.rowcount != 1:
        raise Overtaken(project=project.key, stage=left, status=project.status)
    connection.execute(
        _NOTE_CHANGE,
        {
            "id": uuid4(),
            "project_id": project.id,
            "request": row.id,
            **moved,
            "moved_by": by,
            "moved_at": at,
            "reason": "",
        },
    )
    proposal = connection.execute(
        _END_PROPOSAL, {"project": project.id, "stage": entered, "today": local_day(at)}
    ).scalar()
    session.expire(project, ["stage", "stage_since", "version"])
    outbox.tell(
        session,
        key=f"stage_entered:{row.id}",
        kind="stage_entered",
        project=project.id,
        at=at,
        payload={**moved, "by": by, "at": at.isoformat()},
    )
    waived = [verdict.rule for verdict in verdicts if verdict.waived]
    payload = {**moved, "request": row.id, "proposal": proposal, "waived": waived}
    trail.record(session, at=at, actor=by, kind="stage_entered", project=project.id, payload=payload)
    details = {"by": by, "at": at.isoformat()}
    return MoveAnswer(row.id, project.key, left, entered, Outcome.MOVED, "moved", details, verdicts)


def _tell_refused(
    session: Session, answer: MoveAnswer, row: MoveRequest, project: Project, at: datetime
) -> None:
    missing = [verdict for verdict in answer.verdicts if not verdict.passes]
    outbox.tell(
        session,
        key=f"move_refused:{row.id}",
        kind="move_refused",
        project=project.id,
        at=at,
        payload={
            "left": answer.left,
            "entered": answer.entered,
            "by": row.asked_by,
            "code": answer.code,
            "missing": [{"rule": v.rule, "code": v.code, "owner": v.owner} for v in missing],
        },
    )


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


def _answer(row: MoveRequest, project: Project, outcome: Outcome, error: CentreError) -> MoveAnswer:
    return MoveAnswer(
        request=row.id,
        project=project.key,
        left=project.stage,
        entered=row.entered,
        outcome=outcome,
        code=error.code,
        details=json.loads(canonical(error.details)),
        verdicts=error.verdicts if isinstance(error, StageRefused) else (),
    )


def _settle(session: Session, row: MoveRequest, at: datetime, answer: MoveAnswer) -> MoveAnswer:
    kept = {
        "left": answer.left,
        "code": answer.code,
        "details": answer.details,
        "verdicts": [_as_json(verdict) for verdict in answer.verdicts],
    }
    session.connection().execute(
        _SETTLE, {"request": row.id, "to": answer.outcome, "settled": at, "kept": canonical(kept)}
    )
    session.expire(row, ["outcome", "settled_at", "answer"])
    return answer


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "rule": verdict.rule,
        "code": verdict.code,
        "hard": verdict.hard,
        "met": verdict.met,
        "waived": verdict.waived,
        "owner": verdict.owner,
    }


# Written once, and the writes run beside the session's unit of work: moves come by the hundred.
_PROJECTS, _PROPOSALS, _REQUESTS = table_of(Project), table_of(Proposal), table_of(MoveRequest)
_HOLD_PROJECTS = (
    select_columns(_PROJECTS.c.id)
    .join(_REQUESTS, _REQUESTS.c.project_id == _PROJECTS.c.id)
    .where(_REQUESTS.c.id.in_(bindparam("requests", expanding=True)))
    .order_by(_PROJECTS.c.id)  # in one order: two who hold some of the same never wait in a ring
    .with_for_update(of=_PROJECTS, key_share=True)
)
_REQUESTS_AND_PROJECTS = (
    select(MoveRequest, Project)
    .join(Project, col(MoveRequest.project_id) == col(Project.id))
    .where(col(MoveRequest.id).in_(bindparam("requests", expanding=True)))
    .execution_options(populate_existing=True)
)
_ENTER_STAGE = (
    update(_PROJECTS)
    .where(
        _PROJECTS.c.id == bindparam("project"),
        _PROJECTS.c.stage == bindparam("left"),
        _PROJECTS.c.status == Status.ACTIVE,
    )
    .values(stage=bindparam("stage"), stage_since=bindparam("since"), version=_PROJECTS.c.version + 1)
)
_NOTE_CHANGE = insert(table_of(StageChange))
_END_PROPOSAL = (
    update(_PROPOSALS)
    .where(
        _PROPOSALS.c.project_id == bindparam("project"),
        _PROPOSALS.c.entered == bindparam("stage"),
        or_(*(_PROPOSALS.c.state == state for state in LIVE)),
        _PROPOSALS.c.expires_on > bindparam("today"),
    )
    .values(state=ProposalState.CARRIED_OUT, version=_PROPOSALS.c.version + 1)
    .returning(_PROPOSALS.c.id)
)
_SETTLE = (
    update(_REQUESTS)
    .where(_REQUESTS.c.id == bindparam("request"))
    .values(outcome=bindparam("to"), settled_at=bindparam("settled"), answer=bindparam("kept"))
)
