"""Money paid on a contract's certificates, and its corrections."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from models.operations.contract_access import (
    LONGEST_REFERENCE,
    Held,
    check_dated,
    check_money,
    is_known,
    take_up_contract,
    write_down,
)
from models.queries.accounts import find_certificate
from models.queries.projects import nearest
from models.rules.authority import Action
from models.rules.errors import BadValue, UnknownKey
from models.rules.money import Money
from models.rules.projects import check_reason, check_text
from models.rules.text import visible
from models.tables import Certificate, Payment


@dataclass(frozen=True, slots=True)
class Paid:
    """What became of a payment. `left`: what the certificate still comes to."""

    payment: Payment
    changed: bool
    left: Money


def pay(
    session: Session,
    *,
    contract: str,
    number: int,
    amount: Money,
    paid_on: date,
    reference: str,
    by: str,
    at: datetime,
) -> Paid:
    """Write a payment, of all or a part, on a certificate (its number). The same again changes nothing.

    Raises: UnknownKey, NotAllowed, CurrencyMismatch, PeriodClosed, and BadValue for more than is owed.
    Source: docs/rules.md, W32.
    """
    held = take_up_contract(session, contract, Action.ENTER_PAYMENT, by)
    check_money("amount", amount, held.project.currency)
    certificate = find_certificate(session, held.contract, number)
    words = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    row: dict[str, Any] = {"amount_centimes": amount.centimes, "paid_on": paid_on, "corrects_id": None}
    known = _find(session, certificate, words)
    left = _left(session, held, certificate)
    if is_known(known, row, words) and known is not None:
        return Paid(known, False, left)
    check_dated(session, held, "paid_on", paid_on, at, since=certificate.dated)
    if amount > left:
        raise BadValue(field="amount", value=str(amount), reason="over_net", rule="W32", limit=str(left))
    payment = Payment(certificate_id=certificate.id, reference=words, **row, written_by=by, written_at=at)
    session.add(payment)
    payload = {"number": number, "reference": words, "amount_centimes": amount.centimes}
    payload |= {"paid_on": paid_on}
    write_down(session, held, "payment_entered", by, at, payload)
    return Paid(payment, True, left - amount)


def correct_payment(
    session: Session,
    *,
    contract: str,
    number: int,
    payment: str,
    reference: str,
    corrected_on: date,
    reason: str,
    by: str,
    at: datetime,
) -> Paid:
    """Take a payment (its reference) back by an entry of the opposite sign that points to it.

    What was really paid is then entered by `pay`. The same again changes nothing.
    Raises: UnknownKey, NotAllowed, PeriodClosed, BadValue without a reason, or for one taken back before.
    Source: docs/rules.md, W32.
    """
    held = take_up_contract(session, contract, Action.ENTER_PAYMENT, by)
    certificate = find_certificate(session, held.contract, number)
    wrong = _wrong(session, certificate, payment)
    words = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    why = check_reason(reason)
    row: dict[str, Any] = {
        "amount_centimes": -wrong.amount_centimes,
        "paid_on": corrected_on,
        "corrects_id": wrong.id,
    }
    known = _find(session, certificate, words)
    if is_known(known, row, words) and known is not None:
        return Paid(known, False, _left(session, held, certificate))
    before = session.exec(select(Payment).where(Payment.corrects_id == wrong.id)).first()
    if before is not None:
        raise BadValue(
            field="payment", value=payment, reason="already_corrected", rule="W32", limit=before.reference
        )
    check_dated(session, held, "corrected_on", corrected_on, at, since=wrong.paid_on)
    entry = Payment(
        certificate_id=certificate.id, reference=words, reason=why, **row, written_by=by, written_at=at
    )
    session.add(entry)
    payload = {"number": number, "reference": words, "corrects": payment, "reason": why}
    payload |= {"amount_centimes": entry.amount_centimes, "paid_on": corrected_on}
    write_down(session, held, "payment_corrected", by, at, payload)
    return Paid(entry, True, _left(session, held, certificate))


def _find(session: Session, certificate: Certificate, reference: str) -> Payment | None:
    return session.exec(
        select(Payment).where(Payment.certificate_id == certificate.id, Payment.reference == reference)
    ).first()


def _wrong(session: Session, certificate: Certificate, reference: str) -> Payment:
    """Return the payment of a reference, which is no correction itself."""
    found = _find(session, certificate, reference) if visible(reference) == reference else None
    if found is not None and found.corrects_id is None:
        return found
    known = session.exec(
        select(Payment.reference).where(
            Payment.certificate_id == certificate.id, col(Payment.corrects_id).is_(None)
        )
    ).all()
    candidates = nearest(reference, known)
    raise UnknownKey(noun="payment", key=visible(reference[:60]), candidates=candidates)


def _left(session: Session, held: Held, certificate: Certificate) -> Money:
    """Return what a certificate comes to less what was paid on it."""
    session.flush()
    paid = session.exec(
        select(func.coalesce(func.sum(Payment.amount_centimes), 0)).where(
            Payment.certificate_id == certificate.id
        )
    ).one()
    return Money(certificate.net_centimes - int(paid), held.project.currency)
