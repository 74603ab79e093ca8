from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, col, func, select

from models.operations.sample_plans import MARK, split
from models.operations.sample_portfolio import SampleLoaded, load_sample_books
from models.queries.controls import run_controls
from models.queries.trail import verify
from models.rules.contracts import CertificateKind
from models.rules.periods import PeriodClosed
from models.rules.stages import Stage
from models.rules.tranches import CallState
from models.tables import (
    Allocation,
    BudgetEntry,
    BudgetLine,
    Certificate,
    ClosedPeriod,
    Commitment,
    Contract,
    Convention,
    FundingCall,
    Partner,
    Partnership,
    Payment,
    PlannedPayment,
    Project,
    Receipt,
    TrailEntry,
    Tranche,
)
from tests.builders import AT, link_partners, make_project

TODAY = AT.date()


def sampled(session: Session, **changed: Any) -> SampleLoaded:
    given: dict[str, Any] = {"by": "finance", "at": AT}
    return load_sample_books(session, **(given | changed))


def total(session: Session, amount: Any) -> int:
    return int(session.exec(select(func.sum(amount))).one() or 0)


def count(session: Session, model: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


def content(session: Session) -> list[tuple[str, int]]:
    """What the books say, without the ids that are new each time."""
    calls = session.exec(select(FundingCall.number, FundingCall.amount_centimes)).all()
    accounts = session.exec(select(Certificate.reference, Certificate.net_centimes)).all()
    receipts = session.exec(select(Receipt.reference, Receipt.amount_centimes)).all()
    return sorted((str(name), amount) for name, amount in [*calls, *accounts, *receipts])


@pytest.fixture
def books(loaded: Session) -> Session:
    sampled(loaded)
    return loaded


def test_s8_every_centre_of_the_report_gets_books(loaded: Session) -> None:
    done = sampled(loaded)

    assert done.centres == 27
    assert done.written["promises"] > 60
    assert done.written["accounts"] > 200
    assert verify(loaded).holds


def test_s8_everything_is_marked_as_a_sample(books: Session) -> None:
    marked = [
        *books.exec(select(Convention.reference)),
        *books.exec(select(Commitment.reference)),
        *books.exec(select(BudgetLine.code)),
        *books.exec(select(FundingCall.number)),
        *books.exec(select(Receipt.reference)),
        *books.exec(select(Contract.reference)),
        *books.exec(select(Contract.contractor)),
        *books.exec(select(Certificate.reference)),
        *books.exec(select(Payment.reference)),
    ]
    assert all(str(mark).startswith(MARK) for mark in marked)
    assert all(one.sample for one in books.exec(select(Convention)))
    assert all(one.sample for one in books.exec(select(Contract)))


def test_s8_nothing_that_is_a_fact_is_changed(loaded: Session) -> None:
    before = {project.key: project.model_dump() for project in loaded.exec(select(Project))}
    parts = count(loaded, Partnership)

    sampled(loaded)

    assert {project.key: project.model_dump() for project in loaded.exec(select(Project))} == before
    assert count(loaded, Partnership) == parts


def test_s11_shares_and_lines_sum_to_the_budget_to_the_centime(books: Session) -> None:
    budgets = {project.id: project.budget_centimes for project in books.exec(select(Project))}
    promised: Counter[Any] = Counter()
    for promise in books.exec(select(Commitment)):
        promised[promise.project_id] += promise.amount_centimes
    lined: Counter[Any] = Counter()
    rows = books.exec(
        select(BudgetLine.project_id, BudgetEntry.amount_centimes).join(
            BudgetEntry, col(BudgetEntry.line_id) == col(BudgetLine.id)
        )
    )
    for project, amount in rows:
        lined[project] += amount

    assert dict(promised) == budgets
    assert dict(lined) == budgets
    assert total(books, col(Tranche.amount_centimes)) == sum(budgets.values())


def test_s11_money_came_for_calls_and_never_more(books: Session) -> None:
    given = dict(
        books.exec(
            select(Allocation.call_id, func.sum(Allocation.amount_centimes)).group_by(
                col(Allocation.call_id)
            )
        ).all()
    )
    calls = books.exec(select(FundingCall)).all()

    assert {call.state for call in calls} == {CallState.ISSUED}
    assert all(given.get(call.id, 0) <= call.amount_centimes for call in calls)
    assert sum(given.values()) == total(books, col(Receipt.amount_centimes))
    assert any(given.get(call.id, 0) < call.amount_centimes for call in calls)
    assert all(call.issued_on is not None and call.issued_on <= TODAY for call in calls)


def test_s11_a_contract_s_curve_sums_to_it(books: Session) -> None:
    planned = dict(
        books.exec(
            select(PlannedPayment.contract_id, func.sum(PlannedPayment.amount_centimes)).group_by(
                col(PlannedPayment.contract_id)
            )
        ).all()
    )

    assert planned == {one.id: one.amount_centimes for one in books.exec(select(Contract))}


def test_s11_accounts_retain_recover_and_penalise(books: Session) -> None:
    accounts = books.exec(select(Certificate)).all()

    assert {account.kind for account in accounts} == set(CertificateKind)
    assert any(account.penalty_centimes for account in accounts)
    assert any(account.recovered_centimes for account in accounts)
    assert all(account.dated <= TODAY for account in accounts)


@pytest.mark.parametrize(("seed", "days"), [(1, 0), (2, 17), (3, 100), (4, 365)])
def test_s11_no_control_finds_anything(loaded: Session, seed: int, days: int) -> None:
    at = AT + timedelta(days=days)
    sampled(loaded, seed=seed, at=at)

    assert run_controls(loaded, today=at.date()) == ()


def test_s10_the_same_seed_gives_the_same_books(loaded: Session) -> None:
    with loaded.begin_nested() as undone:
        sampled(loaded)
        first = content(loaded)
        undone.rollback()
    with loaded.begin_nested() as undone:
        sampled(loaded, seed=8)
        other = content(loaded)
        undone.rollback()
    sampled(loaded)

    assert content(loaded) == first
    assert other != first


def test_s10_a_centre_with_money_of_its_own_is_left_alone(books: Session) -> None:
    entries = count(books, TrailEntry)

    assert sampled(books) == SampleLoaded(0, {})
    assert count(books, TrailEntry) == entries


def test_a_centre_in_admission_or_without_partners_has_no_books(session: Session) -> None:
    make_project(session, "early", stage=Stage.ADMISSION)
    make_project(session, "alone", stage=Stage.CONSTRUCTION)

    assert sampled(session).centres == 0


@pytest.mark.parametrize(
    "stage", [Stage.STUDY, Stage.CONSTRUCTION, Stage.EQUIPMENT, Stage.LAUNCH, Stage.CLOSED]
)
def test_a_stage_brings_what_goes_with_it(session: Session, stage: Stage) -> None:
    project = make_project(session, "centre", stage=stage)
    link_partners(session, project, ["council", "ministry", "agency"])
    project.foundation_share_centimes = 2_000_000_01
    session.flush()

    done = sampled(session)

    contracts = {Stage.STUDY: 1, Stage.CONSTRUCTION: 2}.get(stage, 3)
    assert done.written["contracts"] == contracts
    assert total(session, col(Commitment.amount_centimes)) == project.budget_centimes - 2_000_000_01
    assert run_controls(session, today=TODAY) == ()


def test_a_partner_pays_as_late_everywhere(books: Session) -> None:
    """Each partner has its own delay, so that a forecast has something to learn."""
    late: dict[str, list[int]] = {}
    rows = books.exec(
        select(col(Partner.key), col(Receipt.received_on), col(FundingCall.due_on))
        .join(Receipt, col(Receipt.partner_id) == col(Partner.id))
        .join(Allocation, col(Allocation.receipt_id) == col(Receipt.id))
        .join(FundingCall, col(FundingCall.id) == col(Allocation.call_id))
        .where(col(Receipt.reference).endswith("-R1"))
    )
    for key, received, due in rows:
        late.setdefault(key, []).append((received - due).days if due else 0)

    assert all(max(days) - min(days) <= 40 for days in late.values())
    assert len({min(days) // 20 for days in late.values()}) > 2


def test_no_sample_is_written_into_a_closed_period(loaded: Session) -> None:
    loaded.add(ClosedPeriod(until=TODAY, closed_by="director", closed_at=AT))
    loaded.flush()

    with pytest.raises(PeriodClosed):
        sampled(loaded)


def test_a_split_loses_no_centime() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert sum(split(12_345_67, [3, 5, 7, 11])) == 12_345_67
