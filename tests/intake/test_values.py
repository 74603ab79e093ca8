from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.dates import day_first_of, read_date
from intake.rows import Unusable
from intake.values import decimal_sign_of, read_amount, read_text, read_whole
from models.rules.errors import BadValue
from models.rules.money import LARGEST_CENTIMES

LOCALES = ("fr", "fr_MA", "ar", "ar_MA", "ar_EG", "fa", "en", "en_GB", "es", "de", "pt_PT", "zgh")
FORMULA = Unusable("formula", "=A1")
MERGED = Unusable("merged_cells", "A1:B2")


def reason(read: Any, *args: Any, **kwargs: Any) -> str:
    """Return why a value is refused."""
    with pytest.raises(BadValue) as refused:
        read(*args, **kwargs)
    assert refused.value.details["field"]
    return str(refused.value.details["reason"])


@pytest.mark.parametrize(
    ("written", "centimes"),
    [
        ("1 250,50", 125050),
        ("1.250,50", 125050),
        ("1,250.50", 125050),
        ("1 250 000", 125000000),
        ("1\u00a0250\u202f000,5", 125000050),
        ("1.250.000", 125000000),
        ("1,250,000", 125000000),
        ("1250", 125000),
        ("1250.5", 125050),
        ("1250,50", 125050),
        ("0,05", 5),
        ("١٬٢٥٠٫٥٠", 125050),
        ("۱۲۵۰٫۵", 125050),
        ("١٢٥٠،٥٠", 125050),
        ("١ ٢٥٠ ٠٠٠", 125000000),
        ("\u200f1 250,50\u200e", 125050),
        ("1 250,50 DH", 125050),
        ("1250DHS", 125000),
        ("MAD 1250.50", 125050),
        ("1250,50 درهم", 125050),
        ("1250,50 د.م.", 125050),
        ("85 MDH", 8_500_000_000),
        ("4,5 mdh", 450_000_000),
        ("4.25 M DH", 425_000_000),
        ("٤٫٥ مليون درهم", 450_000_000),
        ("0,00000001 MDH", 1),
        ("0,250 MDH", 25_000_000),
        ("+12", 1200),
        (1250, 125000),
        (Decimal("1250.5"), 125050),
    ],
)
def test_amounts_as_people_write_them(written: str | int | Decimal, centimes: int) -> None:
    assert read_amount(written) == centimes


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (None, "empty"),
        ("  ", "empty"),
        ("abc", "not_an_amount"),
        ("NaN", "not_an_amount"),
        ("inf", "not_an_amount"),
        ("1e6", "not_an_amount"),
        ("0x10", "not_an_amount"),
        ("1 25", "not_an_amount"),
        ("12,50,5", "not_an_amount"),
        ("1.250.50", "not_an_amount"),
        ("12 34 567", "not_an_amount"),
        ("1250,", "not_an_amount"),
        (",50", "not_an_amount"),
        ("DH", "not_an_amount"),
        ("MAD 5 DH", "not_an_amount"),
        ("(5", "not_an_amount"),
        ("-(5)", "not_an_amount"),
        ("5 à 6", "not_an_amount"),
        (True, "not_an_amount"),
        (date(2021, 1, 2), "not_an_amount"),
        (timedelta(1), "not_an_amount"),
        (Decimal("NaN"), "not_an_amount"),
        (Decimal("Infinity"), "not_an_amount"),
        ("1250,505", "too_many_decimals"),
        ("1 250,500", "too_many_decimals"),
        ("0,123456789 MDH", "too_many_decimals"),
        (Decimal("0.001"), "too_many_decimals"),
        ("99999999999999,00", "amount_too_large"),
        (10**40, "amount_too_large"),
        (Decimal("1e300"), "amount_too_large"),
        ("99999999999 MDH", "amount_too_large"),
        ("-5", "negative"),
        ("5-", "negative"),
        ("−5", "negative"),
        ("(1 250,50)", "negative"),
        (-5, "negative"),
        ("1250 €", "other_currency"),
        ("1250 EUR", "other_currency"),
        ("$ 12", "other_currency"),
        ("=1+1", "formula_text"),
        (FORMULA, "formula"),
        (MERGED, "merged_cells"),
        (Unusable("cell_error", "#REF!"), "cell_error"),
        ("12\u202e50", "hidden_characters"),
        ("1\u200f250", "hidden_characters"),
        ("1\x00", "hidden_characters"),
        ("1" * 10_000, "too_long"),
        ("<script>", "not_an_amount"),
        ("{{7*7}}", "not_an_amount"),
    ],
)
def test_what_is_no_amount_says_why(written: Any, why: str) -> None:
    assert reason(read_amount, written, "budget") == why


def test_a_minus_counts_where_it_may() -> None:
    for written in ("-1 250,50", "1 250,50-", "(1 250,50)", "−1250.50 DH", Decimal("-1250.5")):
        assert read_amount(written, negative=True) == -125050


def test_the_largest_amount_is_read_and_one_centime_more_is_not() -> None:
    largest = f"{LARGEST_CENTIMES // 100},{LARGEST_CENTIMES % 100:02}"
    assert read_amount(largest) == LARGEST_CENTIMES
    assert (
        reason(read_amount, f"{LARGEST_CENTIMES // 100},{LARGEST_CENTIMES % 100 + 1:02}")
        == "amount_too_large"
    )


@pytest.mark.parametrize("written", ["1.250", "1,250", "85,000", "٨٥،٠٠٠", "1.250 MDH"])
def test_two_readings_are_both_named(written: str) -> None:
    with pytest.raises(BadValue) as refused:
        read_amount(written)

    details = refused.value.details
    assert details["reason"] == "ambiguous_amount"
    assert details["larger"] == details["smaller"] * 1000  # type: ignore[operator]


@pytest.mark.parametrize(
    ("column", "sign"),
    [
        (["1 250,50", "1.250"], ","),
        (["1.250.000", "1.250"], ","),
        (["1,250.50", "1,250"], "."),
        (["12.5", "1,250"], "."),
        (["4,5 MDH", "0,250 MDH"], ","),
        (["1.250", "85,000"], None),
        (["12,5", "12.5"], None),
        (["1250", "١٬٢٥٠٫٥٠", None, 5, Decimal("5.5")], None),
        (["1250,505"], None),
        ([], None),
    ],
)
def test_the_column_tells_its_decimal_sign(column: list[Any], sign: str | None) -> None:
    assert decimal_sign_of(column) == sign


def test_a_known_decimal_sign_decides_between_two_readings() -> None:
    assert read_amount("1.250", decimal_sign=",") == 125000
    assert read_amount("1,250", decimal_sign=".") == 125000
    assert read_amount("1,250 MDH", decimal_sign=",") == 125_000_000
    assert reason(read_amount, "1,250", decimal_sign=",") == "too_many_decimals"


def test_a_known_decimal_sign_changes_nothing_where_there_is_one_reading() -> None:
    for sign in (".", ",", None):
        assert read_amount("1.250,50", decimal_sign=sign) == 125050
        assert read_amount("12.5", decimal_sign=sign) == 1250


@settings(deadline=None)
@given(centimes=st.integers(0, LARGEST_CENTIMES), locale=st.sampled_from(LOCALES), own_digits=st.booleans())
def test_an_amount_written_in_any_locale_is_the_same_amount(
    centimes: int, locale: str, own_digits: bool
) -> None:
    system = "default" if own_digits else "latn"
    try:
        written = format_decimal(
            Decimal(centimes) / 100, "#,##0.00", locale=locale, numbering_system=system
        )
    except LookupError:  # a locale without that numbering
        return

    assert read_amount(written) == centimes
    assert read_amount(f"{written} DH") == centimes


@settings(deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="0123456789., ٫٬-()DHM٣\u200f\u202e", max_size=30))
def test_any_text_is_an_amount_a_number_a_date_or_refused(text: str) -> None:
    for read in (read_amount, read_whole, read_date, read_text):
        with suppress(BadValue):
            read(text, "field")
    decimal_sign_of([text])
    day_first_of([text])


@pytest.mark.parametrize(
    ("written", "number"),
    [("96", 96), ("٩٦", 96), ("1 250", 1250), (96, 96), (Decimal("96"), 96), ("0", 0), ("007", 7)],
)
def test_whole_numbers(written: Any, number: int) -> None:
    assert read_whole(written, "beds", most=10_000) == number


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("96,0", "not_a_whole_number"),
        ("1.250", "not_a_whole_number"),
        ("many", "not_a_whole_number"),
        (Decimal("9.5"), "not_a_whole_number"),
        (Decimal("NaN"), "not_a_whole_number"),
        (True, "not_a_whole_number"),
        ("-1", "out_of_range"),
        (10_001, "out_of_range"),
        (Decimal("1e400"), "out_of_range"),
        (None, "empty"),
        (FORMULA, "formula"),
    ],
)
def test_what_is_no_whole_number_says_why(written: Any, why: str) -> None:
    assert reason(read_whole, written, "beds", most=10_000) == why


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2021-03-31", date(2021, 3, 31)),
        ("2021/3/4", date(2021, 3, 4)),
        ("31/03/2021", date(2021, 3, 31)),
        ("31.03.2021", date(2021, 3, 31)),
        ("31 / 03 / 2021", date(2021, 3, 31)),
        ("05/05/2021", date(2021, 5, 5)),
        ("٣١/٠٣/٢٠٢١", date(2021, 3, 31)),
        ("۲۰۲۱/۰۳/۳۱", date(2021, 3, 31)),
        ("2021-03-31T00:00:00", date(2021, 3, 31)),
        (date(2021, 3, 31), date(2021, 3, 31)),
        (datetime.combine(date(2021, 3, 31), time(10)), date(2021, 3, 31)),
    ],
)
def test_dates_as_people_write_them(written: Any, day: date) -> None:
    assert read_date(written) == day


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("31/02/2021", "not_a_date"),
        ("2021-13-01", "not_a_date"),
        ("31-03/2021", "not_a_date"),
        ("hier", "not_a_date"),
        (44286, "not_a_date"),
        (time(10), "not_a_date"),
        ("3/4/21", "short_year"),
        ("03/04/2021", "ambiguous_date"),
        ("03/31/2021", "month_first_date"),
        ("31/03/1443", "out_of_range"),
        ("2101-01-01", "out_of_range"),
        ("", "empty"),
        (MERGED, "merged_cells"),
        ("2021-03-31\u202e", "hidden_characters"),
    ],
)
def test_what_is_no_date_says_why(written: Any, why: str) -> None:
    assert reason(read_date, written, "on") == why


def test_day_and_month_that_could_change_places_are_both_named() -> None:
    with pytest.raises(BadValue) as refused:
        read_date("03/04/2021")

    assert refused.value.details["day_first"] == date(2021, 4, 3)
    assert refused.value.details["month_first"] == date(2021, 3, 4)


def test_the_column_tells_whether_the_day_comes_first() -> None:
    assert day_first_of(["03/04/2021", "31/03/2021", "2021-01-02", None]) is True
    assert day_first_of(["03/04/2021", "03/31/2021"]) is False
    assert day_first_of(["31/03/2021", "03/31/2021"]) is None
    assert day_first_of(["03/04/2021", "05/05/2021"]) is None

    assert read_date("03/04/2021", day_first=True) == date(2021, 4, 3)
    assert read_date("03/04/2021", day_first=False) == date(2021, 3, 4)
    assert reason(read_date, "03/31/2021", day_first=True) == "not_a_date"


def test_texts_lose_their_outer_spaces_and_are_composed() -> None:
    assert read_text(" Fe\u0300s ", "name") == "Fès"
    assert read_text(2021, "name") == "2021"
    assert read_text(Decimal("2.50"), "name") == "2.50"
    assert read_text(date(2021, 1, 2), "name") == "2021-01-02"
    assert read_text(None, "name") == ""
    assert read_text("-", "name") == "-"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "empty"),
        ("=cmd()", "formula_text"),
        ("+1", "formula_text"),
        ("-2+3", "formula_text"),
        ("@SUM(A1)", "formula_text"),
        (" ＝cmd()", "formula_text"),
        ("two\nlines", "line_break"),
        ("tab\there", "line_break"),
        ("a\u202eb", "hidden_characters"),
        ("a\u200bb", "hidden_characters"),
        ("a\x00b", "hidden_characters"),
        ("x" * 10_000, "too_long"),
        (True, "not_a_text"),
        (time(10), "not_a_text"),
        (FORMULA, "formula"),
        (MERGED, "merged_cells"),
    ],
)
def test_texts_that_deceive_or_break_are_refused(written: Any, why: str) -> None:
    assert reason(read_text, written, "name_fr", needed=True) == why


def test_markup_is_a_text_like_another() -> None:
    assert read_text("<script>{{7*7}}</script>", "name") == "<script>{{7*7}}</script>"
