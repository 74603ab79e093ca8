"""Each control finds what breaks it, and nothing in clean books (docs/rules.md, B20 to B36)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from models.queries.controls import run_controls
from models.rules.budgets import BudgetChange
from models.rules.contracts import CertificateKind
from models.rules.controls import CHECKS, Control, Severity
from models.rules.errors import UnknownKey
from models.rules.money import Money
from models.rules.tranches import ReleaseKind
from models.tables import (
    Allocation,
    BudgetEntry,
    BudgetLine,
    Certificate,
    ClosedPeriod,
    Commitment,
    CommitmentRelease,
    Contract,
    ContractTerm,
    FundingCall,
    Payment,
    Project,
    Receipt,
    Tranche,
)
from tests.builders import AT, make_partner, make_project, make_staff
from tests.operations.books import (
    TODAY,
    added,
    allot,
    amend,
    call,
    certify,
    make_contract,
    make_line,
    pay,
    plan,
    promise,
    receive,
    slice_of,
)
from tests.operations.centres import counted


@dataclass
class Books:
    """Clean books of one project, every amount at its limit."""

    session: Session
    project: Project
    line: BudgetLine
    commitment: Commitment
    tranche: Tranche
    call: FundingCall
    receipt: Receipt
    allocation: Allocation
    contract: Contract
    advance: Certificate
    work: Certificate
    back: Certificate
    payment: Payment


def release(session: Session, commitment: Commitment, centimes: int) -> None:
    """Cancel a part of a commitment."""
    cancelled = CommitmentRelease(
        commitment_id=commitment.id,
        kind=ReleaseKind.CANCELLED,
        amount_centimes=centimes,
        decided_on=TODAY,
        reference="D-1",
        decided_by="director",
        written_at=AT,
    )
    added(session, cancelled)


@pytest.fixture
def books(session: Session) -> Books:
    """A centre of 12,000,000.00 whose partner and contractor have everything they may have."""
    make_staff(session)
    project, partner = make_project(session), make_partner(session)
    plan(session)
    line = session.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
    commitment = promise(session, project, partner, 12_500_000_00)
    release(session, commitment, 500_000_00)
    tranche = slice_of(session, commitment, 12_000_000_00)
    issued = call(session, tranche, 12_000_000_00)
    receipt = receive(session, project, partner, 12_000_000_00)
    contract = make_contract(session, line, 8_000_000_00)
    amend(session, contract, 1_000_000_00)
    added(
        session,
        ContractTerm(contract_id=contract.id, name="retention_cap", since=date(2020, 1, 1), value=700),
    )
    advance = certify(session, contract, 900_000_00, kind=CertificateKind.ADVANCE)
    work = certify(
        session,
        contract,
        9_000_000_00,
        number=2,
        revision=12_345_00,
        retention=630_000_00,
        recovered=900_000_00,
    )
    back = certify(session, contract, 630_000_00, number=3, kind=CertificateKind.RETENTION)
    payment = pay(session, work, work.net_centimes)
    allocation = allot(session, receipt, issued, 12_000_000_00)
    for centimes, code in ((-1_00, "EQUIPMENT"), (1_00, "WORKS")):
        move(session, code, centimes, TRANSFER)
    return Books(
        session,
        project,
        line,
        commitment,
        tranche,
        issued,
        receipt,
        allocation,
        contract,
        advance,
        work,
        back,
        payment,
    )


TRANSFER = uuid4()


def move(
    session: Session, code: str, centimes: int, name: UUID | None, *, kind: str = "transfer"
) -> BudgetEntry:
    line = session.exec(select(BudgetLine).where(BudgetLine.code == code)).one()
    entry = BudgetEntry(
        line_id=line.id,
        change=BudgetChange(kind),
        amount_centimes=centimes,
        decided_on=TODAY,
        transfer=name,
        proposed_by="finance",
        approved_by="director",
        written_at=AT,
    )
    return added(session, entry)


def test_clean_books_break_no_control(books: Books) -> None:
    assert run_controls(books.session, today=TODAY) == ()
    assert run_controls(books.session, project="sample-centre", today=TODAY) == ()


def shift(row: object, **centimes: int) -> object:
    for name, change in centimes.items():
        column = f"{name}_centimes"
        setattr(row, column, getattr(row, column) + change)
    return row


def second_tranche(books: Books) -> None:
    slice_of(books.session, books.commitment, 1, number=2)


def tranche_lowered(books: Books) -> None:
    shift(books.tranche, amount=-1)
    shift(books.call, amount=-1)
    shift(books.allocation, amount=-1)
    shift(books.receipt, amount=-1)


def called_above(books: Books) -> None:
    shift(books.tranche, amount=1)
    shift(books.call, amount=1)


def line_raised(books: Books) -> None:
    move(books.session, "WORKS", -2_00, uuid4())
    move(books.session, "EQUIPMENT", 2_00, uuid4())


def account_above(books: Books) -> None:
    shift(books.work, gross=1, net=1)


def advance_recovered_twice(books: Books) -> None:
    shift(books.work, recovered=1, gross=0, net=-1)
    shift(books.payment, amount=-1)


def retention_lowered(books: Books) -> None:
    shift(books.work, retention=-1, net=1)


def retention_raised(books: Books) -> None:
    """All of it is held still, and a centime more."""
    shift(books.work, retention=1, net=-1)
    shift(books.payment, amount=-1)
    shift(books.back, gross=-630_000_00, net=-630_000_00)


def one_sided(books: Books) -> None:
    move(books.session, "EQUIPMENT", 7, uuid4())


def initial_added(books: Books) -> None:
    move(books.session, "EQUIPMENT", 5, None, kind="initial")


def shared(books: Books) -> None:
    books.project.foundation_share_centimes = 3


def closed(books: Books) -> None:
    period = ClosedPeriod(
        until=TODAY + timedelta(days=1), closed_by="director", closed_at=AT - timedelta(hours=1)
    )
    added(books.session, period)


BREACHES: dict[Control, tuple[Callable[[Books], object], int, set[Control]]] = {
    Control.TRANCHES_OVER: (second_tranche, 1, set()),
    Control.TRANCHES_SHORT: (tranche_lowered, -1, set()),
    Control.CALLED_OVER: (called_above, 1, {Control.TRANCHES_OVER}),
    Control.CALL_OVER_TRANCHE: (lambda books: shift(books.call, amount=1), 1, {Control.CALLED_OVER}),
    Control.RECEIVED_OVER: (
        lambda books: [shift(row, amount=1) for row in (books.allocation, books.receipt)],
        1,
        set(),
    ),
    Control.ALLOCATED_OVER: (lambda books: shift(books.receipt, amount=-1), 1, set()),
    Control.ADVANCE_HELD: (lambda books: shift(books.receipt, amount=1), -1, set()),
    Control.LINE_OVER: (line_raised, 1_00, {Control.TRANSFER_NOT_ZERO}),
    Control.CERTIFIED_OVER: (account_above, 1, set()),
    Control.PAID_OVER: (lambda books: shift(books.payment, amount=1), 1, set()),
    Control.ADVANCE_OVER_RECOVERED: (advance_recovered_twice, 1, set()),
    Control.RETENTION_OVER_RELEASED: (retention_lowered, 1, set()),
    Control.RETENTION_OVER_CAP: (retention_raised, 1, set()),
    Control.TRANSFER_NOT_ZERO: (one_sided, 7, set()),
    Control.OVER_FINANCED: (shared, 3, set()),
    Control.PLAN_BROKEN: (initial_added, 5, set()),
}
"""What breaks each control, by how much, and which others cannot but be broken with it."""


@pytest.mark.parametrize("control", BREACHES)
def test_a_centime_breaks_exactly_one_control(books: Books, control: Control) -> None:
    breach, difference, besides = BREACHES[control]
    breach(books)

    found = run_controls(books.session, today=TODAY)

    assert {one.control for one in found} == {control, *besides}
    offence = next(one for one in found if one.control is control)
    assert offence.difference in (Money(difference), Money(-difference))
    assert (offence.project, offence.number) == ("sample-centre", CHECKS[control].number)
    assert run_controls(books.session, project="sample-centre", today=TODAY) == found


def test_what_was_written_into_a_closed_period_is_found(books: Books) -> None:
    """B36: everything of the clean books is dated in it and written after its closing."""
    closed(books)
    found = run_controls(books.session, today=TODAY)
    assert {one.control for one in found} == {Control.CLOSED_PERIOD_WRITTEN}
    assert len(found) == 11  # 2 + 2 entries, release, receipt, contract, 3 accounts, payment
    assert all(one.severity is Severity.BLOCK for one in found)


def test_a_day_that_is_still_open_is_no_breach(books: Books) -> None:
    added(books.session, ClosedPeriod(until=TODAY, closed_by="director", closed_at=AT))
    assert run_controls(books.session, today=TODAY) == ()


def test_every_control_is_broken_once_here_and_numbered_once() -> None:
    assert {*BREACHES, Control.CLOSED_PERIOD_WRITTEN} == set(CHECKS) == set(Control)
    assert len({check.number for check in CHECKS.values()}) == len(CHECKS)


def test_the_controls_of_a_project_leave_the_others_out(books: Books) -> None:
    other = make_project(books.session, "other")
    make_contract(books.session, make_line(books.session, other), 5, reference="C-9")
    (found,) = run_controls(books.session, today=TODAY)
    assert (found.control, found.project, found.reference) == (Control.LINE_OVER, "other", "L1")
    assert run_controls(books.session, project="sample-centre", today=TODAY) == ()
    with pytest.raises(UnknownKey):
        run_controls(books.session, project="nowhere", today=TODAY)


def test_a_negative_last_account_and_its_payments_are_no_breach(books: Books) -> None:
    certify(books.session, books.contract, -5, number=4, kind=CertificateKind.FINAL)
    assert run_controls(books.session, today=TODAY) == ()


def test_retention_at_its_cap_is_no_breach_nor_what_was_given_back_of_it(books: Books) -> None:
    """B32: the contract is lowered to the works that are done; what is held beyond 7 % went back."""
    shift(books.back, gross=-630_000_00, net=-630_000_00)
    assert run_controls(books.session, today=TODAY) == ()
    for row in (books.work, books.back):
        row.gross_centimes -= 2_000_000_00 if row is books.work else -140_000_00
        row.net_centimes -= 2_000_000_00 if row is books.work else -140_000_00
    books.payment.amount_centimes -= 2_000_000_00
    lowered = amend(books.session, books.contract, -2_000_000_00, number=2)
    assert run_controls(books.session, today=TODAY) == ()

    shift(lowered, amount=-1_00)
    held = [one for one in run_controls(books.session, today=TODAY) if one.number == "B32"]
    assert [one.difference for one in held] == [Money(7)]


def test_a_contract_without_a_cap_of_its_own_has_the_first_default(books: Books) -> None:
    """W11 and B32."""
    for term in books.session.exec(select(ContractTerm)).all():
        books.session.delete(term)
    retention_raised(books)
    assert [one.number for one in run_controls(books.session, today=TODAY)] == ["B32"]


def test_the_statements_are_as_many_as_the_controls(books: Books) -> None:
    for number in range(3):
        make_line(books.session, make_project(books.session, f"centre-{number}"))
    with counted(books.session) as sent:
        run_controls(books.session, today=TODAY)
    assert len(sent) == len(Control)
