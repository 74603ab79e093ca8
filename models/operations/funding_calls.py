"""Funding calls: issued with their number and due date, withdrawn, drafted again, put off with a reason."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.operations.advances import Given, apply_advance, as_payload, held_by, take_back
from models.operations.drafting import DraftReport, draft_due_calls, draft_row, refresh
from models.operations.trail import Noted
from models.operations.tranches import hold_plan
from models.queries.calendar import load_calendar
from models.queries.conventions import called_of, least_left_of, net_of
from models.queries.funding import find_call
from models.queries.periods import check_day
from models.rules.authority import Action
from models.rules.errors import BadValue
from models.rules.evidence import EARLIEST
from models.rules.funding import (
    PAYMENT_DAYS,
    CallInDoubt,
    CallIssued,
    CallNotIssued,
    CallWithdrawn,
    OverCommitment,
    Paper,
    Unsigned,
    call_number,
    check_books_open,
    check_snooze,
    due_day,
    numbers_of,
)
from models.rules.money import Money
from models.rules.projects import check_reason
from models.rules.stages import Status, check_active
from models.rules.tranches import CallFlag, CallState
from models.tables import Commitment, Convention, FundingCall, Partner, Project, Tranche

__all__ = ["CallAnswer", "DraftReport", "draft_again", "draft_due_calls", "issue_call", "snooze_call"]
__all__ += ["withdraw_call"]

_COUNTER = 1_684_104_552
"""The lock under which PostgreSQL gives out the numbers of calls, one after the other."""


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """A call after a request. `given`: parts of the partner's advance that it took, or gave back."""

    call: FundingCall
    given: tuple[Given, ...] = ()
    changed: bool = True


@dataclass(frozen=True, slots=True)
class _Subject:
    """A call, held with its project and the plan that it stands in."""

    call: FundingCall
    tranche: Tranche
    promise: Commitment
    partner: Partner
    project: Project

    def about(self) -> dict[str, Any]:
        return {
            "call": self.call.id,
            "number": self.call.number,
            "partner": self.partner.key,
            "reference": self.promise.reference,
            "tranche": self.tranche.number,
        }

    @property
    def name(self) -> str:
        return self.call.number or str(self.call.id)


def issue_call(
    session: Session, *, call: UUID | str, by: str, at: datetime, on: date | None = None
) -> CallAnswer:
    """Let a draft go out: it gets its number, day and due date, and takes the partner's advance.

    `call`: its id. `on`: the day of the letter, today where none is given.
    Raises: NotAllowed, UnknownKey, BadValue, PeriodClosed, NotActive, ProjectClosed, CallIssued,
    CallWithdrawn, Unsigned, CallInDoubt, OverCommitment.
    Source: docs/rules.md, V10 to V12 and V16.
    """
    found = _take_up(session, call, by)
    if found.call.state is CallState.ISSUED:
        raise CallIssued(call=found.name, on=found.call.issued_on, rule="V10")
    _check_live(found)
    day = on or local_day(at)
    _check_day(session, day, local_day(at))
    check_books_open(found.project.key, found.project.stage)
    if found.project.status is not Status.ACTIVE:
        check_active(found.project.key, found.project.status)
    days = _check_signed(session, found, day)
    notes = refresh(session, at=at, projects=[found.project.id]).notes
    if found.call.flag:
        flag = CallFlag(found.call.flag)
        raise CallInDoubt(partner=found.partner.key, tranche=found.tranche.number, flag=flag, rule="V10")
    _check_covered(session, found)
    calendar = load_calendar(session, day.year, day.year + 2)
    found.call.number, found.call.due_on = _next_number(session, day.year), due_day(day, days, calendar)
    found.call.state, found.call.issued_on, found.call.issued_by = CallState.ISSUED, day, by
    _check_left_then(session, found)
    given = apply_advance(session, found.project, found.partner.id, local_day(at), found.call.id)
    payload = found.about() | {"issued_on": day, "due_on": found.call.due_on}
    payload |= {"amount_centimes": found.call.amount_centimes, "currency": found.promise.currency}
    payload |= {"advance": as_payload(given)}
    noted = Noted(at, by, "call_issued", found.project.id, payload)
    trail.record_all(session, [*notes, noted])
    return CallAnswer(found.call, given)


def withdraw_call(session: Session, *, call: UUID | str, reason: str, by: str, at: datetime) -> CallAnswer:
    """Withdraw a draft or a call that has gone out; what was paid on it is the partner's advance again.

    Raises: NotAllowed, UnknownKey, BadValue, PeriodClosed, ProjectClosed, CallWithdrawn.
    Source: docs/rules.md, V13.
    """
    found, today = _take_up(session, call, by), local_day(at)
    reason = check_reason(reason)
    _check_live(found)
    check_books_open(found.project.key, found.project.stage)
    if found.call.state is CallState.ISSUED:
        check_day(session, today)
    held = held_by(session, call_id=[found.call.id])
    take_back(session, held, today)
    found.call.state, found.call.withdrawn_on = CallState.WITHDRAWN, today
    amount = Money(sum(part for _, _, part in held), found.promise.currency)
    given = (Given(found.name, Money(-amount.centimes, amount.currency)),) if amount else ()
    payload = found.about() | {"reason": reason, "taken_back": amount.centimes, "on": today}
    trail.record(session, at=at, actor=by, kind="call_withdrawn", project=found.project.id, payload=payload)
    return CallAnswer(found.call, given)


def draft_again(session: Session, *, call: UUID | str, reason: str, by: str, at: datetime) -> CallAnswer:
    """Draft a new call for the tranche of one that was withdrawn; where one lives already, return that.

    Raises: NotAllowed, UnknownKey, BadValue, ProjectClosed.
    Source: docs/rules.md, V8.
    """
    found = _take_up(session, call, by)
    reason = check_reason(reason)
    check_books_open(found.project.key, found.project.stage)
    living = hold_plan(session, found.promise).calls.get(found.tranche.id)
    if living is not None:
        return CallAnswer(living, changed=False)
    if not found.tranche.amount_centimes:
        raise BadValue(field="tranche", value=found.tranche.number, reason="dropped", rule="V6")
    draft = FundingCall(**draft_row(found.tranche.id, found.tranche.amount_centimes, at))
    session.add(draft)
    notes = refresh(session, at=at, projects=[found.project.id]).notes
    payload = found.about() | {"call": draft.id, "instead_of": found.call.id, "reason": reason}
    payload |= {"amount_centimes": draft.amount_centimes, "currency": found.promise.currency}
    noted = Noted(at, by, "call_drafted", found.project.id, payload | {"trigger": found.tranche.trigger})
    trail.record_all(session, [noted, *notes])
    return CallAnswer(draft)


def snooze_call(
    session: Session, *, call: UUID | str, until: date, reason: str, by: str, at: datetime
) -> CallAnswer:
    """Remind nobody of a call before a day, with a reason; the same again changes nothing.

    Raises: NotAllowed, UnknownKey, BadValue, CallNotIssued.
    Source: docs/rules.md, V14.
    """
    found = _take_up(session, call, by)
    reason = check_reason(reason)
    check_snooze(until, local_day(at))
    if found.call.state is not CallState.ISSUED:
        raise CallNotIssued(call=found.name, state=found.call.state, rule="V14")
    if (found.call.snoozed_until, found.call.snooze_reason) == (until, reason):
        return CallAnswer(found.call, changed=False)
    found.call.snoozed_until, found.call.snooze_reason = until, reason
    payload = found.about() | {"until": until, "reason": reason}
    trail.record(session, at=at, actor=by, kind="call_snoozed", project=found.project.id, payload=payload)
    return CallAnswer(found.call)


def _take_up(session: Session, call: UUID | str, by: str) -> _Subject:
    """Hold a call with its project and plan: all that may decide about it."""
    wanted = find_call(session, call)
    _, promise, project, partner = session.exec(
        select(Tranche, Commitment, Project, Partner)
        .join(Commitment, col(Commitment.id) == col(Tranche.commitment_id))
        .join(Project, col(Project.id) == col(Commitment.project_id))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(Tranche.id == wanted.tranche_id)
    ).one()
    project = take_up(session, project.key, Action.CALL_FUNDS, by)
    session.refresh(promise)
    plan = hold_plan(session, promise)
    tranche = next(one for one in plan.tranches if one.id == wanted.tranche_id)
    return _Subject(wanted, tranche, promise, partner, project)


def _check_live(found: _Subject) -> None:
    if found.call.state is CallState.WITHDRAWN:
        raise CallWithdrawn(call=found.name, on=found.call.withdrawn_on, rule="V13")


def _check_day(session: Session, day: date, today: date) -> None:
    if day > today:
        raise BadValue(field="issued_on", value=day, reason="in_the_future", limit=today)
    if day < EARLIEST:
        raise BadValue(field="issued_on", value=day, reason="too_early", limit=EARLIEST)
    check_day(session, day)


def _check_signed(session: Session, found: _Subject, day: date) -> int:
    """Refuse what was not signed by the day of the letter; return how many days there are to pay."""
    promise = found.promise
    if promise.in_kind:
        raise BadValue(field="reference", value=promise.reference, reason="in_kind", rule="V10")
    if promise.signed_on is None or promise.signed_on > day:
        raise Unsigned(paper=Paper.COMMITMENT, reference=promise.reference, rule="V10")
    if promise.convention_id is None:
        return PAYMENT_DAYS
    convention = session.get_one(Convention, promise.convention_id)
    if convention.signed_on is None or convention.signed_on > day:
        raise Unsigned(paper=Paper.CONVENTION, reference=convention.reference, rule="V10")
    return convention.payment_days


def _check_covered(session: Session, found: _Subject) -> None:
    left = net_of(session, found.promise) - called_of(session, found.promise)
    amount = Money(found.call.amount_centimes, found.promise.currency)
    if amount > left:
        reference = found.promise.reference
        raise OverCommitment(
            partner=found.partner.key, reference=reference, amount=amount, left=left, rule="V10"
        )


def _check_left_then(session: Session, found: _Subject) -> None:
    """Refuse a letter of a day on which less was left of the commitment than there is now."""
    least = least_left_of(session, found.promise)
    if least.centimes < 0:
        amount = Money(found.call.amount_centimes, found.promise.currency)
        reference, left = found.promise.reference, amount + least
        raise OverCommitment(
            partner=found.partner.key, reference=reference, amount=amount, left=left, rule="V20"
        )


def _next_number(session: Session, year: int) -> str:
    """Return the number that follows in a year; two at once are given it one after the other."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:counter)"), {"counter": _COUNTER})
    number, start = col(FundingCall.number), numbers_of(year)
    last = session.exec(
        select(number)
        .where(number.like(f"{start}%"))
        .order_by(func.length(number).desc(), number.desc())
        .limit(1)
    ).first()
    return call_number(year, int(last.removeprefix(start)) + 1 if last else 1)
