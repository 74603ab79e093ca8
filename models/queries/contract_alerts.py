"""What is amiss with contracts in the morning: one row of each is read, and whole what may be amiss."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlmodel import Session

from models.queries.alert_statements import CONTRACTS, REQUESTS
from models.queries.contract_states import ContractState, load_some
from models.queries.contracts import days_late_of, guarantee_until
from models.rules.accounts import must_hold
from models.rules.contracts import AcceptanceKind, SecurityKind
from models.rules.milestones import REQUEST_DAYS_BEFORE_END
from models.rules.money import Money
from models.rules.money_alerts import (
    REQUEST_STEPS,
    Alert,
    Concern,
    Held,
    bond_deadline,
    cap_step,
    due_release,
    is_bond_late,
    last_request,
    request_step,
)
from models.rules.penalties import delay_penalty
from models.rules.terms import DEFAULTS, WHOLE, part, valid_on

_EARLIEST_NOTICE = timedelta(days=REQUEST_DAYS_BEFORE_END + max(REQUEST_STEPS))


def contract_concerns(session: Session, day: date) -> Iterator[Concern]:
    """Yield what is amiss with the contracts of projects that go on, at the end of a day.

    Source: docs/rules.md, B42, B43, B46 and B47.
    """
    connection = session.connection()
    rows = connection.execute(CONTRACTS, {"on": day}).all()
    project_of = {row.id: row.project_id for row in rows if _may_concern(row, day)}
    if not project_of:
        return
    requests = _Requests(connection.execute(REQUESTS, {"on": day}).all())
    for state in load_some(session, list(project_of), on=day):
        project = project_of[state.id]
        yield from _penalty(project, state, day)
        yield from _bond(project, state, day)
        yield from _release(project, state, day)
        yield from _guarantee(project, state, day, requests)


def _may_concern(row: Any, day: date) -> bool:
    """Tell from one row whether a contract may be amiss: not even stop orders are asked for yet."""
    accepted, secured = row.provisional, row.performance + row.retention
    if row.held + secured > 0 and (row.definitive is not None or row.retention > 0):
        return True
    if accepted is not None:
        months = valid_on(DEFAULTS["guarantee_months"], day) if row.months is None else row.months
        ends: date = accepted + relativedelta(months=months)
        asked_from: date = ends - _EARLIEST_NOTICE
        return day >= asked_from or _may_be_late(row, day)
    return _may_be_late(row, day) or _may_lack_bond(row, day)


def _may_be_late(row: Any, day: date) -> bool:
    if row.started is None or row.final:
        return False
    last: date = min(day, row.provisional) if row.provisional else day
    planned: date = row.started + timedelta(days=row.days)
    return last > planned


def _may_lack_bond(row: Any, day: date) -> bool:
    if row.notified_on is None or row.final:
        return False
    share = valid_on(DEFAULTS["performance_bond"], day) if row.bond is None else row.bond
    return bool(row.performance < part(row.amount_centimes, share))


class _Requests:
    """Whether a milestone tells people to ask for the definitive acceptance of a contract."""

    def __init__(self, rows: Any) -> None:
        self._of: dict[UUID, Any] = {row.project_id: row for row in rows}

    def cover(self, project: UUID, accepted: date, by: date) -> bool:
        """The request was made, or its milestone counts from this acceptance and is early enough."""
        row = self._of.get(project)
        if row is None:
            return False
        if row.actual is not None:
            return bool(row.actual >= accepted)
        return bool(row.guarantee_from == accepted and row.forecast <= by)


def _concern(
    alert: Alert, project: UUID, state: ContractState, level: int, payload: Mapping[str, Any]
) -> Concern:
    named = {"contract": state.reference, "contractor": state.contractor}
    return Concern(alert, project, state.id, level, {**named, **payload})


def _money(state: ContractState, centimes: int) -> str:
    return str(Money(centimes, state.currency))


def _penalty(project: UUID, state: ContractState, day: date) -> Iterator[Concern]:
    late = days_late_of(state, day)
    penalty = delay_penalty(state.amounts, late, state.terms)
    step = cap_step(penalty)
    if step and not state.sums["final"]:
        payload = {
            "days": late,
            "due": _money(state, penalty.due),
            "cap": _money(state, penalty.cap),
            "share": penalty.due * WHOLE // penalty.cap,
            "reached": penalty.at_cap,
        }
        yield _concern(Alert.PENALTY_CAP, project, state, step, payload)


def _bond(project: UUID, state: ContractState, day: date) -> Iterator[Concern]:
    needed = part(state.amounts.initial, state.terms.performance_bond)
    missing = needed - state.bonds.get(SecurityKind.PERFORMANCE, 0)
    over = state.accepted_on or state.sums["final"]
    if state.notified_on is None or over:
        return
    if is_bond_late(state.notified_on, state.terms.bond_days, missing, day):
        by = bond_deadline(state.notified_on, state.terms.bond_days)
        payload = {
            "needed": _money(state, needed),
            "lacking": _money(state, missing),
            "notified_on": state.notified_on,
            "by": by,
            "days": (day - by).days,
            "penalty": _money(state, part(state.amounts.initial, state.terms.bond_penalty)),
        }
        yield _concern(Alert.BOND_MISSING, project, state, 1, payload)


def _release(project: UUID, state: ContractState, day: date) -> Iterator[Concern]:
    standing = state.standing
    lodged = (SecurityKind.PERFORMANCE, SecurityKind.RETENTION)
    held = Held(
        retention=standing.retention_held,
        most=must_hold(standing, state.terms),
        bonds=sum(state.bonds.get(kind, 0) for kind in lodged),
        bonded=standing.retention_bonds > 0,
        guarantee_until=guarantee_until(state),
        definitive_on=state.accepted_on.get(AcceptanceKind.DEFINITIVE),
        open_reservations=state.open_reservations,
    )
    release = due_release(held, day)
    if release is not None:
        payload = {
            "reason": release.reason,
            "since": release.since,
            "retention": _money(state, release.retention),
            "bonds": _money(state, release.bonds),
        }
        yield _concern(Alert.RELEASE_DUE, project, state, release.step, payload)


def _guarantee(project: UUID, state: ContractState, day: date, requests: _Requests) -> Iterator[Concern]:
    until = guarantee_until(state)
    if until is None or AcceptanceKind.DEFINITIVE in state.accepted_on:
        return
    step, by = request_step(until, day), last_request(until)
    accepted = state.accepted_on[AcceptanceKind.PROVISIONAL]
    if step and not requests.cover(project, accepted, by):
        payload = {"until": until, "by": by, "days": abs((by - day).days), "passed": day > by}
        yield _concern(Alert.GUARANTEE_ENDING, project, state, step, payload)
