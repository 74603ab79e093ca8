"""Carrying moves of the inbox out: everything asked again, the stage changed, the answer kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from models.clock import local_day
from models.operations import outbox, trail
from models.operations.moves import MoveAnswer, recorded
from models.operations.outbox import Told
from models.operations.trail import Noted
from models.queries.dossiers import load_dossiers
from models.queries.people import find_actor
from models.queries.projects import place_of
from models.rules.approvals import LIVE, ProposalState
from models.rules.authority import Action, Actor, NotAllowed, authorize
from models.rules.dossier import Dossier
from models.rules.errors import CentreError, UnknownKey
from models.rules.gates import StageRefused, Verdict, check_gate
from models.rules.stages import Overtaken, Status, check_active, check_step
from models.rules.trail import canonical
from models.tables import MoveRequest, Outcome, Project, Proposal, StageChange
from models.tables.columns import table_of

Taken = tuple[MoveRequest, Project]


@dataclass(slots=True)
class _Writes:
    """What a few moves leave behind; written together, for each statement costs as much as its row."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    settled: list[dict[str, Any]] = field(default_factory=list)


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
    answers = {
        request: recorded(row, project)
        for request, (row, project) in taken.items()
        if row.outcome is not Outcome.WAITING
    }
    waiting = [taken[request] for request in dict.fromkeys(requests) if request not in answers]
    for round_ in _one_of_each_project(waiting):
        answers |= {answer.request: answer for answer in _carry_out(session, round_, at)}
    return [answers[request] for request in requests]


def _one_of_each_project(waiting: Sequence[Taken]) -> list[list[Taken]]:
    """Part the requests so that each one of a project sees what the one before it has done."""
    rounds: list[dict[UUID, Taken]] = []
    for row, project in waiting:
        free = next((round_ for round_ in rounds if project.id not in round_), None)
        if free is None:
            free = {}
            rounds.append(free)
        free[project.id] = (row, project)
    return [list(round_.values()) for round_ in rounds]


def _carry_out(session: Session, few: Sequence[Taken], at: datetime) -> list[MoveAnswer]:
    """Carry out moves of different projects."""
    dossiers = load_dossiers(session, [project for _, project in few], local_day(at))
    actors = _actors(session, {row.asked_by for row, _ in few})
    writes = _Writes()
    answers = []
    for row, project in few:
        answer = _attempt(session, row, project, actors[row.asked_by], dossiers[project.id], at, writes)
        answers.append(answer)
        writes.settled.append(_settled(answer, at))
    _write(session, writes)
    for row, _ in few:
        session.expire(row, ["outcome", "settled_at", "answer"])
    return answers


def _actors(session: Session, logins: set[str]) -> Mapping[str, Actor | CentreError]:
    found: dict[str, Actor | CentreError] = {}
    for login in logins:
        try:
            found[login] = find_actor(session, login)
        except UnknownKey as error:
            found[login] = error
    return found


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


def _attempt(
    session: Session,
    row: MoveRequest,
    project: Project,
    actor: Actor | CentreError,
    dossier: Dossier,
    at: datetime,
    writes: _Writes,
) -> MoveAnswer:
    """Ask everything again on the facts of this moment, and move or say why not."""
    try:
        if isinstance(actor, CentreError):
            raise actor
        authorize(actor, Action.ADVANCE, place_of(project))
        overtaken = _overtaken(session, project, row)
        if overtaken is not None:
            return overtaken
        check_step(project.stage, row.entered)
        check_active(project.key, project.status)
        verdicts = check_gate(dossier, row.entered)
    except NotAllowed as error:
        return _answer(row, project, Outcome.NOT_ALLOWED, error)
    except CentreError as error:
        answer = _answer(row, project, Outcome.REFUSED, error)
        writes.told.append(_refusal(answer, row, project, at))
        return answer
    return _move(session, row, project, verdicts, at, writes)


def _move(
    session: Session,
    row: MoveRequest,
    project: Project,
    verdicts: tuple[Verdict, ...],
    at: datetime,
    writes: _Writes,
) -> MoveAnswer:
    left, entered, by = project.stage, row.entered, row.asked_by
    moved = {"left": left, "entered": entered}
    connection = session.connection()
    step = {"project": project.id, "left": left, "stage": entered, "since": at}
    if connection.execute(_ENTER_STAGE, step).rowcount != 1:
        raise Overtaken(project=project.key, stage=left, status=project.status)
    session.expire(project, ["stage", "stage_since", "version"])
    ended = {"project": project.id, "stage": entered, "today": local_day(at)}
    proposal = connection.execute(_END_PROPOSAL, ended).scalar()
    hand = {"moved_by": by, "moved_at": at, "reason": ""}
    writes.changes.append({"id": uuid4(), "project_id": project.id, "request": row.id, **moved, **hand})
    fact = {**moved, "by": by, "at": at.isoformat()}
    writes.told.append(Told(f"stage_entered:{row.id}", "stage_entered", project.id, at, fact))
    waived = [verdict.rule for verdict in verdicts if verdict.waived]
    payload = {**moved, "request": row.id, "proposal": proposal, "waived": waived}
    writes.noted.append(Noted(at, by, "stage_entered", project.id, payload))
    details = {"by": by, "at": at.isoformat()}
    return MoveAnswer(row.id, project.key, left, entered, Outcome.MOVED, "moved", details, verdicts)


def _refusal(answer: MoveAnswer, row: MoveRequest, project: Project, at: datetime) -> Told:
    missing = [verdict for verdict in answer.verdicts if not verdict.passes]
    payload = {
        "left": answer.left,
        "entered": answer.entered,
        "by": row.asked_by,
        "code": answer.code,
        "missing": [
            {"rule": v.rule, "code": v.code, "owner": v.owner, "lacks": [one.as_json() for one in v.lacks]}
            for v in missing
        ],
    }
    return Told(f"move_refused:{row.id}", "move_refused", project.id, at, payload)


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


def _settled(answer: MoveAnswer, at: datetime) -> dict[str, Any]:
    kept = {
        "left": answer.left,
        "code": answer.code,
        "details": answer.details,
        "verdicts": [_as_json(verdict) for verdict in answer.verdicts],
    }
    return {"request": answer.request, "to": answer.outcome, "settled": at, "kept": canonical(kept)}


def _write(session: Session, writes: _Writes) -> None:
    """Write what moves leave behind; the trail last, for its lock is everybody's."""
    connection = session.connection()
    if writes.changes:
        connection.execute(_NOTE_CHANGES, writes.changes)
    outbox.tell_all(session, writes.told)
    connection.execute(_SETTLE, writes.settled)
    trail.record_all(session, writes.noted)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "rule": verdict.rule,
        "code": verdict.code,
        "hard": verdict.hard,
        "met": verdict.met,
        "waived": verdict.waived,
        "owner": verdict.owner,
        "lacks": [lack.as_json() for lack in verdict.lacks],
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
_NOTE_CHANGES = insert(table_of(StageChange))
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
