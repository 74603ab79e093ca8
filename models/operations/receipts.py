"""Receipts: what partners pay, given to their calls, and corrected by new entries alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, or_, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.operations.advances import Given, allocate, as_payload, held_by, take_back
from models.operations.advances import apply_advance as give_advance
from models.queries.funding import OpenCall, find_call, free_receipts, open_calls
from models.queries.partners import find_partner
from models.queries.periods import check_day
from models.rules.authority import Action
from models.rules.errors import BadValue, UnknownKey
from models.rules.evidence import EARLIEST
from models.rules.funding import check_books_open, converted
from models.rules.money import CurrencyMismatch, Money
from models.rules.projects import LARGEST_BUDGET, check_reason, check_text
from models.rules.text import visible
from models.tables import FundingCall, Partner, Partnership, Project, Receipt

LONGEST_REFERENCE = 56
"""Shorter than the column: the entries that correct a receipt add their number to its reference."""


@dataclass(frozen=True, slots=True)
class ReceiptAnswer:
    """A receipt after a request: which calls took or gave back what, and the partner's advance now.

    `changed` is False when it was in the books already.
    """

    receipt: Receipt
    given: tuple[Given, ...]
    advance: Money
    changed: bool = True


def enter_receipt(
    session: Session,
    *,
    project: str,
    partner: str,
    amount: Money,
    received_on: date,
    reference: str,
    by: str,
    at: datetime,
    calls: Sequence[str] = (),
    rate: Decimal | None = None,
) -> ReceiptAnswer:
    """Write what a partner has paid; the calls named, or else its oldest open ones, take it in turn.

    What they do not take is an advance. `rate`: of the project's currency for one unit of another one.
    Raises: NotAllowed, UnknownKey, BadValue, CurrencyMismatch, PeriodClosed, ProjectClosed.
    Source: docs/rules.md, V15, V16, V18 and V19.
    """
    found = take_up(session, project, Action.ENTER_RECEIPT, by)
    body = find_partner(session, partner)
    reference = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    money = converted(amount, found.currency, rate)
    known = _known(session, found, body, reference)
    if known is not None:
        if (known.amount_centimes, known.received_on) != (money.centimes, received_on):
            raise BadValue(field="reference", value=reference, reason="taken", rule="V15")
        return ReceiptAnswer(known, (), _advance(session, found, body), changed=False)
    check_books_open(found.key, found.stage)
    _check(session, found, body, money, received_on, local_day(at))
    taking = _named(session, found, body, calls)
    original = f"{amount} × {rate}" if rate is not None else ""
    receipt = Receipt(
        project_id=found.id,
        partner_id=body.id,
        amount_centimes=money.centimes,
        received_on=received_on,
        reference=reference,
        reason=original,
        written_by=by,
        written_at=at,
    )
    session.add(receipt)
    session.flush()
    given = allocate(session, found, receipt.id, money.centimes, received_on, taking)
    payload = _about(body, receipt, found) | {"original": original, "given": as_payload(given)}
    trail.record(session, at=at, actor=by, kind="receipt_entered", project=found.id, payload=payload)
    return ReceiptAnswer(receipt, given, _advance(session, found, body))


def correct_receipt(
    session: Session,
    *,
    project: str,
    partner: str,
    reference: str,
    amount: Money,
    reason: str,
    by: str,
    at: datetime,
) -> ReceiptAnswer:
    """Set right what a receipt was of, by a new entry of the difference; nothing when it never came.

    Calls give back what the receipt has no more, those that took it last first; what is more goes to the
    oldest open calls. The entry is dated today. The same amount again changes nothing.
    Raises: NotAllowed, UnknownKey, BadValue, CurrencyMismatch, PeriodClosed, ProjectClosed.
    Source: docs/rules.md, V17 and V18.
    """
    found = take_up(session, project, Action.ENTER_RECEIPT, by)
    body, today = find_partner(session, partner), local_day(at)
    receipt = _known(session, found, body, reference)
    if receipt is None or receipt.corrects_id is not None:
        raise UnknownKey(noun="receipt", key=visible(reference[:60]), candidates=())
    check_books_open(found.key, found.stage)
    reason = check_reason(reason)
    check_day(session, today)
    _check_amount(amount, found.currency, least=0)
    chain = _chain(session, receipt)
    change = amount.centimes - sum(entry.amount_centimes for entry in chain)
    if not change:
        return ReceiptAnswer(receipt, (), _advance(session, found, body), changed=False)
    entry = Receipt(
        project_id=found.id,
        partner_id=body.id,
        amount_centimes=change,
        received_on=today,
        reference=_free_reference(session, found, body, receipt.reference),
        corrects_id=receipt.id,
        reason=reason,
        written_by=by,
        written_at=at,
    )
    session.add(entry)
    session.flush()
    given = _carry(session, found, body, chain, entry)
    payload = _about(body, entry, found) | {"corrects": receipt.reference, "reason": reason}
    payload |= {"given": as_payload(given)}
    trail.record(session, at=at, actor=by, kind="receipt_corrected", project=found.id, payload=payload)
    return ReceiptAnswer(entry, given, _advance(session, found, body))


def apply_advance(
    session: Session, *, project: str, partner: str, by: str, at: datetime
) -> tuple[Given, ...]:
    """Give a partner's advance to its open calls, the oldest first; return which took what.

    Raises: NotAllowed, UnknownKey, PeriodClosed, ProjectClosed.
    Source: docs/rules.md, V16.
    """
    found = take_up(session, project, Action.ENTER_RECEIPT, by)
    body, today = find_partner(session, partner), local_day(at)
    check_books_open(found.key, found.stage)
    check_day(session, today)
    given = give_advance(session, found, body.id, today)
    if given:
        payload = {"partner": body.key, "given": as_payload(given), "on": today}
        trail.record(session, at=at, actor=by, kind="advance_applied", project=found.id, payload=payload)
    return given


def _carry(
    session: Session, project: Project, partner: Partner, chain: Sequence[Receipt], entry: Receipt
) -> tuple[Given, ...]:
    """Let the calls follow a correction: give back what is missing, or take what is more."""
    if entry.amount_centimes > 0:
        calls = open_calls(session, project.id, partner.id)
        return allocate(session, project, entry.id, entry.amount_centimes, entry.received_on, calls)
    held = held_by(session, receipt_id=[one.id for one in chain])
    free = sum(one.amount_centimes for one in chain) - sum(part for _, _, part in held)
    missing = -entry.amount_centimes - free
    back = []
    for receipt, call, part in reversed(held):
        taken = min(part, missing)
        if taken > 0:
            back.append((receipt, call, taken))
            missing -= taken
    take_back(session, back, entry.received_on)
    numbers = {call: session.get_one(FundingCall, call).number or "" for _, call, _ in back}
    return tuple(Given(numbers[call], Money(-part, project.currency)) for _, call, part in back)


def _check(
    session: Session, project: Project, partner: Partner, money: Money, received_on: date, today: date
) -> None:
    _check_amount(money, project.currency, least=1)
    if received_on > today:
        raise BadValue(field="received_on", value=received_on, reason="in_the_future", limit=today)
    if received_on < EARLIEST:
        raise BadValue(field="received_on", value=received_on, reason="too_early", limit=EARLIEST)
    check_day(session, received_on)
    part = select(col(Partnership.id)).where(
        Partnership.project_id == project.id,
        Partnership.partner_id == partner.id,
        col(Partnership.retained),
    )
    if session.exec(part).first() is None:
        raise BadValue(field="partner", value=partner.key, reason="takes_no_part", limit=project.key)


def _check_amount(amount: Money, currency: str, least: int) -> None:
    if amount.currency != currency:
        raise CurrencyMismatch(left=amount.currency, right=currency)
    if amount.centimes < least:
        raise BadValue(
            field="amount", value=str(amount), reason="negative" if not least else "not_positive"
        )
    if amount.centimes > LARGEST_BUDGET.centimes:
        limit = str(LARGEST_BUDGET)
        raise BadValue(field="amount", value=str(amount), reason="amount_too_large", limit=limit)


def _named(
    session: Session, project: Project, partner: Partner, calls: Sequence[str]
) -> tuple[OpenCall, ...]:
    """Return the open calls named, in that order; all of them when none is."""
    owed = open_calls(session, project.id, partner.id)
    if not calls:
        return owed
    by_id = {call.id: call for call in owed}
    wanted = dict.fromkeys(find_call(session, call).id for call in calls)
    for call, named in zip(wanted, calls, strict=False):
        if call not in by_id:
            raise BadValue(field="call", value=visible(str(named)[:60]), reason="not_owed", rule="V15")
    return tuple(by_id[call] for call in wanted)


def _known(session: Session, project: Project, partner: Partner, reference: str) -> Receipt | None:
    return session.exec(
        select(Receipt).where(
            Receipt.project_id == project.id,
            Receipt.partner_id == partner.id,
            Receipt.reference == visible(reference),
        )
    ).first()


def _chain(session: Session, receipt: Receipt) -> Sequence[Receipt]:
    """Return a receipt with all that corrects it."""
    of = or_(col(Receipt.id) == receipt.id, col(Receipt.corrects_id) == receipt.id)
    return session.exec(select(Receipt).where(of)).all()


def _free_reference(session: Session, project: Project, partner: Partner, reference: str) -> str:
    """Return a reference for an entry that corrects another: that one's, with the first number free."""
    number = 1
    while _known(session, project, partner, f"{reference} ({number})") is not None:
        number += 1
    return f"{reference} ({number})"


def _advance(session: Session, project: Project, partner: Partner) -> Money:
    free = free_receipts(session, project.id, partner.id)
    return Money(sum(part for _, part in free), project.currency)


def _about(partner: Partner, receipt: Receipt, project: Project) -> dict[str, Any]:
    return {
        "partner": partner.key,
        "reference": receipt.reference,
        "amount_centimes": receipt.amount_centimes,
        "currency": project.currency,
        "received_on": receipt.received_on,
    }
