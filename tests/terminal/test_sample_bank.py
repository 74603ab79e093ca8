"""The sample bank account: some lines are booked, some suggested, some open cases; all are marked."""

import sqlite3
from pathlib import Path

import pytest

from tests.terminal.conftest import run


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh place with all samples."""
    home = tmp_path_factory.mktemp("samples") / "var"
    made = run("init", "--with-report-2021", "--with-samples", "--json", home=home)
    assert (made.exit, made.json["sample_bank_lines"]) == (0, 22)
    return home


def test_a_run_books_some_suggests_some_and_opens_cases(demonstration: Path) -> None:
    """S14."""
    first = run("reconcile", "run", "--as", "finance", "--json", home=demonstration)
    again = run("reconcile", "run", "--as", "finance", "--json", home=demonstration)

    assert first.exit == 0
    assert first.json["booked"]["single"]["count"] >= 1
    assert first.json["suggested"] >= 1
    assert first.json["cases"]
    assert first.json["cases"]["missing_reference"]["count"] == 1, "most lines say who pays, or for what"
    assert (again.exit, again.json["changed"]) == (0, False)


def test_its_balance_ties_to_its_ledger_and_every_line_is_a_sample(demonstration: Path) -> None:
    """S14 and R51."""
    told = run("reconcile", "report", "2000-01-01", "2100-01-01", "--json", home=demonstration)

    assert told.exit == 0
    assert (told.json["ties"], told.json["sample"], told.json["account"]) == (True, True, "sample-bank")
    assert len(told.json["items"]) == 2
    with sqlite3.connect(demonstration / "tadshin.db") as books:
        labels = [label for (label,) in books.execute("SELECT label FROM statement_line")]
    assert len(labels) == 22
    assert all(label.startswith("SAMPLE / EXEMPLE") for label in labels)


def test_a_second_time_nothing_is_added(demonstration: Path) -> None:
    """S14."""
    again = run("init", "--with-report-2021", "--with-samples", "--json", home=demonstration)

    assert (again.exit, again.json["sample_bank_lines"]) == (0, 0)
