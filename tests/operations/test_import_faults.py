from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from models.rules.money import Money
from models.settings import LANGUAGES
from models.tables import Partner, Project, TrailEntry
from notifications import words
from tests.builders import make_staff
from tests.intake.bookset import add_column, change, copied
from tests.operations.taken import MONEY, count, taken, told


@pytest.fixture
def books(session: Session) -> Session:
    make_staff(session)
    return session


FAULTS: list[tuple[str, Callable[[Path], Any], tuple[str, int, str, str]]] = [
    (
        "tranches over the convention",
        lambda folder: change(folder, "tranches.csv", 3, amount="1000000.01"),
        ("tranches.csv", 3, "amount", "plan_over"),
    ),
    (
        "a net that does not add up",
        lambda folder: change(folder, "certificates.csv", 3, net_payable="310000.01"),
        ("certificates.csv", 3, "net_payable", "net_does_not_add_up"),
    ),
    (
        "an account out of order",
        lambda folder: change(folder, "certificates.csv", 4, date="2020-07-14"),
        ("certificates.csv", 4, "date", "account_out_of_order"),
    ),
    (
        "an account before the contract began",
        lambda folder: change(folder, "certificates.csv", 2, date="2020-05-31"),
        ("certificates.csv", 2, "date", "before_start"),
    ),
    (
        "accounts over the contract",
        lambda folder: change(
            folder, "certificates.csv", 5, gross_ttc="200000.01", net_payable="180000.01"
        ),
        ("certificates.csv", 5, "gross_ttc", "over_contract"),
    ),
    (
        "retention over its cap",
        lambda folder: change(folder, "certificates.csv", 4, retention="30000.01", net_payable="319999.99"),
        ("certificates.csv", 4, "retention", "over_retention_cap"),
    ),
    (
        "retention over its rate",
        lambda folder: change(folder, "certificates.csv", 3, retention="40000.01", net_payable="309999.99"),
        ("certificates.csv", 3, "retention", "retention_over_rate"),
    ),
    (
        "an advance over what was agreed",
        lambda folder: change(
            folder, "certificates.csv", 2, gross_ttc="100000.01", net_payable="100000.01"
        ),
        ("certificates.csv", 2, "gross_ttc", "over_advance_agreed"),
    ),
    (
        "more of an advance recovered than paid",
        lambda folder: change(
            folder, "certificates.csv", 4, advance_recovered="50000.01", net_payable="319999.99"
        ),
        ("certificates.csv", 4, "advance_recovered", "over_advance"),
    ),
    (
        "more retention given back than held",
        lambda folder: change(folder, "certificates.csv", 6, gross_ttc="70000.01", net_payable="70000.01"),
        ("certificates.csv", 6, "gross_ttc", "over_retention_held"),
    ),
    (
        "due before its date",
        lambda folder: change(folder, "certificates.csv", 7, due_date="2021-02-02"),
        ("certificates.csv", 7, "due_date", "due_before_date"),
    ),
    (
        "a call that comes twice",
        lambda folder: change(folder, "tranches.csv", 3, call_ref="AF-2020-0001"),
        ("tranches.csv", 3, "call_ref", "duplicate_key"),
    ),
    (
        "a tranche that comes twice",
        lambda folder: change(folder, "tranches.csv", 3, seq="1"),
        ("tranches.csv", 3, "seq", "duplicate_key"),
    ),
    (
        "a contract that comes twice",
        lambda folder: change(folder, "contracts.csv", 3, contract_ref="001/FND/2020"),
        ("contracts.csv", 3, "contract_ref", "duplicate_key"),
    ),
    (
        "one convention signed on two days",
        lambda folder: change(folder, "conventions.csv", 4, convention_ref="CONV-2020-001"),
        ("conventions.csv", 4, "signed", "not_as_in_row"),
    ),
    (
        "contracts over the budget",
        lambda folder: add_column(folder, "projects.csv", "budget", "1239999.99"),
        ("projects.csv", 2, "budget", "contracts_over_budget"),
    ),
    (
        "a project that is not here",
        lambda folder: add_column(folder, "projects.csv", "key", "elsewhere"),
        ("projects.csv", 2, "key", "unknown_project"),
    ),
]


@pytest.mark.parametrize(
    ("fault", "where"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_each_fault_is_named_and_nothing_is_written(
    books: Session, tmp_path: Path, fault: Callable[[Path], Any], where: tuple[str, int, str, str]
) -> None:
    folder = copied(tmp_path)
    fault(folder)

    done = taken(books, folder)

    assert where in told(done)
    assert not done.written
    assert [count(books, model) for model in (*MONEY, Project, Partner, TrailEntry)] == [0] * 10


def test_a_fault_tells_its_amounts(books: Session, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    change(folder, "tranches.csv", 3, amount="1000000.01")

    (found,) = taken(books, folder).problems

    assert found.problem.value == "CONV-2020-001"
    assert found.problem.details == {
        "planned": Money(1_500_000_01),
        "promised": Money(1_500_000_00),
        "over": Money(1),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fault_can_be_said(
    books: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(words, "STRICT", True)
    for place, (_name, fault, _where) in enumerate(FAULTS):
        folder = copied(tmp_path / str(place))
        fault(folder)
        said = [words.describe_problem(one.problem, language) for one in taken(books, folder).problems]
        assert all(sentence and "{" not in sentence for sentence in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_told_beside_can_be_said(
    books: Session, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(words, "STRICT", True)

    notes = [words.describe_note(note, language) for note in taken(books).notes]

    assert len(notes) == 3
    assert all(notes)
