"""The regions, provinces and partners with the codes that name them; a partner is added on purpose."""

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from sqlalchemy import Engine

from models import db
from models.places import find_province, find_region
from models.rules.partners import PARTNER_TYPES
from models.tables import Partner
from tadshin.terminal.root import tadshin
from tests import builders
from tests.terminal.conftest import Call, run

NAMES = (
    "--name-ar",
    "مجلس جهة المثال",
    "--name-fr",
    "Conseil régional d'essai",
    "--name-en",
    "Trial Council",
)
ADD = ("partner", "add", "cr-trial", *NAMES, "--type", "regional_council")


def test_the_regions_and_their_provinces_are_listed(call: Call) -> None:
    listed = call("place", "list", "--json").json["regions"]

    assert len(listed) == 12
    assert sum(len(region["provinces"]) for region in listed) == 83
    for region in listed:
        assert all(find_region(name).code == region["code"] for name in region["name"].values())
        for province in region["provinces"]:
            assert all(find_province(name).code == province["code"] for name in province["name"].values())


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_places_are_shown_in_the_three_languages(call: Call, language: str) -> None:
    printed = call("place", "list", "--lang", language).out

    assert all(text in printed for text in ("oriental", "L'Oriental", "الشرق", "nador", "الناظور"))


def test_the_regions_alone(call: Call) -> None:
    printed = call("place", "list", "--regions", "--lang", "fr").out

    assert "oriental" in printed
    assert "nador" not in printed
    assert all(
        "provinces" not in one for one in call("place", "list", "--regions", "--json").json["regions"]
    )


def test_the_partners_are_listed_with_what_they_take_part_in(place_of_work: Path) -> None:
    listed = run("partner", "list", "--json", home=place_of_work).json["partners"]
    health = next(one for one in listed if one["key"] == "ministry-health")

    assert len(listed) > 50
    assert health["name"]["fr"] == "Ministère de la Santé et de la Protection sociale"
    assert (health["projects"], health["commitments"]) == (9, 9)  # each with its sample books
    assert {one["type"] for one in listed} <= set(PARTNER_TYPES)
    printed = run("partner", "list", "--lang", "ar", home=place_of_work).out
    assert "وزارة الصحة والحماية الاجتماعية" in printed


def test_a_partner_is_added_on_purpose(books: Engine, call: Call) -> None:
    added = call(*ADD, "--spelling", "CRT", "--as", "officer", "--json")

    assert (added.exit, added.json["key"]) == (0, "cr-trial")
    promise = ("commitment", "set", "sample-centre", "CRT", "5", "--reference", "x", "--as", "finance")
    assert call(*promise, "--json").json["commitment"]["partner"] == "cr-trial"
    assert call("partner", "list", "--json").json["partners"][0]["projects"] == 1


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"cr-trial": "Not A Key"}, "key", "not_a_key"),
        ({"cr-trial": "council"}, "key", "taken"),
        ({"Trial Council": "SAMPLE PARTNER council"}, "name_en", "partner_known"),
        ({"Trial Council": ""}, "name_en", "empty"),
        ({"Trial Council": "a\u202eb"}, "name_en", "hidden_characters"),
        ({"Trial Council": "x" * 10_000}, "name_en", "too_long"),
        ({"regional_council": "zzz"}, "partner_type", "not_a_choice"),
    ],
)
def test_a_partner_that_is_wrong_or_known_is_not_added(
    books: Engine, call: Call, changed: dict[str, str], field: str, reason: str
) -> None:
    with db.transaction(books) as session:
        builders.make_partner(session)

    refused = call(*(changed.get(one, one) for one in ADD), "--as", "officer", "--json")

    assert (refused.exit, refused.json["field"], refused.json["reason"]) == (2, field, reason)
    assert [one["key"] for one in call("partner", "list", "--json").json["partners"]] == ["council"]


def test_a_known_partner_is_named_in_the_refusal(books: Engine, call: Call) -> None:
    with db.transaction(books) as session:
        session.add(
            Partner(key="ocp", name_ar="شريك", name_fr="Conseil exemple", name_en="Sample", type="other")
        )

    refused = call(
        *(one.replace("d'essai", "").replace("Conseil régional ", "conseil EXEMPLE") for one in ADD)
    )

    assert refused.exit == 2
    assert "qui agit" in refused.err
    refused = call(
        "partner",
        "add",
        "x",
        *NAMES[:3],
        "conseil EXEMPLE",
        *NAMES[4:],
        "--type",
        "other",
        "--as",
        "officer",
    )
    assert "Conseil exemple" in refused.err


def test_only_who_may_bring_in_a_portfolio_adds_a_partner(books: Engine, call: Call) -> None:
    assert call(*ADD, "--as", "auditor").exit == 4
    assert call(*ADD).exit == 2
    assert call("partner", "list", "--json").json["partners"] == []


@pytest.mark.parametrize(
    ("arguments", "incomplete", "offered"),
    [
        (["user", "grant", "officer", "officer", "--region"], "ori", "oriental"),
        (["portfolio", "list", "--province"], "nad", "nador"),
        (["project", "register", "x", "--province"], "nad", "nador"),
        (["project", "register", "x", "--kind"], "C", "CMP"),
        (["commitment", "set", "sample-centre"], "cou", "council"),
        (["project", "show"], "sample", "sample-centre"),
        (["portfolio", "list", "--status"], "sus", "suspended"),
        (["evidence", "add", "sample-centre"], "building_per", "building_permit"),
    ],
)
def test_a_shell_completes_the_codes(
    books: Engine, arguments: list[str], incomplete: str, offered: str
) -> None:
    with db.transaction(books) as session:
        builders.make_partner(session)

    shell = ShellComplete(tadshin, {}, "tadshin", "_TADSHIN_COMPLETE")

    assert [item.value for item in shell.get_completions(arguments, incomplete)] == [offered]


def test_an_import_answers_what_it_does_not_know_with_what_is_near(
    place_of_work: Path, tmp_path: Path
) -> None:
    file = tmp_path / "portfolio.csv"
    file.write_text(
        "Clé;Nom en arabe;Nom en français;Nom en anglais;Secteur;Type de centre;"
        "Province;Budget;Partenaires\n"
        "x-one;مركز;Centre;Centre;santée;CMP;Rabbat;1000000;\n"
        "x-two;مركز;Centre;Centre;santé;CMP;Rabat;1000000;Ministère de la Santte\n"
    )
    bring = ("portfolio", "import", str(file), "--as", "officer", "--lang", "fr")
    before = run("partner", "list", "--json", home=place_of_work).json

    told = run(*bring, home=place_of_work)
    problems = run(*bring, "--json", home=place_of_work).json["problems"]

    assert told.exit == 2
    assert all(
        f"Vouliez-vous dire {near}\u202f?" in told.out.replace("\u00a0", "\u202f")
        for near in ("santé", "Rabat", "Ministère de la Santé et de la Protection sociale")
    )
    assert "tadshin partner add" in told.out
    assert [problem["candidates"] for problem in problems] == [
        ["santé"],
        ["Rabat"],
        ["Ministère de la Santé et de la Protection sociale"],
    ]
    assert run("partner", "list", "--json", home=place_of_work).json == before
