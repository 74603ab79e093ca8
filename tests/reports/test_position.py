"""A position: its totals to the centime, the same in the workbook, on the page and in the PDF."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO

import openpyxl
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.money import Money
from models.rules.stages import Stage
from models.settings import LANGUAGES
from reports.curves import Frame, s_curve
from reports.papers import Picture
from reports.position import (
    Listing,
    Report,
    frame_of,
    report_html,
    report_pdf,
    report_workbook,
    sums_by,
    totals_of,
)
from tests.reports.test_curves import POINTS
from tests.reports.test_letters import HOSTILE, text_of


@dataclass(frozen=True)
class Line:
    """A row as a query hands it out."""

    name: str
    stage: Stage
    committed: Money
    called: Money | None
    centres: int = 1


LINES = [
    Line("مركب تامسنا", Stage.CONSTRUCTION, Money.parse("12000000.00"), Money.parse("4000000.50")),
    Line("Centre Rahma", Stage.STUDY, Money.parse("0.10"), None),
    Line("=cmd()", Stage.CONSTRUCTION, Money.parse("0.20"), Money.parse("-0.01")),
]
HEADINGS = {
    "name": "Projet",
    "stage": "Étape",
    "committed": "Engagé",
    "called": "Appelé",
    "centres": "Centres",
}
LISTING = Listing("Portefeuille", HEADINGS, LINES, by="stage")
REPORT = Report("Position des partenaires", date(2021, 12, 31), "fr", [LISTING], lead=["Au centime."])
THIN, HARD = "\u202f", "\u00a0"


def test_money_is_totalled_to_the_centime_and_nothing_else_is() -> None:
    """Y8."""
    assert totals_of(frame_of(LISTING)) == {
        "committed": Money.parse("12000000.30"),
        "called": Money.parse("4000000.49"),
    }
    assert frame_of(LISTING)["committed"].dtype == "Int64"


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=30))
def test_totals_are_exact(centimes: list[int]) -> None:
    listing = Listing("t", {"amount": "a"}, [{"amount": Money(n)} for n in centimes])

    assert totals_of(frame_of(listing)) == {"amount": Money(sum(centimes))}


def test_sums_by_a_field_follow_its_first_rows() -> None:
    summed = sums_by(LISTING)

    assert summed.rows == [
        {
            "stage": Stage.CONSTRUCTION,
            "committed": Money.parse("12000000.20"),
            "called": Money.parse("4000000.49"),
        },
        {"stage": Stage.STUDY, "committed": Money.parse("0.10"), "called": Money(0)},
    ]
    assert summed.title == "Portefeuille · Étape"


def test_two_currencies_have_no_total() -> None:
    """Y8."""
    rows = [{"amount": Money(1)}, {"amount": Money(1, "EUR")}]
    listing = Listing("t", {"amount": "a"}, rows)

    assert totals_of(frame_of(listing)) == {"amount": None}
    assert report_html(Report("t", date(2021, 1, 1), "fr", [listing])).count("—") == 1


def test_the_workbook_has_the_values_and_the_totals() -> None:
    book = openpyxl.load_workbook(BytesIO(report_workbook(REPORT)))
    rows = [[cell.value for cell in row] for row in book["Portefeuille"].rows]

    assert book.sheetnames == ["Portefeuille", "Portefeuille · Étape"]
    assert rows == [
        list(HEADINGS.values()),
        ["مركب تامسنا", "travaux", 12000000, 4000000.5, 1],
        ["Centre Rahma", "études", 0.1, None, 1],
        ["=cmd()", "travaux", 0.2, -0.01, 1],
        ["Total", None, 12000000.3, 4000000.49, None],
    ]
    assert book["Portefeuille"]["A4"].data_type == "s"


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_pdf_say_the_same(language: str) -> None:
    report = replace(REPORT, language=language)
    page, pdf = report_html(report), text_of(report_pdf(report))
    total = {"ar": "المجموع", "fr": "Total", "en": "Total"}[language]
    day = {"ar": "31 دجنبر 2021", "fr": "31 décembre 2021", "en": "31 December 2021"}[language]

    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert day in page
    assert ("12,000,000.30" if language == "en" else f"12{THIN}000{THIN}000,30{HARD}DH") in page
    assert "Position des partenaires" in page
    assert total in page
    assert total in pdf
    assert "2021" in pdf


def test_an_arabic_workbook_runs_from_right_to_left_and_a_sample_is_marked() -> None:
    """Y3 and Y6."""
    report = replace(REPORT, language="ar", sample=True)
    sheets = openpyxl.load_workbook(BytesIO(report_workbook(report))).worksheets

    assert [sheet.sheet_view.rightToLeft for sheet in sheets] == [True, True]
    assert all("مثال" in str(sheet["A1"].value) for sheet in sheets)
    assert "مثال" in report_html(report)
    assert "مثال" in text_of(report_pdf(report))


def test_no_rows_is_said_in_words() -> None:
    empty = replace(REPORT, listings=[replace(LISTING, rows=[])])

    assert "Rien à signaler." in report_html(empty)
    assert "Rien à signaler." in text_of(report_pdf(empty))
    assert openpyxl.load_workbook(BytesIO(report_workbook(empty))).worksheets[0].max_row == 1


def test_the_same_rows_give_the_same_page_and_pdf() -> None:
    """Y1."""
    assert report_html(REPORT) == report_html(REPORT)
    assert report_pdf(REPORT) == report_pdf(REPORT)


def test_a_curve_stands_on_the_page_and_in_the_pdf() -> None:
    svg = s_curve(POINTS, Frame("Tamesna", "ar")).decode()
    report = replace(REPORT, pictures=[Picture(svg, "Courbe en S")])
    with_picture, without = (pypdfium2.PdfDocument(report_pdf(each))[0] for each in (report, REPORT))

    assert 'alt="Courbe en S"' in report_html(report)
    assert len(list(with_picture.get_objects())) > len(list(without.get_objects())) + 20


def test_a_wide_table_turns_the_page() -> None:
    """Y8."""

    def size(columns: int) -> tuple[float, float]:
        row: Mapping[str, str] = {f"c{n}": "x" for n in range(columns)}
        listing = Listing("t", dict(row), [row])
        width, height = pypdfium2.PdfDocument(report_pdf(replace(REPORT, listings=[listing])))[0].get_size()
        return round(width), round(height)

    assert size(6) == (595, 842)
    assert size(7) == (842, 595)


@pytest.mark.parametrize("hostile", [text[:2000] for text in HOSTILE])  # no text is longer (T2)
def test_a_name_is_never_more_than_a_name(hostile: str) -> None:
    listing = Listing(
        hostile, {"name": hostile, "sum": "s"}, [{"name": hostile, "sum": Money(1)}], by="name"
    )
    report = Report(hostile, date(2021, 1, 1), "ar", [listing], lead=[hostile])
    page = report_html(report)

    assert "<script" not in page
    assert "<img" not in page
    assert report_pdf(report).startswith(b"%PDF-")
    for sheet in openpyxl.load_workbook(BytesIO(report_workbook(report))).worksheets:
        assert {cell.data_type for row in sheet.rows for cell in row} <= {"s", "n"}
