"""Finding a proposed change of money by its first signs, and what waits for whom."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from models.operations.four_eyes import decide, propose_change, propose_revision, propose_transfer
from models.queries.four_eyes import find_change, line_effects, list_changes
from models.queries.people import find_actor
from models.queries.projects import find_project
from models.rules.authority import Role
from models.rules.errors import BadValue, UnknownKey
from models.rules.four_eyes import ChangeState, MoneyChange, SeveralProposals
from models.rules.money import Money
from models.tables import MoneyProposal
from tests.builders import AT, make_partner, make_person, make_project
from tests.operations.books import TODAY, added, plan, promise

ONE = UUID("1a2b3c4d-0000-4000-8000-000000000001")
TWIN = UUID("1a2b3c4d-ffff-4000-8000-000000000002")
LAST = UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
DAY = timedelta(days=1)


@pytest.fixture
def books(staff: Session) -> Session:
    """Two planned centres, one of them in another region, and a finance person of that region."""
    make_project(staff)
    make_project(staff, "other-centre", province="fes", region="fes-meknes")
    plan(staff)
    plan(staff, "other-centre")
    make_person(staff, "fes", "finance", region="fes-meknes")
    return staff


def waiting(session: Session, id_: UUID, **changes: Any) -> MoneyProposal:
    asked: dict[str, Any] = {"terms": "{}", "proposed_by": "finance", "proposed_at": AT} | changes
    return added(session, MoneyProposal(id=id_, change=MoneyChange.PARTNER_DETAILS, **asked))


def names(lines: Sequence[Any]) -> list[str]:
    return [line.name for line in lines]


def revised(session: Session, centimes: int, project: str = "sample-centre", days: int = 0) -> str:
    made = propose_revision(
        session,
        project=project,
        line="WORKS",
        amount=Money(centimes),
        reason="Sample reason",
        by="finance",
        at=AT - days * DAY,
    )
    return made.id.hex[:8]


@pytest.mark.parametrize("signs", ["1a2b3c", "1A2B3C", "1a2b3c4d", "1a2b3c4d-0", str(ONE), f" {ONE.hex} "])
def test_the_first_signs_name_a_proposal(staff: Session, signs: str) -> None:
    """X35."""
    waiting(staff, ONE)
    waiting(staff, LAST)

    assert find_change(staff, signs).id == ONE
    assert find_change(staff, "ffffff").id == LAST


def test_fewer_than_six_signs_name_nothing(staff: Session) -> None:
    """X35."""
    waiting(staff, ONE)
    with pytest.raises(BadValue) as refused:
        find_change(staff, "1a2b3")
    assert (refused.value.details["reason"], refused.value.details["limit"]) == ("too_few_signs", 6)
    assert find_change(staff, "1a2b3c").name == "1a2b3c4d"


def test_signs_that_begin_several_are_refused_with_those(staff: Session) -> None:
    """X35."""
    waiting(staff, TWIN, proposed_at=AT + DAY)
    waiting(staff, ONE)
    with pytest.raises(SeveralProposals) as refused:
        find_change(staff, "1a2b3c4d")
    assert refused.value.details["candidates"] == (str(ONE), str(TWIN))
    assert find_change(staff, "1a2b3c4df").id == TWIN


@pytest.mark.parametrize(
    "signs", ["1a2b3d", "", "zz", "\x00", "a\u202eb", "١٢٣٤٥٦", "0x1a2b3c", "f" * 10_000]
)
def test_signs_of_none_are_refused_with_what_waits(staff: Session, signs: str) -> None:
    """X35."""
    waiting(staff, ONE)
    decided = {"state": ChangeState.REJECTED, "decided_by": "director", "decided_at": AT}
    waiting(staff, TWIN, **decided)
    with pytest.raises(UnknownKey) as refused:
        find_change(staff, signs)
    assert refused.value.details["candidates"] == ("1a2b3c4d",)


def test_what_waits_is_listed_with_the_oldest_first(books: Session) -> None:
    """X36."""
    new, old = revised(books, 1_00), revised(books, 2_00, days=9)
    done = revised(books, 3_00, days=20)
    decide(books, proposal=find_change(books, done).id, approve=True, by="director", at=AT)

    assert names(list_changes(books)) == [old, new]
    assert names(list_changes(books, state=None)) == [done, old, new]
    assert names(list_changes(books, until=TODAY - 9 * DAY)) == [old]
    assert names(list_changes(books, until=TODAY - 10 * DAY)) == []
    assert [line.days(TODAY) for line in list_changes(books)] == [9, 0]


def test_the_list_is_narrowed_by_project_amount_kind_and_role(books: Session) -> None:
    """X36."""
    small, large = revised(books, -999_999_99), revised(books, -1_000_000_01)
    there = revised(books, 1_00, "other-centre")
    least = Money(999_999_99)

    assert names(list_changes(books, project="other-centre")) == [there]
    assert set(names(list_changes(books, least=least))) == {small, large}
    assert names(list_changes(books, least=least + Money(1))) == [large]
    assert names(list_changes(books, change=MoneyChange.BUDGET_TRANSFER)) == []
    assert set(names(list_changes(books, role=Role.FINANCE))) == {small, there}
    assert set(names(list_changes(books, role=Role.DIRECTOR))) == {small, large, there}
    with pytest.raises(UnknownKey):
        list_changes(books, project="nowhere")


def test_it_waits_for_whom_role_place_and_band_let_decide(books: Session) -> None:
    """X36."""
    small, large = revised(books, 1_000_000_00), revised(books, 1_000_000_01)
    there = revised(books, 1_00, "other-centre")

    def mine(login: str) -> set[str]:
        actor = find_actor(books, login)
        return {line.name for line in list_changes(books, reader=actor) if line.waits_for(actor)}

    assert mine("director") == {small, large, there}
    assert mine("fes") == {there}
    assert mine("finance") == mine("officer") == mine("auditor") == set()
    make_person(books, "finance-2", "finance")
    assert mine("finance-2") == {small, there}
    decide(books, proposal=find_change(books, small).id, approve=True, by="director", at=AT)
    assert mine("finance-2") == {there}


@pytest.mark.parametrize(
    ("before", "after", "who"),
    [
        (10_000_000_00, 10_000_000_00, (Role.FINANCE, Role.DIRECTOR)),
        (10_000_000_01, 2_000_000_00, (Role.DIRECTOR,)),
        (2_000_000_00, 10_000_000_01, (Role.DIRECTOR,)),
    ],
)
def test_a_commitment_is_weighed_by_the_larger_amount(
    books: Session, before: int, after: int, who: tuple[Role, ...]
) -> None:
    """X39."""
    project = find_project(books, "sample-centre")
    promise(books, project, make_partner(books), before)
    terms = {"partner": "council", "reference": "CV-1", "in_kind": False, "signed_on": TODAY}
    made = propose_change(
        books,
        change=MoneyChange.COMMITMENT,
        project="sample-centre",
        amount=Money(after),
        terms=terms | {"budget_year": 2026, "budget_line": "12"},
        reason="Sample reason",
        by="officer",
        at=AT,
    )

    found = find_change(books, made.id.hex)

    assert (found.who, found.amount, found.weight) == (who, Money(after), Money(max(before, after)))


def test_a_reader_sees_what_they_may_read(books: Session) -> None:
    """X2 and X36."""
    revised(books, 1_00)
    there = revised(books, 1_00, "other-centre")
    waiting(books, ONE)

    assert names(list_changes(books, reader=find_actor(books, "fes"))) == [there]


def test_a_proposal_that_waits_tells_what_its_lines_would_come_to(books: Session) -> None:
    made = propose_transfer(
        books,
        project="sample-centre",
        source="WORKS",
        target="EQUIPMENT",
        amount=Money(500_000_00),
        reason="Sample reason",
        by="finance",
        at=AT,
    )

    effects = line_effects(books, find_change(books, made.id.hex))

    assert [(one.line, one.budget.centimes, one.after.centimes) for one in effects] == [
        ("WORKS", 9_000_000_00, 8_500_000_00),
        ("EQUIPMENT", 3_000_000_00, 3_500_000_00),
    ]
    decide(books, proposal=made.id, approve=True, by="director", at=AT)
    assert line_effects(books, find_change(books, made.id.hex)) == ()
