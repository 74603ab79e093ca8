"""Registering projects, and the decisions that only a director takes about them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from models.clock import local_day
from models.operations import approvals, drafting, milestones, outbox, trail
from models.operations.access import hold, take_up
from models.operations.additions import add_missing
from models.queries.budgets import find_plan, has_money
from models.rules.authority import Action
from models.rules.budgets import PlanComplete
from models.rules.errors import BadValue
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.projects import check_place, check_project, check_reason
from models.rules.stages import Stage, Status, check_active, check_status_change, check_step_back
from models.rules.text import visible
from models.tables import Project, StageChange


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


CORRECTABLE = (
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
"""The fields of a project that people may correct; its key never changes (P7)."""

_FIRST_ENTRY = ("key", *CORRECTABLE, "stage", "status", "sample", "source")


def register(session: Session, new: NewProject, *, by: str, at: datetime) -> Project:
    """Write a new project and its first entry in the trail. The caller has authorized it.

    Raises: BadValue naming the field that breaks a rule (docs/rules.md, P1 to P4, P6 and P7).
    """
    given = {name: value for name, value in asdict(new).items() if name != "budget"}
    given |= {"budget_centimes": new.budget.centimes, "currency": new.budget.currency}
    described = _checked(given)
    row = Project(**described, status=Status.ACTIVE, stage_since=at, registered_at=at)
    if not add_missing(session, Project, [row.model_dump()]):
        raise BadValue(field="key", value=new.key, reason="taken")
    project = session.get_one(Project, row.id)
    payload = {name: getattr(project, name) for name in _FIRST_ENTRY}
    trail.record(session, at=at, actor=by, kind="project_registered", project=project.id, payload=payload)
    return project


def correct(
    session: Session, project: Project, changes: Mapping[str, Any], *, by: str, reason: str, at: datetime
) -> bool:
    """Change descriptive fields of a project; return whether anything differed.

    The caller has authorized it.
    Raises: BadValue as `register` does, for a field that is not correctable, and without a reason;
    PlanComplete for a budget whose lines were declared complete.
    Source: docs/rules.md, P7 and B3.
    """
    refused = set(changes) - set(CORRECTABLE)
    if refused:
        raise BadValue(field=visible(min(refused)[:60]), value="", reason="not_correctable")
    words = check_reason(reason)
    hold(session, project)
    known = project.model_dump(include={"key", "source", *CORRECTABLE})
    described = _checked({**known, **changes})
    different = {name: described[name] for name in changes if described[name] != known[name]}
    if not different:
        return False
    _check_money(session, project, different)
    _change(project, **different)
    payload = {"changes": different, "reason": words}
    trail.record(session, at=at, actor=by, kind="project_corrected", project=project.id, payload=payload)
    return True


def step_back(
    session: Session, *, project: str, entered: Stage, by: str, reason: str, at: datetime
) -> StageChange:
    """Return a project to the stage before, by decision of a director; what waits for approval ends.

    Calls for a stage that is left are in doubt from then on.
    Raises: UnknownKey, NotAllowed, BadValue without a reason, IllegalStep, NotActive.
    Source: docs/rules.md, L2, A7 and V9.
    """
    found = take_up(session, project, Action.STEP_BACK, by)
    words = check_reason(reason)
    check_active(found.key, found.status)
    check_step_back(found.stage, entered)
    change = StageChange(
        project_id=found.id,
        request=uuid4(),
        left=found.stage,
        entered=entered,
        moved_by=by,
        moved_at=at,
        reason=words,
    )
    session.add(change)
    _change(found, stage=entered, stage_since=at)
    approvals.set_aside(session, found, by=by, reason=words, at=at)
    doubted = drafting.refresh(session, at=at, projects=[found.id]).notes
    payload = {"left": change.left, "entered": entered, "reason": words}
    _announce(session, found, "stepped_back", by, at, payload)
    trail.record_all(session, doubted)
    return change


def suspend(session: Session, *, project: str, by: str, reason: str, at: datetime) -> None:
    """Stop work on a project without changing its stage.

    Raises: UnknownKey, NotAllowed, BadValue without a reason, IllegalStatus.
    """
    found = take_up(session, project, Action.SUSPEND, by)
    words = check_reason(reason)
    check_status_change(found.status, Status.SUSPENDED)
    _change(found, status=Status.SUSPENDED, suspended_at=at)
    _announce(session, found, "suspended", by, at, {"reason": words})


def resume(session: Session, *, project: str, by: str, reason: str, at: datetime) -> int:
    """Take work up again; open milestones move by the days of suspension, which are returned.

    Calls whose triggers came true meanwhile are drafted.
    Raises: UnknownKey, NotAllowed, BadValue without a reason, IllegalStatus.
    """
    found = take_up(session, project, Action.RESUME, by)
    words = check_reason(reason)
    check_status_change(found.status, Status.ACTIVE)
    days = (local_day(at) - local_day(found.suspended_at or at)).days
    _change(found, status=Status.ACTIVE, suspended_at=None)
    shifted = milestones.shift(session, project=found, days=days, by=by, at=at)
    payload = {"reason": words, "days": days, "milestones": shifted}
    drafted = drafting.refresh(session, at=at, projects=[found.id]).notes
    _announce(session, found, "resumed", by, at, payload)
    trail.record_all(session, drafted)
    return days


def cancel(session: Session, *, project: str, by: str, reason: str, at: datetime) -> None:
    """End a project for good, at whatever stage it is; what waits for approval ends too.

    Raises: UnknownKey, NotAllowed, BadValue without a reason, IllegalStatus.
    Source: docs/rules.md, L4 and A7.
    """
    found = take_up(session, project, Action.CANCEL, by)
    words = check_reason(reason)
    check_status_change(found.status, Status.CANCELLED)
    _change(found, status=Status.CANCELLED)
    approvals.set_aside(session, found, by=by, reason=words, at=at)
    _announce(session, found, "cancelled", by, at, {"reason": words})


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a description without the spaces around its texts, or refuse it with the field named."""
    described: dict[str, Any] = {
        name: value.strip() if type(value) is str else value for name, value in given.items()
    }
    names = (described["name_ar"], described["name_fr"], described["name_en"])
    budget = Money(described["budget_centimes"], described["currency"])
    check_project(described["key"], names, described["kind"], budget, described["beds"])
    sites = (described["site_ar"], described["site_fr"])
    check_place(described["province"], described["region"], sites, described["source"])
    if described["sector"] not in tuple(Sector):
        shown = visible(str(described["sector"])[:60])
        raise BadValue(field="sector", value=shown, reason="unknown_sector", limit=", ".join(Sector))
    return {**described, "sector": Sector(described["sector"])}


def _check_money(session: Session, project: Project, different: Mapping[str, Any]) -> None:
    """Refuse a budget that only revisions change now, and a currency in which money was written."""
    if different.keys() & {"budget_centimes", "currency"} and (plan := find_plan(session, project.id)):
        raise PlanComplete(project=project.key, on=plan.completed_on, by=plan.completed_by, rule="B3")
    if "currency" in different and has_money(session, project.id):
        raise BadValue(field="currency", value=different["currency"], reason="not_correctable")


def _change(project: Project, **values: Any) -> None:
    for name, value in {**values, "version": project.version + 1}.items():
        setattr(project, name, value)


def _announce(
    session: Session, project: Project, kind: str, by: str, at: datetime, payload: Mapping[str, Any]
) -> None:
    key = f"{kind}:{project.id}:{project.version}"
    told = {**payload, "by": by, "stage": project.stage}
    outbox.tell(session, key=key, kind=kind, project=project.id, at=at, payload=told)
    trail.record(session, at=at, actor=by, kind=kind, project=project.id, payload=payload)
