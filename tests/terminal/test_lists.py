"""Lists of one project or one partner, as newcomers type them."""

from datetime import date

import pytest
from sqlalchemy import Engine

from models import db
from models.operations.conventions import link_commitment, write_convention
from models.queries.projects import find_project
from models.settings import LANGUAGES
from tests.builders import AT, link_partners, make_person
from tests.operations.money_builders import make_commitment
from tests.terminal.conftest import Call


@pytest.fixture
def signed(books: Engine) -> Engine:
    """A convention of each of two partners, each with a commitment for a project of its own."""
    with db.transaction(books) as session:
        for place, (key, partner) in enumerate(
            (("sample-centre", "council"), ("other-centre", "ministry"))
        ):
            project = find_project(session, key)
            link_partners(session, project, [partner])
            make_commitment(session, project, partner, 100_00, reference=f"C-{place}")
            write_convention(
                session,
                reference=f"CV-{place}",
                title="",
                parties=[partner],
                ends_on=date(2030, 1, 1),
                payment_days=60,
                by="finance",
                at=AT,
            )
            link_commitment(
                session,
                project=key,
                partner=partner,
                reference=f"C-{place}",
                convention=f"CV-{place}",
                by="finance",
                at=AT,
            )
    return books


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), ["CV-0", "CV-1"]),
        (("sample-centre",), ["CV-0"]),
        (("--partner", "ministry"), ["CV-1"]),
        (("sample-centre", "--partner", "ministry"), []),
        (("other-centre", "--unsigned"), ["CV-1"]),
    ],
)
def test_conventions_of_a_project_or_a_partner(
    signed: Engine, call: Call, words: tuple[str, ...], found: list[str]
) -> None:
    answer = call("convention", "list", *words, "--json")

    assert (answer.exit, [one["convention"] for one in answer.json["conventions"]]) == (0, found)


def test_partners_of_a_project(signed: Engine, call: Call) -> None:
    with db.transaction(signed) as session:
        make_person(session, "here", "officer", project="sample-centre")

    answer = call("partner", "list", "sample-centre", "--as", "here", "--json")

    assert [one["key"] for one in answer.json["partners"]] == ["council"]
    assert call("partner", "list", "other-centre", "--as", "here").exit == 4
    assert call("partner", "list", "--as", "here").exit == 4


@pytest.mark.parametrize("noun", ["convention", "partner", "receipt", "findings", "change", "contract"])
def test_an_unknown_project_is_told_with_those_near_it(signed: Engine, call: Call, noun: str) -> None:
    answer = call(noun, "list", "sample-center", "--json")

    assert (answer.exit, answer.json["error"]) == (2, "unknown_key")
    assert "sample-centre" in answer.json["candidates"]


@pytest.mark.parametrize(
    ("noun", "listed"), [("contract", "contracts"), ("certificate", "certificates"), ("call", "calls")]
)
def test_what_money_lists_its_noun_lists_too(signed: Engine, call: Call, noun: str, listed: str) -> None:
    """The same command under both names, each with its own examples."""
    for words in ((), ("sample-centre",)):
        assert call(noun, "list", *words, "--json") == call("money", listed, *words, "--json")
    assert f"tadshin {noun} list rahma-cmp" in call(noun, "list", "--help").out
    assert f"tadshin {noun} list" not in call("money", listed, "--help").out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("noun", ["findings", "change"])
def test_a_project_is_named_once_either_way(signed: Engine, call: Call, noun: str, language: str) -> None:
    both = call(noun, "list", "sample-centre", "--project", "other-centre", "--lang", language)

    assert (both.exit, "other-centre" in both.err) == (2, True)
    for words in (("sample-centre",), ("--project", "sample-centre")):
        assert call(noun, "list", *words).exit == 0
    assert call(noun, "list", "sample-centre", "--project", "sample-centre").exit == 0
