"""What `tadshin money` writes: every form opened again, from right to left in Arabic, never over a file."""

import csv
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.queries.projects import find_project
from models.tables import Commitment, Contract
from tests.terminal.conftest import Call
from tests.terminal.money_books import BARE, DAY, KEY, money

__all__ = ["money"]

VERBS = (
    *("position", "partners", "gap", "calls", "ageing", "cashflow", "earned-value"),
    *("lines", "contracts", "certificates", "controls"),
)
OWED = "500000.00"


def written(call: Call, file: Path, *arguments: str) -> Path:
    day = () if arguments[0] == "calls" else ("--on", DAY)
    answer = call("money", *arguments, *day, "--out", str(file), "--json")
    assert (answer.exit, answer.json["files"]) == (0, [str(file)]), answer
    return file


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("whose", [(), (KEY,)])
def test_every_form_of_every_answer(
    money: Engine, call: Call, tmp_path: Path, verb: str, whose: tuple[str, ...]
) -> None:
    """Y9."""
    book, page, pdf, text = (tmp_path / f"m.{ending}" for ending in ("xlsx", "html", "pdf", "csv"))
    for file in (book, page, pdf, text):
        written(call, file, verb, *whose, "--lang", "ar")

    sheets = openpyxl.load_workbook(book).worksheets
    assert all(sheet.sheet_view.rightToLeft for sheet in sheets)
    assert all(cell.data_type in {"s", "n", "d"} for sheet in sheets for row in sheet for cell in row)
    assert 'dir="rtl"' in page.read_text(encoding="utf-8")
    assert len(pypdfium2.PdfDocument(pdf.read_bytes())) >= 1
    assert text.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(text.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert len({len(row) for row in rows}) == 1
    assert rows[0] == [cell.value for cell in sheets[0][1]] or verb == "position"


def test_the_workbook_has_the_figures_and_their_total(money: Engine, call: Call, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(call, tmp_path / "a.xlsx", "ageing", "--lang", "fr"))
    rows = [[cell.value for cell in row] for row in book["Par projet"].rows]

    assert rows[0][:3] == ["Projet", "Centre", "Partenaire"]
    assert rows[1] == [
        KEY,
        f"Centre d'exemple {KEY}",
        "Partenaire d'exemple council",
        0,
        0,
        500000,
        0,
        0,
        500000,
    ]
    assert len(rows) == 2  # Y10: one row needs no total
    lines = openpyxl.load_workbook(written(call, tmp_path / "l.xlsx", "lines", "--lang", "fr"))
    (total,) = [row for row in lines.worksheets[0].iter_rows(values_only=True) if row[0] == "Total"]
    assert total[-6:] == (12_000_000, 12_000_000, 5_000_000, 1_200_000, 500_000, 7_000_000)


def test_delimited_text_has_both_sides_in_one_table(money: Engine, call: Call, tmp_path: Path) -> None:
    """Y9."""
    file = written(call, tmp_path / "p.csv", "position", "--lang", "fr")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))

    row = next(row for row in rows if row["Projet"] == KEY)
    assert (row["Promis"], row["Appelé non reçu"], row["Reste dû"]) == ("9000000.00", OWED, "980000.00")
    assert len(rows) == 4  # and no total


def test_a_text_is_never_a_formula_nor_markup(money: Engine, call: Call, tmp_path: Path) -> None:
    with db.transaction(money) as session:
        contract = session.exec(select(Contract)).one()
        contract.reference, contract.contractor = "=cmd()", "<script>alert(1)</script>\u202e"
        find_project(session, KEY).name_fr = "@SUM(A1)" + "x" * 200
        session.exec(select(Commitment).where(Commitment.reference == "C-2")).one().reference = "+1"

    for verb in VERBS:
        book = openpyxl.load_workbook(written(call, tmp_path / f"{verb}.xlsx", verb, "--lang", "fr"))
        kinds = {cell.data_type for sheet in book.worksheets for row in sheet for cell in row}
        assert kinds <= {"s", "n", "d"}, verb
        text = written(call, tmp_path / f"{verb}.csv", verb, "--lang", "fr").read_text(encoding="utf-8-sig")
        cells = [cell for row in csv.reader(text.splitlines(), delimiter=";") for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))], verb
        page = written(call, tmp_path / f"{verb}.html", verb, "--lang", "fr").read_text(encoding="utf-8")
        assert "<script" not in page
        assert "\u202e" not in page
        assert written(call, tmp_path / f"{verb}.pdf", verb, "--lang", "fr").stat().st_size > 1000


@pytest.mark.parametrize("kind", ["png", "svg"])
@pytest.mark.parametrize("verb", ["cashflow", "earned-value"])
@pytest.mark.parametrize("whose", [(), (KEY,), (BARE,)])
def test_a_picture_is_drawn(
    money: Engine, call: Call, tmp_path: Path, kind: str, verb: str, whose: tuple[str, ...]
) -> None:
    """X49."""
    file = tmp_path / f"curve.{kind}"
    answer = call("money", verb, *whose, "--on", DAY, "--picture", str(file), "--lang", "ar")

    assert (answer.exit, str(file) in answer.out) == (0, True)
    assert file.read_bytes().startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_a_curve_stands_on_the_page(money: Engine, call: Call, tmp_path: Path) -> None:
    for verb in ("cashflow", "earned-value"):
        page = written(call, tmp_path / f"{verb}.html", verb, KEY, "--lang", "fr").read_text(
            encoding="utf-8"
        )
        assert page.count("<img src=") == 1


def test_a_sample_is_marked_on_every_paper(money: Engine, call: Call, tmp_path: Path) -> None:
    """X45."""
    with db.transaction(money) as session:
        find_project(session, KEY).sample = True
    for verb in VERBS:
        page = written(call, tmp_path / f"{verb}.html", verb, KEY, "--lang", "fr").read_text(
            encoding="utf-8"
        )
        book = openpyxl.load_workbook(written(call, tmp_path / f"{verb}.xlsx", verb, KEY, "--lang", "fr"))
        assert "EXEMPLE" in page, verb
        assert all("EXEMPLE" in str(sheet["A1"].value) for sheet in book.worksheets), verb


@pytest.mark.parametrize(
    ("option", "name", "reason"),
    [
        ("--out", "a.docx", "unknown_ending"),
        ("--out", "a", "unknown_ending"),
        ("--out", "a.png", "unknown_ending"),
        ("--picture", "a.pdf", "unknown_ending"),
        ("--out", "there.pdf", "already_there"),
        ("--picture", "there.svg", "already_there"),
    ],
)
def test_a_file_that_cannot_be_written(
    money: Engine, call: Call, tmp_path: Path, option: str, name: str, reason: str
) -> None:
    """Y4 and Y9."""
    there = tmp_path / name
    if reason == "already_there":
        there.write_text("mine")
    answer = call("money", "cashflow", KEY, option, str(there), "--json")

    assert (answer.exit, answer.json["error"], answer.json["reason"]) == (2, "bad_value", reason)
    assert not there.exists() or there.read_text() == "mine"


def test_of_two_files_none_is_written_where_one_is_there(money: Engine, call: Call, tmp_path: Path) -> None:
    """Y4."""
    picture, out = tmp_path / "curve.png", tmp_path / "cash.pdf"
    out.write_text("mine")
    answer = call("money", "cashflow", KEY, "--picture", str(picture), "--out", str(out), "--json")

    assert (answer.exit, answer.json["reason"], picture.exists()) == (2, "already_there", False)


def test_a_folder_that_is_not_there(money: Engine, call: Call, tmp_path: Path) -> None:
    answer = call("money", "position", "--out", str(tmp_path / "none" / "a.pdf"), "--json")

    assert (answer.exit, answer.json["error"]) == (2, "file_not_written")
