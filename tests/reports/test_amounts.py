"""Amounts in words: the known values of each language, and no two amounts alike."""

import pytest

from models.rules.errors import BadValue
from models.rules.money import Money
from models.settings import LANGUAGES
from reports.amounts import BELOW, spell

KNOWN = [
    ("0", "zéro dirham", "صفر درهم"),
    ("0.01", "un centime", "سنتيم واحد"),
    ("0.02", "deux centimes", "سنتيمان"),
    ("0.05", "cinq centimes", "خمسة سنتيمات"),
    ("0.11", "onze centimes", "أحد عشر سنتيما"),
    ("1", "un dirham", "درهم واحد"),
    ("2", "deux dirhams", "درهمان"),
    ("3", "trois dirhams", "ثلاثة دراهم"),
    ("10", "dix dirhams", "عشرة دراهم"),
    ("11", "onze dirhams", "أحد عشر درهما"),
    ("21", "vingt et un dirhams", "واحد وعشرون درهما"),
    ("71", "soixante et onze dirhams", "واحد وسبعون درهما"),
    ("80", "quatre-vingts dirhams", "ثمانون درهما"),
    ("81", "quatre-vingt-un dirhams", "واحد وثمانون درهما"),
    ("99", "quatre-vingt-dix-neuf dirhams", "تسعة وتسعون درهما"),
    ("100", "cent dirhams", "مائة درهم"),
    ("101", "cent un dirhams", "مائة درهم ودرهم واحد"),
    ("102", "cent deux dirhams", "مائة درهم ودرهمان"),
    ("103", "cent trois dirhams", "مائة وثلاثة دراهم"),
    ("200", "deux cents dirhams", "مائتا درهم"),
    ("250", "deux cent cinquante dirhams", "مائتان وخمسون درهما"),
    ("1000", "mille dirhams", "ألف درهم"),
    ("1001", "mille un dirhams", "ألف درهم ودرهم واحد"),
    ("2000", "deux mille dirhams", "ألفا درهم"),
    ("2002.02", "deux mille deux dirhams et deux centimes", "ألفا درهم ودرهمان وسنتيمان"),
    ("3000", "trois mille dirhams", "ثلاثة آلاف درهم"),
    ("11000", "onze mille dirhams", "أحد عشر ألف درهم"),
    ("11100", "onze mille cent dirhams", "أحد عشر ألفا ومائة درهم"),
    ("80000", "quatre-vingt mille dirhams", "ثمانون ألف درهم"),
    ("102000", "cent deux mille dirhams", "مائة ألف وألفا درهم"),
    ("103000", "cent trois mille dirhams", "مائة وثلاثة آلاف درهم"),
    ("200000", "deux cent mille dirhams", "مائتا ألف درهم"),
    ("1000000", "un million de dirhams", "مليون درهم"),
    (
        "1250000.50",
        "un million deux cent cinquante mille dirhams et cinquante centimes",
        "مليون ومائتان وخمسون ألف درهم وخمسون سنتيما",
    ),
    ("2000000", "deux millions de dirhams", "مليونا درهم"),
    ("80000000", "quatre-vingts millions de dirhams", "ثمانون مليون درهم"),
    ("85000000", "quatre-vingt-cinq millions de dirhams", "خمسة وثمانون مليون درهم"),
    ("100000000", "cent millions de dirhams", "مائة مليون درهم"),
    ("1000000000", "un milliard de dirhams", "مليار درهم"),
    (
        "3500000001.02",
        "trois milliards cinq cents millions un dirhams et deux centimes",
        "ثلاثة ملايير وخمسمائة مليون درهم ودرهم واحد وسنتيمان",
    ),
]


@pytest.mark.parametrize(("figures", "french", "arabic"), KNOWN)
def test_known_amounts_are_spelt_as_a_cheque_has_them(figures: str, french: str, arabic: str) -> None:
    assert spell(Money.parse(figures), "fr") == french
    assert spell(Money.parse(figures), "ar") == arabic


@pytest.mark.parametrize(
    ("figures", "english"),
    [
        ("0", "zero dirhams"),
        ("1.01", "one dirham and one centime"),
        ("99.99", "ninety-nine dirhams and ninety-nine centimes"),
        ("101", "one hundred and one dirhams"),
        ("1250000.50", "one million two hundred and fifty thousand dirhams and fifty centimes"),
        ("3500000013", "three billion five hundred million and thirteen dirhams"),
    ],
)
def test_known_amounts_are_spelt_in_english(figures: str, english: str) -> None:
    assert spell(Money.parse(figures), "en") == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_amounts_are_spelt_alike(language: str) -> None:
    amounts = [
        *range(30_000),
        *(n * 1_000 for n in range(30, 3_000)),
        *(n * 10**7 for n in range(1, 3_000)),
    ]
    dirhams = {spell(Money(100 * n), language) for n in amounts}
    both = {spell(Money(n), language) for n in range(30_000)}

    assert len(dirhams) == len(set(amounts))
    assert len(both) == 30_000


@pytest.mark.parametrize(
    ("amount", "language"),
    [(Money(-1), "fr"), (Money(1, "EUR"), "fr"), (Money(100 * BELOW), "ar"), (Money(1), "es")],
)
def test_what_cannot_be_spelt_is_refused(amount: Money, language: str) -> None:
    with pytest.raises(BadValue):
        spell(amount, language)


def test_the_largest_amount_that_is_spelt() -> None:
    assert spell(Money(100 * BELOW - 1), "fr").endswith("dirhams et quatre-vingt-dix-neuf centimes")
