"""A sample contract of the works, its payment curve, and its accounts up to the last one."""

from collections.abc import Sequence
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.operations.sample_books import MARK, SampleBooks, short
from models.rules.accounts import Claim, Standing, settle
from models.rules.authority import Role
from models.rules.budgets import BudgetChange, Nature
from models.rules.commitments import split_evenly
from models.rules.contracts import (
    AcceptanceKind,
    CertificateKind,
    ContractKind,
    OrderKind,
    SecurityKind,
)
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.terms import defaults_on, part, terms_on
from models.tables import (
    Acceptance,
    BudgetEntry,
    BudgetLine,
    Certificate,
    Contract,
    ContractTerm,
    Payment,
    PlannedPayment,
    Security,
    ServiceOrder,
)

CONTRACT_PERCENT = 78
_HUNDRED = 100
_MONTHS = 14
_PERIOD_DAYS = 900
_ACCOUNTS = (40, 80, 95)
"""Percent of the contract that is certified after each account; the last account brings the rest."""
_PAYMENT_DAYS, _PAID_AFTER = 60, 30


def sample_contract(books: SampleBooks) -> Contract | None:
    """Return the sample contract of the works; None where people have written a contract of their own."""
    works = select(Contract).where(
        Contract.project_id == books.project.id, Contract.kind == ContractKind.WORKS
    )
    written = books.session.exec(works).all()
    if written:
        return next((contract for contract in written if contract.sample), None)
    return _sign(books)


def _sign(books: SampleBooks) -> Contract:
    proof = books.dossier().proofs.get("works_contract")
    budget = books.project.budget_centimes
    amount = proof.value if proof and proof.value and proof.value <= budget else None
    signed_on = books.day(books.on("works_contract"))
    start = books.day(books.on("start_order_draft"), signed_on)
    contract = Contract(
        project_id=books.project.id,
        line_id=_line(books, amount or -(-budget * CONTRACT_PERCENT // _HUNDRED), signed_on).id,
        reference=f"{MARK}-{short(books.project.id)}",
        kind=ContractKind.WORKS,
        contractor=f"{MARK} / Exemple",
        subject=f"{MARK} / Exemple",
        amount_centimes=amount or -(-budget * CONTRACT_PERCENT // _HUNDRED),
        period_days=max(_PERIOD_DAYS, (books.on("provisional_acceptance") - start).days),
        signed_on=signed_on,
        notified_on=signed_on,
        sample=True,
        written_by=Role.OFFICER.value,
        written_at=books.at,
    )
    books.add(contract)
    for name, value in defaults_on(signed_on).items():
        books.add(ContractTerm(contract_id=contract.id, name=name, since=signed_on, value=value))
    books.add(
        Security(
            contract_id=contract.id,
            kind=SecurityKind.PERFORMANCE,
            amount_centimes=-(-contract.amount_centimes * 3 // _HUNDRED),
            lodged_on=books.day(books.on("performance_bond"), signed_on),
            reference=MARK,
        )
    )
    return contract


def _line(books: SampleBooks, amount: int, on: date) -> BudgetLine:
    """Return the line of the works; a sample one is added where there is none."""
    lines = select(BudgetLine).where(
        BudgetLine.project_id == books.project.id, BudgetLine.nature == Nature.WORKS
    )
    line = books.session.exec(lines).first()
    if line is not None:
        return line
    line = BudgetLine(
        project_id=books.project.id,
        code=f"{MARK}-WORKS",
        stage=Stage.CONSTRUCTION,
        nature=Nature.WORKS,
        label=f"{MARK} / Exemple",
    )
    books.add(line)
    books.add(
        BudgetEntry(
            line_id=line.id,
            change=BudgetChange.INITIAL,
            amount_centimes=amount,
            decided_on=on,
            reason=MARK,
            proposed_by=Role.FINANCE.value,
            written_at=books.at,
        )
    )
    return line


def plan_payments(books: SampleBooks, contract: Contract) -> None:
    planned = select(PlannedPayment).where(PlannedPayment.contract_id == contract.id)
    if books.session.exec(planned).first() is not None:
        return
    begin = books.on("start_order_draft") if books.started else books.today
    month = begin.replace(day=1) + relativedelta(months=1)
    for number, amount in enumerate(split_evenly(Money(contract.amount_centimes), _MONTHS)):
        if amount:
            books.add(
                PlannedPayment(
                    contract_id=contract.id,
                    month=month + relativedelta(months=number),
                    amount_centimes=amount.centimes,
                )
            )


def certify_works(books: SampleBooks) -> None:
    """Certify and pay the works up to the measured progress, and accept them."""
    contract = sample_contract(books)
    if contract is None or _accounts(books, contract):
        return
    plan_payments(books, contract)
    start = books.day(books.on("start_order_draft"), contract.signed_on)
    last = books.day(max(books.on("last_account_settled"), books.on("physical_progress")), start)
    books.add(ServiceOrder(contract_id=contract.id, kind=OrderKind.START, dated=start, reference=MARK))
    for number, percent in enumerate(_ACCOUNTS, 1):
        dated = start + (last - start) * number // len(_ACCOUNTS)
        gross = part(contract.amount_centimes, percent, _HUNDRED) - _certified(books, contract)
        _account(books, contract, CertificateKind.WORK, gross, books.day(dated, start))
    accepted_on = books.day(books.on("provisional_acceptance"), start)
    books.add(
        Acceptance(
            contract_id=contract.id, kind=AcceptanceKind.PROVISIONAL, dated=accepted_on, reference=MARK
        )
    )


def close_account(books: SampleBooks) -> None:
    """Certify and pay what is left of the contract as its last account."""
    certify_works(books)
    contract = sample_contract(books)
    if contract is None:
        return
    if all(account.kind is not CertificateKind.FINAL for account in _accounts(books, contract)):
        left = contract.amount_centimes - _certified(books, contract)
        _account(books, contract, CertificateKind.FINAL, left, books.day(books.on("final_account")))


def give_retention_back(books: SampleBooks) -> None:
    close_account(books)
    contract = sample_contract(books)
    if contract is None:
        return
    accounts = _accounts(books, contract)
    held = sum(account.retention_centimes for account in accounts)
    held -= sum(a.gross_centimes for a in accounts if a.kind is CertificateKind.RETENTION)
    if held:
        _account(books, contract, CertificateKind.RETENTION, held, books.day(books.on("retention_release")))


def release_bonds(books: SampleBooks) -> None:
    contract = sample_contract(books)
    if contract is None:
        return
    held = select(Security).where(Security.contract_id == contract.id, col(Security.released_on).is_(None))
    for bond in books.session.exec(held).all():
        bond.released_on = books.day(books.on("bonds_release"), bond.lodged_on)
        books.rows.append(bond)


def _accounts(books: SampleBooks, contract: Contract) -> Sequence[Certificate]:
    return books.session.exec(
        select(Certificate).where(Certificate.contract_id == contract.id).order_by(col(Certificate.number))
    ).all()


def _certified(books: SampleBooks, contract: Contract) -> int:
    works = (CertificateKind.WORK, CertificateKind.FINAL)
    return sum(a.gross_centimes for a in _accounts(books, contract) if a.kind in works)


def _account(
    books: SampleBooks, contract: Contract, kind: CertificateKind, gross: int, dated: date
) -> None:
    """Write a certificate with its deductions, and its payment."""
    before = _accounts(books, contract)
    figures = defaults_on(contract.signed_on)
    terms = terms_on([(name, contract.signed_on, value) for name, value in figures.items()], dated)
    held = sum(account.retention_centimes for account in before)
    standing = Standing(contract.amount_centimes, _certified(books, contract), held)
    settled = settle(Claim(gross), standing, terms)
    retention = 0 if kind is CertificateKind.RETENTION else settled.retention
    account = Certificate(
        contract_id=contract.id,
        number=len(before) + 1,
        kind=kind,
        reference=f"{MARK}-{len(before) + 1:02}",
        dated=dated,
        due_on=dated + timedelta(days=_PAYMENT_DAYS),
        gross_centimes=gross,
        retention_centimes=retention,
        net_centimes=gross - retention,
        vat_centimes=0 if kind is CertificateKind.RETENTION else settled.vat,
        written_by=Role.FINANCE.value,
        written_at=books.at,
    )
    books.add(account)
    if account.net_centimes:
        books.add(
            Payment(
                certificate_id=account.id,
                amount_centimes=account.net_centimes,
                paid_on=books.day(dated + timedelta(days=_PAID_AFTER)),
                reference=f"{MARK}-{account.number:02}",
                written_by=Role.FINANCE.value,
                written_at=books.at,
            )
        )
