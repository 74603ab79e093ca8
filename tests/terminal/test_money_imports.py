"""Money that comes in from files: all of it or nothing, every fault named, the same files twice."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, func, select

from models import db
from models.queries.projects import find_project
from models.rules.budgets import BudgetChange
from models.rules.money_rows import MoneyTable
from models.settings import LANGUAGES
from models.tables import (
    BudgetEntry,
    Certificate,
    Commitment,
    Contract,
    Convention,
    Partner,
    Project,
    TrailEntry,
    Tranche,
)
from tests.builders import AT, make_partner
from tests.intake.bookset import add, change, copied
from tests.intake.test_money_tables import write_money
from tests.operations.books import make_line
from tests.terminal.conftest import Answer, Call

CONVENTIONS, TRANCHES, CONTRACTS, CERTIFICATES = MoneyTable
MONEY = (Convention, Commitment, Tranche, Contract, Certificate)
PLAN: tuple[Mapping[str, Any], ...] = ({}, {"number": "2", "amount": "1 000 000,00"})
SAID = ("--sector", "health", "--kind", "CMP", "--province", "nador")


@pytest.fixture
def centre(books: Engine) -> Engine:
    """A centre with a partner and a line of 1 200 000 dirhams for its works."""
    with db.transaction(books) as session:
        make_partner(session)
        line = make_line(session, find_project(session, "sample-centre"), "WORKS")
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
    return books


@pytest.fixture
def brought(call: Call, tmp_path: Path) -> Any:
    """Write a file of one kind and bring it in: `brought(TRANCHES, {...}, {...}, options=(...))`."""

    def bring(table: MoneyTable, *rows: Mapping[str, Any], options: tuple[str, ...] = ()) -> Answer:
        file = write_money(tmp_path / f"{table}.csv", table, *rows)
        return both(call, "money", "import", table.value, str(file), "--json", *options)

    return bring


def both(call: Call, *words: str) -> Answer:
    """Bring files in, a second person too where one is needed."""
    answer = call(*words, "--as", "finance")
    return call(*words, "--as", "director") if answer.json.get("outcome") == "proposed" else answer


def counted(engine: Engine, *models: type[SQLModel]) -> list[int]:
    with db.reading(engine) as session:
        return [_count(session, model) for model in models]


def _count(session: Session, model: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


def told(answer: Answer) -> list[tuple[int, str, str]]:
    return [(one["row"], one["field"], one["code"]) for one in answer.json["problems"]]


def test_four_kinds_of_files_come_in_once(centre: Engine, brought: Any) -> None:
    rows = {CONVENTIONS: ({},), TRANCHES: PLAN, CONTRACTS: ({},), CERTIFICATES: ({},)}
    first = [brought(table, *each) for table, each in rows.items()]
    trail = counted(centre, TrailEntry)

    again = [brought(table, *each) for table, each in rows.items()]

    assert [(answer.exit, answer.json["written"]) for answer in first] == [(0, True)] * 4
    assert [(answer.exit, answer.json["written"]) for answer in again] == [(0, False)] * 4
    assert again[1].json["unchanged"] == {"tranches": 2}
    assert counted(centre, *MONEY) == [1, 1, 2, 1, 1]
    assert counted(centre, TrailEntry) == trail


def test_files_of_several_kinds_come_in_together(centre: Engine, call: Call, tmp_path: Path) -> None:
    pairs = [
        word
        for table, rows in ((CONVENTIONS, ({},)), (TRANCHES, PLAN), (CONTRACTS, ({},)))
        for word in (table.value, str(write_money(tmp_path / f"{table}.csv", table, *rows)))
    ]

    answer = both(call, "money", "import", *pairs, "--json")

    assert (answer.exit, sorted(answer.json["files"])) == (
        0,
        ["contracts.csv", "conventions.csv", "tranches.csv"],
    )
    assert counted(centre, *MONEY) == [1, 1, 2, 1, 0]


def test_a_kind_is_called_by_its_word_too(centre: Engine, call: Call, tmp_path: Path) -> None:
    file = write_money(tmp_path / "c.csv", CONTRACTS, {})

    assert call("money", "import", "marchés", str(file), "--as", "finance").exit == 0
    assert counted(centre, Contract) == [1]


def test_a_dry_run_writes_nothing_and_says_so(centre: Engine, call: Call, tmp_path: Path) -> None:
    file = write_money(tmp_path / "c.csv", CONVENTIONS, {})
    bring = ("money", "import", "conventions", str(file), "--dry-run", "--as", "finance", "--lang", "en")

    shown = call(*bring)
    answer = call(*bring, "--json").json

    assert "nothing is written" in shown.out
    assert (answer["dry_run"], answer["written"], answer["new"]["promises"]) == (True, False, 1)
    assert counted(centre, *MONEY) == [0] * 5


def test_one_bad_row_keeps_every_row_out(centre: Engine, brought: Any) -> None:
    answer = brought(CONVENTIONS, {}, {"convention": "CV-2", "project": "sample-center"})

    assert answer.exit == 2
    assert told(answer) == [(3, "project", "unknown_project")]
    assert answer.json["problems"][0]["candidates"] == ["sample-centre"]
    assert counted(centre, *MONEY) == [0] * 5


FAULTS: list[tuple[MoneyTable, Mapping[str, Any], str, str]] = [
    (CONVENTIONS, {"amount": "1500000,005"}, "amount", "too_many_decimals"),
    (CONVENTIONS, {"amount": "-1 500 000,00"}, "amount", "negative"),
    (CONVENTIONS, {"amount": "1 500 000,00 EUR"}, "amount", "other_currency"),
    (CONVENTIONS, {"partner": "<script>alert(1)</script>"}, "partner", "unknown_partner"),
    (CONVENTIONS, {"title": "=cmd()"}, "title", "formula_text"),
    (CONVENTIONS, {"title": "abc\u202etxt"}, "title", "hidden_characters"),
    (CONVENTIONS, {"title": "x" * 10_000}, "title", "too_long"),
    (CONVENTIONS, {"signed_on": "31/02/2026"}, "signed_on", "not_a_date"),
    (TRANCHES, {"amount": "1 500 000,01"}, "amount", "plan_over"),
    (TRANCHES, {"amount": "1 499 999,99"}, "amount", "plan_short"),
    (CONTRACTS, {"line": "WORK"}, "line", "unknown_line"),
    (CONTRACTS, {"amount": "1 200 000,01"}, "amount", "over_line"),
    (CERTIFICATES, {"contract": "M-9"}, "contract", "unknown_contract"),
    (CERTIFICATES, {"retention": "-40 000,00"}, "retention", "negative"),
]


@pytest.mark.parametrize(("table", "row", "field", "code"), FAULTS)
def test_each_fault_is_named_in_each_language(
    centre: Engine, brought: Any, table: MoneyTable, row: Mapping[str, Any], field: str, code: str
) -> None:
    if table is TRANCHES:
        brought(CONVENTIONS, {})
    before = counted(centre, *MONEY)

    answers = [brought(table, row, options=("--lang", language)) for language in LANGUAGES]

    assert [answer.exit for answer in answers] == [2] * 3
    assert [told(answer) for answer in answers] == [[(2, field, code)]] * 3
    messages = [answer.json["problems"][0]["message"] for answer in answers]
    assert len(set(messages)) == 3
    assert all(len(message) > 10 for message in messages)
    assert counted(centre, *MONEY) == before


def test_a_row_that_cannot_be_read_does_not_shorten_the_plan_of_the_others(
    centre: Engine, brought: Any
) -> None:
    brought(CONVENTIONS, {})

    answer = brought(TRANCHES, {}, {"number": "2", "amount": "1 000 000,005"})

    assert told(answer) == [(3, "amount", "too_many_decimals")]
    assert counted(centre, Tranche) == [0]


def test_x7_the_first_fifty_problems_are_shown_and_the_rest_counted(
    centre: Engine, call: Call, tmp_path: Path
) -> None:
    rows = [{"convention": f"CV-{number}", "project": "nowhere"} for number in range(70)]
    file = write_money(tmp_path / "c.csv", CONVENTIONS, *rows)

    shown = call("money", "import", "conventions", str(file), "--as", "finance", "--lang", "en")

    assert shown.out.count("c.csv") == 50
    assert "and 20 more" in shown.out
    assert "Nothing is written: 70 problems to put right." in shown.out


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_text_of_any_office_comes_in(
    centre: Engine, call: Call, tmp_path: Path, encoding: str, separator: str
) -> None:
    heading = ["Convention", "Projet", "Partenaire", "Montant", "Signé le", "Intitulé"]
    row = ["CV-1", "sample-centre", "council", "1000000.00", "2026-01-05", "Équipement du centre prévu"]
    file = tmp_path / "c.csv"
    file.write_bytes("".join(f"{separator.join(one)}\r\n" for one in (heading, row)).encode(encoding))

    answer = call("money", "import", "conventions", str(file), "--as", "finance", "--json")

    assert (answer.exit, answer.json["new"]["promises"]) == (0, 1), answer.json
    with db.reading(centre) as session:
        assert session.exec(select(Convention.title)).one() == "Équipement du centre prévu"


def test_an_arabic_file_in_cp1256_comes_in(centre: Engine, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_bytes(
        "الاتفاقية;المشروع;الشريك;المبلغ;تاريخ التوقيع;العنوان\r\n"
        "CV-1;sample-centre;council;1000000,00;2026-01-05;بناء وتجهيز المركز الاجتماعي\r\n".encode("cp1256")
    )

    answer = call("money", "import", "conventions", str(file), "--as", "finance", "--json")

    assert (answer.exit, answer.json["written"]) == (0, True), answer.json


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("table", MoneyTable)
def test_an_empty_file_is_written_and_read(
    place: Engine, call: Call, tmp_path: Path, table: MoneyTable, ending: str, language: str
) -> None:
    file = tmp_path / f"empty.{ending}"

    made = call("money", "template", table.value, str(file), "--lang", language, "--json")

    assert (made.exit, made.json["kind"]) == (0, table.value)
    if ending == "xlsx":
        assert openpyxl.load_workbook(file).worksheets[0].sheet_view.rightToLeft is (language == "ar")
    again = call("money", "template", table.value, str(file), "--json")
    assert (again.exit, again.json["reason"]) == (2, "already_there")


def test_a_template_as_it_is_brings_nothing(centre: Engine, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "t.xlsx"
    call("money", "template", "tranches", str(file))

    answer = call("money", "import", "tranches", str(file), "--as", "finance", "--json")

    assert (answer.exit, told(answer)) == (2, [(1, "", "no_rows")])
    assert {note["code"] for note in answer.json["notes"]} >= {"sample_row_skipped"}


def test_a_truncated_workbook_is_told_as_damaged(centre: Engine, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "t.xlsx"
    call("money", "template", "conventions", str(file))
    file.write_bytes(file.read_bytes()[:-400])

    answer = call("money", "import", "conventions", str(file), "--as", "finance", "--json")

    assert (answer.exit, answer.json["error"]) == (2, "workbook_damaged")
    assert counted(centre, *MONEY) == [0] * 5


@pytest.mark.parametrize(
    ("words", "exit_"),
    [
        (("conventions",), 2),
        (("promises", "c.csv"), 2),
        (("conventions", "c.csv", "tranches"), 2),
        (("conventions", "a/c.csv", "tranches", "b/c.csv"), 2),
        (("conventions", "nowhere.csv"), 2),
    ],
)
def test_a_call_that_cannot_be_meant_is_answered(
    centre: Engine, call: Call, words: tuple[str, ...], exit_: int
) -> None:
    answer = call("money", "import", *words, "--as", "finance", "--json")

    assert answer.exit == exit_
    assert answer.json["message"]


def test_who_may_bring_in_nothing_is_told(centre: Engine, call: Call, tmp_path: Path) -> None:
    file = write_money(tmp_path / "c.csv", CONVENTIONS, {})

    assert call("money", "import", "conventions", str(file), "--as", "auditor").exit == 4
    assert call("money", "import", "conventions", str(file)).exit == 2
    assert call("money", "import-books", str(copied(tmp_path)), "--as", "officer").exit == 4


def test_books_come_in_whole_and_once(books: Engine, call: Call, tmp_path: Path) -> None:
    bring = ("money", "import-books", str(copied(tmp_path)), *SAID, "--json")

    tried = call(*bring, "--dry-run", "--as", "finance")
    assert (tried.exit, tried.json["written"]) == (0, False)
    assert counted(books, *MONEY) == [0] * 5
    first, again = both(call, *bring), both(call, *bring)

    assert (first.exit, first.json["written"], first.json["new"]) == (0, True, tried.json["new"])
    assert first.json["new"]["accounts"] == 6
    assert (again.exit, again.json["written"], again.json["unchanged"]["accounts"]) == (0, False, 6)
    assert counted(books, *MONEY) == [3, 3, 5, 2, 6]
    with db.reading(books) as session:
        assert find_project(session, "prj-001").source == "books P1"


def test_books_are_told_in_a_table(books: Engine, call: Call, tmp_path: Path) -> None:
    bring = ("money", "import-books", str(copied(tmp_path)), *SAID, "--lang")

    assert "Nothing is written yet" in call(*bring, "en", "--as", "finance").out
    assert "proposed by finance, approved by director" in call(*bring, "en", "--as", "director").out
    assert "figure déjà" in call(*bring, "fr", "--as", "finance").out


def test_books_without_a_file_that_may_be_missing_come_in(
    books: Engine, call: Call, tmp_path: Path
) -> None:
    folder = copied(tmp_path)
    change(folder, "conventions.csv", 3, currency="MAD")
    change(folder, "tranches.csv", 4, currency="MAD")
    change(folder, "tranches.csv", 5, currency="MAD")
    for name in ("rates.csv", "ledger.csv"):
        (folder / name).unlink()

    answer = both(call, "money", "import-books", str(folder), *SAID, "--json")

    assert (answer.exit, answer.json["written"]) == (0, True), answer.json["problems"]


def test_books_without_a_file_that_must_be_there_are_refused(
    books: Engine, call: Call, tmp_path: Path
) -> None:
    folder = copied(tmp_path)
    (folder / "tranches.csv").unlink()

    answer = call("money", "import-books", str(folder), *SAID, "--as", "finance", "--json")

    assert (answer.exit, answer.json["error"]) == (2, "file_missing")
    assert answer.json["file"].endswith("tranches.csv")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_currency_without_a_rate_is_named_by_row(
    books: Engine, call: Call, tmp_path: Path, language: str
) -> None:
    folder = copied(tmp_path)
    (folder / "rates.csv").unlink()
    bring = ("money", "import-books", str(folder), *SAID, "--as", "finance", "--lang", language)

    answer = call(*bring, "--json")

    assert answer.exit == 2
    assert ("conventions.csv", 3, "currency", "rate_missing") in [
        (one["file"], one["row"], one["field"], one["code"]) for one in answer.json["problems"]
    ]
    assert "conventions.csv" in call(*bring).out
    assert counted(books, *MONEY, Project) == [0, 0, 0, 0, 0, 2]


def test_books_with_faults_in_two_files_are_told_of_both(books: Engine, call: Call, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    change(folder, "tranches.csv", 3, amount="1000000.001")
    add(folder, "certificates.csv", certificate_id="X", contract_id="nowhere")

    answer = call("money", "import-books", str(folder), *SAID, "--as", "finance", "--json")

    assert {one["file"] for one in answer.json["problems"]} == {"tranches.csv", "certificates.csv"}
    assert counted(books, *MONEY, Partner) == [0] * 6


def test_what_books_do_not_say_of_new_projects_is_asked_for_once(
    books: Engine, call: Call, tmp_path: Path
) -> None:
    bring = ("money", "import-books", str(copied(tmp_path)), "--as", "finance", "--lang", "en")

    shown, answer = call(*bring), call(*bring, "--json")

    assert "--sector, --kind, --province" in shown.out
    assert told(answer) == [(2, name, "unsaid_by_all") for name in ("sector", "kind", "province")]


def test_a_folder_that_is_not_there_is_told(books: Engine, call: Call) -> None:
    answer = call("money", "import-books", "/nowhere", "--as", "finance", "--json")

    assert (answer.exit, answer.json["error"]) == (2, "file_missing")
