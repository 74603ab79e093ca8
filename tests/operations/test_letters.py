"""What the letter of a funding call says."""

from datetime import date

import pytest
from sqlmodel import Session, select

from models.queries.funding import letter_facts
from models.rules.funding import CallNotIssued
from models.rules.marks import BOOKS_MARK
from models.rules.money import Money
from models.rules.tranches import Trigger
from models.tables import Commitment, Convention, FundingCall, Project
from tests.operations.promised import (
    HALF,
    PARTNER,
    PROMISED,
    REFERENCE,
    TODAY,
    convention,
    issue,
    on_day,
    on_progress,
    plan,
    prepare,
    progress,
    receive,
    the_call,
)
from tests.operations.test_conventions import link
from tests.operations.test_tranches import draft


@pytest.fixture
def project(session: Session) -> Project:
    return prepare(session)


def test_a_letter_knows_what_it_says(session: Session, project: Project) -> None:
    convention(session, "council")
    link(session)
    plan(session, on_day(), on_progress(50))
    progress(session, 60)
    draft(session)
    with pytest.raises(CallNotIssued):
        letter_facts(session, the_call(session).id)
    issue(session)
    receive(session, Money(500_000_00))
    issue(session, 2)

    facts = letter_facts(session, "AF-2026-0002")

    assert (facts.number, facts.issued_on, facts.due_on) == ("AF-2026-0002", TODAY, date(2026, 5, 4))
    assert (facts.partner.key, facts.project.name("ar")) == (PARTNER, project.name_ar)
    assert (facts.commitment, facts.committed, facts.amount) == (REFERENCE, PROMISED, HALF)
    assert (facts.tranche, facts.tranches, facts.outstanding) == (2, 2, Money(1_500_000_00))
    assert (facts.trigger, facts.progress, facts.stage) == (Trigger.PROGRESS, 5000, None)
    assert (facts.convention, facts.convention_signed_on) == ("PART-1", date(2026, 1, 10))
    assert letter_facts(session, "AF-2026-0001").outstanding == Money(0)


@pytest.mark.parametrize("what", ["nothing", "project", "convention", "commitment", "number"])
def test_a_letter_about_a_sample_is_marked(session: Session, project: Project, what: str) -> None:
    """X45."""
    convention(session, "council")
    link(session)
    plan(session, on_day(), on_progress(50))
    draft(session)
    issue(session)
    call = the_call(session)
    match what:
        case "project":
            project.sample = True
        case "convention":
            session.exec(select(Convention)).one().sample = True
        case "commitment":
            session.exec(select(Commitment)).one().reference = f"{BOOKS_MARK}-1"
        case "number":
            session.exec(select(FundingCall)).one().number = f"{BOOKS_MARK}-0101"

    assert letter_facts(session, call.id).sample is (what != "nothing")
