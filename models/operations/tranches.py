"""Planning when a partner's commitment is paid: the tranches, and the days on which they are expected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.operations.drafting import refresh
from models.operations.trail import Noted
from models.queries.conventions import find_commitment, net_of
from models.queries.partners import find_partner
from models.rules.authority import Action
from models.rules.errors import BadValue, UnknownKey
from models.rules.funding import check_books_open
from models.rules.projects import check_reason
from models.rules.tranches import (
    CallFlag,
    CallState,
    PlannedTranche,
    TrancheCalled,
    check_expected,
    check_plan,
    cut_from_the_end,
)
from models.tables import Commitment, FundingCall, Tranche


@dataclass(frozen=True, slots=True)
class Plan:
    """The tranches of a commitment, held until the transaction ends, and their calls that live."""

    tranches: tuple[Tranche, ...]
    calls: Mapping[UUID, FundingCall]
    """By tranche: its draft or its issued call."""
    drafted: frozenset[UUID]
    """Tranches that have had a call, whatever became of it."""

    def issued(self, tranche: Tranche) -> FundingCall | None:
        call = self.calls.get(tranche.id)
        return call if call is not None and call.state is CallState.ISSUED else None


@dataclass(frozen=True, slots=True)
class TranchePlanned:
    """A tranche after a request; `changed` is False when it was as asked already."""

    tranche: Tranche
    changed: bool


def plan_tranches(
    session: Session,
    *,
    project: str,
    partner: str,
    reference: str,
    tranches: Sequence[PlannedTranche],
    by: str,
    at: datetime,
) -> tuple[TranchePlanned, ...]:
    """Write the whole plan of a commitment; the place of a tranche is its number.

    What was called stays as it is; a draft follows its tranche, and is withdrawn with one that is dropped.
    Raises: NotAllowed, UnknownKey, BadValue, CurrencyMismatch, PlanUneven, TrancheCalled, ProjectClosed.
    Source: docs/rules.md, V5 to V7.
    """
    found = take_up(session, project, Action.KEEP_CONVENTIONS, by)
    check_books_open(found.key, found.stage)
    body = find_partner(session, partner)
    promise = find_commitment(session, found, body, reference)
    if promise.in_kind:
        raise BadValue(field="reference", value=promise.reference, reason="in_kind", rule="V5")
    check_plan(tranches, net_of(session, promise), body.key, promise.reference)
    plan = hold_plan(session, promise)
    written, dropped = _write(session, promise, plan, tranches, at)
    if not dropped and not any(one.changed for one in written):
        return written
    notes = refresh(session, at=at, projects=[found.id]).notes
    payload: dict[str, Any] = {"partner": body.key, "reference": promise.reference}
    payload |= {"currency": promise.currency, "tranches": [_terms(one.tranche) for one in written]}
    noted = Noted(at, by, "tranches_planned", found.id, payload)
    trail.record_all(session, [noted, *notes])
    return written


def move_tranche(
    session: Session,
    *,
    project: str,
    partner: str,
    reference: str,
    number: int,
    expected_on: date,
    reason: str,
    by: str,
    at: datetime,
) -> TranchePlanned:
    """Expect a tranche on another day, with a reason; the same day again changes nothing.

    Raises: NotAllowed, UnknownKey (project, partner, commitment or tranche), BadValue, ProjectClosed.
    Source: docs/rules.md, V7.
    """
    found = take_up(session, project, Action.KEEP_CONVENTIONS, by)
    check_books_open(found.key, found.stage)
    check_expected(expected_on)
    reason = check_reason(reason)
    body = find_partner(session, partner)
    promise = find_commitment(session, found, body, reference)
    tranche = _numbered(hold_plan(session, promise), number)
    previous = tranche.expected_on
    if previous == expected_on:
        return TranchePlanned(tranche, changed=False)
    tranche.expected_on = expected_on
    notes = refresh(session, at=at, projects=[found.id]).notes
    payload: dict[str, Any] = {"partner": body.key, "reference": promise.reference, "number": number}
    payload |= {"expected_on": expected_on, "previous": previous, "reason": reason}
    trail.record_all(session, [Noted(at, by, "tranche_moved", found.id, payload), *notes])
    return TranchePlanned(tranche, changed=True)


def hold_plan(session: Session, promise: Commitment) -> Plan:
    """Return the tranches of a commitment, so that nobody drafts a call on one until the end."""
    session.flush()
    tranches = session.exec(
        select(Tranche)
        .where(Tranche.commitment_id == promise.id)
        .order_by(col(Tranche.number))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    calls = session.exec(
        select(FundingCall)
        .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
        .where(Tranche.commitment_id == promise.id)
        .order_by(col(FundingCall.id))
        .with_for_update(of=FundingCall)
        .execution_options(populate_existing=True)
    ).all()
    live = {call.tranche_id: call for call in calls if call.state is not CallState.WITHDRAWN}
    return Plan(tuple(tranches), live, frozenset(call.tranche_id for call in calls))


def lower_to(session: Session, plan: Plan, net: int, at: datetime) -> tuple[int, ...]:
    """Lower the last tranches that were not called until all sum to no more than `net` centimes.

    Return the numbers of those lowered. One that is lowered to nothing stays, of nothing.
    """
    free = [tranche for tranche in plan.tranches if plan.issued(tranche) is None]
    surplus = sum(tranche.amount_centimes for tranche in plan.tranches) - net
    lowered = []
    for tranche, left in zip(
        free, cut_from_the_end([tranche.amount_centimes for tranche in free], surplus), strict=True
    ):
        if left != tranche.amount_centimes:
            tranche.amount_centimes = left
            _follow(plan, tranche, at)
            lowered.append(tranche.number)
    session.flush()
    return tuple(lowered)


def _write(
    session: Session, promise: Commitment, plan: Plan, wanted: Sequence[PlannedTranche], at: datetime
) -> tuple[tuple[TranchePlanned, ...], bool]:
    """Carry a plan over; return its tranches, and whether others were dropped."""
    known = {tranche.number: tranche for tranche in plan.tranches}
    written = []
    for number, new in enumerate(wanted, start=1):
        terms = _columns(new)
        old = known.pop(number, None)
        if old is None:
            old = Tranche(commitment_id=promise.id, number=number, **terms)
            session.add(old)
            written.append(TranchePlanned(old, changed=True))
            continue
        changed = {name: getattr(old, name) for name in terms} != terms
        if changed:
            _check_uncalled(plan, old)
            for name, value in terms.items():
                setattr(old, name, value)
            _follow(plan, old, at)
        written.append(TranchePlanned(old, changed))
    dropped = [_drop(session, plan, old, at) for old in known.values()]
    session.flush()
    return tuple(written), any(dropped)


def _drop(session: Session, plan: Plan, tranche: Tranche, at: datetime) -> bool:
    """Take a tranche out of the plan; one that has had a call stays beside it, of nothing."""
    _check_uncalled(plan, tranche)
    if tranche.id not in plan.drafted:
        session.delete(tranche)
        return True
    dropped = tranche.amount_centimes > 0
    tranche.amount_centimes = 0
    _follow(plan, tranche, at)
    return dropped


def _follow(plan: Plan, tranche: Tranche, at: datetime) -> None:
    """Let the draft of a tranche be what its tranche is; nothing is left of it when that is nothing."""
    draft = plan.calls.get(tranche.id)
    if draft is None:
        return
    if tranche.amount_centimes:
        draft.amount_centimes = tranche.amount_centimes
    else:
        draft.state, draft.withdrawn_on = CallState.WITHDRAWN, local_day(at)
        draft.flag, draft.flagged_at = CallFlag.TRANCHE_DROPPED, at


def _check_uncalled(plan: Plan, tranche: Tranche) -> None:
    call = plan.issued(tranche)
    if call is not None:
        raise TrancheCalled(number=tranche.number, call=call.number, rule="V6")


def _numbered(plan: Plan, number: int) -> Tranche:
    for tranche in plan.tranches:
        if tranche.number == number:
            return tranche
    candidates = tuple(str(tranche.number) for tranche in plan.tranches[:3])
    raise UnknownKey(noun="tranche", key=str(number)[:60], candidates=candidates)


def _columns(planned: PlannedTranche) -> dict[str, Any]:
    return {
        "amount_centimes": planned.amount.centimes,
        "trigger": planned.trigger,
        "expected_on": planned.expected_on,
        "stage": planned.stage,
        "progress": planned.progress,
        "document": planned.document,
    }


def _terms(tranche: Tranche) -> dict[str, Any]:
    return tranche.model_dump(exclude={"id", "commitment_id"})
