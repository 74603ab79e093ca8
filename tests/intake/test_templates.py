from pathlib import Path

import openpyxl
import pytest

from intake.portfolio import read_portfolio
from intake.templates import FileNotWritten, write_template
from intake.vocabulary import vocabulary
from models.rules.errors import BadValue
from models.settings import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".XLSX"])
def test_the_template_comes_back_with_its_sample_row_passed_over(
    tmp_path: Path, language: str, ending: str
) -> None:
    write_template(tmp_path / f"portfolio{ending}", language)

    sheet = read_portfolio(tmp_path / f"portfolio{ending}")

    assert [note.code for note in sheet.notes] == ["sample_row_skipped"]
    assert [problem.code for problem in sheet.problems] == ["no_rows"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_row_would_be_right_under_another_key(tmp_path: Path, language: str) -> None:
    file = tmp_path / "portfolio.csv"
    write_template(file, language)
    file.write_text(file.read_text("utf-8-sig").replace("sample-row", "my-centre"), "utf-8")

    sheet = read_portfolio(file)

    assert sheet.problems == ()
    assert sheet.rows[0].budget.centimes == 4_500_000_00


def test_the_text_template_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    write_template(tmp_path / "a.csv", "fr")

    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.startswith("\ufeffClé;Nom en arabe;".encode())


def test_the_workbook_template_reads_from_right_to_left_in_arabic(tmp_path: Path) -> None:
    for language in LANGUAGES:
        write_template(tmp_path / f"{language}.xlsx", language)
        book = openpyxl.load_workbook(tmp_path / f"{language}.xlsx")
        for sheet in book.worksheets:
            assert bool(sheet.sheet_view.rightToLeft) is (language == "ar")


def test_the_workbook_template_explains_each_column_and_offers_the_choices(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx", "fr")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet, lists = book.worksheets

    assert all(cell.comment and cell.comment.text for cell in sheet[1])
    offers = {str(offer.sqref): offer.formula1 for offer in sheet.data_validations.dataValidation}
    assert offers == {
        "E2:E1000": "'Listes'!$A$2:$A$6",
        "F2:F1000": "'Listes'!$C$2:$C$17",
        "I2:I1000": "'Listes'!$E$2:$E$7",
    }
    offered = [cell.value for cell in lists["C"][1:17]]
    assert [vocabulary().choices["kind"].find(str(word)) for word in offered] == [
        cell.value for cell in lists["D"][1:17]
    ]


def test_a_template_is_never_written_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("work of a week", "utf-8")

    with pytest.raises(BadValue) as refused:
        write_template(tmp_path / "a.csv", "fr")

    assert refused.value.details["reason"] == "already_there"
    assert (tmp_path / "a.csv").read_text("utf-8") == "work of a week"


def test_a_template_wants_an_ending_a_language_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadValue) as refused:
        write_template(tmp_path / "a.ods", "fr")
    assert refused.value.details["reason"] == "not_csv_or_xlsx"
    with pytest.raises(BadValue) as refused:
        write_template(tmp_path / "a.csv", "es")
    assert refused.value.details["reason"] == "unknown_language"
    with pytest.raises(FileNotWritten):
        write_template(tmp_path / "nowhere" / "a.csv", "fr")
    assert list(tmp_path.iterdir()) == []
