"""A sample contract of the works, its payment curve, and its accounts up to the last one."""

from collections.abc import Sequence
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.operations.sample_books import MARK, SampleBooks, short
from models.queries.budgets import LinePosition, find_line, list_lines
from models.queries.contract_states import load_states
from models.rules.accounts import Account, Claim, Standing, settle
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
from models.rules.terms import defaults_on, part
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
    """Return the sample contract of the works.

    None where people have written a contract of their own, or where the line of the works is used up.
    """
    written = _contracts(books, ContractKind.WORKS)
    if written:
        return next((contract for contract in written if contract.sample), None)
    return _sign(books)


def works_worth(books: SampleBooks, amount: int) -> int:
    """Return what a sample contract of the works may say, in centimes: what the books say, if they do."""
    written = _contracts(books, ContractKind.WORKS)
    if written:
        return written[0].amount_centimes
    line = _works_line(books)
    return amount if line is None else min(amount, line.available.centimes)


def _contracts(books: SampleBooks, *kinds: ContractKind) -> Sequence[Contract]:
    return books.session.exec(
        select(Contract)
        .where(Contract.project_id == books.project.id, col(Contract.kind).in_(kinds or list(ContractKind)))
        .order_by(col(Contract.signed_on), col(Contract.reference))
    ).all()


def _sign(books: SampleBooks) -> Contract | None:
    proof = books.dossier().proofs.get("works_contract")
    budget = books.project.budget_centimes
    paper = proof.value if proof and proof.value and proof.value <= budget else None
    amount = works_worth(books, paper or -(-budget * CONTRACT_PERCENT // _HUNDRED))
    if amount <= 0:
        return None
    signed_on = books.day(books.on("works_contract"))
    start = books.day(books.on("start_order_draft"), signed_on)
    contract = Contract(
        project_id=books.project.id,
        line_id=_line(books, amount, signed_on).id,
        reference=f"{MARK}-{short(books.project.id)}",
        kind=ContractKind.WORKS,
        contractor=f"{MARK} / Exemple",
        subject=f"{MARK} / Exemple",
        amount_centimes=amount,
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


def _works_line(books: SampleBooks) -> LinePosition | None:
    """Return the line of the works that has most left, where there is one."""
    lines = list_lines(books.session, on=books.today, projects=[books.project.key])
    works = [line for line in lines if line.nature is Nature.WORKS]
    return max(works, key=lambda line: line.available.centimes, default=None)


def _line(books: SampleBooks, amount: int, on: date) -> BudgetLine:
    """Return the line of the works; a sample one is added where there is none."""
    found = _works_line(books)
    if found is not None:
        return find_line(books.session, books.project, found.code)
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
    if contract is None:
        return
    accounts = _accounts(books, contract)
    if not accounts:
        _certify_all(books, contract)
    elif all(account.kind is not CertificateKind.FINAL for account in accounts):
        _certify_rest(books, contract, accounts[-1].dated)
    _accept(books, contract)
    _pay_what_is_owed(books, contract)


def _certify_all(books: SampleBooks, contract: Contract) -> None:
    plan_payments(books, contract)
    start = books.day(books.on("start_order_draft"), contract.signed_on)
    last = books.day(_measured(books), start)
    books.add(ServiceOrder(contract_id=contract.id, kind=OrderKind.START, dated=start, reference=MARK))
    for number, percent in enumerate(_ACCOUNTS, 1):
        dated = start + (last - start) * number // len(_ACCOUNTS)
        _work(books, contract, percent, books.day(dated, start))


def _certify_rest(books: SampleBooks, contract: Contract, since: date) -> None:
    """Certify what is done since the last account."""
    _work(books, contract, _ACCOUNTS[-1], books.day(_measured(books), since))


def _measured(books: SampleBooks) -> date:
    return max(books.on("last_account_settled"), books.on("physical_progress"))


def _work(books: SampleBooks, contract: Contract, percent: int, dated: date) -> None:
    gross = part(contract.amount_centimes, percent, _HUNDRED) - _certified(books, contract)
    if gross > 0:
        _account(books, contract, Claim(gross), CertificateKind.WORK, dated)


def _accept(books: SampleBooks, contract: Contract) -> None:
    accepted = select(Acceptance).where(Acceptance.contract_id == contract.id)
    if books.session.exec(accepted).first() is not None:
        return
    since = _accounts(books, contract)[0].dated
    accepted_on = books.day(books.on("provisional_acceptance"), since)
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
    accounts = _accounts(books, contract)
    if all(account.kind is not CertificateKind.FINAL for account in accounts):
        left = contract.amount_centimes - _certified(books, contract)
        dated = books.day(books.on("final_account"), accounts[-1].dated)
        _account(books, contract, Claim(left, last=True), CertificateKind.FINAL, dated)
    _pay_what_is_owed(books, contract)


def give_retention_back(books: SampleBooks) -> None:
    """Give back what any sample contract still holds."""
    close_account(books)
    for contract in _samples(books):
        held = _standing(books, contract).retention_held
        if held:
            dated = books.day(books.on("retention_release"), _accounts(books, contract)[-1].dated)
            _write_account(books, contract, CertificateKind.RETENTION, Account(held), dated)
        _pay_what_is_owed(books, contract)


def release_bonds(books: SampleBooks) -> None:
    for contract in _samples(books):
        held = select(Security).where(
            Security.contract_id == contract.id, col(Security.released_on).is_(None)
        )
        for bond in books.session.exec(held).all():
            bond.released_on = books.day(books.on("bonds_release"), bond.lodged_on)
            books.rows.append(bond)


def _samples(books: SampleBooks) -> list[Contract]:
    return [contract for contract in _contracts(books) if contract.sample]


def _accounts(books: SampleBooks, contract: Contract) -> Sequence[Certificate]:
    return books.session.exec(
        select(Certificate).where(Certificate.contract_id == contract.id).order_by(col(Certificate.number))
    ).all()


def _standing(books: SampleBooks, contract: Contract) -> Standing:
    (state,) = load_states(books.session, on=books.today, contract=contract.id)
    return state.standing


def _certified(books: SampleBooks, contract: Contract) -> int:
    return _standing(books, contract).gross


def _account(
    books: SampleBooks, contract: Contract, claim: Claim, kind: CertificateKind, dated: date
) -> None:
    """Write an account of works with its deductions, as the terms of its contract have it."""
    (state,) = load_states(books.session, on=books.today, contract=contract.id)
    _write_account(books, contract, kind, settle(claim, state.standing, state.terms), dated)


def _write_account(
    books: SampleBooks, contract: Contract, kind: CertificateKind, settled: Account, dated: date
) -> None:
    number = len(_accounts(books, contract)) + 1
    books.add(
        Certificate(
            contract_id=contract.id,
            number=number,
            kind=kind,
            reference=f"{MARK}-{number:02}",
            dated=dated,
            due_on=dated + timedelta(days=_PAYMENT_DAYS),
            gross_centimes=settled.gross,
            retention_centimes=settled.retention,
            recovered_centimes=settled.recovered,
            penalty_centimes=settled.penalty,
            net_centimes=settled.net,
            vat_centimes=settled.vat,
            written_by=Role.FINANCE.value,
            written_at=books.at,
        )
    )


def _pay_what_is_owed(books: SampleBooks, contract: Contract) -> None:
    for account in _accounts(books, contract):
        paid = books.session.exec(
            select(Payment.amount_centimes).where(Payment.certificate_id == account.id)
        ).all()
        owed = account.net_centimes - sum(paid)
        if owed > 0:
            books.add(
                Payment(
                    certificate_id=account.id,
                    amount_centimes=owed,
                    paid_on=books.day(account.dated + timedelta(days=_PAID_AFTER)),
                    reference=f"{MARK}-{account.number:02}",
                    written_by=Role.FINANCE.value,
                    written_at=books.at,
                )
            )
