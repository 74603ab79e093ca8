"""Acceptance of the works, and the reservations noted at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.clock import local_day
from models.operations.contract_access import (
    LONGEST_REFERENCE,
    Held,
    check_dated,
    is_known,
    take_up_contract,
    write_down,
)
from models.queries.contract_states import load_states
from models.queries.contracts import guarantee_until
from models.rules.authority import Action
from models.rules.contracts import AcceptanceKind
from models.rules.errors import BadValue, UnknownKey
from models.rules.projects import check_text
from models.tables import Acceptance, Reservation


@dataclass(frozen=True, slots=True)
class NewReservation:
    """A defect as it is noted; `due_on` is the day by which it is to be cleared."""

    label: str
    due_on: date | None = None
    blocking: bool = False


def accept(
    session: Session,
    *,
    contract: str,
    kind: AcceptanceKind,
    dated: date,
    reference: str = "",
    reservations: Sequence[NewReservation] = (),
    by: str,
    at: datetime,
) -> bool:
    """Write the minutes of an acceptance; return False where they were written so already.

    The definitive one waits for the end of the guarantee, which runs once, from the provisional one, and
    for every reservation to be cleared.
    Raises: UnknownKey, NotAllowed, BadValue, PeriodClosed.
    Source: docs/rules.md, W27.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    words = check_text("reference", reference, LONGEST_REFERENCE)
    known = _find(session, held, kind)
    if is_known(known, {"dated": dated, "reference": words}, kind) and known is not None:
        _check_noted(session, known, reservations)
        return False
    check_dated(session, held, "dated", dated, at)
    if kind is AcceptanceKind.PROVISIONAL:
        _check_started(session, held, dated)
    else:
        _check_guarantee(session, held, dated, at)
    acceptance = Acceptance(contract_id=held.contract.id, kind=kind, dated=dated, reference=words)
    noted = [_row(acceptance.id, place, new, dated) for place, new in enumerate(reservations, 1)]
    session.add(acceptance)
    session.flush()
    session.add_all(noted)
    payload = {"kind": kind, "dated": dated, "reference": words}
    payload |= {"reservations": [_said(row) for row in noted]}
    write_down(session, held, "contract_accepted", by, at, payload)
    return True


def note_reservation(
    session: Session, *, contract: str, new: NewReservation, noted_on: date, by: str, at: datetime
) -> int:
    """Note a defect found after the provisional acceptance; return its number.

    Raises: UnknownKey, NotAllowed, BadValue, PeriodClosed.
    Source: docs/rules.md, W27.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    acceptance = _accepted(session, held)
    check_dated(session, held, "noted_on", noted_on, at, since=acceptance.dated)
    last = select(func.coalesce(func.max(Reservation.number), 0)).where(
        Reservation.acceptance_id == acceptance.id
    )
    row = _row(acceptance.id, session.exec(last).one() + 1, new, noted_on)
    session.add(row)
    write_down(session, held, "reservation_noted", by, at, _said(row))
    return row.number


def clear_reservation(
    session: Session, *, contract: str, number: int, cleared_on: date, by: str, at: datetime
) -> bool:
    """State that a defect of the provisional acceptance is cleared; return False where it was already.

    Raises: UnknownKey, NotAllowed, BadValue, PeriodClosed.
    Source: docs/rules.md, W27.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    acceptance = _accepted(session, held)
    rows = session.exec(select(Reservation).where(Reservation.acceptance_id == acceptance.id)).all()
    found = next((row for row in rows if row.number == number), None)
    if found is None:
        raise UnknownKey(
            noun="reservation", key=str(number)[:60], candidates=tuple(str(row.number) for row in rows)
        )
    if found.cleared_on is not None and is_known(found, {"cleared_on": cleared_on}, number):
        return False
    check_dated(session, held, "cleared_on", cleared_on, at, since=found.noted_on)
    found.cleared_on = cleared_on
    payload = {"number": number, "cleared_on": cleared_on}
    write_down(session, held, "reservation_cleared", by, at, payload)
    return True


def _check_noted(session: Session, known: Acceptance, reservations: Sequence[NewReservation]) -> None:
    """Refuse reservations that the minutes, as they stand, do not have: they are noted on their own."""
    rows = session.exec(select(Reservation).where(Reservation.acceptance_id == known.id)).all()
    stand = {(row.label, row.due_on, row.blocking) for row in rows}
    for new in reservations:
        label = check_text("label", new.label, needed=True)
        if (label, new.due_on, new.blocking) not in stand:
            raise BadValue(field="label", value=label, reason="already_stated", rule="W24")


def _check_started(session: Session, held: Held, dated: date) -> None:
    (state,) = load_states(session, on=date.max, contract=held.contract.id)
    started = state.clock.started_on
    if started is None:
        raise BadValue(field="dated", value=dated, reason="no_start_order", rule="W27")
    if dated < started:
        raise BadValue(field="dated", value=dated, reason="before_start_order", rule="W27", limit=started)


def _check_guarantee(session: Session, held: Held, dated: date, at: datetime) -> None:
    provisional = _accepted(session, held)
    (state,) = load_states(session, on=max(dated, provisional.dated), contract=held.contract.id)
    end = guarantee_until(state)
    if end is not None and dated < end:
        raise BadValue(field="dated", value=dated, reason="guarantee_running", rule="W27", limit=end)
    (now,) = load_states(session, on=local_day(at), contract=held.contract.id)
    if (count := max(state.open_reservations, now.open_reservations)) > 0:
        raise BadValue(field="dated", value=count, reason="reservations_open", rule="W27")


def _accepted(session: Session, held: Held) -> Acceptance:
    found = _find(session, held, AcceptanceKind.PROVISIONAL)
    if found is None:
        raise BadValue(field="contract", value=held.contract.reference, reason="not_accepted", rule="W27")
    return found


def _find(session: Session, held: Held, kind: AcceptanceKind) -> Acceptance | None:
    return session.exec(
        select(Acceptance)
        .where(Acceptance.contract_id == held.contract.id, Acceptance.kind == kind)
        .order_by(col(Acceptance.dated))
    ).first()


def _row(acceptance: UUID, number: int, new: NewReservation, noted_on: date) -> Reservation:
    if new.due_on is not None and new.due_on < noted_on:
        raise BadValue(field="due_on", value=new.due_on, reason="too_early", limit=noted_on)
    return Reservation(
        acceptance_id=acceptance,
        number=number,
        label=check_text("label", new.label, needed=True),
        noted_on=noted_on,
        due_on=new.due_on,
        blocking=new.blocking,
    )


def _said(row: Reservation) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("number", "label", "noted_on", "due_on", "blocking")}
