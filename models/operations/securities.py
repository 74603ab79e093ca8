"""Bonds: lodged for a contract, and released."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from models.clock import local_day
from models.operations.contract_access import (
    LONGEST_REFERENCE,
    check_dated,
    check_money,
    is_known,
    take_up_contract,
    write_down,
)
from models.queries.contract_states import ContractState, load_states
from models.queries.projects import nearest
from models.rules.accounts import must_hold
from models.rules.authority import Action
from models.rules.contracts import AcceptanceKind, SecurityKind
from models.rules.errors import BadValue, UnknownKey
from models.rules.money import Money
from models.rules.projects import check_text
from models.rules.terms import part
from models.rules.text import visible
from models.tables import Security


@dataclass(frozen=True, slots=True)
class Lodged:
    """What became of a bond. `missing`: what bonds of its kind still lack of what the contract asks."""

    security: Security
    changed: bool
    missing: Money | None


def lodge_security(
    session: Session,
    *,
    contract: str,
    kind: SecurityKind,
    amount: Money,
    lodged_on: date,
    reference: str,
    by: str,
    at: datetime,
) -> Lodged:
    """Write a bond; the same reference again with the same terms changes nothing.

    From its lodging a retention bond stands for its amount of what would be retained.
    Raises: UnknownKey, NotAllowed, BadValue, CurrencyMismatch, PeriodClosed.
    Source: docs/rules.md, W17 and W28.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    check_money("amount", amount, held.project.currency)
    words = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    row: dict[str, Any] = {"kind": kind, "amount_centimes": amount.centimes, "lodged_on": lodged_on}
    known = _find(session, held.contract.id, words)
    if is_known(known, row, words) and known is not None:
        return _lodged(session, known, held.project.currency, changed=False)
    check_dated(session, held, "lodged_on", lodged_on, at)
    security = Security(contract_id=held.contract.id, reference=words, **row)
    session.add(security)
    answer = _lodged(session, security, held.project.currency, changed=True)
    write_down(session, held, "security_lodged", by, at, {"reference": words, **row})
    return answer


def release_security(
    session: Session, *, contract: str, reference: str, released_on: date, by: str, at: datetime
) -> bool:
    """Release a bond; return False where it was released on that day already.

    Raises: UnknownKey, NotAllowed, PeriodClosed, BadValue while the contract still needs it.
    Source: docs/rules.md, W28.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    found = _find(session, held.contract.id, reference) if visible(reference) == reference else None
    if found is None:
        known = session.exec(
            select(Security.reference).where(Security.contract_id == held.contract.id)
        ).all()
        candidates = nearest(reference, known)
        raise UnknownKey(noun="security", key=visible(reference[:60]), candidates=candidates)
    if found.released_on is not None and is_known(found, {"released_on": released_on}, reference):
        return False
    check_dated(session, held, "released_on", released_on, at, since=found.lodged_on)
    (state,) = load_states(session, on=local_day(at), contract=held.contract.id)
    left = state.bonds.get(found.kind, 0) - found.amount_centimes
    if left < (needed := needed_of(state, found.kind)):
        short = Money(needed - left, held.project.currency)
        shown = Money(found.amount_centimes, held.project.currency)
        raise BadValue(
            field="reference", value=str(shown), reason="bond_needed", rule="W28", limit=str(short)
        )
    found.released_on = released_on
    payload = {"reference": found.reference, "kind": found.kind, "released_on": released_on}
    payload |= {"amount_centimes": found.amount_centimes}
    write_down(session, held, "security_released", by, at, payload)
    return True


def needed_of(state: ContractState, kind: SecurityKind) -> int:
    """Return what bonds of a kind must stand for on the day of a contract's state, in centimes.

    Source: docs/rules.md, W28.
    """
    standing = state.standing
    if kind is SecurityKind.ADVANCE:
        return standing.advance_left
    if AcceptanceKind.DEFINITIVE in state.accepted_on and not state.open_reservations:
        return 0
    if kind is SecurityKind.PERFORMANCE:
        return part(state.amounts.initial, state.terms.performance_bond)
    retained = part(state.sums["gross"] + state.sums["revision"], state.terms.retention)
    asked = min(retained, must_hold(standing, state.terms) + standing.retention_bonds)
    return max(0, asked - standing.retention_held)


def _lodged(session: Session, security: Security, currency: str, *, changed: bool) -> Lodged:
    (state,) = load_states(session, on=security.lodged_on, contract=security.contract_id)
    missing = needed_of(state, security.kind) - state.bonds.get(security.kind, 0)
    return Lodged(security, changed, Money(missing, currency) if missing > 0 else None)


def _find(session: Session, contract: object, reference: str) -> Security | None:
    return session.exec(
        select(Security).where(Security.contract_id == contract, Security.reference == reference)
    ).first()
