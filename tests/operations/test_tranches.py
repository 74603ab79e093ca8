"""Tranches: plans that add up, what was called stays, and days that move with a reason."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.operations import tranches
from models.operations.drafting import draft_due_calls
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.money import CurrencyMismatch, Money
from models.rules.stages import Stage
from models.rules.tranches import CallState, PlannedTranche, PlanUneven, TrancheCalled, Trigger
from models.tables import Project, Tranche
from tests.builders import AT
from tests.operations.kept import trail_of
from tests.operations.promised import (
    HALF,
    KEY,
    PARTNER,
    PROMISED,
    REASON,
    REFERENCE,
    TODAY,
    calls,
    issue,
    on_day,
    on_document,
    on_progress,
    plan,
    prepare,
    promise,
)

FAR = TODAY + timedelta(days=300)


@pytest.fixture
def project(session: Session) -> Project:
    return prepare(session)


def draft(session: Session, days: int = 0) -> tuple[int, int, int]:
    report = draft_due_calls(session, at=AT + timedelta(days=days))
    return report.drafted, report.flagged, report.lifted


def move(session: Session, day: date, number: int = 1, **changes: Any) -> bool:
    given: dict[str, Any] = {"project": KEY, "partner": PARTNER, "reference": REFERENCE}
    given |= {"reason": REASON, "by": "officer", "at": AT}
    return tranches.move_tranche(session, number=number, expected_on=day, **(given | changes)).changed


@pytest.mark.parametrize("centimes", [-1, 1])
def test_a_plan_sums_to_its_commitment(session: Session, project: Project, centimes: int) -> None:
    """V5: one centime less or more is refused, with both sums."""
    with pytest.raises(PlanUneven) as refused:
        plan(session, on_day(), on_day(amount=HALF + Money(centimes)))

    assert refused.value.details["planned"] == PROMISED + Money(centimes)
    assert refused.value.details["amount"] == PROMISED
    assert session.exec(select(Tranche)).all() == []


def test_a_plan_is_replaced_as_a_whole(session: Session, project: Project) -> None:
    """V6."""
    plan(session, on_day(FAR), on_day(FAR))

    plan(session, on_progress(30, PROMISED))

    (tranche,) = session.exec(select(Tranche)).all()
    assert (tranche.number, tranche.trigger, tranche.progress) == (1, Trigger.PROGRESS, 3000)
    plan(session, on_progress(30, PROMISED))
    assert len(trail_of(session, "tranches_planned")) == 2


def test_a_tranche_that_was_dropped_and_planned_again_is_drafted_again(
    session: Session, project: Project
) -> None:
    """V6 and V8: nobody has decided against calling it."""
    plan(session, on_day(), on_day())
    plan(session, on_day(amount=PROMISED))
    dropped = [(call.tranche, call.state, call.flag) for call in calls(session)]
    assert dropped == [(1, CallState.DRAFT, ""), (2, CallState.WITHDRAWN, "tranche_dropped")]

    plan(session, on_day(), on_day(TODAY + timedelta(days=5)))
    assert draft(session, days=4) == (0, 0, 0)
    assert draft(session, days=5) == (1, 0, 0)

    states = sorted((call.tranche, call.state.value) for call in calls(session))
    assert states == [(1, "draft"), (2, "draft"), (2, "withdrawn")]


def test_a_tranche_that_cannot_be_is_named_by_its_number(session: Session, project: Project) -> None:
    """V7."""
    for wrong in (on_day(amount=Money(0)), on_day(amount=Money(1, "EUR")), on_document("nothing")):
        with pytest.raises(CentreError) as refused:
            plan(session, on_day(), wrong)
        assert refused.value.details["tranche"] == 2


def test_what_was_called_stays_in_the_plan(session: Session, project: Project) -> None:
    """V6."""
    plan(session, on_day(), on_progress(50))
    issue(session)

    for changed in ((on_day(amount=PROMISED),), (on_progress(10), on_progress(50))):
        with pytest.raises(TrancheCalled) as refused:
            plan(session, *changed)
        assert refused.value.details == {"number": 1, "call": "AF-2026-0001", "rule": "V6"}

    plan(session, on_day(), on_progress(60, Money(1)), on_progress(90, HALF - Money(1)))
    assert len(session.exec(select(Tranche)).all()) == 3


def test_a_draft_follows_its_tranche_and_goes_with_it(session: Session, project: Project) -> None:
    """V6."""
    plan(session, on_day(), on_day())
    plan(session, on_day(amount=PROMISED))

    assert [(call.tranche, call.state, call.amount) for call in calls(session)] == [
        (1, CallState.DRAFT, PROMISED),
        (2, CallState.WITHDRAWN, HALF),
    ]
    assert [t.amount_centimes for t in session.exec(select(Tranche).order_by(col(Tranche.number)))] == [
        PROMISED.centimes,
        0,
    ]
    plan(session, on_day(amount=PROMISED))
    assert len(trail_of(session, "tranches_planned")) == 2
    assert draft(session) == (0, 0, 0)


def test_a_tranche_that_cannot_be_is_refused(session: Session, project: Project) -> None:
    """V7."""
    for error, wrong in (
        (BadValue, on_day(amount=Money(0))),
        (BadValue, on_day(date(1999, 6, 30))),
        (BadValue, on_day(date(2101, 1, 1))),
        (CurrencyMismatch, on_day(amount=Money(1, "EUR"))),
        (BadValue, on_progress(0)),
        (BadValue, on_progress(101)),
        (UnknownKey, on_document("\x00")),
        (UnknownKey, on_document("x" * 10_000)),
        (BadValue, on_document("physical_progress")),
        (BadValue, PlannedTranche(HALF, Trigger.STAGE, FAR)),
        (BadValue, PlannedTranche(HALF, Trigger.DATE, FAR, stage=Stage.STUDY)),
    ):
        with pytest.raises(error):
            plan(session, wrong, on_day())
    with pytest.raises(BadValue):
        plan(session, *[on_day(amount=Money(1))] * 61)
    for hostile in ("\x00", "a\u202eb", "x" * 10_000, "=cmd()"):
        with pytest.raises(UnknownKey):
            plan(session, reference=hostile)

    assert session.exec(select(Tranche)).all() == []


def test_a_commitment_in_kind_has_no_tranches(session: Session, project: Project) -> None:
    """V5."""
    promise(session, in_kind=True)
    with pytest.raises(BadValue) as refused:
        plan(session, on_day(amount=PROMISED))
    assert refused.value.details["reason"] == "in_kind"


def test_a_tranche_moves_with_a_reason(session: Session, project: Project) -> None:
    """V7."""
    plan(session, on_day(FAR), on_progress(50))

    assert move(session, FAR + timedelta(days=90))
    assert not move(session, FAR + timedelta(days=90))

    (entry,) = trail_of(session, "tranche_moved")
    assert (entry["previous"], entry["reason"]) == (FAR.isoformat(), REASON)
    for changes in ({"reason": " "}, {"reason": "\x00"}, {"number": 3}, {"by": "director"}):
        with pytest.raises(CentreError):
            move(session, FAR, **changes)


def test_a_promise_is_not_lowered_under_its_plan(session: Session, project: Project) -> None:
    """V5: what will not come is released instead."""
    plan(session, on_day(FAR), on_day(FAR))

    for changes in ({"amount": PROMISED - Money(1)}, {"in_kind": True}):
        with pytest.raises(BadValue) as refused:
            promise(session, **changes)
        assert refused.value.details["reason"] == "below_tranches"

    promise(session, amount=PROMISED + Money(1))
    plan(session, on_day(FAR), on_day(FAR, HALF + Money(1)))
