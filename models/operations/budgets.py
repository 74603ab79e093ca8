"""Budget lines: their first amounts, the declaration that they are complete, and what changes them then."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.queries.budgets import find_line, find_plan, list_lines, planned_of
from models.queries.periods import check_day
from models.rules.authority import Action
from models.rules.budgets import (
    BudgetChange,
    Nature,
    PlanComplete,
    PlanOpen,
    check_initial,
    check_left,
    check_plan,
    check_revision,
    check_transfer,
)
from models.rules.errors import BadValue
from models.rules.evidence import EARLIEST
from models.rules.funding import least_left
from models.rules.money import Money
from models.rules.projects import LONGEST_NAME, check_text
from models.rules.stages import Stage
from models.tables import BudgetEntry, BudgetLine, BudgetPlan, Project

LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class LineAdded:
    """What became of a line. `planned`: what the first amounts of all lines sum to now."""

    line: BudgetLine
    amount: Money
    changed: bool
    planned: Money
    budget: Money


@dataclass(frozen=True, slots=True)
class Hands:
    """Who proposed a change of the budget and why, who approved it, and when."""

    proposed_by: str
    approved_by: str
    reason: str
    at: datetime


def add_line(
    session: Session,
    *,
    project: str,
    code: str,
    stage: Stage,
    nature: Nature,
    amount: Money,
    label: str = "",
    decided_on: date | None = None,
    by: str,
    at: datetime,
) -> LineAdded:
    """Write a budget line with its first amount; until the plan is complete, correct the amount.

    The same again changes nothing. A correction is a new entry, of the difference. Once the plan is
    complete a line may only be opened with nothing on it, for transfers and revisions to fill.
    Raises: UnknownKey, NotAllowed, BadValue, CurrencyMismatch, PlanComplete, LineEngaged, PeriodClosed.
    Source: docs/rules.md, B2 and B4.
    """
    found = take_up(session, project, Action.PLAN_BUDGET, by)
    check_initial(amount, found.currency)
    line, known = _described(session, found, code, stage, nature, label)
    written = _initial_of(session, line) if known else 0
    difference = amount.centimes - written
    planned = Money(planned_of(session, found).centimes + difference, found.currency)
    answer = LineAdded(line, amount, not known or difference != 0, planned, found.budget)
    if not answer.changed:
        return answer
    if difference and (plan := find_plan(session, found.id)):
        raise PlanComplete(project=found.key, on=plan.completed_on, by=plan.completed_by, rule="B3")
    day = _decided_on(session, decided_on, at)
    if known and difference < 0:
        _check_lowered(session, found, line, Money(difference, found.currency), day)
    session.add(line)
    session.flush()
    if difference:
        hands = Hands(by, "", "", at)
        _enter(session, line, BudgetChange.INITIAL, difference, day, hands)
    payload = {
        "line": line.code,
        "stage": line.stage,
        "nature": line.nature,
        "label": line.label,
        "amount_centimes": amount.centimes,
        "entered_centimes": difference,
        "decided_on": day,
    }
    trail.record(session, at=at, actor=by, kind="budget_line_set", project=found.id, payload=payload)
    return answer


def complete_plan(session: Session, *, project: str, by: str, at: datetime) -> BudgetPlan:
    """Declare that a project's lines are complete; doing it again changes nothing.

    Raises: UnknownKey, NotAllowed, PlanDiffers with both sums, PeriodClosed.
    Source: docs/rules.md, B2.
    """
    found = take_up(session, project, Action.PLAN_BUDGET, by)
    if (known := find_plan(session, found.id)) is not None:
        return known
    check_day(session, local_day(at))
    planned = planned_of(session, found)
    check_plan(found.key, planned, found.budget)
    plan = BudgetPlan(project_id=found.id, completed_on=local_day(at), completed_by=by, completed_at=at)
    session.add(plan)
    payload = {"budget_centimes": planned.centimes, "currency": planned.currency}
    trail.record(session, at=at, actor=by, kind="budget_planned", project=found.id, payload=payload)
    return plan


def check_revisable(session: Session, project: Project, line: str, amount: Money) -> BudgetLine:
    """Return the line that a revision would change, or refuse it.

    Raises: UnknownKey, BadValue, CurrencyMismatch, PlanOpen, LineEngaged.
    Source: docs/rules.md, B3 and B4.
    """
    check_revision(amount, project.currency)
    found = _planned_line(session, project, line)
    if amount.centimes < 0:
        _check_left(session, project, found, amount)
    return found


def check_transferable(
    session: Session, project: Project, source: str, target: str, amount: Money
) -> tuple[BudgetLine, BudgetLine]:
    """Return the lines that a transfer would change, or refuse it.

    Raises: UnknownKey, BadValue, CurrencyMismatch, PlanOpen, LineEngaged.
    Source: docs/rules.md, B3 and B4.
    """
    check_transfer(amount, project.currency, source, target)
    giving, taking = _planned_line(session, project, source), _planned_line(session, project, target)
    _check_left(session, project, giving, Money(-amount.centimes, amount.currency))
    return giving, taking


def revise(session: Session, project: Project, line: str, amount: Money, hands: Hands) -> None:
    """Write an approved revision; the caller has checked who decides.

    Raises: what `check_revisable` raises; PeriodClosed.
    """
    found = check_revisable(session, project, line, amount)
    day = _decided_on(session, None, hands.at)
    _enter(session, found, BudgetChange.REVISION, amount.centimes, day, hands)
    payload = {"line": found.code, "amount_centimes": amount.centimes, "decided_on": day}
    _note(session, project, "budget_revised", hands, payload)


def transfer(
    session: Session, project: Project, source: str, target: str, amount: Money, hands: Hands
) -> UUID:
    """Write the two entries of an approved transfer; the caller has checked who decides.

    Raises: what `check_transferable` raises; PeriodClosed.
    """
    giving, taking = check_transferable(session, project, source, target, amount)
    day, name = _decided_on(session, None, hands.at), uuid4()
    for line, centimes in ((giving, -amount.centimes), (taking, amount.centimes)):
        _enter(session, line, BudgetChange.TRANSFER, centimes, day, hands, name)
    payload = {"source": giving.code, "target": taking.code, "transfer": name}
    payload |= {"amount_centimes": amount.centimes, "decided_on": day}
    _note(session, project, "budget_transferred", hands, payload)
    return name


def _described(
    session: Session, project: Project, code: str, stage: Stage, nature: Nature, label: str
) -> tuple[BudgetLine, bool]:
    """Return a line, not written yet, or the one of the same code, which must be described alike."""
    code = check_text("budget_line", code, LONGEST_CODE, needed=True)
    given: dict[str, Any] = {"stage": Stage(stage), "nature": Nature(nature)}
    given |= {"label": check_text("label", label, LONGEST_NAME)}
    known = session.exec(
        select(BudgetLine).where(BudgetLine.project_id == project.id, BudgetLine.code == code)
    ).first()
    if known is None:
        return BudgetLine(project_id=project.id, code=code, **given), False
    for field in ("stage", "nature", "label"):
        if (there := getattr(known, field)) != given[field]:
            raise BadValue(field=field, value=given[field], reason="line_differs", limit=there)
    return known, True


def _initial_of(session: Session, line: BudgetLine) -> int:
    entries = session.exec(
        select(BudgetEntry.amount_centimes).where(
            BudgetEntry.line_id == line.id, BudgetEntry.change == BudgetChange.INITIAL
        )
    )
    return sum(entries)


def _planned_line(session: Session, project: Project, code: str) -> BudgetLine:
    found = find_line(session, project, code)
    if find_plan(session, project.id) is None:
        raise PlanOpen(project=project.key, rule="B3")
    return found


def _check_left(session: Session, project: Project, line: BudgetLine, change: Money) -> None:
    # Up to the end of time: what is engaged or decided for a later day counts too.
    lines = list_lines(session, on=date.max, projects=[project.key])
    now = next(one for one in lines if one.code == line.code)
    check_left(line.code, now.budget + change, now.engaged)


def _check_lowered(session: Session, project: Project, line: BudgetLine, change: Money, day: date) -> None:
    """Keep a first amount at what is engaged on its line, and above nothing on every day."""
    _check_left(session, project, line, change)
    entries = select(col(BudgetEntry.decided_on), col(BudgetEntry.amount_centimes))
    entered = session.exec(entries.where(BudgetEntry.line_id == line.id)).all()
    if least_left([*entered, (day, change.centimes)]) < 0:
        first = min(on for on, _ in entered)
        raise BadValue(field="decided_on", value=day, reason="too_early", limit=first)


def _decided_on(session: Session, day: date | None, at: datetime) -> date:
    """Return the day of an entry: today where none is given, and never one that cannot be."""
    today = local_day(at)
    day = day or today
    if day > today:
        raise BadValue(field="decided_on", value=day, reason="in_the_future", limit=today)
    if day < EARLIEST:
        raise BadValue(field="decided_on", value=day, reason="too_early", limit=EARLIEST)
    check_day(session, day)
    return day


def _enter(
    session: Session,
    line: BudgetLine,
    change: BudgetChange,
    centimes: int,
    day: date,
    hands: Hands,
    name: UUID | None = None,
) -> None:
    session.add(
        BudgetEntry(
            line_id=line.id,
            change=change,
            amount_centimes=centimes,
            decided_on=day,
            transfer=name,
            reason=hands.reason,
            proposed_by=hands.proposed_by,
            approved_by=hands.approved_by or None,
            written_at=hands.at,
        )
    )
    session.flush()


def _note(session: Session, project: Project, kind: str, hands: Hands, payload: dict[str, object]) -> None:
    who = {"proposed_by": hands.proposed_by, "reason": hands.reason}
    trail.record(
        session,
        at=hands.at,
        actor=hands.approved_by,
        kind=kind,
        project=project.id,
        payload=payload | who,
    )
