"""Payment certificates: accounts of works with each deduction, advances, retention given back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.operations.bills import units
from models.operations.contract_access import (
    LONGEST_REFERENCE,
    Held,
    check_dated,
    check_money,
    is_known,
    take_up_contract,
    write_down,
)
from models.queries.contract_states import ContractState, load_states
from models.queries.contracts import days_late_of, measured_so_far
from models.queries.indices import index_of
from models.rules.accounts import Account, Claim, advance_due, measured, must_hold, settle
from models.rules.authority import Action
from models.rules.contracts import ACCEPTED, AcceptanceKind, CertificateKind
from models.rules.errors import BadValue, UnknownKey
from models.rules.money import Money
from models.rules.penalties import Penalty, delay_penalty, special_cap
from models.rules.projects import check_text
from models.rules.revision import revision_of
from models.rules.text import visible
from models.tables import BillItem, Certificate, Measurement


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an account is certified from: `gross`, what it alone certifies, or `quantities`.

    `quantities`: of each bill item (its code) all that is done so far, in thousandths of its unit; an item
    that is not named stays as last measured. `worked_in`: the month (its first day) whose index revises
    prices, that of the account unless it is said. `number`: refused unless it is the next one.
    """

    reference: str
    dated: date
    gross: Money | None = None
    quantities: Mapping[str, int] | None = None
    last: bool = False
    worked_in: date | None = None
    special_penalty: Money | None = None
    number: int | None = None

    @property
    def kind(self) -> CertificateKind:
        return CertificateKind.FINAL if self.last else CertificateKind.WORK


@dataclass(frozen=True, slots=True)
class Certified:
    """What became of an account. `waiting`: the penalty for delay that it could not bear.

    `measured`: what it measures itself, item by item.
    """

    certificate: Certificate
    changed: bool
    near_cap: bool = False
    at_cap: bool = False
    waiting: Money | None = None
    measured: tuple[Measurement, ...] = ()


def certify(
    session: Session, *, contract: str, new: NewAccount, by: str, at: datetime, dry_run: bool = False
) -> Certified:
    """Work out an account with each deduction, and write it, unless it is a dry run.

    The same again changes nothing.
    Raises: UnknownKey, NotAllowed, CurrencyMismatch, PeriodClosed, and BadValue for an account out of
    order or dated before the start order, a last one before the provisional acceptance, a quantity above
    the bill, less than nothing but at last, and more than the contract with its amendments.
    Source: docs/rules.md, W17 to W22, W30, W31 and W33.
    """
    held = take_up_contract(session, contract, Action.CERTIFY_ACCOUNT, by)
    items = _items(session, held, new)
    words = check_text("reference", new.reference, LONGEST_REFERENCE, needed=True)
    if (known := _find(session, held, words)) is not None:
        _check_same(session, known, new, items)
        return Certified(known, False)
    number = _next_number(session, held, new.dated, new.number, at)
    state = _started(session, held, new.dated)
    _check_accepted(state, new)
    quantities = measured_so_far(session, held.contract.id) | {item.id: done for item, done in items}
    gross = _gross(session, held, state, new, quantities)
    penalty = delay_penalty(state.amounts, days_late_of(state, new.dated), state.terms)
    claim = Claim(
        gross=gross,
        revision=_revision(session, held, state, new, gross),
        delay=penalty.due,
        special=_special(held, state, new),
        last=new.last,
    )
    account = settle(claim, state.standing, state.terms)
    certificate = _made(held, state, new.kind, words, number, new.dated, account, by, at)
    lines = tuple(
        Measurement(certificate_id=certificate.id, item_id=item.id, quantity=done) for item, done in items
    )
    if not dry_run:
        _keep(session, certificate)
        session.add_all(lines)
        payload = _said(certificate) | {"quantities": {item.code: done for item, done in items}}
        write_down(session, held, "account_certified", by, at, payload)
    return _certified(held, state, certificate, penalty, lines)


def give_advance(
    session: Session, *, contract: str, reference: str, dated: date, amount: Money, by: str, at: datetime
) -> Certified:
    """Certify an advance, which later accounts recover. The same again changes nothing.

    Raises: UnknownKey, NotAllowed, CurrencyMismatch, PeriodClosed, and BadValue where the contract is too
    small or too short for one, or for more than it may have.
    Source: docs/rules.md, W18 and W30.
    """
    held = take_up_contract(session, contract, Action.CERTIFY_ACCOUNT, by)
    check_money("amount", amount, held.project.currency)
    words = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    row = {"kind": CertificateKind.ADVANCE, "dated": dated, "gross_centimes": amount.centimes}
    if is_known(known := _find(session, held, words), row, words) and known is not None:
        return Certified(known, False)
    number = _next_number(session, held, dated, None, at)
    (state,) = load_states(session, on=dated, contract=held.contract.id)
    due = advance_due(state.amounts.initial, state.clock.period_days, state.terms)
    left = Money(due - state.standing.advance_given, held.project.currency)
    if not due:
        raise BadValue(field="amount", value=str(amount), reason="advance_not_due", rule="W18")
    if amount > left:
        raise BadValue(
            field="amount", value=str(amount), reason="advance_over_limit", rule="W18", limit=str(left)
        )
    account = Account(gross=amount.centimes)
    kind = CertificateKind.ADVANCE
    certificate = _keep(session, _made(held, state, kind, words, number, dated, account, by, at))
    write_down(session, held, "advance_given", by, at, _said(certificate))
    return Certified(certificate, True)


def release_retention(
    session: Session,
    *,
    contract: str,
    reference: str,
    dated: date,
    amount: Money | None = None,
    by: str,
    at: datetime,
) -> Certified:
    """Certify retention that is given back: what a bond stands for, or all after the definitive acceptance.

    No `amount` gives back all that may be. The same again changes nothing.
    Raises: UnknownKey, NotAllowed, CurrencyMismatch, PeriodClosed, and BadValue for more than may be.
    Source: docs/rules.md, W17 and W30.
    """
    held = take_up_contract(session, contract, Action.CERTIFY_ACCOUNT, by)
    words = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    row: dict[str, Any] = {"kind": CertificateKind.RETENTION, "dated": dated}
    if amount is not None:
        check_money("amount", amount, held.project.currency)
        row["gross_centimes"] = amount.centimes
    if is_known(known := _find(session, held, words), row, words) and known is not None:
        return Certified(known, False)
    number = _next_number(session, held, dated, None, at, after_last=True)
    (state,) = load_states(session, on=dated, contract=held.contract.id)
    most = Money(releasable(state), held.project.currency)
    asked = amount or most
    if not most or asked > most:
        raise BadValue(field="amount", value=str(asked), reason="over_held", rule="W17", limit=str(most))
    account = Account(gross=asked.centimes)
    kind = CertificateKind.RETENTION
    certificate = _keep(session, _made(held, state, kind, words, number, dated, account, by, at))
    write_down(session, held, "retention_released", by, at, _said(certificate))
    return Certified(certificate, True)


def releasable(state: ContractState) -> int:
    """Return what may be given back of the retention held, in centimes.

    Source: docs/rules.md, W17.
    """
    standing = state.standing
    if AcceptanceKind.DEFINITIVE in state.accepted_on and not state.open_reservations:
        return max(0, standing.retention_held)
    return max(0, standing.retention_held - must_hold(standing, state.terms))


def _items(session: Session, held: Held, new: NewAccount) -> list[tuple[BillItem, int]]:
    """Return the bill items that an account measures with their quantities, in the order of the codes."""
    if (new.gross is None) == (new.quantities is None):
        raise BadValue(field="gross", value="", reason="gross_or_quantities")
    rows = session.exec(select(BillItem).where(BillItem.contract_id == held.contract.id)).all()
    known = {row.code: row for row in rows}
    found = []
    for code, done in sorted((new.quantities or {}).items()):
        if code not in known:
            raise UnknownKey(noun="bill_item", key=visible(code[:60]), candidates=tuple(known))
        if done < 0:
            raise BadValue(field="quantity", value=units(done), reason="negative", item=code)
        if done > (most := known[code].quantity):
            raise BadValue(
                field="quantity",
                value=units(done),
                reason="over_quantity",
                rule="W31",
                item=code,
                limit=units(most),
            )
        found.append((known[code], done))
    return found


def _gross(
    session: Session, held: Held, state: ContractState, new: NewAccount, quantities: Mapping[Any, int]
) -> int:
    """Return what the account alone certifies, in centimes: an amount, or what is done by now."""
    if new.gross is not None:
        check_money("gross", new.gross, held.project.currency, positive=False)
        gross = new.gross.centimes
    else:
        bill = session.exec(select(BillItem).where(BillItem.contract_id == held.contract.id)).all()
        done = measured((quantities.get(item.id, 0), item.price_centimes) for item in bill)
        gross = done - state.sums["gross"]
    so_far = Money(state.sums["gross"] + gross, held.project.currency)
    if so_far.centimes < 0 or (gross < 0 and not new.last):
        shown = Money(gross, held.project.currency)
        raise BadValue(field="gross", value=str(shown), reason="negative", rule="W31")
    most = Money(state.amounts.total, held.project.currency)
    if so_far > most:
        raise BadValue(
            field="gross", value=str(so_far), reason="above_contract", rule="W31", limit=str(most)
        )
    return gross


def _revision(session: Session, held: Held, state: ContractState, new: NewAccount, gross: int) -> int:
    """Return what the contract's index adds to an account, in centimes; nothing where prices are firm."""
    name, base_month = held.contract.price_index, held.contract.index_month
    month = new.worked_in or new.dated.replace(day=1)
    if month.day != 1 or month > new.dated:
        raise BadValue(field="worked_in", value=month, reason="not_a_month")
    if not name or base_month is None:
        return 0
    base, index = index_of(session, name, base_month), index_of(session, name, month)
    if base is None or index is None:
        missing = base_month if base is None else month
        raise BadValue(field="price_index", value=name, reason="no_index", rule="W19", limit=missing)
    return revision_of(gross, index, base, state.terms)


def _special(held: Held, state: ContractState, new: NewAccount) -> int:
    """Return the penalty that is not for delay, in centimes, within its cap over all accounts."""
    if new.special_penalty is None:
        return 0
    check_money("special_penalty", new.special_penalty, held.project.currency)
    left = special_cap(state.amounts, state.terms) - state.sums["special"]
    most = Money(left, held.project.currency)
    if new.special_penalty > most:
        shown = str(new.special_penalty)
        raise BadValue(
            field="special_penalty", value=shown, reason="over_special_cap", rule="W15", limit=str(most)
        )
    return new.special_penalty.centimes


def _next_number(
    session: Session, held: Held, dated: date, asked: int | None, at: datetime, *, after_last: bool = False
) -> int:
    """Return the number of the next certificate, or refuse one out of order (W30)."""
    rows = session.exec(
        select(Certificate)
        .where(Certificate.contract_id == held.contract.id)
        .order_by(col(Certificate.number))
    ).all()
    number = rows[-1].number + 1 if rows else 1
    if asked is not None and asked != number:
        raise BadValue(field="number", value=asked, reason="out_of_order", rule="W30", limit=number)
    final = next((row for row in rows if row.kind is CertificateKind.FINAL), None)
    if final is not None and not after_last:
        raise BadValue(
            field="dated", value=dated, reason="after_last_account", rule="W30", limit=final.dated
        )
    latest = max((row.dated for row in rows), default=dated)
    if dated < latest:
        raise BadValue(field="dated", value=dated, reason="before_last_account", rule="W30", limit=latest)
    check_dated(session, held, "dated", dated, at)
    return number


def _started(session: Session, held: Held, dated: date) -> ContractState:
    """Return where the contract stands on the day of an account, which must not lie before the start."""
    (now,) = load_states(session, on=date.max, contract=held.contract.id)
    started = now.clock.started_on
    if started is None:
        raise BadValue(field="dated", value=dated, reason="no_start_order", rule="W30")
    if dated < started:
        raise BadValue(field="dated", value=dated, reason="before_start_order", rule="W30", limit=started)
    (state,) = load_states(session, on=dated, contract=held.contract.id)
    return state


def _check_accepted(state: ContractState, new: NewAccount) -> None:
    """Refuse a last account before the provisional acceptance: days late run on until then.

    Source: docs/rules.md, W13 and W33.
    """
    if not new.last or state.kind not in ACCEPTED or AcceptanceKind.PROVISIONAL in state.accepted_on:
        return
    raise BadValue(field="dated", value=new.dated, reason="last_before_acceptance", rule="W33")


def _made(
    held: Held,
    state: ContractState,
    kind: CertificateKind,
    reference: str,
    number: int,
    dated: date,
    account: Account,
    by: str,
    at: datetime,
) -> Certificate:
    return Certificate(
        contract_id=held.contract.id,
        number=number,
        kind=kind,
        reference=reference,
        dated=dated,
        due_on=dated + timedelta(days=state.terms.payment_days),
        gross_centimes=account.gross,
        revision_centimes=account.revision,
        retention_centimes=account.retention,
        recovered_centimes=account.recovered,
        penalty_centimes=account.penalty,
        special_centimes=account.special,
        vat_withheld_centimes=account.vat_withheld,
        net_centimes=account.net,
        vat_centimes=account.vat,
        written_by=by,
        written_at=at,
    )


def _keep(session: Session, certificate: Certificate) -> Certificate:
    session.add(certificate)
    session.flush()
    return certificate


def _certified(
    held: Held,
    state: ContractState,
    certificate: Certificate,
    penalty: Penalty,
    lines: tuple[Measurement, ...],
) -> Certified:
    taken = certificate.penalty_centimes - certificate.special_centimes + state.standing.penalty_taken
    waiting = Money(penalty.due - taken, held.project.currency)
    return Certified(certificate, True, penalty.near, penalty.at_cap, waiting if waiting else None, lines)


def _find(session: Session, held: Held, reference: str) -> Certificate | None:
    return session.exec(
        select(Certificate).where(
            Certificate.contract_id == held.contract.id, Certificate.reference == reference
        )
    ).first()


def _check_same(
    session: Session, known: Certificate, new: NewAccount, items: list[tuple[BillItem, int]]
) -> None:
    """Refuse another account under a reference that is in the books."""
    row: dict[str, Any] = {"kind": new.kind, "dated": new.dated}
    row |= {} if new.gross is None else {"gross_centimes": new.gross.centimes}
    row |= {} if new.number is None else {"number": new.number}
    special = new.special_penalty.centimes if new.special_penalty else 0
    is_known(known, row | {"special_centimes": special}, known.reference)
    rows = session.exec(select(Measurement).where(Measurement.certificate_id == known.id)).all()
    stands = {one.item_id: one.quantity for one in rows}
    if stands != {item.id: done for item, done in items}:
        raise BadValue(field="reference", value=known.reference, reason="already_stated", rule="W24")


def _said(certificate: Certificate) -> dict[str, Any]:
    names = ("number", "kind", "reference", "dated", "due_on")
    amounts = ("gross", "revision", "retention", "recovered", "penalty", "special", "vat_withheld", "net")
    said = {name: getattr(certificate, name) for name in names}
    return said | {f"{name}_centimes": getattr(certificate, f"{name}_centimes") for name in amounts}
