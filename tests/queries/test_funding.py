"""Positions, ages and past delays: set-wise, at any day, by project and by partner."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from models.queries.funding import PastDelay, Sums, ageing, by_partner, by_project, past_delays, positions
from models.rules.ageing import Age
from models.rules.money import Money
from models.tables import Project
from tests.builders import AT, link_partners
from tests.operations.centres import counted
from tests.operations.promised import (
    KEY,
    PARTNER,
    PROMISED,
    TODAY,
    issue,
    on_day,
    plan,
    prepare,
    promise,
    promised_centre,
    receive,
)

MILLION = Money(1_000_000_00)
DUE = date(2026, 5, 4)


@pytest.fixture
def project(session: Session) -> Project:
    """A second project, and a second partner that has promised something unsigned in kind."""
    project = prepare(session)
    link_partners(session, project, ["ministry"])
    promise(session, partner="ministry", reference="M", in_kind=True, amount=MILLION, signed_on=None)
    promised_centre(session, "second")
    plan(session, *[on_day(amount=MILLION)] * 4)
    plan(session, on_day(amount=PROMISED), project="second")
    return project


def test_positions_are_summed_by_project_and_by_partner(session: Session, project: Project) -> None:
    """V20."""
    issue(session)
    issue(session, project="second")
    receive(session, Money(1_500_000_00))

    lines = positions(session)

    assert [(line.project, line.partner) for line in lines] == [
        (KEY, "council"),
        (KEY, "ministry"),
        ("second", "council"),
    ]
    first = lines[0].sums
    assert (first.committed, first.called, first.not_yet_due) == (4_000_000_00, 1_000_000_00, 3_000_000_00)
    assert (first.received, first.paid, first.outstanding, first.advance) == (
        *(1_500_000_00, 1_000_000_00),
        *(0, 500_000_00),
    )
    assert by_project(lines)[KEY].sums.committed == 5_000_000_00
    council = by_partner(lines)["council", "MAD"].sums
    assert (council.committed, council.called, council.outstanding) == (
        8_000_000_00,
        5_000_000_00,
        4_000_000_00,
    )
    assert positions(session, projects=["second"]) == lines[2:]
    assert positions(session, projects=["\u202e", "none"]) == ()


def test_a_position_is_that_of_its_day(session: Session, project: Project) -> None:
    """V20."""
    issue(session, on=TODAY - timedelta(days=10))
    receive(session, MILLION, received_on=TODAY - timedelta(days=3))

    def on(days: int) -> Sums:
        return positions(session, projects=[KEY], on=TODAY - timedelta(days=days))[0].sums

    assert [on(days).outstanding for days in (11, 10, 4, 3)] == [0, MILLION.centimes, MILLION.centimes, 0]
    assert on(60).committed == 0


def test_the_whole_portfolio_is_one_read(session: Session, project: Project) -> None:
    for number in range(5):
        promised_centre(session, f"centre-{number}")

    with counted(session) as sent:
        assert len(positions(session)) == 8
        ageing(session, on=TODAY)
        past_delays(session)

    assert len(sent) == 3


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (0, Age.NOT_DUE),
        (1, Age.TO_30),
        (30, Age.TO_30),
        (31, Age.TO_60),
        (61, Age.TO_90),
        (91, Age.OVER_90),
    ],
)
def test_what_is_owed_grows_older(session: Session, project: Project, days: int, age: Age) -> None:
    """V21."""
    issue(session)
    issue(session, 2)
    receive(session, Money(300_000_00))

    (line,) = ageing(session, on=DUE + timedelta(days=days))

    assert (line.project, line.partner, line.total) == (KEY, PARTNER, 1_700_000_00)
    assert {of: owed for of, owed in line.owed.items() if owed} == {age: 1_700_000_00}
    assert ageing(session, on=TODAY - timedelta(days=1)) == ()
    assert ageing(session, on=DUE, projects=["second"]) == ()


def test_a_partners_past_delay_is_that_of_its_paid_calls(session: Session, project: Project) -> None:
    """V22."""
    for tranche, days in ((1, 10), (2, -20), (3, 40)):
        issue(session, tranche)
        later = AT + timedelta(days=200)
        received_on = DUE + timedelta(days=days)
        receive(session, MILLION, f"VIR-{tranche}", received_on=received_on, at=later)
    issue(session, 4)
    receive(session, Money(1), "VIR-4")

    assert past_delays(session) == {PARTNER: PastDelay(3, 10, 40)}
    assert past_delays(session, on=DUE + timedelta(days=9)) == {PARTNER: PastDelay(1, -20, -20)}
