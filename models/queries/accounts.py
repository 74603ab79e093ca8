"""Payment certificates as people read them: each deduction with what led to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.queries.budgets import CERTIFIES
from models.queries.contract_states import ContractState, load_states
from models.queries.contracts import days_late_of, find_contract
from models.rules.accounts import THOUSAND, retention_cap
from models.rules.contracts import CertificateKind
from models.rules.errors import UnknownKey
from models.rules.money import Money
from models.rules.penalties import delay_penalty, special_cap
from models.rules.terms import part
from models.tables import BillItem, Certificate, Contract, Measurement, Payment


@dataclass(frozen=True, slots=True)
class RetentionPart:
    """What an account keeps back. `before`: held before it; `bonds` stand for their part of the cap.

    `rate`: hundredths of a percent.
    """

    taken: Money
    before: Money
    cap: Money
    bonds: Money
    rate: int


@dataclass(frozen=True, slots=True)
class AdvancePart:
    """What an account recovers of the advance. `left`: what is still to be recovered after it."""

    taken: Money
    given: Money
    before: Money
    left: Money


@dataclass(frozen=True, slots=True)
class DelayPart:
    """What an account takes for delay. `due`: the whole penalty by its day, `waiting`: not taken yet.

    `rate`: hundredths of a thousandth, for each calendar day late.
    """

    taken: Money
    before: Money
    days_late: int
    due: Money
    cap: Money
    waiting: Money
    rate: int


@dataclass(frozen=True, slots=True)
class SpecialPart:
    """What an account takes for another reason than delay."""

    taken: Money
    before: Money
    cap: Money


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """A bill item that an account measures. Quantities in thousandths of `unit`, all that is done so far.

    `amount`: what is done of it since the account before.
    """

    code: str
    label: str
    unit: str
    price: Money
    quantity: int
    before: int
    done: int
    amount: Money


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """A certificate with every deduction. `vat` is part of gross and revision; rates in hundredths of %.

    `gross_before` and `contract_total` tell how much of the contract is certified. `left` is what remains
    to be paid.
    """

    contract: str
    project: str
    contractor: str
    sample: bool
    number: int
    kind: CertificateKind
    reference: str
    dated: date
    due_on: date
    gross: Money
    gross_before: Money
    contract_total: Money
    revision: Money
    price_index: str
    vat: Money
    vat_rate: int
    retention: RetentionPart
    vat_withheld: Money
    vat_withheld_rate: int
    advance: AdvancePart
    delay: DelayPart
    special: SpecialPart
    net: Money
    paid: Money
    left: Money
    measured: tuple[MeasuredLine, ...]


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """Money paid on a certificate (its number), or taken back from it; `corrects` is the payment meant."""

    number: int
    reference: str
    amount: Money
    paid_on: date
    corrects: str
    corrected: bool
    reason: str
    written_by: str


def find_certificate(session: Session, contract: Contract, number: int) -> Certificate:
    """Return the certificate of a contract with a number.

    Raises: UnknownKey, with the numbers that there are.
    """
    rows = session.exec(
        select(Certificate).where(Certificate.contract_id == contract.id).order_by(col(Certificate.number))
    ).all()
    found = next((row for row in rows if row.number == number), None)
    if found is None:
        candidates = tuple(str(row.number) for row in rows)
        raise UnknownKey(noun="certificate", key=str(number)[:60], candidates=candidates)
    return found


def account_statement(session: Session, contract: str, number: int) -> AccountStatement:
    """Return a certificate with every deduction.

    Raises: UnknownKey.
    Source: docs/rules.md, X44.
    """
    certificate = find_certificate(session, find_contract(session, contract), number)
    rows = session.exec(select(Measurement).where(Measurement.certificate_id == certificate.id)).all()
    return statement_of(session, certificate, rows)


def statement_of(
    session: Session, certificate: Certificate, measured: Sequence[Measurement]
) -> AccountStatement:
    """Return the statement of a certificate, which need not be in the books, and of what it measures.

    Source: docs/rules.md, X44.
    """
    contract = session.get_one(Contract, certificate.contract_id)
    (state,) = load_states(session, on=certificate.dated, contract=contract.id)
    earlier = session.exec(
        select(Certificate).where(
            Certificate.contract_id == contract.id, Certificate.number < certificate.number
        )
    ).all()
    told = _Told(state, certificate, earlier)
    paid = _paid(session, certificate.id)
    return AccountStatement(
        contract=contract.reference,
        project=state.project,
        contractor=contract.contractor,
        sample=contract.sample,
        number=certificate.number,
        kind=certificate.kind,
        reference=certificate.reference,
        dated=certificate.dated,
        due_on=certificate.due_on,
        gross=told.money(certificate.gross_centimes),
        gross_before=told.money(told.before("gross", CERTIFIES)),
        contract_total=told.money(state.amounts.total),
        revision=told.money(certificate.revision_centimes),
        price_index=contract.price_index,
        vat=told.money(certificate.vat_centimes),
        vat_rate=state.terms.vat,
        retention=told.retention(),
        vat_withheld=told.money(certificate.vat_withheld_centimes),
        vat_withheld_rate=state.terms.vat_withheld,
        advance=told.advance(),
        delay=told.delay(),
        special=told.special(),
        net=told.money(certificate.net_centimes),
        paid=told.money(paid),
        left=told.money(certificate.net_centimes - paid),
        measured=_lines(session, certificate, measured, state.currency),
    )


def list_payments(
    session: Session, contract: Contract, currency: str, number: int | None = None
) -> tuple[PaymentLine, ...]:
    """Return the payments of a contract, or of one of its certificates, corrections beside what they mean.

    Raises: UnknownKey for a certificate that there is not.
    """
    query = (
        select(Payment, col(Certificate.number))
        .join(Certificate, col(Certificate.id) == col(Payment.certificate_id))
        .where(Certificate.contract_id == contract.id)
        .order_by(col(Payment.paid_on), col(Payment.written_at), col(Payment.reference))
    )
    if number is not None:
        query = query.where(Certificate.id == find_certificate(session, contract, number).id)
    rows = session.exec(query).all()
    reference = {payment.id: payment.reference for payment, _ in rows}
    corrected = {payment.corrects_id for payment, _ in rows}
    return tuple(
        PaymentLine(
            number=of,
            reference=payment.reference,
            amount=Money(payment.amount_centimes, currency),
            paid_on=payment.paid_on,
            corrects=reference[payment.corrects_id] if payment.corrects_id else "",
            corrected=payment.id in corrected,
            reason=payment.reason,
            written_by=payment.written_by,
        )
        for payment, of in rows
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A certificate between what was certified before it and where the contract stood on its day."""

    state: ContractState
    certificate: Certificate
    earlier: Sequence[Certificate]

    def money(self, centimes: int) -> Money:
        return Money(centimes, self.state.currency)

    def before(self, name: str, kinds: Iterable[CertificateKind] = tuple(CertificateKind)) -> int:
        """Return what certificates of some kinds before this one come to, in centimes."""
        wanted = frozenset(kinds)
        return sum(getattr(row, f"{name}_centimes") for row in self.earlier if row.kind in wanted)

    def retention(self) -> RetentionPart:
        held = self.before("retention") - self.before("gross", (CertificateKind.RETENTION,))
        return RetentionPart(
            taken=self.money(self.certificate.retention_centimes),
            before=self.money(held),
            cap=self.money(retention_cap(self.state.amounts.total, self.state.terms)),
            bonds=self.money(self.state.standing.retention_bonds),
            rate=self.state.terms.retention,
        )

    def advance(self) -> AdvancePart:
        given = self.before("gross", (CertificateKind.ADVANCE,))
        before, taken = self.before("recovered"), self.certificate.recovered_centimes
        amounts = (taken, given, before, given - before - taken)
        return AdvancePart(*(self.money(amount) for amount in amounts))

    def delay(self) -> DelayPart:
        late = days_late_of(self.state, self.certificate.dated)
        penalty = delay_penalty(self.state.amounts, late, self.state.terms)
        taken = self.certificate.penalty_centimes - self.certificate.special_centimes
        before = self.before("penalty") - self.before("special")
        return DelayPart(
            taken=self.money(taken),
            before=self.money(before),
            days_late=late,
            due=self.money(penalty.due),
            cap=self.money(penalty.cap),
            waiting=self.money(penalty.due - before - taken),
            rate=self.state.terms.delay_penalty_per_mille,
        )

    def special(self) -> SpecialPart:
        cap = special_cap(self.state.amounts, self.state.terms)
        amounts = (self.certificate.special_centimes, self.before("special"), cap)
        return SpecialPart(*(self.money(amount) for amount in amounts))


def _paid(session: Session, certificate: UUID) -> int:
    session.flush()
    paid = func.coalesce(func.sum(Payment.amount_centimes), 0)
    return int(session.exec(select(paid).where(Payment.certificate_id == certificate)).one())


def _lines(
    session: Session, certificate: Certificate, measured: Sequence[Measurement], currency: str
) -> tuple[MeasuredLine, ...]:
    if not measured:
        return ()
    rows = session.exec(
        select(col(Measurement.item_id), col(Measurement.quantity))
        .join(Certificate, col(Certificate.id) == col(Measurement.certificate_id))
        .where(Certificate.contract_id == certificate.contract_id, Certificate.number < certificate.number)
        .order_by(col(Certificate.number))
    )
    before, done = dict(rows.all()), {one.item_id: one.quantity for one in measured}
    items = session.exec(
        select(BillItem).where(BillItem.contract_id == certificate.contract_id).order_by(col(BillItem.code))
    )
    return tuple(
        _line(item, before.get(item.id, 0), done[item.id], currency) for item in items if item.id in done
    )


def _line(item: BillItem, before: int, done: int, currency: str) -> MeasuredLine:
    price = item.price_centimes
    now, then = part(done, price, THOUSAND), part(before, price, THOUSAND)
    return MeasuredLine(
        code=item.code,
        label=item.label,
        unit=item.unit,
        price=Money(price, currency),
        quantity=item.quantity,
        before=before,
        done=done,
        amount=Money(now - then, currency),
    )
