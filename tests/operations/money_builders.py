"""Rows of the books, written directly: tranches, calls and receipts, contracts and accounts."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

from sqlmodel import Session, col, func, select

from models.rules.budgets import Nature
from models.rules.contracts import (
    AcceptanceKind,
    AmendmentKind,
    CertificateKind,
    ContractKind,
    OrderKind,
    SecurityKind,
)
from models.rules.stages import Stage
from models.rules.tranches import CallState, Trigger
from models.tables import (
    Acceptance,
    Allocation,
    BudgetLine,
    Certificate,
    Commitment,
    Contract,
    ContractAmendment,
    FundingCall,
    Partner,
    Payment,
    PlannedPayment,
    Project,
    Receipt,
    Security,
    ServiceOrder,
    Tranche,
)
from tests.builders import AT, link_partners

SIGNED = date(2024, 1, 15)
STARTED = date(2024, 2, 1)
PERIOD = 365
ACCEPTED = date(2025, 1, 10)


def make_commitment(
    session: Session,
    project: Project,
    partner: str,
    amount: int,
    *,
    signed_on: date | None = SIGNED,
    reference: str = "C-1",
    in_kind: bool = False,
) -> Commitment:
    """Write a programmed promise of a partner, which takes part in the project from then on."""
    if session.exec(select(Partner).where(Partner.key == partner)).first() is None:
        link_partners(session, project, [partner])
    found = session.exec(select(Partner).where(Partner.key == partner)).one()
    row = Commitment(
        project_id=project.id,
        partner_id=found.id,
        reference=reference,
        amount_centimes=amount,
        in_kind=in_kind,
        signed_on=signed_on,
        budget_year=2026,
        budget_line="L1",
    )
    session.add(row)
    session.flush()
    return row


def make_tranche(
    session: Session,
    commitment: Commitment,
    amount: int,
    expected_on: date,
    *,
    number: int = 1,
    stage: Stage | None = None,
) -> Tranche:
    """Write a tranche that its day, or a stage, lets be called."""
    row = Tranche(
        commitment_id=commitment.id,
        number=number,
        amount_centimes=amount,
        trigger=Trigger.STAGE if stage else Trigger.DATE,
        expected_on=expected_on,
        stage=stage,
    )
    session.add(row)
    session.flush()
    return row


def make_call(
    session: Session, tranche: Tranche, issued_on: date, *, due_on: date | None = None
) -> FundingCall:
    """Write the call of a whole tranche; it is due sixty days later."""
    row = FundingCall(
        tranche_id=tranche.id,
        state=CallState.ISSUED,
        amount_centimes=tranche.amount_centimes,
        drafted_at=AT,
        number=f"AF-{uuid4().hex[:20]}",
        issued_on=issued_on,
        issued_by="finance",
        due_on=due_on or issued_on + timedelta(days=60),
    )
    session.add(row)
    session.flush()
    return row


def make_receipt(
    session: Session, commitment: Commitment, amount: int, on: date, *, call: FundingCall | None = None
) -> Receipt:
    """Write money of a partner, given to a call or left as an advance."""
    count = session.exec(select(func.count(col(Receipt.id)))).one()
    row = Receipt(
        project_id=commitment.project_id,
        partner_id=commitment.partner_id,
        amount_centimes=amount,
        received_on=on,
        reference=f"R-{count + 1}",
        written_by="finance",
        written_at=AT,
    )
    session.add(row)
    session.flush()
    if call is not None:
        session.add(Allocation(receipt_id=row.id, call_id=call.id, amount_centimes=amount, allocated_on=on))
        session.flush()
    return row


def make_contract(
    session: Session,
    project: Project,
    amount: int,
    *,
    reference: str | None = None,
    kind: ContractKind = ContractKind.WORKS,
    signed_on: date = SIGNED,
    period_days: int = PERIOD,
    started_on: date | None = STARTED,
) -> Contract:
    """Write a contract with its line, and its start order where it has started."""
    reference = reference or f"M-{project.key}"
    line = BudgetLine(project_id=project.id, code=reference, stage=Stage.CONSTRUCTION, nature=Nature.WORKS)
    session.add(line)
    session.flush()
    row = Contract(
        project_id=project.id,
        line_id=line.id,
        reference=reference,
        kind=kind,
        contractor="Sample contractor",
        amount_centimes=amount,
        period_days=period_days,
        signed_on=signed_on,
        written_by="officer",
        written_at=AT,
    )
    session.add(row)
    session.flush()
    if started_on is not None:
        session.add(ServiceOrder(contract_id=row.id, kind=OrderKind.START, dated=started_on))
        session.flush()
    return row


def plan_payments(
    session: Session, contract: Contract, months: Mapping[date, int], *, version: int = 1
) -> None:
    """Write a payment curve."""
    for month, amount in months.items():
        session.add(
            PlannedPayment(contract_id=contract.id, version=version, month=month, amount_centimes=amount)
        )
    session.flush()


def make_account(
    session: Session,
    contract: Contract,
    number: int,
    gross: int,
    dated: date,
    *,
    kind: CertificateKind = CertificateKind.WORK,
    retention: int = 0,
    penalty: int = 0,
    paid: bool = True,
    due_on: date | None = None,
) -> Certificate:
    """Write a certificate, paid on its own day unless it is still owed."""
    row = Certificate(
        contract_id=contract.id,
        number=number,
        kind=kind,
        dated=dated,
        due_on=due_on or dated + timedelta(days=60),
        gross_centimes=gross,
        retention_centimes=retention,
        penalty_centimes=penalty,
        net_centimes=gross - retention - penalty,
        written_by="finance",
        written_at=AT,
    )
    session.add(row)
    session.flush()
    if paid and row.net_centimes > 0:
        pay(session, row, row.net_centimes, dated)
    return row


def pay(session: Session, account: Certificate, amount: int, on: date, reference: str = "OP-1") -> None:
    """Write a payment."""
    session.add(
        Payment(
            certificate_id=account.id,
            amount_centimes=amount,
            paid_on=on,
            reference=reference,
            written_by="finance",
            written_at=AT,
        )
    )
    session.flush()


def amend(
    session: Session,
    contract: Contract,
    kind: AmendmentKind,
    amount: int,
    *,
    number: int = 1,
    days: int = 0,
) -> None:
    """Write a signed amendment."""
    session.add(
        ContractAmendment(
            contract_id=contract.id,
            number=number,
            kind=kind,
            amount_centimes=amount,
            days=days,
            signed_on=STARTED,
        )
    )
    session.flush()


def lodge(
    session: Session,
    contract: Contract,
    amount: int,
    *,
    kind: SecurityKind = SecurityKind.PERFORMANCE,
    released_on: date | None = None,
) -> Security:
    """Write a bond."""
    row = Security(
        contract_id=contract.id,
        kind=kind,
        amount_centimes=amount,
        lodged_on=SIGNED,
        released_on=released_on,
    )
    session.add(row)
    session.flush()
    return row


def accept(session: Session, contract: Contract, on: date = ACCEPTED) -> None:
    """Write the provisional acceptance."""
    session.add(Acceptance(contract_id=contract.id, kind=AcceptanceKind.PROVISIONAL, dated=on))
    session.flush()


def settle_money(session: Session, project: Project) -> None:
    """Write the books of a project whose money is settled: each promise received, the works paid."""
    promises = session.exec(select(Commitment).where(Commitment.project_id == project.id)).all()
    for commitment in promises:
        tranche = make_tranche(session, commitment, commitment.amount_centimes, SIGNED)
        call = make_call(session, tranche, SIGNED)
        make_receipt(session, commitment, commitment.amount_centimes, STARTED, call=call)
    contract = make_contract(session, project, 1_000_000_00)
    months = {date(2024, 5, 1): 400_000_00, date(2024, 8, 1): 400_000_00, date(2024, 12, 1): 200_000_00}
    plan_payments(session, contract, months)
    make_account(session, contract, 1, 400_000_00, date(2024, 5, 20), retention=40_000_00)
    make_account(session, contract, 2, 400_000_00, date(2024, 8, 20), retention=30_000_00)
    make_account(session, contract, 3, 200_000_00, date(2025, 1, 20), kind=CertificateKind.FINAL)
    make_account(session, contract, 4, 70_000_00, date(2026, 1, 20), kind=CertificateKind.RETENTION)
    lodge(session, contract, 30_000_00, released_on=date(2026, 1, 20))
    accept(session, contract)
