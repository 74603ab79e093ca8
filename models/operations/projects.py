"""Registering projects, and the decisions that only a director takes about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlmodel import Session, col, update

from models.clock import local_day
from models.operations import milestones, outbox, trail
from models.queries.people import find_actor
from models.queries.projects import find_project, place_of
from models.rules.authority import Action, authorize
from models.rules.errors import BadValue, CentreError
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.projects import check_project, check_reason
from models.rules.stages import Stage, Status, check_active, check_status_change, check_step_back
from models.tables import Project, StageChange


class Overtaken(CentreError):
    """The project changed between the question and the answer. Details: project, stage, status."""

    code = "overtaken"


@dataclass(frozen=True, slots=True)
class NewProject:
    """What a project is registered with. Units: centimes inside `budget`; `beds` is a count."""

    key: str
    name_ar: str
    name_fr: str
    name_en: str
    sector: Sector
    kind: str
    province: str
    region: str
    budget: Money
    stage: Stage = Stage.ADMISSION
    beds: int = 0
    site_ar: str = ""
    site_fr: str = ""
    sample: bool = False
    source: str = ""


def register(session: Session, new: NewProject, *, by: str, at: datetime) -> Project:
    """Write a new project and its first entry in the trail.

    Raises: BadValue naming the field that breaks a rule (docs/rules.md, P1 to P4).
    """
    check_project(new.key, (new.name_ar, new.name_fr, new.name_en), new.kind, new.budget, new.beds)
    project = Project(
        key=new.key,
        name_ar=new.name_ar,
        name_fr=new.name_fr,
        name_en=new.name_en,
        sector=new.sector,
        kind=new.kind,
        beds=new.beds,
        province=new.province,
        region=new.region,
        site_ar=new.site_ar,
        site_fr=new.site_fr,
        stage=new.stage,
        status=Status.ACTIVE,
        stage_since=at,
        budget_centimes=new.budget.centimes,
        currency=new.budget.currency,
        sample=new.sample,
        source=new.source,
        registered_at=at,
    )
    session.add(project)
    trail.record(
        session,
        at=at,
        actor=by,
        kind="project_registered",
        project=project.id,
        payload={
            name: getattr(project, name) for name in (*DESCRIPTION, "stage", "status", "sample", "source")
        },
    )
    return project


DESCRIPTION = (
    "key",
    "name_ar",
    "name_fr",
    "name_en",
    "sector",
    "kind",
    "beds",
    "province",
    "region",
    "site_ar",
    "site_fr",
    "budget_centimes",
    "currency",
)
"""The fields of a project that people may correct."""


def correct(
    session: Session, project: Project, changes: Mapping[str, Any], *, by: str, reason: str, at: datetime
) -> bool:
    """Change descriptive fields of a project; return whether anything differed.

    Raises: BadValue as `register` does.
    """
    unknown = set(changes) - set(DESCRIPTION)
    if unknown:
        raise BadValue(field=min(unknown), value="", reason="not_correctable")
    different = {name: value for name, value in changes.items() if getattr(project, name) != value}
    if not different:
        return False
    for name, value in different.items():
        setattr(project, name, value)
    names = (project.name_ar, project.name_fr, project.name_en)
    check_project(project.key, names, project.kind, project.budget, project.beds)
    project.version += 1
    trail.record(
        session,
        at=at,
        actor=by,
        kind="project_corrected",
        project=project.id,
        payload={"changes": different, "reason": reason},
    )
    return True


def step_back(
    session: Session, *, project: str, entered: Stage, by: str, reason: str, at: datetime
) -> StageChange:
    """Return a project to the stage before, by decision of a director.

    Raises: NotAllowed, BadValue without a reason, IllegalStep, NotActive, Overtaken.
    """
    found = _decide(session, project, Action.STEP_BACK, by, reason)
    check_active(found.key, found.status)
    check_step_back(found.stage, entered)
    left, request = found.stage, uuid4()
    _compare_and_set(session, found, stage=entered, stage_since=at)
    change = StageChange(
        project_id=found.id,
        request=request,
        left=left,
        entered=entered,
        moved_by=by,
        moved_at=at,
        reason=reason,
    )
    session.add(change)
    _announce(session, found, "stepped_back", by, at, {"left": left, "entered": entered, "reason": reason})
    return change


def suspend(session: Session, *, project: str, by: str, reason: str, at: datetime) -> None:
    """Stop work on a project without changing its stage.

    Raises: NotAllowed, BadValue without a reason, IllegalStatus, Overtaken.
    """
    found = _decide(session, project, Action.SUSPEND, by, reason)
    check_status_change(found.status, Status.SUSPENDED)
    _compare_and_set(session, found, status=Status.SUSPENDED, suspended_at=at)
    _announce(session, found, "suspended", by, at, {"reason": reason})


def resume(session: Session, *, project: str, by: str, reason: str, at: datetime) -> int:
    """Take work up again; open milestones move by the days of suspension, which are returned.

    Raises: NotAllowed, BadValue without a reason, IllegalStatus, Overtaken.
    """
    found = _decide(session, project, Action.RESUME, by, reason)
    check_status_change(found.status, Status.ACTIVE)
    since = found.suspended_at or at
    days = (local_day(at) - local_day(since)).days
    _compare_and_set(session, found, status=Status.ACTIVE, suspended_at=None)
    shifted = milestones.shift(session, project=found, days=days, by=by, at=at)
    payload = {"reason": reason, "days": days, "milestones": shifted}
    _announce(session, found, "resumed", by, at, payload)
    return days


def cancel(session: Session, *, project: str, by: str, reason: str, at: datetime) -> None:
    """End a project for good, at whatever stage it is.

    Raises: NotAllowed, BadValue without a reason, IllegalStatus, Overtaken.
    """
    found = _decide(session, project, Action.CANCEL, by, reason)
    check_status_change(found.status, Status.CANCELLED)
    _compare_and_set(session, found, status=Status.CANCELLED)
    _announce(session, found, "cancelled", by, at, {"reason": reason})


def _decide(session: Session, project: str, action: Action, by: str, reason: str) -> Project:
    found = find_project(session, project)
    authorize(find_actor(session, by), action, place_of(found))
    check_reason(reason)
    return found


def _compare_and_set(session: Session, project: Project, **values: Any) -> None:
    changed = session.exec(
        update(Project)
        .where(col(Project.id) == project.id, col(Project.version) == project.version)
        .values(version=project.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:
        session.refresh(project)
        raise Overtaken(project=project.key, stage=project.stage, status=project.status)
    session.refresh(project)


def _announce(
    session: Session, project: Project, kind: str, by: str, at: datetime, payload: Mapping[str, Any]
) -> None:
    key = f"{kind}:{project.id}:{project.version}"
    told = {**payload, "by": by, "stage": project.stage}
    outbox.tell(session, key=key, kind=kind, project=project.id, at=at, payload=told)
    trail.record(session, at=at, actor=by, kind=kind, project=project.id, payload=payload)
