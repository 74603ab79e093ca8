import json
from contextlib import suppress
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models import db
from models.operations.four_eyes import decide
from models.queries.partners import open_partner_book
from models.rules.authority import NotAllowed
from models.rules.budgets import LineEngaged
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.four_eyes import (
    AboveBand,
    AlreadyDecided,
    ChangeState,
    MoneyChange,
    OwnProposal,
)
from models.rules.funding import OverCommitment
from models.rules.money import Money
from models.tables import (
    BudgetEntry,
    BudgetLine,
    Commitment,
    CommitmentRelease,
    MoneyProposal,
    Partner,
)
from tests.builders import AT, make_partner, make_person, make_project, make_staff
from tests.operations.books import TODAY, WORKS, added, call, make_contract, plan, promise, slice_of
from tests.operations.kept import trail_of
from tests.operations.proposals import FEE, REASON, TERMS, asked, decided, told
from tests.operations.statements import make_account, make_file, write_line


@pytest.fixture
def books(staff: Session) -> Session:
    """A sample centre with its lines complete, a partner and its commitment of 2,000,000.00."""
    project = make_project(staff)
    plan(staff)
    promise(staff, project, make_partner(staff), 2_000_000_00)
    make_person(staff, "finance-2", "finance")
    write_line(staff, make_file(staff, make_account(staff)), -11_00, id=FEE)
    return staff


@pytest.mark.parametrize("change", TERMS)
def test_a_change_waits_for_another_person(books: Session, change: MoneyChange) -> None:
    """B6."""
    proposal = asked(books, change, Money(100_00))
    assert proposal.state is ChangeState.OPEN
    with pytest.raises(OwnProposal):
        decided(books, proposal, "finance")

    done = decided(books, proposal, "finance-2")

    assert (done.state, done.proposed_by, done.decided_by) == (
        ChangeState.APPROVED,
        "finance",
        "finance-2",
    )
    (noted,) = trail_of(books, "money_approved")
    assert noted["proposal"] == str(proposal.id)
    with pytest.raises(AlreadyDecided):
        decided(books, proposal, "director")


def test_each_kind_is_carried_out_by_the_second_person(books: Session) -> None:
    """B6."""
    for change in TERMS:
        decided(books, asked(books, change, Money(100_00)), "director")

    assert len(books.exec(select(BudgetEntry).where(BudgetEntry.approved_by == "director")).all()) == 3
    new = books.exec(select(Commitment).where(Commitment.reference == "CV-2")).one()
    assert (new.amount_centimes, new.signed_on, new.budget_year) == (100_00, TODAY, 2026)
    release = books.exec(select(CommitmentRelease)).one()
    assert (release.amount_centimes, release.decided_by) == (100_00, "director")
    partner = books.exec(select(Partner)).one()
    assert (partner.name_fr, partner.type) == ("Conseil d'exemple", "ministry")
    assert trail_of(books, "partner_corrected")[0]["previous"]["type"] == "council"


def test_a_director_decides_above_the_band_of_finance(books: Session) -> None:
    """B5."""
    large = asked(books, MoneyChange.BUDGET_TRANSFER, Money(1_000_000_01))
    with pytest.raises(AboveBand):
        decided(books, large, "finance-2")
    assert large.state is ChangeState.OPEN
    decided(books, large, "director")


def test_finance_does_not_lower_what_a_director_decides_on(books: Session) -> None:
    """X39."""
    commitment = books.exec(select(Commitment)).one()
    commitment.amount_centimes = 10_000_000_01
    lower = asked(
        books,
        MoneyChange.COMMITMENT,
        Money(9_000_000_00),
        terms={**TERMS[MoneyChange.COMMITMENT], "reference": "CV-1"},
    )
    assert told(books)[0][1]["who"] == ["director"]
    with pytest.raises(AboveBand) as refused:
        decided(books, lower, "finance-2")
    assert refused.value.details["amount"] == Money(10_000_000_01)
    decided(books, lower, "director")
    assert commitment.amount_centimes == 9_000_000_00


def test_a_rejection_needs_a_reason_and_changes_no_money(books: Session) -> None:
    before = len(books.exec(select(BudgetEntry)).all())
    proposal = asked(books, MoneyChange.BUDGET_REVISION, Money(1))
    with pytest.raises(BadValue):
        decided(books, proposal, "director", approve=False, reason=" ")

    decided(books, proposal, "director", approve=False, reason=REASON)

    assert (proposal.state, proposal.decision_reason) == (ChangeState.REJECTED, REASON)
    assert len(books.exec(select(BudgetEntry)).all()) == before
    with pytest.raises(AlreadyDecided):
        decided(books, proposal, "director")


def test_the_same_proposal_twice_is_one(books: Session) -> None:
    first = asked(books, MoneyChange.BUDGET_REVISION, Money(1))
    again = asked(books, MoneyChange.BUDGET_REVISION, Money(1), by="finance-2")
    other = asked(books, MoneyChange.BUDGET_REVISION, Money(2))
    assert (again.id, other.id == first.id) == (first.id, False)
    assert len(trail_of(books, "money_proposed")) == 2


def test_what_waits_is_told_once_with_who_decides(books: Session) -> None:
    """O20."""
    small = asked(books, MoneyChange.BUDGET_TRANSFER, Money(1_000_000_00))
    asked(books, MoneyChange.BUDGET_TRANSFER, Money(1_000_000_00), by="finance-2")
    asked(books, MoneyChange.BUDGET_REVISION, Money(-1_000_000_01))

    (first, transfer), (second, revision) = told(books)

    assert (first, second) == ("change_proposed", "change_proposed")
    assert transfer == {
        "proposal": small.id.hex[:8],
        "change": "budget_transfer",
        "source": "WORKS",
        "target": "EQUIPMENT",
        "amount": "1000000.00 MAD",
        "who": ["finance", "director"],
        "by": "finance",
        "reason": REASON,
    }
    assert (revision["who"], revision["amount"]) == (["director"], "-1000000.01 MAD")


def test_a_decision_is_told_with_both_names_and_a_rejection_with_its_reason(books: Session) -> None:
    """O21."""
    approved = asked(books, MoneyChange.BUDGET_REVISION, Money(1))
    rejected = asked(books, MoneyChange.BUDGET_REVISION, Money(2))
    decided(books, approved, "finance-2")
    decided(books, rejected, "director", approve=False, reason="Too early")

    *_, (yes, first), (no, second) = told(books)

    assert (yes, first["proposed_by"], first["by"]) == ("change_approved", "finance", "finance-2")
    assert (no, second["by"], second["reason"]) == ("change_rejected", "director", "Too early")


def test_what_could_not_be_carried_out_is_not_told(database: Engine) -> None:
    """O21."""
    with db.transaction(database) as session:
        make_staff(session)
        project = make_project(session)
        plan(session)
        proposal = asked(session, MoneyChange.BUDGET_TRANSFER, Money(1_00)).id
        line = session.exec(select(BudgetLine).where(BudgetLine.code == "WORKS")).one()
        make_contract(session, line, WORKS.centimes, project_id=project.id)
    with pytest.raises(LineEngaged), db.transaction(database) as session:
        decide(session, proposal=proposal, approve=True, by="director", at=AT)
    with db.reading(database) as session:
        assert [kind for kind, _payload in told(session)] == ["change_proposed"]
        assert session.get_one(MoneyProposal, proposal).state is ChangeState.OPEN


def test_a_partner_is_not_given_the_name_of_another(books: Session) -> None:
    make_partner(books, "other")
    other = books.exec(select(Partner).where(Partner.key == "other")).one()
    council = books.exec(select(Partner).where(Partner.key == "council")).one()
    terms = TERMS[MoneyChange.PARTNER_DETAILS]
    other.name_fr = "Office des exemples"
    books.flush()

    with pytest.raises(BadValue) as refused:
        asked(
            books,
            MoneyChange.PARTNER_DETAILS,
            Money(0),
            terms={**terms, "name_fr": "office  des Exemples"},
        )

    assert refused.value.details["reason"] == "partner_known"
    assert books.exec(select(MoneyProposal)).all() == []
    mine = {"partner": "council", "type": "ministry"}
    mine |= {name: getattr(council, name) for name in ("name_ar", "name_fr", "name_en")}
    asked(books, MoneyChange.PARTNER_DETAILS, Money(0), terms=mine)


def test_the_names_before_go_on_meaning_the_partner(books: Session) -> None:
    """N7: but for one that means another body; and back again nothing is added."""
    council = books.exec(select(Partner).where(Partner.key == "council")).one()
    make_partner(books, "other")
    before = (council.name_fr, council.name_ar)
    shared = books.exec(select(Partner).where(Partner.key == "other")).one()
    shared.name_en = council.name_en
    books.flush()

    decided(books, asked(books, MoneyChange.PARTNER_DETAILS, Money(0)), "director")

    book = open_partner_book(books)
    assert [book.match(name).key for name in before] == ["council"] * 2
    assert trail_of(books, "partner_corrected")[0]["spellings"] == [before[1], before[0]]
    assert book.match(shared.name_en).key == "other"
    back = TERMS[MoneyChange.PARTNER_DETAILS] | {"name_fr": before[0], "name_ar": before[1]}
    decided(books, asked(books, MoneyChange.PARTNER_DETAILS, Money(0), terms=back), "director")
    assert open_partner_book(books).match("Conseil d'exemple").key == "council"


def test_what_was_called_is_not_released(books: Session) -> None:
    commitment = books.exec(select(Commitment)).one()
    call(books, slice_of(books, commitment, 1_500_000_00), 1_500_000_00)
    with pytest.raises(OverCommitment):
        asked(books, MoneyChange.COMMITMENT_RELEASE, Money(500_000_01))
    asked(books, MoneyChange.COMMITMENT_RELEASE, Money(500_000_00))


HOSTILE: tuple[Any, ...] = (
    *("\x00", "a\u202eb", "x" * 10_000, "<script>", "{{7*7}}", "=cmd()"),
    *(None, 7, True, [], {}),
)


@pytest.mark.parametrize("change", TERMS)
def test_hostile_terms_are_refused_or_harmless(books: Session, change: MoneyChange) -> None:
    for name, value in product(TERMS[change], HOSTILE):
        with suppress(_Undone), books.begin_nested():
            try:
                proposal = asked(books, change, Money(1), terms={**TERMS[change], name: value})
            except CentreError:
                assert books.exec(select(MoneyProposal)).all() == []
            else:
                assert json.loads(proposal.terms)[name] == value
                decided(books, proposal, "director")
            raise _Undone


@pytest.mark.parametrize("change", TERMS)
def test_terms_that_are_missing_or_too_many_are_named(books: Session, change: MoneyChange) -> None:
    first = next(iter(TERMS[change]))
    for terms in (
        {**TERMS[change], "by": "director"},
        {k: v for k, v in TERMS[change].items() if k != first},
    ):
        with pytest.raises(BadValue) as refused:
            asked(books, change, Money(1), terms=terms)
        assert refused.value.details["reason"] == "terms_differ"


def test_who_may_not_propose_or_is_nowhere_is_refused(books: Session) -> None:
    with pytest.raises(NotAllowed):
        asked(books, MoneyChange.BUDGET_REVISION, Money(1), by="officer")
    with pytest.raises(UnknownKey):
        asked(books, MoneyChange.BUDGET_REVISION, Money(1), project=None)
    make_person(books, "regional", "finance", region="oriental")
    with pytest.raises(NotAllowed):
        asked(books, MoneyChange.PARTNER_DETAILS, Money(0), by="regional")
    with pytest.raises(UnknownKey):
        decide(books, proposal=uuid4(), approve=True, by="director", at=AT)


def test_the_database_refuses_one_person_in_both_places(books: Session) -> None:
    """B6."""
    proposal = asked(books, MoneyChange.BUDGET_REVISION, Money(1))
    books.flush()
    proposal.decided_by = "finance"
    with pytest.raises(IntegrityError), books.begin_nested():
        added(books, proposal)


class _Undone(Exception):
    """Takes back what one try has written."""
