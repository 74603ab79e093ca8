"""Contractors are known by the name of their contracts and by others, which files and people bring."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from intake.money_tables import read_money
from models.operations.contractors import add_name, remove_name
from models.queries.contractors import AmbiguousContractor, find_contractor, list_contractors
from models.queries.open_books import read_open_books
from models.queries.trail import verify
from models.rules.authority import NotAllowed
from models.rules.errors import BadValue, UnknownKey
from models.rules.money_rows import MoneyTable, Note
from models.tables import Contract, ContractorName, TrailEntry
from tests.builders import AT, make_person, make_staff
from tests.intake.bookset import add, change, copied
from tests.intake.test_money_tables import write_money
from tests.operations.taken import count, handed_in, taken
from tests.operations.works import prepare, sign

BUILDER, FURNISHER = "Société Exemple Bâtiment", "Société Exemple Mobilier"
ARABIC = "شركة المثال للبناء"


@pytest.fixture
def books(session: Session) -> Session:
    """Two contractors, each known by an Arabic name beside its own."""
    make_staff(session)
    assert taken(session).new["names"] == 2
    return session


def names_of(session: Session, contractor: str) -> list[str]:
    return [one.name for one in find_contractor(session, contractor).in_use]


def given(session: Session, contractor: str, name: str, by: str = "finance") -> bool:
    return add_name(session, contractor=contractor, name=name, by=by, at=AT)[1]


def taken_away(session: Session, name: str = ARABIC, by: str = "finance") -> bool:
    return remove_name(session, contractor=BUILDER, name=name, reason="a slip", by=by, at=AT)[1]


def spellings(session: Session, contractor: str) -> tuple[str, ...]:
    return read_open_books(session, settled_days=90).parties[contractor]


def test_n8_the_names_that_books_bring_are_those_a_run_reads(books: Session) -> None:
    assert [(one.name, one.contracts) for one in list_contractors(books)] == [(BUILDER, 1), (FURNISHER, 1)]
    assert spellings(books, BUILDER) == (BUILDER, ARABIC)
    held = books.exec(select(ContractorName).where(col(ContractorName.name) == ARABIC)).one()
    assert (held.source, held.written_by) == ("test books", "finance")


def test_n8_the_same_books_bring_no_name_twice_in_whatever_spelling(books: Session, tmp_path: Path) -> None:
    folder = change(copied(tmp_path), "partners.csv", 4, name_ar="شَرِكة المثال  للبناء").parent

    done = taken(books, folder)

    assert (done.nothing_new, done.unchanged["names"]) == (True, 2)


def test_books_that_say_a_name_more_add_that_name_alone(books: Session, tmp_path: Path) -> None:
    folder = change(copied(tmp_path), "partners.csv", 4, acronym="SEB").parent

    done = taken(books, folder)

    assert {noun: new for noun, new in done.new.items() if new} == {"names": 1}
    assert names_of(books, BUILDER) == ["SEB", ARABIC]


def test_n8_a_name_that_was_taken_away_comes_back_by_a_person_alone(books: Session) -> None:
    assert taken_away(books)
    assert not taken_away(books)
    assert taken(books).nothing_new
    assert spellings(books, BUILDER) == (BUILDER,)

    assert given(books, BUILDER, ARABIC)

    assert spellings(books, BUILDER) == (BUILDER, ARABIC)
    kinds = books.exec(select(TrailEntry.kind).order_by(col(TrailEntry.sequence))).all()
    assert kinds[-2:] == ["contractor_name_removed", "contractor_name_added"]
    assert verify(books).holds


def test_n8_the_same_name_again_changes_nothing(books: Session) -> None:
    assert given(books, BUILDER, "S.E.B.")
    before = count(books, TrailEntry)

    assert not given(books, ARABIC, "SEB")
    assert not given(books, BUILDER, "societe exemple BATIMENT")

    assert count(books, TrailEntry) == before
    assert "S.E.B." in names_of(books, BUILDER)


def test_n9_a_shared_name_speaks_for_each_and_finds_none_alone(books: Session) -> None:
    assert given(books, FURNISHER, ARABIC)

    assert ARABIC in spellings(books, BUILDER)
    assert ARABIC in spellings(books, FURNISHER)
    with pytest.raises(AmbiguousContractor) as refused:
        find_contractor(books, ARABIC)
    assert refused.value.details["candidates"] == (BUILDER, FURNISHER)


def test_n9_the_own_name_of_one_contractor_is_no_name_of_another(books: Session, tmp_path: Path) -> None:
    with pytest.raises(BadValue) as refused:
        given(books, BUILDER, FURNISHER.upper())
    assert refused.value.details["reason"] == "contractor_known"
    assert refused.value.details["contractor"] == FURNISHER

    folder = change(copied(tmp_path), "partners.csv", 4, acronym=FURNISHER).parent
    done = taken(books, folder)

    assert done.nothing_new
    assert Note("names_of_others", {"count": 1}) in done.notes


def test_a_contract_that_names_somebody_else_now_gives_no_name_away(books: Session, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    add(folder, "partners.csv", party_id="CO3", name_fr="Société Exemple Reprise", name_ar="شركة أخرى")
    change(folder, "contracts.csv", 2, party_id="CO3")
    change(folder, "certificates.csv", 2, party_id="CO3")
    for row in range(3, 8):
        change(folder, "certificates.csv", row, party_id="CO3" if row < 6 else "CO2")

    taken(books, folder)

    assert "شركة أخرى" not in {one.name for line in list_contractors(books) for one in line.names}


@pytest.mark.parametrize("name", ["", "—…", "شركة\u202eالمثال", "ا" * 301])
def test_a_name_that_deceives_or_says_nothing_is_refused(books: Session, name: str) -> None:
    with pytest.raises(BadValue):
        given(books, BUILDER, name)


def test_who_is_not_known_is_refused_with_the_nearest(books: Session) -> None:
    with pytest.raises(UnknownKey) as refused:
        given(books, "Societe Exemple Batimant", "X")
    candidates: Any = refused.value.details["candidates"]
    assert candidates[0] == BUILDER
    with pytest.raises(UnknownKey) as refused:
        taken_away(books, "شركة المثال للبيناء")
    assert (refused.value.details["noun"], refused.value.details["candidates"]) == (
        "contractor_name",
        (ARABIC,),
    )


def test_only_who_keeps_contracts_of_the_whole_portfolio_may(books: Session) -> None:
    make_person(books, "regional", "officer", region="oriental")
    for by in ("director", "auditor", "regional"):
        with pytest.raises(NotAllowed):
            given(books, BUILDER, "SEB", by)
        with pytest.raises(NotAllowed):
            taken_away(books, by=by)
    assert given(books, BUILDER, "SEB", "officer")


def test_a_file_of_contracts_may_say_other_names(session: Session, tmp_path: Path) -> None:
    prepare(session)
    row = {"line": "T1", "contractor_ar": "شركة المثال", "contractor_short": "SB"}
    table = MoneyTable.CONTRACTS
    sheet = read_money(write_money(tmp_path / "contracts.csv", table, row), table)

    done = handed_in(session, sheet)

    assert (done.problems, done.new["contracts"], done.new["names"]) == ((), 1, 2)
    contractor = session.exec(select(Contract)).one().contractor
    assert set(names_of(session, contractor)) == {"شركة المثال", "SB"}
    assert handed_in(session, sheet).nothing_new


def test_contracts_that_write_one_contractor_in_two_ways_share_its_names(session: Session) -> None:
    prepare(session)
    sign(session, contractor="Sample Builder")
    sign(session, contractor="SAMPLE BUILDER.", reference="M-2/2026")

    assert given(session, "sample builder", "SB")

    (line,) = list_contractors(session)
    assert line.contracts == 2
    assert spellings(session, "SAMPLE BUILDER.") == ("SAMPLE BUILDER.", "SB")
    assert spellings(session, "Sample Builder") == ("Sample Builder", "SB")
