from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from intake.money_books import read_books
from models.operations import partners
from models.operations.import_books import UNASSIGNED, Unsaid
from models.queries.trail import verify
from models.rules.authority import NotAllowed, Role
from models.rules.contracts import CertificateKind
from models.rules.money import Money
from models.rules.money_rows import Note
from models.rules.terms import DEFAULTS
from models.rules.tranches import CallState
from models.tables import (
    BudgetEntry,
    BudgetLine,
    BudgetPlan,
    Certificate,
    ClosedPeriod,
    Commitment,
    Contract,
    ContractTerm,
    ConventionParty,
    ForeignAmount,
    FundingCall,
    Partner,
    PartnerAlias,
    Partnership,
    Project,
    ServiceOrder,
    TrailEntry,
)
from tests.builders import AT, make_person, make_project, make_staff
from tests.intake.bookset import BOOKS, add, add_column, change, copied, read, write
from tests.operations.taken import MONEY, count, taken, told


@pytest.fixture
def books(session: Session) -> Session:
    make_staff(session)
    return session


def one(session: Session, model: type[Any], **named: Any) -> Any:
    return session.exec(select(model).filter_by(**named)).one()


def test_books_come_in_whole(books: Session) -> None:
    done = taken(books)

    assert done.problems == ()
    assert done.written
    assert done.new == {
        "projects": 2,
        "partners": 2,
        "lines": 3,
        "conventions": 3,
        "promises": 3,
        "tranches": 5,
        "calls": 5,
        "contracts": 2,
        "accounts": 6,
        "names": 2,
    }
    assert [count(books, model) for model in MONEY] == [3, 3, 5, 5, 3, 2, 6]
    promise = one(books, Commitment, reference="CONV-2020-001")
    assert (promise.amount_centimes, promise.signed_on) == (1_500_000_00, date(2020, 2, 3))
    call = one(books, FundingCall, number="AF-2020-0002")
    assert (call.state, call.issued_on, call.due_on) == (
        CallState.ISSUED,
        date(2020, 9, 7),
        date(2020, 10, 7),
    )
    account = one(books, Certificate, reference="001/FND/2020-D02")
    assert (account.number, account.retention_centimes, account.net_centimes) == (3, 30_000_00, 320_000_00)
    assert account.vat_centimes == 66_666_67


def test_who_takes_part_is_linked_and_named(books: Session) -> None:
    taken(books)

    partner = one(books, Partner, key="pa1")
    assert (partner.name_ar, partner.type, partner.source) == (
        "مجلس الجهة المثال",
        "other",
        "test books PA1",
    )
    assert one(books, PartnerAlias, partner_id=partner.id).spelling == "CER"
    assert count(books, Partnership) == 3
    assert count(books, ConventionParty) == 3
    assert [contract.contractor for contract in books.exec(select(Contract))] == [
        "Société Exemple Bâtiment",
        "Société Exemple Mobilier",
    ]


def test_i21_a_new_project_says_where_it_comes_from_and_its_budget_is_that_of_the_books(
    books: Session,
) -> None:
    done = taken(books)

    first, second = books.exec(select(Project).order_by(col(Project.key)))
    assert (first.key, first.sector, first.kind, first.region) == ("prj-001", "health", "CMP", "oriental")
    assert first.source == "test books P1"
    assert first.budget == Money(1_862_999_96)  # what is promised, which is more than the contracts
    assert second.budget == Money(400_000_00)
    assert Note("projects_without_money", {"count": 1}) in done.notes
    assert Note("budgets_from_books", {"count": 2}) in done.notes


def test_i22_the_lines_sum_to_the_budget(books: Session) -> None:
    taken(books)

    lines = dict(
        books.exec(
            select(BudgetLine.code, BudgetEntry.amount_centimes).join(
                BudgetEntry, col(BudgetEntry.line_id) == col(BudgetLine.id)
            )
        ).all()
    )
    assert lines == {"TRAVAUX": 1_000_000_00, "EQUIPEMENT": 240_000_00, UNASSIGNED: 622_999_96}
    assert one(books, BudgetPlan).completed_on == date(2020, 1, 6)


def test_i23_what_was_promised_in_another_currency_is_kept(books: Session) -> None:
    taken(books)

    kept = books.exec(select(ForeignAmount).order_by(col(ForeignAmount.amount_centimes))).all()
    assert [(row.currency, row.amount_centimes, row.rate) for row in kept] == [
        ("EUR", 11_111_11, 108_900),
        ("EUR", 22_222_22, 108_900),
        ("EUR", 33_333_33, 108_900),
    ]
    assert [row.tranche_id is None for row in kept] == [False, False, True]


def test_a_contract_has_its_own_figures_and_copies_the_others(books: Session) -> None:
    taken(books)

    contract = one(books, Contract, reference="001/FND/2020")
    terms = {
        term.name: term.value
        for term in books.exec(select(ContractTerm).filter_by(contract_id=contract.id))
    }
    assert terms.keys() == DEFAULTS.keys()
    assert (terms["retention"], terms["delay_penalty_per_mille"], terms["delay_cap"]) == (10_00, 1_00, 8_00)
    assert (terms["advance"], terms["advance_most_centimes"]) == (10_00, 100_000_00)
    assert terms["performance_bond"] == 3_00
    assert one(books, ServiceOrder, contract_id=contract.id).dated == date(2020, 6, 1)


def test_i28_the_trail_has_one_entry_for_all_the_money(books: Session) -> None:
    taken(books)

    (entry,) = books.exec(select(TrailEntry).where(TrailEntry.kind == "money_imported"))
    assert entry.project_id is None
    assert '"accounts":6' in entry.payload
    assert read_books(BOOKS).files["tranches.csv"] in entry.payload
    assert verify(books).holds


def test_i20_the_same_books_again_write_nothing(books: Session) -> None:
    taken(books)
    before = count(books, TrailEntry)

    done = taken(books)

    assert (done.problems, done.written, done.nothing_new) == ((), False, True)
    assert done.unchanged == {"promises": 3, "tranches": 5, "contracts": 2, "accounts": 6, "names": 2}
    assert count(books, TrailEntry) == before
    assert [count(books, model) for model in MONEY] == [3, 3, 5, 5, 3, 2, 6]


def test_a_dry_run_tells_all_and_writes_nothing(books: Session) -> None:
    done = taken(books, dry_run=True)

    assert (done.problems, done.written) == ((), False)
    assert done.new["accounts"] == 6
    assert [count(books, model) for model in (*MONEY, Project, Partner, TrailEntry)] == [0] * 10


def test_books_that_have_grown_add_what_is_new(books: Session, tmp_path: Path) -> None:
    taken(books)
    folder = copied(tmp_path)
    add(folder, "tranches.csv", tranche_id="TR6", call_ref="AF-2022-0001", seq="2", amount="250000.00")

    done = taken(books, folder)

    assert (done.problems, done.written) == ((), True)
    assert {noun: new for noun, new in done.new.items() if new} == {"tranches": 1, "calls": 1}
    assert done.unchanged["tranches"] == 5


def test_progress_is_told(books: Session) -> None:
    counted: list[int] = []
    taken(books, progress=counted.append)

    assert counted == sorted(counted)
    assert counted[-1] > 25


def test_i21_what_the_books_say_of_no_new_project_is_asked_for_once(books: Session) -> None:
    done = taken(books, unsaid=Unsaid(kind="CMP"))

    assert told(done) == [
        ("projects.csv", 2, "sector", "unsaid_by_all"),
        ("projects.csv", 2, "province", "unsaid_by_all"),
    ]
    assert done.problems[0].problem.details == {"count": 2}


def test_i21_what_the_books_say_of_some_new_projects_is_asked_for_by_row(
    books: Session, tmp_path: Path
) -> None:
    folder = copied(tmp_path)
    add_column(folder, "projects.csv", "sector", "health")

    done = taken(books, folder, unsaid=Unsaid(kind="CMP"))

    assert told(done) == [
        ("projects.csv", 2, "province", "unsaid_by_all"),
        ("projects.csv", 3, "sector", "unsaid"),
    ]


def test_a_project_that_is_here_is_used_and_left_as_it_is(books: Session, tmp_path: Path) -> None:
    make_project(books, "sample-centre")
    folder = copied(tmp_path)
    add_column(folder, "projects.csv", "key", "sample-centre")

    done = taken(books, folder)

    assert done.problems == ()
    project = one(books, Project, key="sample-centre")
    assert (project.name_fr, project.budget) == ("Centre d'exemple sample-centre", Money(12_000_000_00))
    assert one(books, Contract, reference="001/FND/2020").project_id == project.id
    amounts = books.exec(
        select(BudgetEntry.amount_centimes).join(BudgetLine).where(BudgetLine.project_id == project.id)
    )
    assert sum(amounts) == 12_000_000_00


def test_another_project_of_the_same_key_is_not_taken_for_it(books: Session) -> None:
    make_project(books, "prj-001")

    assert ("projects.csv", 2, "code", "project_taken") in told(taken(books))


def test_a_partner_that_is_here_is_not_written_twice(books: Session) -> None:
    new = partners.NewPartner(
        key="conseil",
        name_ar="مجلس",
        name_fr="Conseil d’Exemple de la Région",
        name_en="Council",
        type="other",
    )
    partners.register(books, new, by="tests", at=AT)

    done = taken(books)

    assert (done.problems, done.new["partners"]) == ((), 1)
    assert (
        one(books, Partner, key="conseil").id
        == one(books, Commitment, reference="CONV-2020-001").partner_id
    )


def test_i20_what_is_in_the_books_otherwise_is_not_overwritten(books: Session, tmp_path: Path) -> None:
    taken(books)
    folder = copied(tmp_path)
    change(folder, "conventions.csv", 2, amount="1600000.00")
    change(folder, "contracts.csv", 3, start="2021-01-05")
    change(folder, "certificates.csv", 7, date="2021-02-02")

    done = taken(books, folder)

    assert told(done) == [
        ("certificates.csv", 7, "date", "in_the_books_otherwise"),
        ("contracts.csv", 3, "start", "in_the_books_otherwise"),
        ("conventions.csv", 2, "amount", "in_the_books_otherwise"),
    ]
    amounts = done.problems[2].problem
    assert (amounts.value, amounts.details["before"]) == ("1600000.00 MAD", Money(1_500_000_00))


def test_nothing_is_written_into_a_closed_period(books: Session) -> None:
    books.add(ClosedPeriod(until=date(2020, 4, 1), closed_by="director", closed_at=AT))
    books.flush()

    problems = told(taken(books))

    assert problems[0] == ("conventions.csv", 2, "signed", "in_closed_period")
    assert ("tranches.csv", 2, "call_date", "in_closed_period") in problems
    assert ("tranches.csv", 4, "call_date", "in_closed_period") not in problems


def test_rows_dated_ahead_are_taken_and_told(books: Session, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    ahead = str(AT.date() + timedelta(days=1))
    change(folder, "tranches.csv", 6, call_date=ahead, due_date=ahead)

    done = taken(books, folder)

    assert done.written
    assert Note("dated_ahead", {"count": 1}) in done.notes


def test_a_plan_that_is_not_whole_is_told(books: Session) -> None:
    notes = taken(books).notes

    assert Note("plan_short", {"convention": "CONV-2021-001", "missing": Money(250_000_00)}) in notes


@pytest.mark.parametrize("role", [Role.OFFICER, Role.DIRECTOR, Role.AUDITOR])
def test_only_finance_and_administrators_take_books_over(books: Session, role: Role) -> None:
    with pytest.raises(NotAllowed) as refused:
        taken(books, by=role.value)

    assert refused.value.details["who"] == (Role.FINANCE, Role.ADMINISTRATOR)


def test_a_region_limits_what_is_taken_over(books: Session) -> None:
    make_person(books, "finance-sud", Role.FINANCE, region="souss-massa")

    problems = told(taken(books, by="finance-sud"))

    assert {code for *_, code in problems} == {"import_not_allowed"}


def test_a_last_account_may_owe_less_than_nothing(books: Session, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    change(folder, "certificates.csv", 5, kind="final", penalty="250000.00", net_payable="-50000.00")

    done = taken(books, folder)

    assert done.problems == ()
    assert one(books, Certificate, kind=CertificateKind.FINAL).net_centimes == -50_000_00


def test_one_convention_may_bind_several_partners(books: Session, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    change(folder, "conventions.csv", 3, convention_ref="CONV-2020-001", signed="2020-02-03")
    rows = read(folder / "tranches.csv")
    write(folder / "tranches.csv", [row for row in rows if row["convention_id"] != "CV2"])
    rates = read(folder / "rates.csv")
    write(folder / "rates.csv", [row | {"date": "2020-02-03"} for row in rates])

    done = taken(books, folder)

    assert done.problems == ()
    assert (done.new["conventions"], done.new["promises"]) == (2, 3)
    assert count(books, ConventionParty) == 3
