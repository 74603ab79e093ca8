"""Budget lines, contracts, accounts and receipts written straight into the books, for the tests."""

from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, SQLModel

from models.operations import budgets
from models.rules.budgets import Nature
from models.rules.contracts import AmendmentKind, CertificateKind, ContractKind
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.tranches import CallState, Trigger
from models.tables import (
    Allocation,
    BudgetLine,
    Certificate,
    Commitment,
    Contract,
    ContractAmendment,
    FundingCall,
    Partner,
    Payment,
    Project,
    Receipt,
    Tranche,
)
from tests.builders import AT

TODAY = AT.date()
Row = TypeVar("Row", bound=SQLModel)
WORKS, EQUIPMENT = Money(9_000_000_00), Money(3_000_000_00)


def plan(session: Session, project: str = "sample-centre", *, complete: bool = True) -> None:
    """Two lines that make up the budget of a sample centre: works and equipment."""
    for code, stage, nature, amount in (
        ("WORKS", Stage.CONSTRUCTION, Nature.WORKS, WORKS),
        ("EQUIPMENT", Stage.EQUIPMENT, Nature.EQUIPMENT, EQUIPMENT),
    ):
        budgets.add_line(
            session,
            project=project,
            code=code,
            stage=stage,
            nature=nature,
            amount=amount,
            by="finance",
            at=AT,
        )
    if complete:
        budgets.complete_plan(session, project=project, by="finance", at=AT)


def make_line(session: Session, project: Project, code: str = "L1") -> BudgetLine:
    """A line with nothing on it."""
    line = BudgetLine(project_id=project.id, code=code, stage=Stage.CONSTRUCTION, nature=Nature.WORKS)
    return added(session, line)


def make_contract(
    session: Session, line: BudgetLine, centimes: int, *, reference: str = "C-1", **given: Any
) -> Contract:
    """A works contract on a line, signed today."""
    asked: dict[str, Any] = {"signed_on": TODAY, "project_id": line.project_id} | given
    contract = Contract(
        line_id=line.id,
        reference=reference,
        kind=ContractKind.WORKS,
        contractor="Sample contractor",
        amount_centimes=centimes,
        period_days=360,
        written_by="tests",
        written_at=AT,
        **asked,
    )
    return added(session, contract)


def amend(
    session: Session, contract: Contract, centimes: int, on: date = TODAY, number: int = 1
) -> ContractAmendment:
    """An amendment of a contract, the first unless it is said."""
    amendment = ContractAmendment(
        contract_id=contract.id,
        number=number,
        kind=AmendmentKind.OTHER,
        amount_centimes=centimes,
        signed_on=on,
    )
    return added(session, amendment)


def certify(
    session: Session,
    contract: Contract,
    gross: int,
    *,
    number: int = 1,
    kind: CertificateKind = CertificateKind.WORK,
    dated: date = TODAY,
    **parts: Any,
) -> Certificate:
    """An account of a contract; `parts` in centimes, by the columns' names without `_centimes`."""
    taken = sum(parts.get(name, 0) for name in ("retention", "recovered", "penalty", "vat_withheld"))
    certificate = Certificate(
        contract_id=contract.id,
        number=number,
        kind=kind,
        dated=dated,
        due_on=dated + timedelta(days=60),
        gross_centimes=gross,
        net_centimes=gross + parts.get("revision", 0) - taken,
        written_by="tests",
        written_at=AT,
        **{f"{name}_centimes": value for name, value in parts.items()},
    )
    return added(session, certificate)


def pay(
    session: Session, certificate: Certificate, centimes: int, on: date = TODAY, reference: str = "P-1"
) -> Payment:
    """A payment on an account."""
    payment = Payment(
        certificate_id=certificate.id,
        amount_centimes=centimes,
        paid_on=on,
        reference=reference,
        written_by="tests",
        written_at=AT,
    )
    return added(session, payment)


def promise(
    session: Session, project: Project, partner: Partner, centimes: int, **given: Any
) -> Commitment:
    """A signed commitment of a partner for a project."""
    asked: dict[str, Any] = {"reference": "CV-1", "signed_on": TODAY} | given
    commitment = Commitment(project_id=project.id, partner_id=partner.id, amount_centimes=centimes, **asked)
    return added(session, commitment)


def slice_of(session: Session, commitment: Commitment, centimes: int, number: int = 1) -> Tranche:
    """A tranche of a commitment, due today."""
    tranche = Tranche(
        commitment_id=commitment.id,
        number=number,
        amount_centimes=centimes,
        trigger=Trigger.DATE,
        expected_on=TODAY,
    )
    return added(session, tranche)


def call(
    session: Session, tranche: Tranche, centimes: int, *, number: str = "AF-1", on: date = TODAY
) -> FundingCall:
    """A call that has gone out."""
    issued = FundingCall(
        tranche_id=tranche.id,
        state=CallState.ISSUED,
        amount_centimes=centimes,
        drafted_at=AT,
        number=number,
        issued_on=on,
        issued_by="tests",
        due_on=on + timedelta(days=60),
    )
    return added(session, issued)


def receive(
    session: Session,
    project: Project,
    partner: Partner,
    centimes: int,
    *,
    on: date = TODAY,
    reference: str = "R-1",
    corrects: UUID | None = None,
) -> Receipt:
    """Money that came in."""
    receipt = Receipt(
        project_id=project.id,
        partner_id=partner.id,
        amount_centimes=centimes,
        received_on=on,
        reference=reference,
        corrects_id=corrects,
        written_by="tests",
        written_at=AT,
    )
    return added(session, receipt)


def allot(
    session: Session, receipt: Receipt, issued: FundingCall, centimes: int, on: date = TODAY
) -> Allocation:
    """The part of a receipt that pays a call."""
    allocation = Allocation(
        receipt_id=receipt.id, call_id=issued.id, amount_centimes=centimes, allocated_on=on
    )
    return added(session, allocation)


def added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
