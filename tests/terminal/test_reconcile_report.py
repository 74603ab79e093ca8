"""The report on a bank account: tied to the centime, or told in red; the same bytes each time."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations import line_requests
from models.rules.reconciliation import MatchKind, Scope
from models.settings import LANGUAGES
from models.tables import StatementLine
from tasks.reconciling import run_reconciliation
from tests.builders import AT, make_staff
from tests.operations.banked import make_month
from tests.reports.test_letters import text_of
from tests.terminal.conftest import Call

MARCH = ("reconcile", "report", "2026-03")
ALARMS = {
    "ar": "الرصيدان غير متطابقين",
    "fr": "Les soldes ne concordent pas",
    "en": "The balances do not tie",
}


@pytest.fixture
def month(place: Engine) -> Iterator[Session]:
    with db.transaction(place) as session:
        make_staff(session)
        account, _bank, _ledger = make_month(session)
        account.name = "SAMPLE · Banque d’exemple"
    run_reconciliation(place, Scope(), "finance", AT)
    with db.transaction(place) as session:
        fee = session.exec(select(StatementLine).where(StatementLine.label == "DIVERS")).one()
        line_requests.mark(
            session, line=fee.id.hex, kind=MatchKind.FEE, reason="Relevé de mars", by="finance", at=AT
        )
    with db.reading(place) as session:
        yield session


def spoil(engine: Engine) -> None:
    with db.transaction(engine) as session:
        session.connection().exec_driver_sql(
            "UPDATE statement_file SET opening_centimes = opening_centimes + 1 WHERE name = 'sample.csv'"
        )


def test_it_says_what_ties_and_what_became_of_each_line(month: Session, call: Call) -> None:
    """R50 to R53."""
    told = call(*MARCH, "--json")

    assert told.exit == 0
    found = told.json
    assert (found["ties"], found["rest"]["centimes"], found["sample"]) == (True, 0, True)
    assert [one["amount"]["centimes"] for one in found["items"]] == [-45_00, 12_000_00, 1_00]
    assert (found["booked"][0]["target"], found["booked"][0]["by"]) == ("AF-2026-0002", "")
    assert [(one["by"], one["match"]) for one in found["decisions"]] == [("finance", "fee")]
    assert len(found["suggested"]) + len(found["left"]) == 1
    (run,) = found["runs"]
    assert (len(run["snapshot"]), len(run["outcome"])) == (64, 64)
    assert run["thresholds"]["single"]["least"] == 9900
    assert {len(one["sha256"]) for one in found["files"]} == {64}
    assert found["cases"]
    assert all(one["line"] or any(one["partner"].values()) for one in found["cases"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_item_explains_is_told_in_red(
    month: Session, place: Engine, call: Call, tmp_path: Path, language: str
) -> None:
    """R52: one centime, on the screen, the page, the paper and the workbook; the call ends with 3."""
    spoil(place)
    shown = call(*MARCH, "--lang", language)
    files = {ending: tmp_path / f"report{ending}" for ending in (".html", ".pdf", ".xlsx")}
    for file in files.values():
        assert call(*MARCH, "--lang", language, "--out", str(file)).exit == 3

    assert shown.exit == 3
    assert ALARMS[language] in shown.out
    page = files[".html"].read_text(encoding="utf-8")
    assert f'<p class="alarm">{ALARMS[language]}' in page
    assert "<script>" not in page
    book = openpyxl.load_workbook(BytesIO(files[".xlsx"].read_bytes()))
    assert ALARMS[language] in str(book.worksheets[0]["A1"].value)
    assert book.worksheets[0].sheet_view.rightToLeft is (language == "ar")
    if language != "ar":
        assert ALARMS[language] in " ".join(text_of(files[".pdf"].read_bytes()).split())


def test_the_same_report_gives_the_same_bytes_and_no_formula(
    month: Session, call: Call, tmp_path: Path
) -> None:
    """R53."""
    for ending in (".html", ".pdf", ".csv"):
        first, second = (tmp_path / f"{name}{ending}" for name in ("first", "second"))
        for file in (first, second):
            assert call(*MARCH, "--lang", "ar", "--out", str(file)).exit == 0
        assert first.read_bytes() == second.read_bytes()
    book = tmp_path / "report.xlsx"
    call(*MARCH, "--out", str(book))
    cells = [
        cell
        for sheet in openpyxl.load_workbook(book)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value
    ]
    assert any(str(cell.value).startswith("=cmd()") for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}


def test_an_account_without_a_ledger_is_tied_to_nothing(place: Engine, call: Call) -> None:
    """R52."""
    with db.transaction(place) as session:
        make_staff(session)
        make_month(session)
    with db.transaction(place) as session:
        session.connection().exec_driver_sql("UPDATE statement_account SET mirrors_id = NULL")

    told = call(*MARCH, "--lang", "en")

    assert told.exit == 0
    assert "No ledger repeats this account" in told.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2026-13",), "2026-13"),
        (("=cmd()\u202e" * 1000,), "2026-Q1"),
        (("2026-03-31", "2026-03-01"), "after"),
        (("2026-03-01..2026-03-01",), "after"),
        (("2026-03", "--account", "BANQ"), "BANK"),
        (("2026-03", "--account", "GL-5141"), "not a bank"),
        (("2026-01-01", "2026-02-01", "2026-03-01"), "2026-Q1"),
    ],
)
def test_what_cannot_be_reported_is_refused_in_words(
    month: Session, call: Call, arguments: tuple[str, ...], said: str
) -> None:
    """R41."""
    told = call("reconcile", "report", *arguments, "--lang", "en")

    assert told.exit == 2
    assert said in told.err + told.out
    assert "Traceback" not in told.err


def test_two_dates_are_a_period_and_an_empty_one_has_nothing_to_report(month: Session, call: Call) -> None:
    """R41."""
    told = call("reconcile", "report", "2026-03-01..2026-04-01", "--json").json
    empty = call("reconcile", "report", "2020", "--lang", "fr")

    assert (told["starts"], told["ends_before"]) == ("2026-03-01", "2026-04-01")
    assert empty.exit == 0
    assert "Rien à signaler." in empty.out
