"""Curves: the sums that were given, words in three languages, the same bytes each time."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as Tree

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.rules.money import CurrencyMismatch, Money
from models.settings import LANGUAGES, ROOT
from reports.curves import CashMonth, CurvePoint, Frame, cash_flow, s_curve

POINTS = [
    CurvePoint(date(2021, 1, 1), Money(0), Money(0), Money(0)),
    CurvePoint(date(2021, 2, 1), Money.parse("2500000.50"), Money.parse("2000000"), Money.parse("2100000")),
    CurvePoint(date(2021, 3, 1), Money.parse("9000000")),
]
MONTHS = [
    CashMonth(date(2021, 1, 1), Money.parse("1000"), Money.parse("400"), Money.parse("600")),
    CashMonth(date(2021, 2, 1), Money(0), Money.parse("700"), Money.parse("-100")),
]
FRAME = Frame("Tamesna", "fr")
PNG = b"\x89PNG"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are saved, so that a test can ask what stands on them."""
    figures: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *args: object, **kept: object) -> None:
        figures.append(figure)
        save(figure, *args, **kept)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", keep)
    return figures


def legend(axes: Axes) -> list[str]:
    return axes.get_legend_handles_labels()[1]


def test_the_curve_goes_through_the_sums_and_stops_where_nothing_is_known(drawn: list[Figure]) -> None:
    s_curve(POINTS, FRAME)
    axes = drawn[0].axes[0]
    planned, earned, actual = (list(line.get_ydata()) for line in axes.get_lines())  # type: ignore[arg-type]

    assert planned == [0, 2.5000005, 9]
    assert (earned[:2], actual[:2]) == ([0, 2.0], [0, 2.1])
    assert str(earned[2]) == str(actual[2]) == "nan"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["01/2021", "02/2021", "03/2021"]


def test_what_is_paid_hangs_below_the_line(drawn: list[Figure]) -> None:
    cash_flow(MONTHS, FRAME)
    axes = drawn[0].axes[0]

    assert [bar.get_height() for bar in axes.patches] == [1000, 0, -400, -700]  # type: ignore[attr-defined]
    assert list(axes.get_lines()[0].get_ydata()) == [600, -100]  # type: ignore[arg-type]
    assert axes.get_ylabel() == "en DH"


def test_the_axis_counts_millions_from_the_first_million(drawn: list[Figure]) -> None:
    """Y7."""
    for amount in ("999999.99", "1000000.00", "-1000000.00"):
        cash_flow([replace(MONTHS[0], left=Money.parse(amount))], FRAME)

    assert [figure.axes[0].get_ylabel() for figure in drawn] == ["en DH", *["en millions de DH"] * 2]


WORDS = {"ar": "القيمة المخططة", "fr": "Valeur prévue", "en": "Planned value"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_those_of_the_reader_and_every_letter_has_a_shape(
    language: str, drawn: list[Figure], recwarn: pytest.WarningsRecorder
) -> None:
    s_curve(POINTS, Frame("مركب تامسنا · Complexe à Tamesna", language, "png"))

    assert legend(drawn[0].axes[0])[0] == WORDS[language]
    assert [str(warning.message) for warning in recwarn if "lyph" in str(warning.message)] == []


def test_the_same_points_give_the_same_bytes_in_another_process_too() -> None:
    """Y7."""
    program = (
        "import hashlib; from dataclasses import replace\n"
        "from tests.reports.test_curves import FRAME, MONTHS, POINTS, cash_flow, s_curve\n"
        "pictures = [draw(rows, replace(FRAME, language=language, kind=kind))\n"
        "  for draw, rows in ((s_curve, POINTS), (cash_flow, MONTHS))\n"
        "  for language in ('ar', 'fr') for kind in ('svg', 'png')]\n"
        "print(hashlib.sha256(b''.join(pictures)).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for zone, seed in (("Asia/Tokyo", "1"), ("UTC", "2"))
    }

    assert len(runs) == 1


@pytest.mark.parametrize(
    "title",
    ["<script>alert(1)</script>", "$\\frac{1$", "{{7*7}}", "a\x00\u202eb", "م" * 10_000, "", "=cmd()\n\n"],
)
def test_a_title_is_never_more_than_a_title(title: str, drawn: list[Figure]) -> None:
    picture = s_curve(POINTS, Frame(title, "ar"))

    Tree.fromstring(picture)  # noqa: S314 - our own
    assert b"<script" not in picture
    assert len(drawn[0].axes[0].get_title()) <= 91
    assert s_curve(POINTS, Frame(title, "ar", "png")).startswith(PNG)


def test_a_sample_says_so_across_the_picture(drawn: list[Figure]) -> None:
    """Y3."""
    for sample in (True, False):
        s_curve(POINTS, replace(FRAME, sample=sample))

    assert [[text.get_text() for text in figure.texts] for figure in drawn] == [
        ["EXEMPLE · document sans valeur"],
        [],
    ]


def test_nothing_to_show_is_an_empty_picture_and_not_an_error() -> None:
    for frame in (FRAME, replace(FRAME, language="ar", kind="png")):
        assert s_curve([], frame)
        assert cash_flow([], frame)
        assert s_curve([CurvePoint(date(2021, 1, 1), None)], frame)


def test_two_currencies_are_never_drawn_together() -> None:
    with pytest.raises(CurrencyMismatch):
        cash_flow([replace(MONTHS[0], paid=Money(1, "EUR"))], FRAME)


def test_many_months_keep_their_labels_apart(drawn: list[Figure]) -> None:
    days = [date(2000 + number // 12, number % 12 + 1, 1) for number in range(241)]
    s_curve([CurvePoint(day, Money(number)) for number, day in enumerate(days)], FRAME)

    assert len(drawn[0].axes[0].get_xticks()) <= 10
