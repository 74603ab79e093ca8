"""`tadshin contractor`: who carries contracts out, and their other names."""

import pytest
from sqlalchemy import Engine

from models import db
from models.settings import LANGUAGES
from tests.operations.taken import taken
from tests.terminal.conftest import Call

BUILDER, ARABIC = "Société Exemple Bâtiment", "شركة المثال للبناء"


@pytest.fixture
def known(books: Engine) -> Engine:
    """Two contractors with their Arabic names."""
    with db.transaction(books) as session:
        assert taken(session).written
    return books


def other_names(call: Call) -> list[str]:
    (found,) = call("contractor", "list", BUILDER, "--json").json["contractors"]
    return [one["name"] for one in found["other_names"] if one["removed_at"] is None]


@pytest.mark.parametrize("language", LANGUAGES)
def test_contractors_are_listed_with_their_names(known: Engine, call: Call, language: str) -> None:
    listed = call("contractor", "list", "--lang", language)
    one = call("contractor", "list", ARABIC, "--lang", language)

    assert listed.exit == one.exit == 0
    assert BUILDER in listed.out
    assert ARABIC in listed.out
    assert BUILDER in one.out
    assert "finance" in one.out
    assert "Mobilier" not in one.out


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_is_added_once_and_taken_away_once(known: Engine, call: Call, language: str) -> None:
    add = ("contractor", "add-name", BUILDER, "SEB", "--source", "RC 1", "--as", "officer")
    remove = ("contractor", "remove-name", BUILDER, "seb", "--reason", "a slip", "--as", "officer")
    spoken = ("--lang", language)

    assert "SEB" in call(*add, *spoken).out
    assert call(*add, "--json").json == {"contractor": BUILDER, "name": "SEB", "changed": False}
    assert other_names(call) == ["SEB", ARABIC]
    assert "seb" in call(*remove, *spoken).out
    assert call(*remove, "--json").json["changed"] is False
    assert other_names(call) == [ARABIC]


def test_those_of_one_name_are_found(known: Engine, call: Call) -> None:
    remove = ("contractor", "remove-name", BUILDER, ARABIC, "--reason", "a slip", "--as", "officer")
    assert call("contractor", "list", "--unnamed", "--json").json == {"contractors": []}
    assert call(*remove).exit == 0

    (found,) = call("contractor", "list", "--unnamed", "--json").json["contractors"]

    assert found["name"] == BUILDER
    assert "add-name" not in call("contractor", "list", BUILDER, "--lang", "en").out


def test_no_contractor_yet_is_said(books: Engine, call: Call) -> None:
    shown = call("contractor", "list", "--lang", "en")

    assert (shown.exit, shown.out.strip()) == (0, "0 contractors.")


REFUSED = {
    ("Société Exemple Batimant", "SEB"): (2, "unknown_key"),
    (BUILDER, "Société Exemple Mobilier"): (2, "bad_value"),
    (BUILDER, "..."): (2, "bad_value"),
    (BUILDER, "\u202ecmd"): (2, "bad_value"),
    (BUILDER, "x" * 10_000): (2, "bad_value"),
}


@pytest.mark.parametrize(("contractor", "name"), REFUSED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_is_refused_in_words(
    known: Engine, call: Call, contractor: str, name: str, language: str
) -> None:
    add = ("contractor", "add-name", contractor, name, "--as", "finance")

    told = call(*add, "--json").json

    assert (call(*add, "--lang", language).exit, told["error"]) == REFUSED[contractor, name]
    assert other_names(call) == [ARABIC]


def test_a_name_of_several_is_refused_with_who_may_be_meant(known: Engine, call: Call) -> None:
    second = ("contractor", "add-name", "Société Exemple Mobilier", ARABIC, "--as", "finance")
    assert call(*second).exit == 0

    told = call("contractor", "list", ARABIC, "--json")

    assert (told.exit, told.json["error"]) == (2, "ambiguous_contractor")
    assert told.json["candidates"] == [BUILDER, "Société Exemple Mobilier"]


def test_hostile_names_are_kept_as_text(known: Engine, call: Call) -> None:
    for name in ("<script>alert(1)</script>", "=cmd()|calc"):
        assert call("contractor", "add-name", BUILDER, name, "--as", "finance").exit == 0
        assert name in other_names(call)


def test_who_may_not_is_told_who_may(known: Engine, call: Call) -> None:
    told = call("contractor", "add-name", BUILDER, "SEB", "--as", "auditor", "--json")

    assert (told.exit, told.json["error"]) == (4, "not_allowed")
