"""The places of Morocco: all there, each spelling means one, and a wrong name gets near ones."""

import csv
from collections import Counter

import pytest

from models.places import Province, find_province, province, provinces, region, regions
from models.rules.errors import UnknownKey
from models.rules.names import fold
from models.settings import DATA

ROWS = list(csv.DictReader((DATA / "places.csv").open(encoding="utf-8", newline="")))


def test_the_division_of_2015_is_complete() -> None:
    levels = Counter(row["level"] for row in ROWS)
    of_region = Counter(row["region"] for row in ROWS if row["level"] in ("prefecture", "province"))

    assert levels == {"region": 12, "prefecture": 13, "province": 62, "arrondissements": 8}
    assert [of_region[one.code] for one in regions()] == [8, 8, 9, 7, 5, 9, 8, 5, 6, 4, 4, 2]


def test_every_province_lies_in_a_region_and_has_three_names() -> None:
    for place in provinces():
        assert region(place.region).code == place.region
        assert all(place.name(language) for language in ("ar", "fr", "en"))


def test_no_spelling_means_two_places() -> None:
    meant: dict[str, set[str]] = {}
    for row in ROWS:
        if row["level"] == "region":
            continue
        names = (row["code"], row["name_ar"], row["name_fr"], row["name_en"])
        for spelling in filter(None, (*names, *row["spellings"].split("|"))):
            meant.setdefault(fold(spelling), set()).add(row["code"])
            assert find_province(spelling).code == row["code"]

    assert {spelling: codes for spelling, codes in meant.items() if len(codes) > 1} == {}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("sale", "sale"),
        ("SALÉ", "sale"),
        ("سا", "sale"),  # as extraction prints سلا
        ("ســـلا", "sale"),
        ("Tanger", "tanger-assilah"),
        ("طنجة اصيلة", "tanger-assilah"),
        ("Témara", "skhirate-temara"),
        ("تمارة", "skhirate-temara"),
        ("الناطور", "nador"),
        ("فكيك", "figuig"),
        ("فجيج", "figuig"),
        ("كرسيف", "guercif"),
        ("انفا", "anfa"),
        ("بن مسيك", "ben-msik"),
        ("Ben M’Sick", "ben-msik"),
        ("فحص انجرة", "fahs-anjra"),
        ("  fahs anjra ", "fahs-anjra"),
        ("Al-Hoceïma", "al-hoceima"),
        ("agadir", "agadir-ida-ou-tanane"),
        ("Tantan", "tan-tan"),
    ],
)
def test_a_province_is_found_by_any_spelling(written: str, code: str) -> None:
    assert find_province(written).code == code


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("Casablnca", "Casablanca"),
        ("Taroudnat", "Taroudannt"),
        ("Agadir Imintanout", "Agadir-Ida-Ou-Tanane"),
        ("زاقورة", "زاكورة"),
    ],
)
def test_an_unknown_province_is_answered_with_near_names_in_its_script(written: str, nearest: str) -> None:
    with pytest.raises(UnknownKey) as unknown:
        find_province(written)

    candidates = unknown.value.details["candidates"]
    assert isinstance(candidates, tuple)
    assert (unknown.value.details["noun"], candidates[0]) == ("province", nearest)
    assert len(candidates) <= 3


@pytest.mark.parametrize(
    "hostile",
    ["", "   ", "\x00", "\u202eelaS", "x" * 10_000, "ا" * 10_000, "<script>", "{{7*7}}", "=cmd()"],
)
def test_hostile_text_is_an_unknown_province(hostile: str) -> None:
    for find in (find_province, province, region):
        with pytest.raises(UnknownKey) as unknown:
            find(hostile)
        assert "\x00" not in str(unknown.value.details["key"])
        assert "\u202e" not in str(unknown.value.details["key"])


def test_a_direction_mark_around_a_name_does_not_hide_the_province() -> None:
    assert find_province("\u200fسلا\u200f").code == "sale"


def test_a_province_and_a_region_are_found_by_code_alone() -> None:
    assert isinstance(province("fes"), Province)
    assert province("fes").region == "fes-meknes"
    assert region("oriental").name("fr") == "L'Oriental"
    with pytest.raises(UnknownKey) as unknown:
        province("Fès")
    assert unknown.value.details["candidates"] == ("fes",)
