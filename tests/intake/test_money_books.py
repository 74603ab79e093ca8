from datetime import date
from pathlib import Path

import pytest

from intake.content import FileMissing
from intake.money_books import read_books
from intake.rows import HeaderMissing
from models.rules.books import Books
from models.rules.contracts import CertificateKind, ContractKind
from models.rules.money_rows import CallTerms, Foreign
from models.rules.tranches import Trigger
from tests.intake.bookset import BOOKS, add, add_column, change, copied, read, write
from tests.intake.files import chance

Told = tuple[str, int, str, str]


def told(books: Books) -> list[Told]:
    return [(one.file, one.problem.row, one.problem.field, one.problem.code) for one in books.problems]


def damaged(tmp_path: Path, file: str, row: int, **cells: str) -> list[Told]:
    folder = copied(tmp_path)
    change(folder, file, row, **cells)
    return told(read_books(folder))


def test_books_are_read_with_what_each_row_names() -> None:
    counted: list[int] = []
    books = read_books(BOOKS, progress=counted.append)

    assert books.problems == ()
    assert counted[-1] == 25
    assert [project.key for project in books.projects] == ["prj-001", "prj-002", "prj-003"]
    assert [len(rows) for rows in (books.rows.promises, books.rows.tranches)] == [3, 5]
    first = books.rows.tranches[0]
    assert (first.convention, first.project, first.partner) == ("CONV-2020-001", "prj-001", "PA1")
    assert (first.amount, first.trigger, first.expected_on) == (500_000_00, Trigger.DATE, date(2020, 3, 2))
    assert first.call == CallTerms("AF-2020-0001", date(2020, 3, 2), date(2020, 4, 1))
    contract = books.rows.contracts[0]
    assert (contract.kind, contract.period_days) == (ContractKind.WORKS, 106)
    assert contract.terms["retention"] == 10_00
    assert contract.terms["retention_cap"] == 7_00
    assert contract.terms["advance_most_centimes"] == 100_000_00
    account = books.rows.accounts[1]
    assert (account.kind, account.gross, account.net) == (CertificateKind.WORK, 400_000_00, 310_000_00)


def test_the_files_are_known_by_what_they_hold() -> None:
    files = read_books(BOOKS).files

    assert sorted(files) == [
        "certificates.csv",
        "contracts.csv",
        "conventions.csv",
        "partners.csv",
        "projects.csv",
        "rates.csv",
        "tranches.csv",
    ]
    assert all(len(digest) == 64 for digest in files.values())


def test_another_currency_is_taken_at_the_rate_of_the_signature_and_sums_to_the_centime() -> None:
    """I23: the last rate before the day counts, for seven days."""
    books = read_books(BOOKS)

    promise = books.rows.promises[1]
    tranches = [row for row in books.rows.tranches if row.convention == promise.convention]
    assert promise.amount == 362_999_96  # 33 333.33 EUR at 10.89
    assert promise.foreign == Foreign("EUR", 33_333_33, 108_900, date(2020, 3, 2))
    assert [row.foreign.centimes for row in tranches if row.foreign] == [11_111_11, 22_222_22]
    assert sum(row.amount for row in tranches) == promise.amount


@pytest.mark.parametrize(
    ("day", "found"), [("2020-02-28", True), ("2020-03-06", True), ("2020-03-07", False)]
)
def test_a_rate_is_seven_days_old_at_most(tmp_path: Path, day: str, found: bool) -> None:
    problems = damaged(tmp_path, "conventions.csv", 3, signed=day)

    assert (("conventions.csv", 3, "currency", "rate_missing") not in problems) == found


def test_a_currency_without_rates_is_told(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "rates.csv").unlink()

    assert told(read_books(folder)) == [("conventions.csv", 3, "currency", "rate_missing")]


@pytest.mark.parametrize(
    ("file", "row", "cells", "field", "code"),
    [
        ("conventions.csv", 2, {"amount": "1500000.000"}, "amount", "too_many_decimals"),
        ("conventions.csv", 2, {"amount": "-5.00"}, "amount", "negative"),
        ("conventions.csv", 2, {"amount": "0.00"}, "amount", "not_positive"),
        ("conventions.csv", 2, {"amount": "much"}, "amount", "not_an_amount"),
        ("conventions.csv", 2, {"signed": "2020-02-31"}, "signed", "not_a_date"),
        ("conventions.csv", 2, {"signed": "02/03/2020"}, "signed", "ambiguous_date"),
        ("conventions.csv", 2, {"party_id": "CO1"}, "party_id", "not_a_partner"),
        ("conventions.csv", 2, {"project_id": "P9"}, "project_id", "not_in_file"),
        ("conventions.csv", 3, {"convention_id": "CV1"}, "convention_id", "duplicate_key"),
        ("tranches.csv", 2, {"convention_id": "CV9"}, "convention_id", "not_in_file"),
        ("tranches.csv", 2, {"convention_ref": "CONV-1"}, "convention_ref", "not_as_in_file"),
        ("tranches.csv", 2, {"party_id": "PA2"}, "party_id", "not_as_in_file"),
        ("tranches.csv", 2, {"currency": "EUR"}, "currency", "not_as_in_file"),
        ("tranches.csv", 2, {"seq": "0"}, "seq", "out_of_range"),
        ("contracts.csv", 2, {"budget_line": "JARDIN"}, "budget_line", "unknown_line"),
        ("contracts.csv", 2, {"retention_rate": "10"}, "retention_rate", "out_of_range"),
        ("contracts.csv", 2, {"vat_rate": "a fifth"}, "vat_rate", "not_a_rate"),
        ("contracts.csv", 2, {"advance": "1000000.01"}, "advance", "advance_over_contract"),
        ("certificates.csv", 3, {"retention": "-1.00"}, "retention", "negative"),
        ("certificates.csv", 3, {"kind": "gift"}, "kind", "not_a_choice"),
        ("certificates.csv", 3, {"contract_id": "CT9"}, "contract_id", "not_in_file"),
        ("certificates.csv", 3, {"contract_ref": "002/FND/2020"}, "contract_ref", "not_as_in_file"),
        ("certificates.csv", 3, {"currency": "EUR"}, "currency", "not_as_in_file"),
        ("certificates.csv", 3, {"penalty": "=cmd()"}, "penalty", "formula_text"),
        ("partners.csv", 2, {"kind": "friend"}, "kind", "not_a_choice"),
        ("projects.csv", 2, {"name": "a\u202eb"}, "name", "hidden_characters"),
        ("projects.csv", 3, {"code": "PRJ 001"}, "code", "duplicate_key"),
        ("rates.csv", 2, {"mad_per_unit": "10.88999"}, "mad_per_unit", "not_a_rate"),
    ],
)
def test_each_fault_is_named_by_file_row_and_column(
    tmp_path: Path, file: str, row: int, cells: dict[str, str], field: str, code: str
) -> None:
    assert (file, row, field, code) in damaged(tmp_path, file, row, **cells)


def test_a_contract_in_another_currency_is_refused(tmp_path: Path) -> None:
    problems = damaged(tmp_path, "contracts.csv", 3, currency="EUR")

    assert ("contracts.csv", 3, "currency", "other_currency") in problems


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    change(folder, "conventions.csv", 4, amount="1.234", signed="soon")
    change(folder, "certificates.csv", 7, retention="-1.00")
    add(folder, "tranches.csv", tranche_id="TR1")

    assert told(read_books(folder)) == [
        ("conventions.csv", 4, "amount", "too_many_decimals"),
        ("conventions.csv", 4, "signed", "not_a_date"),
        ("tranches.csv", 7, "tranche_id", "duplicate_key"),
        ("certificates.csv", 7, "retention", "negative"),
    ]


def test_a_project_may_say_more_of_itself(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    for name, value in {
        "key": "rahma-cmp",
        "sector": "santé",
        "kind": "CMP",
        "province": "سلا",
        "budget": "2000000.00",
        "name_ar": "مركز المثال",
    }.items():
        add_column(folder, "projects.csv", name, value)

    project = read_books(folder).projects[0]

    assert (project.key, project.is_named, project.sector, project.kind) == (
        "rahma-cmp",
        True,
        "health",
        "CMP",
    )
    assert (project.province, project.budget, project.name_ar) == ("sale", 2_000_000_00, "مركز المثال")


def test_words_that_a_project_may_not_use_are_told(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    for name in ("sector", "kind", "province", "key"):
        add_column(folder, "projects.csv", name, "Nowhere At All")

    assert [(one[2], one[3]) for one in told(read_books(folder)) if one[0] == "projects.csv"] == [
        ("key", "not_a_key"),
        ("sector", "unknown_sector"),
        ("province", "unknown_province"),
        ("kind", "unknown_kind"),
    ]


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "contracts.csv").unlink()

    with pytest.raises(FileMissing) as refused:
        read_books(folder)

    assert str(refused.value.details["file"]).endswith("contracts.csv")


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    rows = read(folder / "tranches.csv")
    write(folder / "tranches.csv", [{k: v for k, v in row.items() if k != "amount"} for row in rows])

    assert ("tranches.csv", 1, "amount", "missing_column") in told(read_books(folder))


def test_another_folder_of_tables_is_no_books(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "tranches.csv").write_text("a,b\n1,2\n")

    with pytest.raises(HeaderMissing):
        read_books(folder)


def test_never_a_traceback_on_hostile_cells(tmp_path: Path) -> None:
    hostile = (
        "\x00",
        "\u202e",
        "x" * 10_000,
        "<script>",
        "{{7*7}}",
        "=cmd()",
        "",
        "9" * 500,
        "1e9",
        "NaN",
        "-",
    )
    luck, folder = chance(3), copied(tmp_path)
    found = 0
    for _ in range(60):
        file = luck.choice(sorted(path.name for path in folder.glob("*.csv") if path.name != "ledger.csv"))
        before = (folder / file).read_bytes()
        rows = read(folder / file)
        for row in rows:
            row |= {column: luck.choice(hostile) for column in row if luck.random() < 0.3}
        write(folder / file, rows)
        problems = read_books(folder).problems
        found += len(problems)
        assert all(len(one.problem.value) < 400 and "\u202e" not in one.problem.value for one in problems)
        (folder / file).write_bytes(before)
    assert found > 100
