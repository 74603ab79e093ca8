"""Works and supply contracts: signed, their figures, their service orders, amendments and payment curve."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from models.operations import trail
from models.operations.access import take_up
from models.operations.contract_access import (
    LONGEST_REFERENCE,
    Held,
    check_dated,
    check_money,
    check_not_ahead,
    is_known,
    take_up_contract,
    write_down,
)
from models.queries.budgets import find_line, list_lines
from models.queries.contract_states import load_states
from models.queries.contracts import payment_curve
from models.queries.periods import check_day
from models.rules.authority import Action
from models.rules.contracts import AmendmentKind, ContractKind, OrderKind
from models.rules.errors import BadValue
from models.rules.evidence import EARLIEST, LATEST
from models.rules.money import Money
from models.rules.penalties import Amounts, over_limits
from models.rules.projects import LONGEST_NAME, check_reason, check_text
from models.rules.stages import check_active
from models.rules.terms import check_term, defaults_on
from models.rules.works_clock import Order, check_order
from models.tables import (
    Contract,
    ContractAmendment,
    ContractTerm,
    PlannedPayment,
    Project,
    ServiceOrder,
)

LONGEST_PERIOD = 3650
LONGEST_INDEX = 40


@dataclass(frozen=True, slots=True)
class NewContract:
    """What a contract is signed with. `period_days`: calendar days; `terms`: what differs from defaults.

    `price_index` revises its prices, which are of `index_month` (its first day); none: they are firm.
    """

    reference: str
    kind: ContractKind
    contractor: str
    amount: Money
    period_days: int
    signed_on: date
    subject: str = ""
    notified_on: date | None = None
    price_index: str = ""
    index_month: date | None = None
    terms: Mapping[str, int] = field(default_factory=dict)
    sample: bool = False


@dataclass(frozen=True, slots=True)
class ContractSigned:
    """What became of a contract. `over_line`: by how much its budget line is passed now."""

    contract: Contract
    changed: bool
    over_line: Money | None


@dataclass(frozen=True, slots=True)
class Amended:
    """What became of an amendment. `over`: by how much the limits of W16 are passed now."""

    amendment: ContractAmendment
    changed: bool
    over: Mapping[str, Money]
    over_line: Money | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of a payment curve, and under which version it stands."""

    version: int
    changed: bool


def sign_contract(
    session: Session, *, project: str, line: str, new: NewContract, by: str, at: datetime
) -> ContractSigned:
    """Write a contract on a budget line of an active project, with the figures of the day it was signed.

    The same again changes nothing. A line that is passed is no refusal: it is said.
    Raises: UnknownKey, NotAllowed, NotActive, BadValue, CurrencyMismatch, PeriodClosed.
    Source: docs/rules.md, W11 and W24.
    """
    found = take_up(session, project, Action.KEEP_CONTRACTS, by)
    row = _described(found, new)
    row |= {"project_id": found.id, "line_id": find_line(session, found, line).id}
    known = session.exec(select(Contract).where(Contract.reference == row["reference"])).first()
    if is_known(known, row, row["reference"]) and known is not None:
        _check_terms(session, known, new)
        return ContractSigned(known, False, _over_line(session, found, line, new.signed_on))
    check_active(found.key, found.status)
    check_not_ahead("signed_on", new.signed_on, at)
    check_not_ahead("notified_on", new.notified_on or new.signed_on, at)
    check_day(session, new.signed_on)
    contract = Contract(**row, sample=new.sample, written_by=by, written_at=at)
    session.add(contract)
    session.flush()
    terms = defaults_on(new.signed_on) | dict(new.terms)
    session.add_all(
        ContractTerm(contract_id=contract.id, name=name, since=new.signed_on, value=value)
        for name, value in terms.items()
    )
    over = _over_line(session, found, line, new.signed_on)
    said = {name: value for name, value in row.items() if not name.endswith("_id")}
    payload = {**said, "line": line, "terms": terms, "sample": new.sample}
    payload |= {"over_line": over.centimes if over else None}
    trail.record(session, at=at, actor=by, kind="contract_signed", project=found.id, payload=payload)
    return ContractSigned(contract, True, over)


def set_term(
    session: Session,
    *,
    contract: str,
    name: str,
    value: int,
    since: date,
    reason: str,
    by: str,
    at: datetime,
) -> bool:
    """State a figure of a contract from a day on; return False where it was stated so already.

    What held before that day goes on to hold for it. Units: models.rules.terms.
    Raises: UnknownKey, NotAllowed, BadValue, PeriodClosed.
    Source: docs/rules.md, W11.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    check_term(name, value)
    words = check_reason(reason)
    if not held.contract.signed_on <= since <= LATEST:
        bounds = {"least": held.contract.signed_on, "most": LATEST}
        raise BadValue(field="since", value=since, reason="out_of_range", **bounds)
    known = session.exec(
        select(ContractTerm).where(
            ContractTerm.contract_id == held.contract.id,
            ContractTerm.name == name,
            ContractTerm.since == since,
        )
    ).first()
    if is_known(known, {"value": value}, name):
        return False
    check_day(session, since)
    session.add(ContractTerm(contract_id=held.contract.id, name=name, since=since, value=value))
    payload = {"name": name, "value": value, "since": since, "reason": words}
    write_down(session, held, "contract_term_set", by, at, payload)
    return True


def order(
    session: Session,
    *,
    contract: str,
    kind: OrderKind,
    dated: date,
    reference: str = "",
    by: str,
    at: datetime,
) -> bool:
    """Write a service order that starts, stops or resumes; return False where it was written already.

    Raises: UnknownKey, NotAllowed, PeriodClosed, BadValue for an order out of sequence, named.
    Source: docs/rules.md, W12.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    rows = session.exec(
        select(ServiceOrder)
        .where(ServiceOrder.contract_id == held.contract.id)
        .order_by(col(ServiceOrder.dated))
    ).all()
    words = check_text("reference", reference, LONGEST_REFERENCE)
    if any((row.kind, row.dated, row.reference) == (kind, dated, words) for row in rows):
        return False
    check_order([Order(row.kind, row.dated) for row in rows], Order(kind, dated))
    check_dated(session, held, "dated", dated, at)
    session.add(ServiceOrder(contract_id=held.contract.id, kind=kind, dated=dated, reference=words))
    payload = {"order": kind, "dated": dated, "reference": words}
    write_down(session, held, "service_order_given", by, at, payload)
    return True


def amend(
    session: Session,
    *,
    contract: str,
    number: int,
    kind: AmendmentKind,
    amount: Money,
    days: int,
    signed_on: date,
    reference: str = "",
    by: str,
    at: datetime,
) -> Amended:
    """Write a signed change of a contract's amount or time. Units: `days` calendar days.

    The same number again with the same terms changes nothing.
    Raises: UnknownKey, NotAllowed, BadValue (a number out of order, an amount or days that its kind does
    not have, less than is certified), CurrencyMismatch, PeriodClosed.
    Source: docs/rules.md, W16 and W25.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    check_money("amount", amount, held.project.currency, positive=False)
    row: dict[str, Any] = {"kind": kind, "amount_centimes": amount.centimes, "days": days}
    row |= {"signed_on": signed_on, "reference": check_text("reference", reference, LONGEST_REFERENCE)}
    known = session.exec(
        select(ContractAmendment)
        .where(ContractAmendment.contract_id == held.contract.id)
        .order_by(col(ContractAmendment.number))
    ).all()
    same = next((one for one in known if one.number == number), None)
    if is_known(same, row, number) and same is not None:
        return _amended(session, held, same, changed=False)
    if number != len(known) + 1:
        raise BadValue(
            field="number", value=number, reason="out_of_order", rule="W25", limit=len(known) + 1
        )
    check_dated(session, held, "signed_on", signed_on, at, since=known[-1].signed_on if known else None)
    _check_change(kind, amount, days)
    _check_left(session, held, amount)
    amendment = ContractAmendment(contract_id=held.contract.id, number=number, **row)
    session.add(amendment)
    answer = _amended(session, held, amendment, changed=True)
    write_down(session, held, "contract_amended", by, at, {"number": number, **row})
    return answer


def plan_payments(
    session: Session, *, contract: str, months: Mapping[date, Money], by: str, at: datetime
) -> Planned:
    """State what a contract is expected to cost in each month; the curve before stays under its version.

    `months`: the first day of each. Together they are the contract's amount with its amendments.
    Raises: UnknownKey, NotAllowed, BadValue, CurrencyMismatch.
    Source: docs/rules.md, W26.
    """
    held = take_up_contract(session, contract, Action.KEEP_CONTRACTS, by)
    for month, amount in months.items():
        if month.day != 1 or not EARLIEST <= month <= LATEST:
            raise BadValue(field="month", value=month, reason="not_a_month")
        check_money("amount", amount, held.project.currency)
    planned = Money(sum(amount.centimes for amount in months.values()), held.project.currency)
    whole = Money(_amounts(session, held).total, held.project.currency)
    if planned != whole:
        raise BadValue(
            field="amount", value=str(planned), reason="plan_does_not_sum", rule="W26", limit=str(whole)
        )
    version = _version(session, held)
    stated = payment_curve(session, held.contract.id, held.project.currency)
    if {line.month: line.amount for line in stated} == dict(months):
        return Planned(version, False)
    session.add_all(
        PlannedPayment(
            contract_id=held.contract.id, version=version + 1, month=month, amount_centimes=amount.centimes
        )
        for month, amount in sorted(months.items())
    )
    curve = {month.isoformat(): amount.centimes for month, amount in sorted(months.items())}
    write_down(session, held, "payments_planned", by, at, {"version": version + 1, "months": curve})
    return Planned(version + 1, True)


def _described(project: Project, new: NewContract) -> dict[str, Any]:
    """Return a contract's row without the spaces around its texts, or refuse it with the field named."""
    check_money("amount", new.amount, project.currency)
    if not 0 < new.period_days <= LONGEST_PERIOD:
        bounds = {"least": 1, "most": LONGEST_PERIOD}
        raise BadValue(field="period_days", value=new.period_days, reason="out_of_range", **bounds)
    if new.signed_on < EARLIEST:
        raise BadValue(field="signed_on", value=new.signed_on, reason="too_early", limit=EARLIEST)
    if new.notified_on is not None and new.notified_on < new.signed_on:
        raise BadValue(field="notified_on", value=new.notified_on, reason="too_early", limit=new.signed_on)
    for name, value in new.terms.items():
        check_term(name, value)
    described = {part.name: getattr(new, part.name) for part in fields(new) if part.name not in _APART}
    described["amount_centimes"] = new.amount.centimes
    described["reference"] = check_text("reference", new.reference, LONGEST_REFERENCE, needed=True)
    described["contractor"] = check_text("contractor", new.contractor, LONGEST_NAME, needed=True)
    described["subject"] = check_text("subject", new.subject, LONGEST_NAME)
    described["price_index"] = check_text("price_index", new.price_index, LONGEST_INDEX)
    _check_index(described["price_index"], new.index_month)
    return described


_APART = ("amount", "terms", "sample")


def _check_terms(session: Session, known: Contract, new: NewContract) -> None:
    """Refuse figures other than those that stand with a contract since it was signed."""
    rows = session.exec(
        select(ContractTerm).where(
            ContractTerm.contract_id == known.id, ContractTerm.since == known.signed_on
        )
    )
    stand = {row.name: row.value for row in rows}
    for name, value in new.terms.items():
        if stand.get(name) != value:
            raise BadValue(field="reference", value=known.reference, reason="already_stated", rule="W24")


def _check_index(name: str, month: date | None) -> None:
    if bool(name) != (month is not None):
        raise BadValue(field="price_index", value=name, reason="index_incomplete")
    if month is not None and month.day != 1:
        raise BadValue(field="index_month", value=month, reason="not_a_month")


def _check_change(kind: AmendmentKind, amount: Money, days: int) -> None:
    """Extra works and mass have an amount, time has days and no amount; nobody adds ten years."""
    if not -LONGEST_PERIOD <= days <= LONGEST_PERIOD:
        bounds = {"least": -LONGEST_PERIOD, "most": LONGEST_PERIOD}
        raise BadValue(field="days", value=days, reason="out_of_range", **bounds)
    if kind is AmendmentKind.EXTRA_WORKS and amount.centimes <= 0:
        raise BadValue(field="amount", value=str(amount), reason="not_positive")
    if kind is AmendmentKind.MASS and not amount:
        raise BadValue(field="amount", value=str(amount), reason="empty")
    if kind is AmendmentKind.TIME and amount:
        raise BadValue(field="amount", value=str(amount), reason="time_has_no_amount")
    if kind is AmendmentKind.TIME and not days:
        raise BadValue(field="days", value=days, reason="empty")


def _check_left(session: Session, held: Held, change: Money) -> None:
    """Refuse an amendment that leaves less than is certified, or nothing."""
    (state,) = load_states(session, on=date.max, contract=held.contract.id)
    left = state.amounts.total + change.centimes
    if change.centimes < 0 and (left <= 0 or left < state.sums["gross"]):
        limit = Money(state.sums["gross"], held.project.currency)
        shown = Money(left, held.project.currency)
        raise BadValue(
            field="amount", value=str(shown), reason="below_certified", rule="W25", limit=str(limit)
        )


def _amended(session: Session, held: Held, amendment: ContractAmendment, *, changed: bool) -> Amended:
    (state,) = load_states(session, on=amendment.signed_on, contract=held.contract.id)
    over = over_limits(state.amounts, state.terms)
    passed = {name: Money(excess, held.project.currency) for name, excess in over.items()}
    over_line = _over_line(session, held.project, state.line, amendment.signed_on)
    return Amended(amendment, changed, passed, over_line)


def _amounts(session: Session, held: Held) -> Amounts:
    (state,) = load_states(session, on=date.max, contract=held.contract.id)
    return state.amounts


def _over_line(session: Session, project: Project, line: str, on: date) -> Money | None:
    """Return by how much a line's contracts pass it on a day; None where they do not."""
    lines = list_lines(session, on=on, projects=[project.key])
    over = next(found.engaged - found.budget for found in lines if found.code == line)
    return over if over.centimes > 0 else None


def _version(session: Session, held: Held) -> int:
    """Return the version of the payment curve as it stands; 0 while there is none."""
    return session.exec(
        select(func.coalesce(func.max(PlannedPayment.version), 0)).where(
            PlannedPayment.contract_id == held.contract.id
        )
    ).one()
