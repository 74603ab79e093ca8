"""Partners, sectors and choices are shown by the words of the reader, and kept by their keys."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from models import db
from models.clock import local_day, now
from tests import builders
from tests.terminal.conftest import Call, run

NAME = {
    "ar": "المجلس الإقليمي للناظور",
    "fr": "Conseil provincial de Nador",
    "en": "Nador Provincial Council",
}
PROMISE = ("commitment", "set", "sample-centre", "cp-nador", "250000", "--reference", "C 1")


@pytest.fixture
def promised(books: Engine, call: Call) -> Engine:
    """A council of the sample has promised something for one project."""
    with db.transaction(books) as session:
        partner = builders.make_partner(session, "cp-nador")
        partner.name_ar, partner.name_fr, partner.name_en = NAME.values()
    assert call(*PROMISE, "--as", "finance").exit == 0
    return books


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("verb", [("show",), ("show", "--as-of", "today"), ("history",)])
def test_a_partner_is_shown_by_name(
    promised: Engine, call: Call, verb: tuple[str, ...], language: str
) -> None:
    today = str(local_day(now()))
    arguments = [argument.replace("today", today) for argument in verb[1:]]
    shown = call("project", verb[0], "sample-centre", *arguments, "--lang", language).out

    assert NAME[language] in shown
    assert "cp-nador" not in shown


def test_scripts_get_the_keys_of_partners_and_their_names(promised: Engine, call: Call) -> None:
    told = call("project", "show", "sample-centre", "--json").json
    entries = call("project", "history", "sample-centre", "--json", "--lang", "en").json["entries"]
    linked = [entry for entry in entries if "partner" in entry["details"]]

    assert told["partners"] == ["cp-nador"]
    assert told["partner_names"] == {"cp-nador": NAME}
    assert {entry["details"]["partner"] for entry in linked} == {"cp-nador"}
    assert NAME["en"] in linked[0]["text"]


def test_a_promise_is_confirmed_with_the_name_of_the_partner(promised: Engine, call: Call) -> None:
    told = call(*PROMISE, "--as", "finance", "--lang", "fr").out

    assert NAME["fr"] in told


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "المحفظة كلها"), ("fr", "tout le portefeuille"), ("en", "the whole portfolio")],
)
def test_a_finding_about_the_whole_portfolio_says_so(
    place_of_work: Path, language: str, words: str
) -> None:
    listed = run("findings", "list", "--lang", language, home=place_of_work).out
    shown = run("findings", "show", "X1", "--lang", language, home=place_of_work).out

    assert listed.count(words) == len(("X1", "X2"))
    assert words in shown
    assert "(sector)" not in listed + shown
