"""What may be chosen is said by its code or by the word of the tables, in any of the three languages."""

from enum import StrEnum

import pytest
from sqlalchemy import Engine

from models.places import regions
from models.rules.authority import Role
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.findings import Severity
from models.rules.kinds import KINDS, Sector
from models.rules.stages import Stage, Status
from notifications.catalogues import look_up
from notifications.words import sentence
from tadshin.terminal.choices import Coded, OneOf, Region
from tests.terminal.conftest import Call

FAMILIES: dict[str, type[StrEnum]] = {
    "stage": Stage,
    "status": Status,
    "sector": Sector,
    "role": Role,
    "severity": Severity,
}


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_word_of_a_table_can_be_typed(family: str, language: str) -> None:
    kind = OneOf(FAMILIES[family], family)

    for member in FAMILIES[family]:
        word = look_up(f"{family}.{member}", language)
        assert word
        assert kind.convert(word, None, None) is member
        assert kind.convert(f" {word.upper()} ", None, None) is member
        assert kind.convert(member.value, None, None) is member


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_every_kind_of_centre_can_be_typed(language: str) -> None:
    kinds = Coded(KINDS, "kind")

    for code in KINDS:
        assert kinds.convert(look_up(f"kind.{code}", language), None, None) == code


@pytest.mark.parametrize(
    ("typed", "stage"),
    [("etudes", Stage.STUDY), ("ÉTUDES", Stage.STUDY), ("الأشغـــال", Stage.CONSTRUCTION)],
)
def test_accents_case_and_arabic_marks_do_not_matter(typed: str, stage: Stage) -> None:
    assert OneOf(Stage, "stage").convert(typed, None, None) is stage


def test_what_is_near_is_offered_by_word_and_code() -> None:
    with pytest.raises(UnknownKey) as refused:
        OneOf(Status, "status").convert("suspendue", None, None)

    assert refused.value.details["candidates"] == ("suspended",)
    assert "suspendu (suspended)" in sentence(refused.value, "fr")
    assert "معلق (\u2068suspended\u2069)" in sentence(refused.value, "ar")
    assert "Did you mean suspended?" in sentence(refused.value, "en")


def test_where_nothing_is_near_every_choice_is_named() -> None:
    with pytest.raises(BadValue) as refused:
        OneOf(Status, "status").convert("dead", None, None)

    assert refused.value.details["limit"] == tuple(Status)
    assert "actif (active), suspendu (suspended) et annulé (cancelled)" in sentence(refused.value, "fr")


@pytest.mark.parametrize("typed", ["x", "xx", "zzz", "qqqqqq", "12345", "", "é\u0301'\";--", "a" * 10_000])
def test_nothing_is_offered_for_what_has_nothing_in_common(typed: str) -> None:
    for family, members in FAMILIES.items():
        with pytest.raises(BadValue):
            OneOf(members, family).convert(typed, None, None)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_region_is_named_by_code_or_name(language: str) -> None:
    for region in regions():
        assert Region().convert(region.code, None, None) == region.code
        assert Region().convert(region.name(language).upper(), None, None) == region.code


def test_an_unknown_region_is_answered_with_names_and_codes() -> None:
    with pytest.raises(CentreError) as refused:
        Region().convert("orient", None, None)

    assert "L'Oriental (oriental)" in sentence(refused.value, "fr")


def test_words_work_where_codes_do(books: Engine, call: Call) -> None:
    listed = [
        call("portfolio", "list", *words, "--json").json["projects"]
        for words in (
            ("--status", "active"),
            ("--status", "actif"),
            ("--status", "نَشِط"),
            ("--stage", "études", "--status", "Active"),
        )
    ]

    assert [line["key"] for line in listed[0]] == ["other-centre", "sample-centre"]
    assert listed[0] == listed[1] == listed[2] == listed[3]


def test_a_role_and_a_region_are_kept_by_their_codes(books: Engine, call: Call) -> None:
    grant = ("user", "grant", "finance", "Chargé de projet", "--as", "administrator", "--json", "--region")

    assert call(*grant, "Est").exit == 2  # not a spelling that is in the books
    made = call(*grant, "الشرق").json

    assert (made["role"], made["region"]) == ("officer", "oriental")
    assert "(L'Oriental)" in call("user", "list", "--lang", "fr").out


def test_a_piece_of_evidence_is_named_by_its_title(books: Engine, call: Call) -> None:
    add = ("evidence", "add", "sample-centre", "Permis de construire", "--on", "2026-02-10")

    assert call(*add, "--reference", "x", "--as", "officer", "--json").json["code"] == "building_permit"
