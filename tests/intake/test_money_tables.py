import csv
from collections.abc import Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from intake import money_tables
from intake.money_tables import MOST_ROWS, MoneySheet, read_money
from intake.money_words import money_vocabulary
from intake.rows import TooManyRows
from intake.templates import write_template
from models.rules.contracts import CertificateKind, ContractKind
from models.rules.money_rows import FileRow, MoneyTable, PromiseRow
from models.rules.names import fold
from models.rules.stages import Stage
from models.rules.tranches import Trigger
from models.settings import LANGUAGES
from notifications.words import say
from tests.intake.files import chance, write_workbook

CONVENTIONS, TRANCHES, CONTRACTS, ACCOUNTS = MoneyTable

ROWS: Mapping[MoneyTable, Mapping[str, Any]] = {
    CONVENTIONS: {
        "convention": "CV-1",
        "project": "sample-centre",
        "partner": "council",
        "amount": "1 500 000,00",
        "signed_on": "2026-01-05",
    },
    TRANCHES: {
        "convention": "CV-1",
        "project": "sample-centre",
        "partner": "council",
        "number": "1",
        "amount": "500 000,00",
        "trigger": "à une date",
        "expected_on": "2026-06-01",
    },
    CONTRACTS: {
        "contract": "M-1",
        "project": "sample-centre",
        "line": "WORKS",
        "contract_kind": "travaux",
        "contractor": "Exemple SARL",
        "amount": "1 000 000,00",
        "period_days": "365",
        "signed_on": "2026-01-05",
    },
    ACCOUNTS: {
        "contract": "M-1",
        "number": "1",
        "account_kind": "décompte provisoire",
        "dated": "2026-02-27",
        "due_on": "2026-04-28",
        "gross": "400 000,00",
        "retention": "40 000,00",
        "net": "360 000,00",
    },
}


def write_money(path: Path, table: MoneyTable, *rows: Mapping[str, Any]) -> Path:
    """Write a file of one kind; each row changes what it is about."""
    columns = list(dict.fromkeys([*ROWS[table], *(name for row in rows for name in row)]))
    out = StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([{**ROWS[table], **row}.get(column, "") for column in columns])
    path.write_text(out.getvalue(), "utf-8")
    return path


def told(sheet: MoneySheet) -> list[tuple[int, str, str]]:
    return [(one.problem.row, one.problem.field, one.problem.code) for one in sheet.problems]


def read(tmp_path: Path, table: MoneyTable, *rows: Mapping[str, Any]) -> MoneySheet:
    return read_money(write_money(tmp_path / "money.csv", table, *rows), table)


def test_a_convention_is_read(tmp_path: Path) -> None:
    more = {"in_kind": "oui", "budget_year": "2026", "budget_line": "L-12", "title": "Objet"}

    sheet = read(tmp_path, CONVENTIONS, {}, {"convention": "CV-2", **more})

    assert (sheet.problems, len(sheet.digest)) == ((), 64)
    plain, other = sheet.rows.promises
    assert plain == PromiseRow(
        FileRow("money.csv", 2), "CV-1", "sample-centre", "council", 1_500_000_00, date(2026, 1, 5)
    )
    assert (other.in_kind, other.budget_year, other.budget_line, other.title) == (
        True,
        2026,
        "L-12",
        "Objet",
    )


def test_a_tranche_is_read_with_its_trigger(tmp_path: Path) -> None:
    sheet = read(
        tmp_path,
        TRANCHES,
        {},
        {"number": "2", "trigger": "étape", "stage": "travaux"},
        {"number": "3", "trigger": "progress", "progress": "40 %"},
        {"number": "4", "trigger": "document", "document": "building_permit"},
    )

    assert sheet.problems == ()
    first, second, third, fourth = sheet.rows.tranches
    assert (first.trigger, first.amount, first.expected_on) == (Trigger.DATE, 500_000_00, date(2026, 6, 1))
    assert (second.stage, third.progress, fourth.document) == (
        Stage.CONSTRUCTION,
        40_00,
        "building_permit",
    )


def test_a_contract_is_read_with_the_figures_that_it_says(tmp_path: Path) -> None:
    sheet = read(
        tmp_path, CONTRACTS, {"retention_rate": "7,5 %", "delay_penalty": "1", "start": "2026-02-02"}
    )

    (contract,) = sheet.rows.contracts
    assert (contract.kind, contract.period_days) == (ContractKind.WORKS, 365)
    assert contract.terms == {"retention": 7_50, "delay_penalty_per_mille": 1_00}
    assert contract.start == date(2026, 2, 2)


def test_an_account_is_read(tmp_path: Path) -> None:
    (account,) = read(tmp_path, ACCOUNTS, {"revision": "-1 000,00", "net": "359 000,00"}).rows.accounts

    assert (account.kind, account.number, account.revision) == (CertificateKind.WORK, 1, -1_000_00)
    assert account.net == account.due == 359_000_00


@pytest.mark.parametrize(
    ("table", "cells", "field", "code"),
    [
        (CONVENTIONS, {"amount": "1.234,567"}, "amount", "too_many_decimals"),
        (CONVENTIONS, {"amount": "1.234"}, "amount", "ambiguous_amount"),
        (CONVENTIONS, {"amount": "100 €"}, "amount", "other_currency"),
        (CONVENTIONS, {"amount": "0"}, "amount", "not_positive"),
        (CONVENTIONS, {"signed_on": "03/04/2026"}, "signed_on", "ambiguous_date"),
        (CONVENTIONS, {"partner": ""}, "partner", "empty"),
        (CONVENTIONS, {"convention": "x" * 65}, "convention", "too_long"),
        (CONVENTIONS, {"in_kind": "perhaps"}, "in_kind", "not_a_choice"),
        (CONVENTIONS, {"budget_year": "26"}, "budget_year", "out_of_range"),
        (TRANCHES, {"trigger": "soon"}, "trigger", "not_a_choice"),
        (TRANCHES, {"trigger": "stage"}, "trigger", "trigger_incomplete"),
        (TRANCHES, {"stage": "travaux"}, "trigger", "one_trigger"),
        (TRANCHES, {"trigger": "document", "document": "no_such"}, "document", "not_a_document"),
        (TRANCHES, {"trigger": "progress", "progress": "101"}, "progress", "over_a_hundred"),
        (TRANCHES, {"number": "0"}, "number", "out_of_range"),
        (TRANCHES, {"number": "1.5"}, "number", "not_a_whole_number"),
        (CONTRACTS, {"contract_kind": "gardens"}, "contract_kind", "not_a_choice"),
        (CONTRACTS, {"period_days": "-3"}, "period_days", "out_of_range"),
        (CONTRACTS, {"retention_rate": "-1"}, "retention_rate", "negative"),
        (CONTRACTS, {"contractor": "=cmd()"}, "contractor", "formula_text"),
        (ACCOUNTS, {"retention": "-1,00"}, "retention", "negative"),
        (ACCOUNTS, {"account_kind": "gift"}, "account_kind", "not_a_choice"),
        (ACCOUNTS, {"dated": "yesterday"}, "dated", "not_a_date"),
    ],
)
def test_each_fault_is_named_by_row_and_column(
    tmp_path: Path, table: MoneyTable, cells: dict[str, str], field: str, code: str
) -> None:
    assert told(read(tmp_path, table, cells)) == [(2, field, code)]


def test_headings_that_are_missing_or_not_known_are_told(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "Convention;Projet;Partenair;Montant;Date de signature\nCV;p;c;5,00;2026-01-05\n", "utf-8"
    )

    sheet = read_money(file, CONVENTIONS)

    assert told(sheet) == [(1, "", "unknown_column"), (1, "partner", "missing_column")]
    assert sheet.rows.promises == ()


@pytest.mark.parametrize("table", MoneyTable)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_i30_a_template_comes_back_with_its_example_passed_over(
    tmp_path: Path, table: MoneyTable, language: str, ending: str
) -> None:
    file = tmp_path / f"money{ending}"
    write_template(file, language, money_vocabulary(table))

    sheet = read_money(file, table)

    assert [note.code for note in sheet.notes] == ["sample_row_skipped"]
    assert told(sheet) == [(1, "", "no_rows")]


@pytest.mark.parametrize("table", MoneyTable)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_would_be_right_under_another_name(
    tmp_path: Path, table: MoneyTable, language: str
) -> None:
    file = tmp_path / "money.csv"
    write_template(file, language, money_vocabulary(table))
    file.write_text(file.read_text("utf-8-sig").replace("sample-row", "REAL-1"), "utf-8")

    sheet = read_money(file, table)

    assert sheet.problems == ()
    assert len(sheet.rows) == 1


def test_the_workbook_offers_its_choices_and_reads_from_right_to_left_in_arabic(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx", "ar", money_vocabulary(TRANCHES))
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")

    sheet, _lists = book.worksheets
    assert (sheet.title, bool(sheet.sheet_view.rightToLeft)) == ("الأشطر", True)
    assert len(sheet.data_validations.dataValidation) == 2
    assert all(cell.comment and cell.comment.text for cell in sheet[1])


@pytest.mark.parametrize("table", MoneyTable)
def test_no_word_means_two_columns(table: MoneyTable) -> None:
    words = money_vocabulary(table)
    for group in (words.columns, *words.choices.values()):
        for code, spelled in group.by_code.items():
            for word in (code, *(word for some in spelled.values() for word in some)):
                assert group.by_fold[fold(word)][0] == code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_may_be_written_as_the_program_writes_it(language: str) -> None:
    for table, name, family, members in (
        (TRANCHES, "trigger", "trigger", Trigger),
        (CONTRACTS, "contract_kind", "contract_kind", ContractKind),
        (ACCOUNTS, "account_kind", "certificate_kind", CertificateKind),
    ):
        choices = money_vocabulary(table).choices[name]
        assert set(choices.by_code) == {str(code) for code in members}
        for code in members:
            assert choices.find(say(f"{family}.{code}", language)) == code


def test_typed_cells_of_a_workbook_are_read(tmp_path: Path) -> None:
    row = {**ROWS[CONVENTIONS], "amount": 1_500_000.5, "signed_on": date(2026, 1, 5)}
    file = write_workbook(tmp_path / "a.xlsx", [list(row.values())], header=list(row))

    (promise,) = read_money(file, CONVENTIONS).rows.promises

    assert (promise.amount, promise.signed_on) == (1_500_000_50, date(2026, 1, 5))


def test_i30_more_rows_than_a_file_may_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_money(tmp_path / "a.csv", TRANCHES, *({"number": str(n)} for n in range(1, 5)))
    monkeypatch.setattr(money_tables, "MOST_ROWS", 3)

    with pytest.raises(TooManyRows):
        read_money(file, TRANCHES)
    assert MOST_ROWS == 50_000


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
        "NaN",
        "%",
        "-",
    )
    luck = chance(5)
    for _ in range(80):
        table = luck.choice(list(MoneyTable))
        row = {name: luck.choice(hostile) for name in money_vocabulary(table).columns.by_code}
        sheet = read(tmp_path, table, {name: cell for name, cell in row.items() if luck.random() < 0.5})
        assert all(
            len(one.problem.value) < 400 and "\u202e" not in one.problem.value for one in sheet.problems
        )
