from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from intake.money_tables import read_money
from models.operations.import_outcome import ImportedMoney
from models.queries.trail import verify
from models.rules.authority import NotAllowed, Role
from models.rules.budgets import BudgetChange, Nature
from models.rules.money import Money
from models.rules.money_rows import MoneyTable
from models.rules.stages import Stage
from models.rules.tranches import ReleaseKind
from models.tables import (
    BudgetEntry,
    BudgetLine,
    Certificate,
    Commitment,
    CommitmentRelease,
    Contract,
    Convention,
    FundingCall,
    Partnership,
    Project,
    TrailEntry,
    Tranche,
)
from tests.builders import AT, link_partners, make_partner, make_person, make_project, make_staff
from tests.intake.test_money_tables import write_money
from tests.operations.taken import count, handed_in, told

CONVENTIONS, TRANCHES, CONTRACTS, ACCOUNTS = MoneyTable
WHOLE_PLAN: tuple[dict[str, Any], ...] = (
    {},
    {"number": "2", "amount": "1 000 000,00", "trigger": "stage", "stage": "equipment"},
)


@pytest.fixture
def centre(session: Session) -> Project:
    """A centre with a partner and one budget line of 1 200 000 dirhams."""
    make_staff(session)
    project = make_project(session)
    make_partner(session)
    line = BudgetLine(project_id=project.id, code="WORKS", stage=Stage.CONSTRUCTION, nature=Nature.WORKS)
    session.add(line)
    session.flush()
    session.add(
        BudgetEntry(
            line_id=line.id,
            change=BudgetChange.INITIAL,
            amount_centimes=1_200_000_00,
            decided_on=AT.date(),
            proposed_by="finance",
            written_at=AT,
        )
    )
    session.flush()
    return project


def brought(
    session: Session, tmp_path: Path, table: MoneyTable, *rows: dict[str, Any], **changed: Any
) -> ImportedMoney:
    """Write a file, read it and bring it in, a second person too where one is needed."""
    sheet = read_money(write_money(tmp_path / f"{table}.csv", table, *rows), table)
    assert sheet.problems == ()
    done = handed_in(session, sheet, **changed)
    return done if done.proposal is None else handed_in(session, sheet, **(changed | {"by": "director"}))


def everything(session: Session, tmp_path: Path) -> list[ImportedMoney]:
    return [
        brought(session, tmp_path, CONVENTIONS, {}),
        brought(session, tmp_path, TRANCHES, *WHOLE_PLAN),
        brought(session, tmp_path, CONTRACTS, {}),
        brought(session, tmp_path, ACCOUNTS, {}),
    ]


def test_four_files_bring_in_a_centre_s_money(session: Session, centre: Project, tmp_path: Path) -> None:
    done = everything(session, tmp_path)

    assert [one.problems for one in done] == [()] * 4
    assert all(one.written for one in done)
    promise = session.exec(select(Commitment)).one()
    assert (promise.project_id, promise.amount_centimes) == (centre.id, 1_500_000_00)
    assert session.exec(select(Partnership)).one().reading == "convention"
    tranches = session.exec(select(Tranche).order_by(col(Tranche.number))).all()
    assert [(row.amount_centimes, row.stage) for row in tranches] == [
        (500_000_00, None),
        (1_000_000_00, Stage.EQUIPMENT),
    ]
    assert count(session, FundingCall) == 0
    assert session.exec(select(Contract)).one().period_days == 365
    account = session.exec(select(Certificate)).one()
    assert (account.number, account.net_centimes, account.vat_centimes) == (1, 360_000_00, 66_666_67)


def test_the_trail_has_one_entry_for_each_file(session: Session, centre: Project, tmp_path: Path) -> None:
    everything(session, tmp_path)

    entries = session.exec(select(TrailEntry).where(TrailEntry.kind == "money_imported")).all()
    assert len(entries) == 4
    assert verify(session).holds


def test_the_same_files_again_write_nothing(session: Session, centre: Project, tmp_path: Path) -> None:
    everything(session, tmp_path)
    before = count(session, TrailEntry)

    again = everything(session, tmp_path)

    assert [(one.problems, one.written, one.nothing_new) for one in again] == [((), False, True)] * 4
    assert [one.unchanged for one in again] == [
        {"promises": 1},
        {"tranches": 2},
        {"contracts": 1},
        {"accounts": 1},
    ]
    assert count(session, TrailEntry) == before


def test_a_dry_run_writes_nothing(session: Session, centre: Project, tmp_path: Path) -> None:
    done = brought(session, tmp_path, CONVENTIONS, {}, dry_run=True)

    assert (done.problems, done.written, done.new["promises"]) == ((), False, 1)
    assert [count(session, model) for model in (Convention, Commitment, Partnership)] == [0] * 3


FAULTS: list[tuple[MoneyTable, tuple[dict[str, Any], ...], tuple[int, str, str]]] = [
    (CONVENTIONS, ({"project": "nowhere"},), (2, "project", "unknown_project")),
    (CONVENTIONS, ({"partner": "Nobody at all"},), (2, "partner", "unknown_partner")),
    (CONVENTIONS, ({}, {}), (3, "convention", "duplicate_key")),
    (CONVENTIONS, ({"amount": "1 500 000,01"},), (2, "amount", "in_the_books_otherwise")),
    (TRANCHES, ({"convention": "CV-9"},), (2, "convention", "no_such_promise")),
    (TRANCHES, ({"amount": "1 500 000,01"},), (2, "amount", "plan_over")),
    (TRANCHES, ({"amount": "1 499 999,99"},), (2, "amount", "plan_short")),
    (TRANCHES, ({}, {}), (3, "number", "duplicate_key")),
    (CONTRACTS, ({"contract": "M-2", "line": "GARDENS"},), (2, "line", "unknown_line")),
    (CONTRACTS, ({"contract": "M-2", "amount": "200 000,01"},), (2, "amount", "over_line")),
    (CONTRACTS, ({"contract": "M-2", "start": "2026-01-04"},), (2, "start", "before_signing")),
    (CONTRACTS, ({"amount": "900 000,00"},), (2, "amount", "in_the_books_otherwise")),
    (ACCOUNTS, ({"contract": "M-9"},), (2, "contract", "unknown_contract")),
    (ACCOUNTS, ({"net": "360 000,01"},), (2, "net", "net_does_not_add_up")),
    (ACCOUNTS, ({"dated": "2026-01-04"},), (2, "dated", "before_start")),
    (ACCOUNTS, ({}, {"number": "2", "dated": "2026-02-26"}), (3, "dated", "account_out_of_order")),
    (ACCOUNTS, ({"gross": "1 000 000,01", "net": "960 000,01"},), (2, "gross", "over_contract")),
]


@pytest.mark.parametrize(("table", "rows", "where"), FAULTS)
def test_each_fault_is_named_and_nothing_is_written(
    session: Session,
    centre: Project,
    tmp_path: Path,
    table: MoneyTable,
    rows: tuple[dict[str, Any], ...],
    where: tuple[int, str, str],
) -> None:
    brought(session, tmp_path, CONVENTIONS, {})
    brought(session, tmp_path, CONTRACTS, {})
    before = [count(session, model) for model in (Commitment, Tranche, Contract, Certificate, TrailEntry)]

    done = brought(session, tmp_path, table, *rows)

    assert (f"{table}.csv", *where) in told(done)
    assert not done.written
    after = [count(session, model) for model in (Commitment, Tranche, Contract, Certificate, TrailEntry)]
    assert after == before


def test_what_will_not_come_needs_no_tranche(session: Session, centre: Project, tmp_path: Path) -> None:
    brought(session, tmp_path, CONVENTIONS, {})
    promise = session.exec(select(Commitment)).one()
    release: dict[str, Any] = {
        "kind": ReleaseKind.CANCELLED,
        "amount_centimes": 1_000_000_00,
        "decided_on": AT.date(),
    }
    release |= {"reference": "AV-1", "decided_by": "director", "written_at": AT}
    session.add(CommitmentRelease(commitment_id=promise.id, **release))
    session.flush()

    assert brought(session, tmp_path, TRANCHES, {}).problems == ()


def test_a_later_file_must_not_pass_the_plan(session: Session, centre: Project, tmp_path: Path) -> None:
    brought(session, tmp_path, CONVENTIONS, {})
    brought(session, tmp_path, TRANCHES, *WHOLE_PLAN)

    (problem,) = brought(session, tmp_path, TRANCHES, {"number": "3"}).problems

    assert problem.problem.code == "plan_over"
    assert problem.problem.details["over"] == Money(500_000_00)


def test_a_partner_that_was_left_out_stays_out(session: Session, centre: Project, tmp_path: Path) -> None:
    link_partners(session, centre, ["council"])
    session.exec(select(Partnership)).one().retained = False
    session.flush()

    assert told(brought(session, tmp_path, CONVENTIONS, {})) == [
        ("conventions.csv", 2, "partner", "partner_left_out")
    ]


@pytest.mark.parametrize(
    ("role", "table", "may"),
    [
        (Role.OFFICER, CONVENTIONS, True),
        (Role.OFFICER, CONTRACTS, True),
        (Role.OFFICER, ACCOUNTS, False),
        (Role.FINANCE, ACCOUNTS, True),
    ],
)
def test_i31_people_bring_in_what_they_may_do_by_hand(
    session: Session, centre: Project, tmp_path: Path, role: Role, table: MoneyTable, may: bool
) -> None:
    if table is ACCOUNTS:
        brought(session, tmp_path, CONTRACTS, {})

    done = brought(session, tmp_path, table, {}, by=role.value)

    assert done.written is may
    assert may or told(done) == [(f"{table}.csv", 2, "project", "import_not_allowed")]


def test_who_may_bring_in_nothing_is_refused_at_once(
    session: Session, centre: Project, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowed):
        brought(session, tmp_path, CONVENTIONS, {}, by="auditor")


def test_a_region_limits_what_is_brought_in(session: Session, centre: Project, tmp_path: Path) -> None:
    make_person(session, "officer-sud", Role.OFFICER, region="souss-massa")

    done = brought(session, tmp_path, CONVENTIONS, {}, by="officer-sud")

    assert told(done) == [("conventions.csv", 2, "project", "import_not_allowed")]
