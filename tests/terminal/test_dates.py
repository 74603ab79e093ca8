"""A date that could be read in two ways: by the reader's language at the terminal, never by a guess."""

import pytest
from sqlalchemy import Engine

from models import db
from models.queries.people import find_person
from tests.terminal.conftest import Call

ADD = ("evidence", "add", "sample-centre", "building_permit", "--reference", "x", "--json", "--on")
OFFICER = ("--as", "officer")


@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize("typed", ["10/02/2026", "10-02-2026", "10.2.2026", "١٠/٠٢/٢٠٢٦"])
def test_in_arabic_and_french_the_day_comes_first(
    books: Engine, call: Call, language: str, typed: str
) -> None:
    assert call(*ADD, typed, *OFFICER, "--lang", language).json["on"] == "2026-02-10"


def test_in_english_it_is_refused_with_both_readings(books: Engine, call: Call) -> None:
    refused = call(*ADD, "10/02/2026", *OFFICER, "--lang", "en")

    assert (refused.exit, refused.json["reason"]) == (2, "ambiguous_date")
    assert (refused.json["day_first"], refused.json["month_first"]) == ("2026-02-10", "2026-10-02")
    assert "write the year first" in refused.json["message"]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_month_is_never_put_first(books: Engine, call: Call, language: str) -> None:
    refused = call(*ADD, "03/31/2026", *OFFICER, "--lang", language)

    assert (refused.exit, refused.json["reason"]) == (2, "month_first_date")
    assert call(*ADD, "05/05/2026", *OFFICER, "--lang", language).json["on"] == "2026-05-05"


@pytest.mark.parametrize(("language", "exit_"), [("ar", 0), ("fr", 0), ("en", 2)])
def test_who_acts_brings_the_language_along(books: Engine, call: Call, language: str, exit_: int) -> None:
    with db.transaction(books) as session:
        find_person(session, "officer").language = language

    assert call(*ADD, "10/02/2026", *OFFICER).exit == exit_
    assert call(*ADD[:4], *OFFICER, *ADD[4:], "10/02/2026").exit == exit_
