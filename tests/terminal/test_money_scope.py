"""Whose money is shown: samples are marked, people see what they may read, nothing is cut."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.queries.projects import find_project
from models.queries.sample_marks import projects_with_samples
from models.rules.authority import Role
from models.rules.marks import BOOKS_MARK, DOSSIER_MARK
from models.tables import BudgetLine, Commitment, Contract, FundingCall, Receipt
from tadshin.terminal import paper
from tests import builders
from tests.terminal.conftest import Call
from tests.terminal.money_books import BARE, DAY, KEY, OTHER, money

__all__ = ["money"]

VERBS = ("position", "partners", "gap", "calls", "ageing", "lines", "contracts", "certificates", "controls")
ROWS: dict[str, tuple[Any, str]] = {
    "contract": (Contract, "reference"),
    "promise": (Commitment, "reference"),
    "receipt": (Receipt, "reference"),
    "call": (FundingCall, "number"),
    "line": (BudgetLine, "code"),
}


def test_without_samples_nothing_is_marked(money: Engine, call: Call) -> None:
    for verb in VERBS:
        assert "(sample)" not in call("money", verb, "--lang", "en").out, verb
        assert "Sample:" not in call("money", verb, KEY, "--lang", "en").out, verb


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("mark", [BOOKS_MARK, DOSSIER_MARK])
def test_a_sample_row_marks_its_project(money: Engine, row: str, mark: str) -> None:
    """X45."""
    table, name = ROWS[row]
    with db.transaction(money) as session:
        assert projects_with_samples(session) == frozenset()
        found = session.exec(select(table)).all()[-1]
        setattr(found, name, f"{mark}-1")
        assert len(projects_with_samples(session)) == 1
        assert projects_with_samples(session, [BARE]) == frozenset()


def test_a_sample_is_marked_in_every_table(money: Engine, call: Call) -> None:
    """X45."""
    with db.transaction(money) as session:
        find_project(session, KEY).sample = True

    for verb in VERBS:
        whole = call("money", verb, "--lang", "fr")
        one = call("money", verb, KEY, "--lang", "fr")
        assert f"{KEY} (exemple)" in whole.out, verb
        assert "Exemple\u00a0:" in one.out, verb
        rows = next(v for k, v in call("money", verb, KEY, "--json").json.items() if isinstance(v, list))
        assert {row["sample"] for row in rows} == {True}, verb
    assert "Exemple\u00a0:" in call("money", "cashflow", KEY, "--lang", "fr").out
    assert "Exemple\u00a0:" in call("money", "earned-value", KEY, "--lang", "fr").out


def test_a_person_sees_what_they_may_read(money: Engine, call: Call) -> None:
    """X46."""
    with db.transaction(money) as session:
        builders.make_person(session, "local", Role.FINANCE, region="fes-meknes")

    mine = call("money", "position", "--json", "--as", "local").json
    assert [one["project"] for one in mine["projects"]] == [OTHER]
    for verb in ("partners", "calls", "gap", "lines", "contracts", "certificates", "controls"):
        told = call("money", verb, "--json", "--as", "local").json
        rows = next(value for value in told.values() if isinstance(value, list))
        assert {row["project"] for row in rows} <= {OTHER}, verb
    refused = call("money", "position", KEY, "--json", "--as", "local")
    assert (refused.exit, refused.json["error"]) == (4, "not_allowed_here")
    assert call("money", "cashflow", OTHER, "--json", "--as", "local").exit == 0
    whole = call("money", "cashflow", "--json", "--as", "local")
    assert (whole.exit, whole.json["error"]) == (4, "not_allowed_here")
    assert call("money", "cashflow", "--json", "--as", "finance").exit == 0


def test_a_wide_table_is_told_row_by_row(
    money: Engine, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X47."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", call("money", "partners", KEY, "--on", DAY, "--lang", "en").out)

    assert shown.count("Partner  ") == 3  # two of them, and the total
    assert re.search(r"Outstanding +MAD\u00a0500,000\.00", shown)
    assert "--out FILE" in shown.splitlines()[-1]


def test_what_fits_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """X47."""
    columns = [paper.Column("Project"), *(paper.Column("Sum", whole=True, right=True) for _ in range(4))]
    row = ["sample-centre", *["12 000 000,00 DH"] * 4]
    assert paper.fits(columns, [row])  # nothing is cut where there is no terminal

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    assert paper.fits(columns, [row])
    monkeypatch.setenv("COLUMNS", "80")
    assert not paper.fits(columns, [row])


def test_the_day_is_read_as_people_write_it(money: Engine, call: Call) -> None:
    told = call("money", "position", KEY, "--on", "10/02/2026", "--lang", "fr", "--json")

    assert (told.exit, told.json["on"]) == (0, date(2026, 2, 10).isoformat())
    for day in ("10/02/2026", "2026-13-01", "yesterday", "2026-02-30", "3000-01-01"):
        refused = call("money", "position", KEY, "--on", day, "--lang", "en", "--json")
        assert (refused.exit, refused.json["error"]) == (2, "bad_value"), day
