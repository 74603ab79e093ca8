"""The letter of a funding call: what it says in each language, and what nobody can make it say."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from models.rules.errors import BadValue
from models.rules.letters import LetterFacts, Named
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.tranches import Trigger
from models.settings import LANGUAGES, ROOT
from reports.letters import letter_html, letter_pdf

FACTS = LetterFacts(
    number="AF-2021-0007",
    issued_on=date(2021, 3, 1),
    due_on=date(2021, 4, 30),
    partner=Named("agency", "وكالة مثال", "Agence d’exemple", "Sample agency"),
    project=Named("tamesna-complex", "مركب تامسنا", "Complexe de Tamesna", "Tamesna complex"),
    commitment="ENG-2019-14",
    committed=Money.parse("12000000.00"),
    tranche=2,
    tranches=4,
    amount=Money.parse("4000000.50"),
    outstanding=Money(0),
    trigger=Trigger.STAGE,
    expected_on=date(2021, 2, 1),
    stage=Stage.CONSTRUCTION,
    convention="CONV/2019/3",
    convention_signed_on=date(2019, 7, 14),
)
THIN, HARD = "\u202f", "\u00a0"


def text_of(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))


def fonts_of(pdf: bytes) -> Iterator[tuple[str, bool]]:
    for page in pypdfium2.PdfDocument(pdf):
        for shape in page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_TEXT,)):
            font = shape.get_font()
            yield font.get_base_name(), font.is_embedded


SAID = {
    "ar": (
        "وكالة مثال",
        "مركب تامسنا",
        "1 مارس 2021",
        "30 أبريل 2021",
        "أربعة ملايين درهم وخمسون سنتيما",
        "مرحلة الأشغال",
    ),
    "fr": (
        *("Agence d’exemple", "Complexe de Tamesna", "1er mars 2021", "30 avril 2021"),
        *("quatre millions de dirhams et cinquante centimes", "signée le 14 juillet 2019"),
    ),
    "en": (
        *("Sample agency", "Tamesna complex", "1 March 2021", "30 April 2021"),
        *("four million dirhams and fifty centimes", "signed on 14 July 2019"),
    ),
}
FIGURES = {
    "ar": f"4{THIN}000{THIN}000,50{HARD}DH",
    "fr": f"4{THIN}000{THIN}000,50{HARD}DH",
    "en": f"MAD{HARD}4,000,000.50",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_who_pays_what_for_what_and_when(language: str) -> None:
    """Y2: the amount stands in figures and in words."""
    page = letter_html(FACTS, language)

    for said in (*SAID[language], FIGURES[language], "AF-2021-0007", "CONV/2019/3", "ENG-2019-14"):
        assert said in page, said
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_says_it_too_with_its_fonts_inside(language: str) -> None:
    pdf = letter_pdf(FACTS, language)
    text = " ".join(text_of(pdf).split())

    assert pdf.startswith(b"%PDF-")
    assert all(word in text for said in SAID[language] for word in said.split() if not word.isdigit())
    fonts = dict(fonts_of(pdf))
    assert all(fonts.values())
    assert any("NotoNaskhArabic" in name for name in fonts) == (language == "ar")


def test_arabic_runs_from_right_to_left_and_its_letters_are_joined() -> None:
    page = pypdfium2.PdfDocument(letter_pdf(FACTS, "ar"))[0]
    text = page.get_textpage()
    title = text.get_text_bounded().index("طلب تحويل")

    first, later = text.get_charbox(title)[0], text.get_charbox(title + len("طلب تحويل") - 1)[0]
    right_edge = page.get_width() - first

    assert later < first
    assert right_edge < page.get_width() / 4
    assert "مركب تامسنا" in text.get_text_bounded()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_facts_give_the_same_bytes_in_another_process_too(language: str) -> None:
    """Y1."""
    program = (
        "import hashlib, sys; from tests.reports.test_letters import FACTS, letter_html, letter_pdf\n"
        f"pdf, page = letter_pdf(FACTS, {language!r}), letter_html(FACTS, {language!r})\n"
        "print(hashlib.sha256(pdf + page.encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"TZ": zone, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        for zone, seed in (("Asia/Tokyo", "1"), ("UTC", "2"))
    ]

    assert runs[0].stdout == runs[1].stdout
    assert letter_pdf(FACTS, language) == letter_pdf(FACTS, language)


@pytest.mark.parametrize(("language", "mark"), [("ar", "مثال"), ("fr", "EXEMPLE"), ("en", "SAMPLE")])
def test_a_sample_is_marked_as_one_and_nothing_else_is(language: str, mark: str) -> None:
    """Y3."""
    sample = replace(FACTS, sample=True, partner=replace(FACTS.partner, name_ar="وكالة"))
    real = replace(sample, sample=False)

    assert mark in letter_html(sample, language)
    assert text_of(letter_pdf(sample, language)).count(mark) == 2  # above the title, and across the page
    assert mark not in letter_html(real, language)
    assert mark not in text_of(letter_pdf(real, language))


REASONS = [
    (Trigger.DATE, {}, "1er février 2021"),
    (Trigger.STAGE, {"stage": Stage.EQUIPMENT}, f"«{HARD}équipement{HARD}»"),
    (Trigger.PROGRESS, {"progress": 3050}, f"30,5{HARD}%"),
    (Trigger.DOCUMENT, {"document": "building_permit"}, "permis de construire"),
    (Trigger.DOCUMENT, {"document": "PV 12"}, f"remise{HARD}: PV 12"),
]


@pytest.mark.parametrize(("trigger", "found", "said"), REASONS)
def test_the_letter_says_why_the_tranche_is_called(
    trigger: Trigger, found: dict[str, object], said: str
) -> None:
    facts = replace(FACTS, trigger=trigger, **{"stage": None, **found})  # type: ignore[arg-type]

    assert said in letter_html(facts, "fr")


def test_what_is_not_known_is_left_out() -> None:
    unsigned = letter_html(replace(FACTS, convention_signed_on=None), "fr")
    alone = letter_html(replace(FACTS, convention="", convention_signed_on=None), "fr")
    owing = letter_html(replace(FACTS, outstanding=Money.parse("0.01")), "fr")

    assert "signée" not in unsigned
    assert "CONV/2019/3" in unsigned
    assert "convention" not in alone
    assert f"0,01{HARD}DH" in owing
    assert "Reste dû" not in letter_html(FACTS, "fr")


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raise %}",
    '#read("/etc/hostname") #eval("1+1") $x^2$ *b* @label',
    "=cmd()",
    "a\x00b\u202ec\u2069\u2066",
    "file:///etc/passwd http://example.org/x",
    "m" * 10_000,
    "م" * 10_000,
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_name_is_never_more_than_a_name(hostile: str, language: str) -> None:
    name = Named("x", hostile, hostile, hostile)
    facts = replace(FACTS, partner=name, project=name, convention=hostile, commitment=hostile)

    page = letter_html(facts, language)
    pdf = letter_pdf(facts, language)

    assert "<script" not in page
    assert "<img" not in page
    assert "\x00" not in page
    assert "\u202e" not in page
    assert "7*7" in page or "7*7" not in hostile
    assert "default-src 'none'" in page
    assert len(pypdfium2.PdfDocument(pdf)) < 30
    if hostile.isascii() and hostile.isprintable():
        flat = "".join(text_of(pdf).split())
        assert "*" not in hostile or "*" in flat
        assert "hostname" not in hostile or "hostname" in flat


def test_another_language_and_an_amount_without_words_are_refused() -> None:
    with pytest.raises(BadValue):
        letter_html(FACTS, "es")
    with pytest.raises(BadValue):
        letter_pdf(replace(FACTS, amount=Money(10**15)), "fr")
