"""Files with a large promise, at the terminal: proposed by one person, brought in again by another (B8)."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.rules.money_rows import MoneyTable
from models.settings import LANGUAGES
from models.tables import Commitment
from tests.builders import make_partner
from tests.intake.bookset import copied
from tests.intake.test_money_tables import write_money
from tests.terminal.conftest import Call
from tests.terminal.test_money_imports import SAID


@pytest.fixture
def bring(books: Engine, tmp_path: Path) -> tuple[str, ...]:
    """The words that bring in a promise of 1 500 000 dirhams."""
    with db.transaction(books) as session:
        make_partner(session)
    file = write_money(tmp_path / "c.csv", MoneyTable.CONVENTIONS, {})
    return ("money", "import", "conventions", str(file))


def promises(engine: Engine) -> list[int]:
    with db.reading(engine) as session:
        return list(session.exec(select(Commitment.amount_centimes)))


def test_they_are_proposed_shown_and_come_in_by_another_hand(
    books: Engine, call: Call, bring: tuple[str, ...]
) -> None:
    first = call(*bring, "--as", "officer", "--json")
    again = call(*bring, "--as", "officer", "--json")

    assert (first.exit, first.json["outcome"], first.json["again"]) == (0, "proposed", False)
    assert (first.json["written"], first.json["amount"]["centimes"]) == (False, 1_500_000_00)
    assert (again.exit, again.json["again"], again.json["proposal"]) == (0, True, first.json["proposal"])
    (waiting,) = call("change", "list", "--as", "director", "--json").json["changes"]
    assert (waiting["change"], waiting["for_me"]) == ("commitment_import", True)
    shown = call("change", "show", first.json["proposal"], "--lang", "en")
    assert "c.csv" in shown.out
    assert "SHA-256" in shown.out
    assert "tadshin money import ... --as LOGIN" in shown.out
    assert "c.csv" in call("change", "list", "--as", "director").out
    assert promises(books) == []

    done = call(*bring, "--as", "director", "--json")

    assert (done.exit, done.json["outcome"]) == (0, "written")
    assert (done.json["proposed_by"], done.json["approved_by"]) == ("officer", "director")
    assert promises(books) == [1_500_000_00]
    assert call("change", "list", "--json").json["changes"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_decides_and_how_is_said_in_each_language(
    books: Engine, call: Call, bring: tuple[str, ...], language: str
) -> None:
    shown = call(*bring, "--as", "finance", "--lang", language)
    waiting = call("change", "list", "--json").json["changes"][0]["proposal"]
    approval = call("change", "approve", waiting, "--as", "director", "--lang", language)

    assert (shown.exit, approval.exit) == (0, 3)
    assert "tadshin money import ... --as LOGIN" in shown.out
    assert "tadshin money import" in approval.err
    assert "c.csv" in approval.err
    assert promises(books) == []


def test_a_rejected_proposal_lets_nothing_in(books: Engine, call: Call, bring: tuple[str, ...]) -> None:
    name = call(*bring, "--as", "finance", "--json").json["proposal"]

    rejected = call("change", "reject", name, "--reason", "Not signed", "--as", "director", "--json")
    after = call(*bring, "--as", "director", "--json")

    assert (rejected.exit, rejected.json["outcome"]) == (0, "rejected")
    assert (after.exit, after.json["error"], promises(books)) == (4, "not_allowed", [])


def test_books_with_other_words_beside_them_are_a_conflict(
    books: Engine, call: Call, tmp_path: Path
) -> None:
    folder = str(copied(tmp_path))
    call("money", "import-books", folder, *SAID, "--as", "finance")

    other = call("money", "import-books", folder, *SAID, "--stage", "study", "--as", "director", "--json")
    right = call("money", "import-books", folder, *SAID, "--as", "director", "--json")

    assert (other.exit, other.json["error"]) == (5, "other_words")
    assert "--province nador" in other.json["said"]
    assert (right.exit, right.json["written"]) == (0, True)


def test_a_dry_run_says_that_a_second_person_is_needed(
    books: Engine, call: Call, bring: tuple[str, ...]
) -> None:
    answer = call(*bring, "--dry-run", "--as", "finance", "--json").json

    assert (answer["outcome"], [note["code"] for note in answer["notes"]]) == (
        "checked",
        ["import_needs_second"],
    )
    assert call("change", "list", "--json").json["changes"] == []
