"""Rates of exchange at the terminal: entered, brought in by a file, listed."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from models import db
from tests.builders import make_staff
from tests.terminal.conftest import Call

RATE = ("reconcile", "rate")
GOOD = "date,currency,mad_per_unit\n2026-01-02,EUR,10.8512\n2026-01-05,EUR,10.86\n2026-01-02,USD,9.99\n"


@pytest.fixture
def staffed(place: Engine) -> Engine:
    """A place of work with one person of each role."""
    with db.transaction(place) as session:
        make_staff(session)
    return place


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_rate_is_entered_and_listed_in_three_languages(
    call: Call, staffed: Engine, language: str
) -> None:
    written = "10.8512" if language == "en" else "10,8512"
    assert call(*RATE, "list", "--lang", language).exit == 0
    for _again in range(2):
        told = call(
            *(*RATE, "set", "EUR", "10,8512", "--on", "2026-01-02"), "--as", "finance", "--lang", language
        )
        assert (told.exit, told.err) == (0, "")
        assert written in told.out
        assert "u200" not in told.out
    assert written in call(*RATE, "list", "--lang", language).out
    (one,) = call(*RATE, "list", "EUR", "--json").json["rates"]
    assert (one["currency"], one["day"], one["entered_by"]) == ("EUR", "2026-01-02", "finance")
    assert call(*RATE, "list", "USD", "--json").json["rates"] == []


@pytest.mark.parametrize(
    ("arguments", "exit_"),
    [
        (("EUR", "0", "--on", "2026-01-02"), 2),
        (("EUR", "10.85125", "--on", "2026-01-02"), 2),
        (("EUR", "10.85", "--on", "2999-01-02"), 2),
        (("MAD", "1", "--on", "2026-01-02"), 2),
        (("<script>", "1", "--on", "2026-01-02"), 2),
        (("=cmd()", "1", "--on", "2026-01-02"), 2),
        (("EUR", "x" * 10_000, "--on", "2026-01-02"), 2),
    ],
)
def test_what_is_no_rate_is_refused(
    call: Call, staffed: Engine, arguments: tuple[str, ...], exit_: int
) -> None:
    told = call(*RATE, "set", *arguments, "--as", "finance", "--json")

    assert (told.exit, told.json["error"]) == (exit_, "bad_value")
    assert call(*RATE, "list", "--json").json["rates"] == []


def test_a_file_of_rates_comes_in_whole_and_the_same_again_changes_nothing(
    call: Call, staffed: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(GOOD)
    assert call(*RATE, "import", str(file), "--as", "officer").exit == 4

    told = [call(*RATE, "import", str(file), "--as", "finance", "--json").json for _again in range(2)]

    assert [(one["new"], one["changed"], one["same"]) for one in told] == [(3, 0, 0), (0, 0, 3)]
    assert len(call(*RATE, "list", "--json").json["rates"]) == 3


def test_every_bad_row_is_listed_and_no_rate_is_taken(call: Call, staffed: Engine, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    bad = (
        "02/31/2026,EUR,10\n2026-01-03,EURO,10\n2026-01-04,EUR,=1+1\n2026-01-02,EUR,11\n2026-01-06,MAD,1\n"
    )
    file.write_text(GOOD + bad)

    told = call(*RATE, "import", str(file), "--as", "finance", "--json")

    assert told.exit == 2
    assert [(one["row"], one["field"]) for one in told.json["problems"]] == [
        *((5, "date"), (6, "currency"), (7, "mad_per_unit"), (8, "date"), (9, "currency")),
    ]
    assert call(*RATE, "list", "--json").json["rates"] == []
    shown = call(*RATE, "import", str(file), "--as", "finance", "--lang", "ar")
    assert (shown.exit, "Traceback" in shown.out + shown.err) == (2, False)


@pytest.mark.parametrize("content", ["", "date,currency\n2026-01-02,EUR\n", "a,b,c\n1,2,3\n"])
def test_a_file_that_is_no_table_of_rates_is_refused(
    call: Call, staffed: Engine, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(content)

    assert call(*RATE, "import", str(file), "--as", "finance", "--json").exit == 2
