"""Large promises that files bring in: one person proposes them, another brings the same files in (B8)."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from intake.money_tables import MoneySheet, read_money
from models.operations.budgets import add_line
from models.operations.four_eyes import decide
from models.operations.import_books import Unsaid
from models.queries.four_eyes import find_change, list_changes
from models.queries.people import find_actor
from models.queries.trail import verify
from models.rules.authority import NotAllowed, NotAllowedHere, Role
from models.rules.budgets import Nature
from models.rules.errors import BadValue
from models.rules.four_eyes import (
    AboveBand,
    ChangeState,
    FilesNeeded,
    MoneyChange,
    OtherWords,
    OwnProposal,
    SecondNeeded,
)
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.money_rows import MoneyTable
from models.rules.stages import Stage
from models.tables import (
    ClosedPeriod,
    Commitment,
    Contract,
    MoneyProposal,
    Project,
    RoleGrant,
    TrailEntry,
)
from tests.builders import AT, make_partner, make_person, make_project, make_staff
from tests.intake.bookset import change, copied
from tests.intake.test_money_tables import write_money
from tests.operations.kept import trail_of
from tests.operations.proposals import decided, told
from tests.operations.taken import MONEY, begun, count, handed_in

ALONE, ABOVE = "1 000 000,00", "1 000 000,01"
"""The most that one person brings in, and a centime more."""

CENTRES = ("sample-centre", "other-centre")


@pytest.fixture
def books(session: Session, tmp_path: Path) -> Session:
    """A centre with a partner, and two persons of finance and of the officers."""
    make_staff(session)
    make_project(session)
    make_partner(session)
    make_person(session, "finance-2", "finance")
    make_person(session, "officer-2", "officer")
    return session


def promised(folder: Path, *rows: dict[str, Any], name: str = "conventions") -> MoneySheet:
    file = write_money(folder / f"{name}.csv", MoneyTable.CONVENTIONS, *rows)
    return read_money(file, MoneyTable.CONVENTIONS)


def test_up_to_the_band_one_person_brings_it_in(books: Session, tmp_path: Path) -> None:
    done = handed_in(books, promised(tmp_path, {"amount": ALONE}))

    assert (done.written, done.proposal, done.approved_by) == (True, None, None)
    assert books.exec(select(MoneyProposal)).all() == []


def test_a_centime_more_is_proposed_and_nothing_is_written(books: Session, tmp_path: Path) -> None:
    sheet = promised(tmp_path, {"amount": ALONE}, {"convention": "CV-2", "amount": ABOVE})

    done = handed_in(books, sheet)

    assert (done.written, done.new["promises"], count(books, Commitment)) == (False, 2, 0)
    proposal = books.exec(select(MoneyProposal)).one()
    line = find_change(books, proposal.id.hex)
    assert (done.proposal, line.change) == (proposal.id, MoneyChange.COMMITMENT_IMPORT)
    assert (line.amount, line.project) == (Money(1_000_000_01), "sample-centre")
    assert line.terms["files"] == {"conventions.csv": sheet.digest}
    assert (line.terms["large"], line.terms["new"]) == (1, {"conventions": 2, "promises": 2})
    assert line.terms["largest"] == {"project": "sample-centre", "reference": "CV-2"}
    assert trail_of(books, "money_proposed")[0]["terms"]["files"] == {"conventions.csv": sheet.digest}
    ((kind, payload),) = told(books)
    assert (kind, payload["amount"], payload["large"], payload["who"]) == (
        "change_proposed",
        "1000000.01 MAD",
        1,
        ["finance", "director"],
    )


def test_the_same_person_again_goes_on_waiting(books: Session, tmp_path: Path) -> None:
    sheet = promised(tmp_path, {"amount": ABOVE})
    first, again = handed_in(books, sheet), handed_in(books, sheet)

    assert (again.written, again.proposal) == (False, first.proposal)
    assert (count(books, MoneyProposal), count(books, Commitment), len(told(books))) == (1, 0, 1)


@pytest.mark.parametrize("second", ["finance-2", "director"])
def test_another_person_brings_the_same_files_in(books: Session, tmp_path: Path, second: str) -> None:
    """A director, who brings in nothing alone, approves too; the files may be called otherwise."""
    begun_with = promised(tmp_path, {"amount": ABOVE})
    handed_in(books, begun_with, by="officer")

    done = handed_in(books, promised(tmp_path, {"amount": ABOVE}, name="renamed"), by=second)

    assert (done.written, done.proposed_by, done.approved_by) == (True, "officer", second)
    assert books.exec(select(Commitment)).one().amount_centimes == 1_000_000_01
    entry = books.exec(select(TrailEntry).where(TrailEntry.kind == "money_imported")).one()
    assert entry.actor == "officer"
    assert trail_of(books, "money_imported")[0]["approved_by"] == second
    assert trail_of(books, "money_imported")[0]["proposal"] == str(done.proposal)
    proposal = books.exec(select(MoneyProposal)).one()
    assert (proposal.state, proposal.decided_by) == (ChangeState.APPROVED, second)
    assert [kind for kind, _payload in told(books)] == ["change_proposed", "change_approved"]
    assert verify(books).holds
    again = handed_in(books, begun_with)
    assert (again.nothing_new, again.written, count(books, MoneyProposal)) == (True, False, 1)


def test_finance_lets_in_up_to_its_band_and_a_director_above(books: Session, tmp_path: Path) -> None:
    within = promised(tmp_path, {"amount": "10 000 000,00"}, name="within")
    above = promised(tmp_path, {"convention": "CV-2", "amount": "10 000 000,01"}, name="above")
    handed_in(books, within)
    handed_in(books, above)

    assert handed_in(books, within, by="finance-2").written
    with pytest.raises(AboveBand):
        handed_in(books, above, by="finance-2")
    assert count(books, Commitment) == 1
    assert handed_in(books, above, by="director").written


@pytest.mark.parametrize("other", ["officer-2", "auditor", "administrator"])
def test_who_may_not_decide_does_not_let_it_in(books: Session, tmp_path: Path, other: str) -> None:
    sheet = promised(tmp_path, {"amount": ABOVE})
    handed_in(books, sheet, by="officer")

    with pytest.raises(NotAllowed):
        handed_in(books, sheet, by=other)

    assert count(books, Commitment) == 0


def test_who_decides_must_reach_the_project_and_the_whole_where_there_are_several(
    books: Session, tmp_path: Path
) -> None:
    make_project(books, "other-centre")
    make_person(books, "here", "finance", region="oriental")
    small = {"convention": "CV-2", "project": "other-centre", "amount": ALONE}
    one = promised(tmp_path, {"amount": ABOVE}, small, name="one")
    rows = [{"convention": f"CV-{key}", "project": key, "amount": ABOVE} for key in CENTRES]
    several = promised(tmp_path, *rows, name="several")
    handed_in(books, one)
    handed_in(books, several)

    assert handed_in(books, one, by="here").written
    with pytest.raises(NotAllowedHere):
        handed_in(books, several, by="here")
    assert handed_in(books, several, by="finance-2").written


def test_files_that_were_changed_are_others(books: Session, tmp_path: Path) -> None:
    handed_in(books, promised(tmp_path, {"amount": ABOVE}))

    done = handed_in(books, promised(tmp_path, {"amount": "9 000 000,00"}), by="finance-2")

    assert (done.written, count(books, MoneyProposal), count(books, Commitment)) == (False, 2, 0)


def test_everything_is_asked_again_for_whoever_proposed(books: Session, tmp_path: Path) -> None:
    sheet = promised(tmp_path, {"amount": ABOVE})
    handed_in(books, sheet, by="officer")
    person = find_actor(books, "officer")
    grant = next(one for one in books.exec(select(RoleGrant)) if one.role is Role.OFFICER)
    assert person.grants
    grant.role = Role.AUDITOR
    books.add(ClosedPeriod(until=AT.date(), closed_by="director", closed_at=AT))
    books.flush()

    done = handed_in(books, sheet, by="director")

    codes = {one.problem.code for one in done.problems}
    assert (codes, done.written) == ({"import_not_allowed", "in_closed_period"}, False)
    assert books.exec(select(MoneyProposal)).one().state is ChangeState.OPEN


def test_it_is_approved_by_its_files_alone_and_rejected_like_any_other(
    books: Session, tmp_path: Path
) -> None:
    sheet = promised(tmp_path, {"amount": ABOVE})
    handed_in(books, sheet)
    proposal = books.exec(select(MoneyProposal)).one()
    with pytest.raises(OwnProposal):
        decided(books, proposal, "finance")
    with pytest.raises(FilesNeeded) as asked_for:
        decided(books, proposal, "director")
    assert asked_for.value.details["files"] == ("conventions.csv",)
    assert proposal.state is ChangeState.OPEN
    with pytest.raises(BadValue):
        decide(books, proposal=proposal.id, approve=False, by="director", at=AT)

    decided(books, proposal, "director", approve=False, reason="Not signed yet")

    again = handed_in(books, sheet, by="finance-2")
    assert (again.written, count(books, MoneyProposal)) == (False, 2)
    assert [line.id for line in list_changes(books)] == [again.proposal]


def test_a_dry_run_proposes_nothing_and_says_what_will_be(books: Session, tmp_path: Path) -> None:
    done = handed_in(books, promised(tmp_path, {"amount": ABOVE}), dry_run=True)

    (note,) = done.notes
    assert (note.code, note.details["amount"]) == ("import_needs_second", Money(1_000_000_01))
    assert (done.proposal, count(books, MoneyProposal)) == (None, 0)


def test_what_is_large_beside_the_promises_needs_nobody(books: Session, tmp_path: Path) -> None:
    add_line(
        books,
        project="sample-centre",
        code="WORKS",
        stage=Stage.CONSTRUCTION,
        nature=Nature.WORKS,
        amount=Money(12_000_000_00),
        decided_on=AT.date(),
        by="finance",
        at=AT,
    )
    file = write_money(tmp_path / "m.csv", MoneyTable.CONTRACTS, {"amount": "12 000 000,00"})

    done = handed_in(books, read_money(file, MoneyTable.CONTRACTS))

    assert (done.written, count(books, Contract), count(books, MoneyProposal)) == (True, 1, 0)


def test_books_wait_too_and_come_in_with_the_same_words(books: Session, tmp_path: Path) -> None:
    first = begun(books)
    assert (first.written, [count(books, model) for model in MONEY]) == (False, [0] * len(MONEY))
    line = list_changes(books)[0]
    assert (line.project, line.amount) == (None, Money(1_500_000_00))
    assert line.terms["said"]["kind"] == "CMP"
    with pytest.raises(OtherWords) as otherwise:
        begun(books, by="director", unsaid=Unsaid(Sector.HEALTH, "CMP", "oujda-angad"))
    assert otherwise.value.details["by"] == "finance"

    done = begun(books, by="director", source="another folder")

    assert (done.written, done.proposed_by, done.approved_by) == (True, "finance", "director")
    assert books.exec(select(Project.source).where(Project.key == "prj-001")).one() == "test books P1"


def test_books_of_which_a_cell_was_changed_are_others(books: Session, tmp_path: Path) -> None:
    begun(books)

    folder = change(copied(tmp_path), "projects.csv", 2, name="Another name").parent

    done = begun(books, folder, by="finance-2")
    assert (done.problems, done.written, count(books, MoneyProposal)) == ((), False, 2)


def test_the_writer_asks_for_both_hands(books: Session, tmp_path: Path, monkeypatch: Any) -> None:
    """B6: by whatever door a large promise would come."""
    monkeypatch.setattr("models.operations.import_hands.needs_second", lambda *_: False)

    with pytest.raises(SecondNeeded):
        handed_in(books, promised(tmp_path, {"amount": ABOVE}))
