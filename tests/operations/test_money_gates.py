"""The gates ask the books: what was written of a project's money is what its dossier says of it."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from models.clock import local_day
from models.operations import carrying_out, moves
from models.queries.dossiers import load_dossier, load_dossiers
from models.rules.budgets import BudgetChange, Nature
from models.rules.contracts import AmendmentKind, CertificateKind, ContractKind
from models.rules.dossier import Dossier
from models.rules.gates import Verdict, ask_gate
from models.rules.money import Money
from models.rules.money_facts import Account, Amended, Bond, Instalment
from models.rules.payment_curve import Planned
from models.rules.stages import Stage
from models.rules.tranches import CallState, ReleaseKind, Trigger
from models.tables import (
    BudgetEntry,
    BudgetLine,
    BudgetPlan,
    Commitment,
    CommitmentRelease,
    Door,
    MoveRequest,
    Outcome,
    Project,
    Tranche,
)
from tests.builders import AT, make_project, make_staff
from tests.operations.money_builders import (
    STARTED,
    amend,
    lodge,
    make_account,
    make_call,
    make_commitment,
    make_contract,
    make_receipt,
    make_tranche,
    pay,
    plan_payments,
)

TODAY = local_day(AT)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
LATER = TODAY + timedelta(days=1)


def dossier_of(session: Session, project: Project) -> Dossier:
    return load_dossier(session, project, TODAY)


def verdict(session: Session, project: Project, rule: str) -> Verdict:
    return next(one for one in ask_gate(dossier_of(session, project)) if one.rule == rule)


def make_curve(session: Session, second_on: date) -> Project:
    """A council has paid the first of two tranches; a contract is to be paid in May and June."""
    project = make_project(session)
    promise = make_commitment(session, project, "council", 900_00)
    first = make_tranche(session, promise, 300_00, STARTED)
    make_receipt(session, promise, 300_00, STARTED, call=make_call(session, first, STARTED))
    make_tranche(session, promise, 600_00, second_on, number=2)
    contract = make_contract(session, project, 900_00, started_on=None)
    plan_payments(session, contract, {MAY: 1}, version=1)
    plan_payments(session, contract, {MAY: 300_00, JUNE: 600_00}, version=2)
    return project


def test_a_second_tranche_moved_by_ninety_days_shuts_the_gate_with_month_partner_and_amount(
    session: Session,
) -> None:
    """G1.8b."""
    project = make_curve(session, JUNE - timedelta(days=1))
    assert verdict(session, project, "G1.8a").met
    assert verdict(session, project, "G1.8b").met

    second = session.exec(select(Tranche).where(Tranche.number == 2)).one()
    second.expected_on += timedelta(days=90)
    (lack,) = verdict(session, project, "G1.8b").lacks

    assert lack.code == "curve_short"
    assert {name: lack.details[name] for name in ("month", "partner", "amount", "tranche", "on")} == {
        "month": "2026-06",
        "partner": "council",
        "amount": "600.00 MAD",
        "tranche": 2,
        "on": "2026-08-29",
    }


def test_a_refusal_keeps_what_exactly_was_missing(session: Session) -> None:
    make_staff(session)
    project = make_curve(session, JUNE + timedelta(days=90))
    request = uuid4()
    moves.ask(
        session,
        request=request,
        project=project.key,
        entered=Stage.CONSTRUCTION,
        asked_by="officer",
        door=Door.TERMINAL,
        at=AT,
    )

    answer = carrying_out.carry_out(session, request=request, at=AT)

    assert answer.outcome is Outcome.REFUSED
    (lack,) = next(one.lacks for one in answer.verdicts if one.rule == "G1.8b")
    assert lack.details["partner_fr"] == "Partenaire d'exemple council"
    session.expire_all()
    row = session.get_one(MoveRequest, request)
    assert moves.recorded(row, project) == answer


def test_an_answer_of_before_the_books_were_asked_is_still_read(session: Session) -> None:
    make_staff(session)
    project = make_project(session)
    row = MoveRequest(
        id=uuid4(),
        project_id=project.id,
        entered=Stage.CONSTRUCTION,
        asked_by="officer",
        asked_at=AT,
        door=Door.TERMINAL,
        outcome=Outcome.REFUSED,
        answer='{"left":"study","code":"stage_refused","details":{},"verdicts":[{"rule":"G1.8a",'
        '"code":"first_tranches_received","hard":true,"met":false,"waived":false,"owner":"partners"}]}',
    )

    (kept,) = moves.recorded(row, project).verdicts

    assert (kept.rule, kept.lacks) == ("G1.8a", ())


def release(session: Session, promise: Commitment, centimes: int) -> None:
    session.add(
        CommitmentRelease(
            commitment_id=promise.id,
            kind=ReleaseKind.CANCELLED,
            amount_centimes=centimes,
            decided_on=TODAY,
            reference="A-1",
            decided_by="director",
            written_at=AT,
        )
    )


def test_the_books_are_those_of_the_day(session: Session) -> None:
    """What is dated after the day does not count yet; what was released is no part of a promise."""
    project = make_project(session, stage=Stage.CONSTRUCTION)
    promise = make_commitment(session, project, "council", 900_00)
    make_commitment(session, project, "ministry", 1_00, signed_on=LATER)
    release(session, promise, 100_00)
    tranche = make_tranche(session, promise, 800_00, MAY)
    call = make_call(session, tranche, STARTED, due_on=JUNE)
    make_receipt(session, promise, 200_00, TODAY, call=call)
    make_receipt(session, promise, 50_00, TODAY)
    make_receipt(session, promise, 7_00, LATER, call=call)
    contract = make_contract(session, project, 900_00)
    account = make_account(session, contract, 1, 500_00, TODAY, retention=50_00, paid=False)
    pay(session, account, 400_00, TODAY)
    pay(session, account, 50_00, LATER, "OP-2")
    make_account(session, contract, 2, 1_00, LATER)
    amend(session, contract, AmendmentKind.MASS, 30_00, days=10)
    lodge(session, contract, 27_00)
    make_contract(session, project, 5_00, reference="M-2", kind=ContractKind.SUPPLY, signed_on=LATER)

    dossier = dossier_of(session, project)
    council, ministry = dossier.books.pledges
    (works,) = dossier.books.contracts

    assert dossier.promises[0].amount == Money(800_00)
    assert (council.amount, council.signed, ministry.signed) == (800_00, True, False)
    assert council.tranches == (
        Instalment(1, 800_00, MAY, Trigger.DATE, None, called=800_00, due_on=JUNE, received=200_00),
    )
    assert council.tranches[0].awaited_on == JUNE
    assert dossier.books.received == {"council": 250_00}
    assert (works.engaged, works.paid, works.retention_held) == (930_00, 400_00, 50_00)
    assert works.amendments == (Amended(AmendmentKind.MASS, 30_00, 10, STARTED),)
    assert works.accounts == (
        Account(
            number=1,
            kind=CertificateKind.WORK,
            dated=TODAY,
            due_on=account.due_on,
            gross=500_00,
            net=450_00,
            retention=50_00,
            paid=400_00,
        ),
    )
    assert [type(bond) for bond in works.bonds] == [Bond]
    assert works.clock.started_on == STARTED


def test_a_withdrawn_call_is_no_call_and_one_that_follows_it_counts_once(session: Session) -> None:
    project = make_project(session)
    promise = make_commitment(session, project, "council", 900_00)
    tranche = make_tranche(session, promise, 900_00, MAY)
    withdrawn = make_call(session, tranche, STARTED)
    withdrawn.state, withdrawn.withdrawn_on = CallState.WITHDRAWN, TODAY
    session.flush()

    (pledge,) = dossier_of(session, project).books.pledges
    assert (pledge.called, len(pledge.tranches)) == (0, 1)

    make_call(session, tranche, TODAY)
    (pledge,) = dossier_of(session, project).books.pledges
    assert (pledge.called, len(pledge.tranches)) == (900_00, 1)


def test_the_latest_plan_is_the_curve(session: Session) -> None:
    project = make_curve(session, JUNE)

    (works,) = dossier_of(session, project).books.contracts

    assert set(works.planned) == {Planned(MAY, 300_00), Planned(JUNE, 600_00)}


@pytest.mark.parametrize(
    ("completed", "budget"), [(None, 12_000_000_00), (TODAY, 5_00), (LATER, 12_000_000_00)]
)
def test_the_budget_is_that_of_the_lines_once_they_are_complete(
    session: Session, completed: date | None, budget: int
) -> None:
    project = make_project(session)
    line = BudgetLine(project_id=project.id, code="L", stage=Stage.CONSTRUCTION, nature=Nature.WORKS)
    session.add(line)
    session.flush()
    session.add(
        BudgetEntry(
            line_id=line.id,
            change=BudgetChange.INITIAL,
            amount_centimes=5_00,
            decided_on=TODAY,
            proposed_by="finance",
            written_at=AT,
        )
    )
    if completed:
        session.add(
            BudgetPlan(
                project_id=project.id, completed_on=completed, completed_by="finance", completed_at=AT
            )
        )
    session.flush()

    assert dossier_of(session, project).budget == Money(budget)


def test_many_dossiers_take_as_few_reads_as_one(session: Session) -> None:
    projects = [make_project(session, f"c{number}", stage=Stage.CONSTRUCTION) for number in range(6)]
    for project in projects:
        make_commitment(session, project, "council", 900_00)
        make_contract(session, project, 900_00)
    session.flush()
    reads: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *args: reads.append(args[2]))

    load_dossiers(session, projects[:1], TODAY)
    one = len(reads)
    loaded = load_dossiers(session, projects, TODAY)

    assert len(reads) - one == one <= 5
    assert all(len(dossier.books.contracts) == 1 for dossier in loaded.values())
