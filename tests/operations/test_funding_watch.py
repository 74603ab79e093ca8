"""The morning's watch over calls: each rung told once, nothing while reminders rest, nothing when paid."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations import funding_calls, funding_watch
from models.rules.money import Money
from models.tables import Parcel, Project
from tests.builders import AT
from tests.operations.at_once import together
from tests.operations.promised import HALF, REASON, calls, issue, on_day, plan, prepare, receive, withdraw

DUE = date(2026, 5, 4)


@pytest.fixture
def project(session: Session) -> Project:
    """A call of two million, due on 4 May."""
    return owing(session)


def owing(session: Session) -> Project:
    project = prepare(session)
    plan(session, on_day(), on_day())
    issue(session)
    return project


def look(session: Session, days: int) -> dict[int, int]:
    """Look at the calls so many days after the due date."""
    at = AT + timedelta(days=(DUE - AT.date()).days + days)
    return dict(funding_watch.watch(session, at=at).reminded)


def told(session: Session) -> list[str]:
    keys = session.exec(
        select(Parcel.key).where(Parcel.kind == "call_overdue").order_by(col(Parcel.id))
    ).all()
    return [key.rpartition(":")[2] for key in keys]


def test_each_rung_is_told_once(session: Session, project: Project) -> None:
    """V23."""
    found = [look(session, day) for day in (0, 6, 7, 8, 30, 31, 60, 89, 90, 400)]

    assert found == [{}, {}, {7: 1}, {}, {30: 1}, {}, {60: 1}, {}, {90: 1}, {}]
    assert told(session) == ["7", "30", "60", "90"]


def test_a_rung_that_was_missed_does_not_follow_a_higher_one(session: Session, project: Project) -> None:
    """V23: nobody looked for a month, then the clock went back."""
    assert [look(session, day) for day in (40, 10, 40, 65)] == [{30: 1}, {}, {}, {60: 1}]


def test_a_reminder_says_what_is_owed(session: Session, project: Project) -> None:
    receive(session, Money(500_000_00))

    look(session, 31)

    (parcel,) = session.exec(select(Parcel).where(Parcel.kind == "call_overdue")).all()
    assert parcel.project_id == project.id
    assert json.loads(parcel.payload) == {
        "partner": {
            "ar": "شريك المثال council",
            "fr": "Partenaire d'exemple council",
            "en": "Sample partner council",
        },
        "call": "AF-2026-0001",
        "amount": "2000000.00 MAD",
        "outstanding": "1500000.00 MAD",
        "due_on": "2026-05-04",
        "days": 31,
    }


def test_nobody_is_reminded_while_reminders_rest(session: Session, project: Project) -> None:
    """V14 and V23."""
    given: dict[str, Any] = {"call": "AF-2026-0001", "reason": REASON, "by": "finance", "at": AT}
    funding_calls.snooze_call(session, until=DUE + timedelta(days=20), **given)

    assert [look(session, day) for day in (7, 19, 20)] == [{}, {}, {7: 1}]


def test_a_call_that_is_paid_or_withdrawn_needs_no_reminder(session: Session, project: Project) -> None:
    """V23: a draft is not reminded of either."""
    receive(session, HALF)
    assert look(session, 7) == {}
    issue(session, 2)
    withdraw(session, 2)
    assert look(session, 30) == {}
    assert told(session) == []


def test_the_watch_drafts_what_is_due(session: Session) -> None:
    """V8."""
    prepare(session)
    plan(session, on_day(DUE), on_day(DUE))

    report = funding_watch.watch(session, at=AT + timedelta(days=90))

    assert (report.told, report.drafts.drafted, len(calls(session))) == (2, 2, 2)
    assert funding_watch.watch(session, at=AT + timedelta(days=90)).told == 0


def test_two_watches_at_once_remind_once(database: Engine) -> None:
    """V23."""
    with db.transaction(database) as session:
        owing(session)

    answers = together(database, [lambda session: look(session, 8)] * 4)

    assert sorted(answers, key=len) == [{}, {}, {}, {7: 1}]
    with db.reading(database) as session:
        assert told(session) == ["7"]
