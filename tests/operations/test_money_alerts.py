"""The morning's alerts about a project's funds, accounts and lines: at the centime, told once."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations import commitments, evidence
from models.operations.money_alerts import raise_alerts
from models.operations.projects import resume, suspend
from models.rules.budgets import BudgetChange
from models.rules.contracts import AmendmentKind
from models.rules.money import Money
from models.rules.money_alerts import Alert
from models.rules.stages import Stage, Status
from models.tables import BudgetEntry, BudgetLine, Commitment, Contract, MoneyAlert, Parcel, Project
from tests.builders import AT, BUDGET, make_project, make_staff
from tests.operations.alerted import look, said
from tests.operations.at_once import together
from tests.operations.books import make_line
from tests.operations.money_builders import (
    amend,
    make_account,
    make_commitment,
    make_contract,
)

TODAY = AT.date()
DAY = timedelta(days=1)
SIGNED = date(2026, 1, 15)
GAP = Alert.FUNDING_GAP
AHEAD, LINE = Alert.AHEAD_OF_WORKS, Alert.LINE_EXCEEDED


def lacking(session: Session, centimes: int, key: str = "sample-centre") -> Commitment:
    """A promise to a centre that lacks so many centimes of its budget."""
    return make_commitment(session, make_project(session, key), "council", BUDGET.centimes - centimes)


def change(session: Session, row: Commitment, centimes: int) -> None:
    """Let a promise lack so many centimes of the budget."""
    row.amount_centimes = BUDGET.centimes - centimes
    session.add(row)
    session.flush()


@pytest.mark.parametrize(("centimes", "told"), [(-1, {}), (0, {}), (1, {"funding_gap": 1})])
def test_a_gap_is_told_from_one_centime_on(session: Session, centimes: int, told: dict[str, int]) -> None:
    """B40."""
    lacking(session, centimes)

    assert look(session) == told


def test_a_gap_says_what_it_is_made_of(session: Session) -> None:
    """B40: a gap that is stated with a plan is told as such."""
    promised = lacking(session, 2_000_000_00)
    make_staff(session)
    given: dict[str, Any] = {"project": "sample-centre", "by": "finance", "at": AT}
    commitments.set_foundation_share(session, amount=Money(500_000_00), **given)
    commitments.state_gap(session, amount=Money(1_500_000_00), plan="Région", **given)

    assert look(session) == {"funding_gap": 1}
    change(session, promised, 2_000_000_01)
    look(session, 1)

    first, second = said(session, GAP)
    assert first == {
        "gap": "1500000.00 MAD",
        "budget": "12000000.00 MAD",
        "committed": "10000000.00 MAD",
        "share": "500000.00 MAD",
        "stated": True,
        "more": None,
    }
    assert (second["gap"], second["more"], second["stated"]) == ("1500000.01 MAD", "0.01 MAD", False)


def test_of_a_project_whose_funding_nobody_has_entered_no_gap_is_told(session: Session) -> None:
    """B40."""
    make_project(session)

    assert look(session) == {}


def test_a_revision_of_the_budget_opens_a_gap(session: Session) -> None:
    """B40: from the day on which it was decided."""
    promised = lacking(session, 0)
    project = session.get_one(Project, promised.project_id)
    line = make_line(session, project)
    session.add(
        BudgetEntry(
            line_id=line.id,
            change=BudgetChange.REVISION,
            amount_centimes=1,
            decided_on=TODAY + DAY,
            proposed_by="finance",
            approved_by="director",
            written_at=AT,
        )
    )
    session.flush()

    assert [look(session, day) for day in (0, 1)] == [{}, {"funding_gap": 1}]


def test_what_widens_is_told_again_with_the_difference_and_what_narrows_is_not(session: Session) -> None:
    """B48: what has narrowed is measured from there when it widens again."""
    promised, told = lacking(session, 100), []
    for day, gap in enumerate((100, 100, 150, 120, 120, 121)):
        change(session, promised, gap)
        told.append(bool(look(session, day)))

    assert told == [True, False, True, False, False, True]
    assert [one["more"] for one in said(session, GAP)] == [None, "0.50 MAD", "0.01 MAD"]


def test_what_has_healed_is_closed_silently_and_told_anew_when_it_opens_again(session: Session) -> None:
    """B48: under keys of their own, which stay one whatever is run again."""
    promised, told = lacking(session, 100), []
    for day, gap in enumerate((100, 0, 0, 100, 100)):
        change(session, promised, gap)
        told.append(bool(look(session, day)))
        assert look(session, day) == {}

    assert told == [True, False, False, True, False]
    assert [one["more"] for one in said(session, GAP)] == [None, None]
    keys = session.exec(
        select(Parcel.key).where(Parcel.kind == "funding_gap").order_by(col(Parcel.id))
    ).all()
    assert keys == [f"funding_gap:{promised.project_id}:{times}" for times in (1, 2)]


def test_a_clock_that_goes_back_tells_and_closes_nothing(session: Session) -> None:
    """B48: what was signed later is no gap that opens on the day before."""
    promised = lacking(session, 0)
    make_commitment(session, session.get_one(Project, promised.project_id), "ministry", 1, reference="C-2")
    change(session, promised, 500)
    assert look(session, 5) == {"funding_gap": 1}

    change(session, promised, 0)
    assert look(session, 0) == {}
    change(session, promised, 600)
    assert [look(session, day) for day in (4, 5, 6)] == [{}, {"funding_gap": 1}, {}]
    (kept,) = session.exec(select(MoneyAlert)).all()
    assert (kept.times, kept.seen_on, kept.is_open) == (2, TODAY + 6 * DAY, True)


def test_a_suspended_project_is_silent_and_nothing_of_it_is_told_anew(session: Session) -> None:
    """B49."""
    make_staff(session)
    promised = lacking(session, 100)
    assert look(session) == {"funding_gap": 1}
    given: dict[str, Any] = {"project": "sample-centre", "by": "director", "reason": "Litige"}
    suspend(session, at=AT + DAY, **given)
    change(session, promised, 200)
    assert look(session, 1) == {}
    change(session, promised, 100)
    resume(session, at=AT + 2 * DAY, **given)

    assert look(session, 2) == {}


@pytest.mark.parametrize(
    ("stage", "status"), [(Stage.CLOSED, Status.ACTIVE), (Stage.STUDY, Status.CANCELLED)]
)
def test_of_what_is_over_nothing_is_told(session: Session, stage: Stage, status: Status) -> None:
    """B49."""
    project = session.get_one(Project, lacking(session, 100).project_id)
    project.stage, project.status = stage, status
    session.flush()

    assert look(session) == {}


def test_two_looks_at_once_tell_once(database: Engine) -> None:
    """B48: also where both find that it has widened."""
    with db.transaction(database) as session:
        promised = lacking(session, 100)

    first = together(database, [look] * 4)
    with db.transaction(database) as session:
        change(session, session.merge(promised), 200)
    second = together(database, [lambda session: look(session, 1)] * 4)

    assert sorted(first, key=len) == sorted(second, key=len) == [{}, {}, {}, {"funding_gap": 1}]


# The payment curve: 3,000,000.00 to pay in May, 4,000,000.00 in June.


def measured(session: Session, hundredths: int, on: date = TODAY) -> None:
    given: dict[str, Any] = {"project": "sample-centre", "reference": "", "file": None, "by": "officer"}
    at = AT + (on - TODAY)
    evidence.add_evidence(session, code="physical_progress", value=hundredths, on=on, at=at, **given)


def certified(session: Session, centimes: int, stage: Stage = Stage.CONSTRUCTION) -> Contract:
    """A centre whose works contract of a million is certified by an account."""
    make_staff(session)
    contract = make_contract(
        session, make_project(session, stage=stage), 1_000_000_00, signed_on=SIGNED, started_on=None
    )
    make_account(session, contract, 1, centimes, TODAY)
    return contract


@pytest.mark.parametrize(("centimes", "told"), [(299_999_99, {}), (300_000_00, {"ahead_of_works": 1})])
def test_accounts_ahead_of_measured_progress_are_told(
    session: Session, centimes: int, told: dict[str, int]
) -> None:
    """B44: 30 % certified at a progress of 20 %."""
    certified(session, centimes)
    measured(session, 20_00)

    assert look(session, only=AHEAD) == told


def test_accounts_are_told_again_at_the_next_margin_and_close_with_the_works(session: Session) -> None:
    """B44 and B48: without a measure progress is nothing; amendments count, and what is measured heals."""
    contract = certified(session, 150_000_00)
    assert [look(session, day, only=AHEAD) for day in (0, 1)] == [{"ahead_of_works": 1}, {}]
    make_account(session, contract, 2, 50_000_00, TODAY + DAY)
    assert look(session, 1, only=AHEAD) == {"ahead_of_works": 1}
    amend(session, contract, AmendmentKind.EXTRA_WORKS, 1_000_000_00)
    assert look(session, 2, only=AHEAD) == {}
    measured(session, 1, TODAY + 3 * DAY)

    assert look(session, 3, only=AHEAD) == {}
    assert [(one["financial"], one["physical"], one["points"]) for one in said(session, AHEAD)] == [
        (15_00, None, 15_00),
        (20_00, None, 20_00),
    ]
    (kept,) = session.exec(select(MoneyAlert).where(MoneyAlert.alert == AHEAD)).all()
    assert (kept.is_open, kept.times) == (False, 2)


def test_after_the_launch_nobody_measures_works(session: Session) -> None:
    """B44."""
    certified(session, 900_000_00, Stage.LAUNCH)

    assert look(session, only=AHEAD) == {}


def test_a_line_that_contracts_pass_is_told_with_them(session: Session) -> None:
    """B45 and B48: from one centime on, again as it grows, and not once a transfer has covered it."""
    contract = make_contract(session, make_project(session), 100, signed_on=SIGNED, started_on=None)
    line = session.get_one(BudgetLine, contract.line_id)
    entry: dict[str, Any] = {
        "line_id": line.id,
        "decided_on": SIGNED,
        "proposed_by": "finance",
        "written_at": AT,
    }
    session.add(BudgetEntry(change=BudgetChange.INITIAL, amount_centimes=100, **entry))
    session.flush()
    assert look(session) == {}
    amend(session, contract, AmendmentKind.OTHER, 1)
    assert look(session) == {"line_exceeded": 1}
    amend(session, contract, AmendmentKind.OTHER, 2, number=2)
    assert look(session, 1) == {"line_exceeded": 1}
    session.add(
        BudgetEntry(change=BudgetChange.REVISION, approved_by="director", amount_centimes=3, **entry)
    )
    session.flush()

    assert look(session, 2) == {}
    first, second = said(session, LINE)
    assert first == {
        "line": "M-sample-centre",
        "engaged": "1.01 MAD",
        "budget": "1.00 MAD",
        "over": "0.01 MAD",
        "more": None,
        "contracts": [
            {"contract": "M-sample-centre", "contractor": "Sample contractor", "amount": "1.01 MAD"}
        ],
    }
    assert (second["over"], second["more"]) == ("0.03 MAD", "0.02 MAD")


def test_what_stands_is_counted_beside_what_is_news(session: Session) -> None:
    lacking(session, 100)
    raise_alerts(session, at=AT)
    lacking(session, 100, "other")

    report = raise_alerts(session, at=AT)

    assert (report.amiss, report.told) == ({GAP: 2}, {GAP: 1})
