"""Partners' promises, the foundation's share and the gap: what is taken, corrected, refused, reported."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.clock import local_day
from models.operations.commitments import (
    CommitmentSet,
    set_commitment,
    set_foundation_share,
    state_gap,
)
from models.queries.commitments import CommitmentLine, load_money
from models.queries.dossiers import load_dossier
from models.rules.authority import NotAllowed, Role
from models.rules.dossier import Gap
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.four_eyes import OwnProposal, SecondNeeded
from models.rules.money import CurrencyMismatch, Money
from models.rules.needs import FUNDING
from models.rules.projects import LARGEST_BUDGET
from models.tables import Commitment, Partner, Partnership, Project
from tests.builders import AT, link_partners, make_partner, make_project, make_staff
from tests.operations.kept import trail_of

TODAY = local_day(AT)
BUDGET = Money(10_000_000_00)


def prepare(session: Session) -> Project:
    """A centre of ten million with one partner, another one in the books, and one person of each role."""
    make_staff(session)
    project = make_project(session, budget=BUDGET)
    link_partners(session, project, ["council"])
    make_partner(session, "ministry")
    return project


@pytest.fixture
def project(session: Session) -> Project:
    return prepare(session)


def commit(session: Session, **changes: Any) -> CommitmentSet:
    given: dict[str, Any] = {
        "project": "sample-centre",
        "partner": "council",
        "reference": "CONV-7",
        "amount": Money(4_000_000_00),
        "in_kind": False,
        "signed_on": TODAY,
        "budget_year": 2026,
        "budget_line": "20.10.30",
        "by": "officer",
        "at": AT,
        "approved_by": "director",
    }
    return set_commitment(session, **(given | changes))


ONE_HAND = Money(1_000_000_00)


def test_one_person_writes_a_small_promise_and_two_a_larger_one(session: Session, project: Project) -> None:
    """B5: whichever is larger counts, what it was or what it becomes."""
    alone: dict[str, Any] = {"approved_by": None}
    commit(session, amount=ONE_HAND, **alone)
    assert not commit(session, amount=ONE_HAND, **alone).corrected
    refused: tuple[tuple[type[CentreError], dict[str, Any]], ...] = (
        (SecondNeeded, {"amount": ONE_HAND + Money(1)}),
        (SecondNeeded, {"amount": ONE_HAND + Money(1), "reference": "CONV-8"}),
        (OwnProposal, {"amount": ONE_HAND + Money(1), "approved_by": "officer"}),
    )
    for error, changes in refused:
        with pytest.raises(error):
            commit(session, **(alone | changes))
    commit(session, amount=ONE_HAND + Money(1))
    for field, value in (("amount", Money(1)), ("signed_on", None)):
        with pytest.raises(SecondNeeded):
            commit(session, **(alone | {"amount": ONE_HAND + Money(1), field: value}))
    commit(session, amount=ONE_HAND + Money(1), budget_line="20.10.31", **alone)

    hands = [entry.get("approved_by") for entry in trail_of(session, "commitment_set")]
    assert hands == [None, "director", None]


def test_a_promise_is_written_and_listed(session: Session, project: Project) -> None:
    done = commit(session)

    assert (done.corrected, done.linked, done.over_budget) == (False, False, None)
    assert load_money(session, project.key).commitments == (
        CommitmentLine(
            partner="council",
            name_ar="شريك المثال council",
            name_fr="Partenaire d'exemple council",
            name_en="Sample partner council",
            reference="CONV-7",
            amount=Money(4_000_000_00),
            in_kind=False,
            signed_on=TODAY,
            budget_year=2026,
            budget_line="20.10.30",
        ),
    )


def test_the_trail_keeps_the_terms_and_those_before(session: Session, project: Project) -> None:
    commit(session, signed_on=date(2025, 5, 5))
    commit(session, amount=Money(5_000_000_00))

    first, then = trail_of(session, "commitment_set")
    terms = {
        "amount_centimes": 4_000_000_00,
        "currency": "MAD",
        "in_kind": False,
        "signed_on": "2025-05-05",
        "budget_year": 2026,
        "budget_line": "20.10.30",
    }
    one = {"partner": "council", "reference": "CONV-7", "linked": False, "over_budget": None}
    one |= {"approved_by": "director"}
    assert first == {**terms, **one, "previous": None}
    corrected = {**terms, "amount_centimes": 5_000_000_00, "signed_on": TODAY.isoformat()}
    assert then == {**corrected, **one, "previous": terms}


def test_the_same_reference_corrects_and_another_adds(session: Session, project: Project) -> None:
    commit(session)
    corrected = commit(session, amount=Money(1_00))
    added = commit(session, reference="CONV-8")

    assert (corrected.corrected, added.corrected) == (True, False)
    amounts = [line.amount.centimes for line in load_money(session, project.key).commitments]
    assert amounts == [1_00, 4_000_000_00]


def test_the_same_promise_again_is_no_change(session: Session, project: Project) -> None:
    commit(session)

    assert commit(session).corrected is False
    assert len(trail_of(session, "commitment_set")) == 1


def test_two_partners_may_use_the_same_reference(session: Session, project: Project) -> None:
    commit(session)
    commit(session, partner="ministry")

    assert len(load_money(session, project.key).commitments) == 2


def test_a_partner_who_signs_takes_part_from_then_on(session: Session, project: Project) -> None:
    """F1."""
    done = commit(session, partner="ministry")

    assert done.linked
    assert load_dossier(session, project, TODAY).partners == {"council", "ministry"}
    part = session.exec(select(Partnership).where(Partnership.reading == "convention")).one()
    assert session.get_one(Partner, part.partner_id).key == "ministry"
    assert trail_of(session, "commitment_set")[0]["linked"] is True
    assert commit(session, partner="ministry", reference="2").linked is False


def test_a_partner_whom_no_reading_retained_takes_part_again(session: Session, project: Project) -> None:
    """F1: a signature weighs more than a list."""
    part = session.exec(select(Partnership)).one()
    part.retained = False

    assert commit(session).linked
    assert (part.retained, part.reading) == (True, "convention")


def test_an_unknown_partner_is_refused(session: Session, project: Project) -> None:
    for key in ("councl", "", "\x00", "x" * 10_000, "a\u202eb"):
        with pytest.raises(UnknownKey) as refused:
            commit(session, partner=key)
        assert refused.value.details["noun"] == "partner"
        assert len(str(refused.value)) < 500


def test_a_promise_that_cannot_be_is_refused(session: Session, project: Project) -> None:
    """F2 and F3."""
    wrong: dict[str, Any] = {
        "amount": Money(0),
        "signed_on": TODAY + timedelta(days=1),
        "budget_year": 1998,
        "budget_line": "x" * 65,
        "reference": "x" * 65,
    }
    for field, value in wrong.items():
        with pytest.raises(BadValue) as refused:
            commit(session, **{field: value})
        assert refused.value.details["field"] == field
    for hostile in (" ", "a\x00", "a\u202eb", "x" * 10_000):
        with pytest.raises(BadValue):
            commit(session, reference=hostile)

    assert session.exec(select(Commitment)).all() == []
    assert trail_of(session, "commitment_set") == []


def test_a_promise_at_the_limits_is_taken(session: Session, project: Project) -> None:
    """F2 and F3."""
    commit(session, reference="x" * 64, amount=LARGEST_BUDGET, budget_line="x" * 64)
    commit(session, reference="=cmd() {{7*7}} <script>", amount=Money(0), in_kind=True)
    commit(session, reference="1", signed_on=None, budget_year=None, budget_line="")

    lines = load_money(session, project.key).commitments
    assert [line.reference for line in lines] == ["1", "=cmd() {{7*7}} <script>", "x" * 64]
    assert lines[2].amount == LARGEST_BUDGET


def test_another_currency_is_refused(session: Session, project: Project) -> None:
    """F2."""
    for change in (
        lambda: commit(session, amount=Money(1_00, "EUR")),
        lambda: state_gap(
            session, project=project.key, amount=Money(1, "EUR"), plan="x", by="finance", at=AT
        ),
        lambda: set_foundation_share(
            session, project=project.key, amount=Money(1, "EUR"), by="finance", at=AT
        ),
    ):
        with pytest.raises(CurrencyMismatch):
            change()


def test_only_signed_promises_count_and_unprogrammed_ones_show(session: Session, project: Project) -> None:
    commit(session, signed_on=None, budget_year=None)
    dossier = load_dossier(session, project, TODAY)
    assert not FUNDING["each_partner_committed"](dossier)
    assert not FUNDING["each_promise_programmed"](dossier)

    commit(session)

    dossier = load_dossier(session, project, TODAY)
    assert FUNDING["each_partner_committed"](dossier)
    assert FUNDING["each_promise_programmed"](dossier)


def test_promises_over_the_budget_are_taken_and_reported(session: Session, project: Project) -> None:
    """F4."""
    set_foundation_share(session, project=project.key, amount=Money(6_000_000_00), by="finance", at=AT)
    exact = commit(session, amount=Money(4_000_000_00))
    over = commit(session, amount=Money(4_000_000_01))

    assert (exact.over_budget, over.over_budget) == (None, Money(1))
    assert trail_of(session, "commitment_set")[1]["over_budget"] == 1
    assert load_money(session, project.key).over_budget == Money(1)


@pytest.mark.parametrize("by", ["director", "auditor", "administrator"])
def test_only_officers_and_finance_set_promises(session: Session, project: Project, by: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        commit(session, by=by)

    assert refused.value.details["who"] == (Role.OFFICER, Role.FINANCE)


def test_finance_sets_the_foundations_share(session: Session, project: Project) -> None:
    """F5."""
    over = set_foundation_share(session, project=project.key, amount=BUDGET, by="finance", at=AT)

    assert over is None
    assert load_money(session, project.key).foundation_share == BUDGET
    assert FUNDING["gap_closed"](load_dossier(session, project, TODAY))
    commit(session, amount=Money(1_00))
    again = set_foundation_share(session, project=project.key, amount=BUDGET, by="finance", at=AT)
    assert again == Money(1_00)
    shares = [
        (entry["amount_centimes"], entry["previous"], entry["over_budget"])
        for entry in trail_of(session, "share_set")
    ]
    assert shares == [(BUDGET.centimes, None, None), (BUDGET.centimes, BUDGET.centimes, 1_00)]


def test_a_share_lies_between_nothing_and_the_budget(session: Session, project: Project) -> None:
    """F5."""
    set_foundation_share(session, project=project.key, amount=Money(0), by="finance", at=AT)

    for amount in (Money(-1), BUDGET + Money(1)):
        with pytest.raises(BadValue):
            set_foundation_share(session, project=project.key, amount=amount, by="finance", at=AT)

    assert load_money(session, project.key).foundation_share == Money(0)


@pytest.mark.parametrize("by", ["officer", "director", "administrator"])
def test_only_finance_states_the_gap_and_the_share(session: Session, project: Project, by: str) -> None:
    """F5 and F6."""
    with pytest.raises(NotAllowed):
        state_gap(session, project=project.key, amount=Money(1), plan="x", by=by, at=AT)
    with pytest.raises(NotAllowed):
        set_foundation_share(session, project=project.key, amount=Money(1), by=by, at=AT)


def test_a_gap_is_stated_with_its_plan(session: Session, project: Project) -> None:
    """F6."""
    commit(session)
    missing = Money(6_000_000_00)

    state_gap(session, project=project.key, amount=missing, plan=" Ask the region ", by="finance", at=AT)

    dossier = load_dossier(session, project, TODAY)
    assert dossier.gap == Gap(missing, TODAY, "Ask the region")
    assert FUNDING["gap_stated"](dossier)
    assert not FUNDING["gap_closed"](dossier)
    assert trail_of(session, "gap_stated") == [
        {
            "amount_centimes": 6_000_000_00,
            "currency": "MAD",
            "plan": "Ask the region",
            "stated_on": "2026-03-02",
        }
    ]


def test_a_gap_without_a_plan_or_beyond_the_budget_is_refused(session: Session, project: Project) -> None:
    """F6."""
    for amount, plan, reason in (
        (Money(1), "", "plan_needed"),
        (Money(1), " \n ", "plan_needed"),
        (Money(1), "x" * 2001, "too_long"),
        (Money(1), "a\u202eb", "hidden_characters"),
        (Money(-1), "x", "negative"),
        (BUDGET + Money(1), "x", "over_budget"),
    ):
        with pytest.raises(BadValue) as refused:
            state_gap(session, project=project.key, amount=amount, plan=plan, by="finance", at=AT)
        assert refused.value.details["reason"] == reason

    assert load_money(session, project.key).gap is None


def test_a_refused_promise_leaves_nothing_behind(database: Engine) -> None:
    with db.transaction(database) as session:
        prepare(session)

    for changes in ({"partner": "ministry", "reference": "\x00"}, {"reference": "x" * 10_000}):
        with pytest.raises(CentreError), db.transaction(database) as session:
            commit(session, **changes)

    with db.reading(database) as session:
        assert session.exec(select(Commitment)).all() == []
        assert len(session.exec(select(Partnership)).all()) == 1


def test_two_people_who_set_the_same_promise_at_once_set_one(database: Engine) -> None:
    with db.transaction(database) as session:
        prepare(session)
    together = Barrier(4)

    def set_mine(number: int) -> None:
        together.wait()
        with db.transaction(database) as session:
            commit(session, partner="ministry", amount=Money(number + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(set_mine, range(4)))

    with db.reading(database) as session:
        lines = load_money(session, "sample-centre").commitments
        chain = trail_of(session, "commitment_set")
    assert [line.amount.centimes for line in lines] == [chain[-1]["amount_centimes"]]
    before = [entry["previous"]["amount_centimes"] for entry in chain[1:]]
    assert before == [entry["amount_centimes"] for entry in chain[:-1]]
