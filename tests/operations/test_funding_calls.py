"""Funding calls: drafts that appear once, flags, numbers and due dates."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations import evidence, funding_calls, projects
from models.operations.drafting import draft_due_calls
from models.queries.funding import find_call
from models.rules.authority import NotAllowed
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.funding import (
    CallInDoubt,
    CallIssued,
    CallNotIssued,
    CallWithdrawn,
    ProjectClosed,
    Unsigned,
)
from models.rules.money import Money
from models.rules.periods import PeriodClosed
from models.rules.stages import NotActive, Stage
from models.rules.tranches import CallState
from models.tables import ClosedPeriod, FeastOverride, FundingCall, Parcel, Project
from tests.builders import AT
from tests.operations.at_once import together
from tests.operations.centres import counted
from tests.operations.kept import trail_of
from tests.operations.promised import (
    HALF,
    KEY,
    PROMISED,
    REASON,
    REFERENCE,
    TODAY,
    calls,
    convention,
    issue,
    on_day,
    on_document,
    on_progress,
    on_stage,
    plan,
    prepare,
    progress,
    promise,
    promised_centre,
    the_call,
    withdraw,
)
from tests.operations.test_conventions import link, write
from tests.operations.test_tranches import draft, move

FAR = TODAY + timedelta(days=300)


@pytest.fixture
def project(session: Session) -> Project:
    return prepare(session)


def test_each_trigger_drafts_one_call(session: Session, project: Project) -> None:
    """V8."""
    quarter = Money(1_000_000_00)
    plan(
        session,
        on_day(TODAY + timedelta(days=1), quarter),
        on_stage(Stage.CONSTRUCTION, quarter),
        on_progress(40, quarter),
        on_document("building_permit", quarter),
    )
    assert draft(session) == (0, 0, 0)
    progress(session, 39)
    assert draft(session) == (0, 0, 0)

    assert draft(session, days=1) == (1, 0, 0)
    project.stage = Stage.EQUIPMENT
    assert draft(session, days=1) == (1, 0, 0)
    progress(session, 40, at=AT + timedelta(days=1))
    assert len(trail_of(session, "call_drafted")) == 3
    assert draft(session, days=1) == (0, 0, 0)

    assert Counter(call.state for call in calls(session)) == {CallState.DRAFT: 3}
    told = session.exec(select(Parcel.key).where(Parcel.kind == "tranche_due")).all()
    assert sorted(told) == sorted(f"tranche_due:{call.id}" for call in calls(session))
    assert len(trail_of(session, "call_drafted")) == 3


def test_a_progress_withdrawn_flags_the_call(session: Session, project: Project) -> None:
    """V9: drafts and issued calls alike; true again, the flag is lifted."""
    plan(session, on_progress(30), on_progress(40))
    progress(session, 40)
    draft(session)
    issue(session)

    progress(session, 29)

    assert draft(session) == (0, 0, 0)
    assert {call.flag for call in calls(session)} == {"progress_withdrawn"}
    with pytest.raises(CallInDoubt):
        issue(session, 2)

    progress(session, 35)

    assert draft(session) == (0, 0, 0)
    assert [call.flag for call in calls(session)] == ["", "progress_withdrawn"]
    assert len(trail_of(session, "call_flagged")) == 2
    assert [entry["tranche"] for entry in trail_of(session, "call_unflagged")] == [1]


def test_a_date_moved_flags_the_draft_alone(session: Session, project: Project) -> None:
    """V9: what was called on its day was called rightly."""
    plan(session, on_day(), on_day())
    issue(session)

    for number in (1, 2):
        move(session, FAR, number)

    assert [call.flag for call in calls(session)] == ["", "date_moved"]
    assert find_call(session, the_call(session, 2).id).flagged_at == AT
    move(session, TODAY, 2)
    assert [call.flag for call in calls(session)] == ["", ""]
    assert find_call(session, the_call(session, 2).id).flagged_at is None


def test_a_document_that_is_filed_drafts_its_call_at_once(session: Session, project: Project) -> None:
    """V8: another one does not; the same again adds nothing."""
    plan(session, on_document("building_permit", PROMISED))
    given: dict[str, Any] = {"project": KEY, "on": TODAY, "value": None, "reference": "x", "file": None}
    given |= {"by": "officer", "at": AT}
    evidence.add_evidence(session, code="control_opinion", **given)
    assert calls(session) == ()

    for _ in range(2):
        evidence.add_evidence(session, code="building_permit", **given)

    assert the_call(session).state is CallState.DRAFT
    assert len(trail_of(session, "call_drafted")) == 1


def test_a_stage_left_flags_the_call(session: Session, project: Project) -> None:
    """V9."""
    plan(session, on_stage(Stage.STUDY, PROMISED))
    issue(session)
    assert the_call(session).flag == ""
    back: dict[str, Any] = {"entered": Stage.ADMISSION, "reason": REASON, "by": "director", "at": AT}
    projects.step_back(session, project=KEY, **back)
    assert (the_call(session).flag, the_call(session).state) == ("stage_left", CallState.ISSUED)
    assert draft(session) == (0, 0, 0)


def test_nothing_is_drafted_for_a_project_that_rests(session: Session, project: Project) -> None:
    """V8."""
    plan(session, on_stage(Stage.CONSTRUCTION, PROMISED))
    projects.suspend(session, project=KEY, reason=REASON, by="director", at=AT)
    project.stage = Stage.CONSTRUCTION
    assert draft(session) == (0, 0, 0)
    projects.resume(session, project=KEY, reason=REASON, by="director", at=AT)
    assert draft(session) == (0, 0, 0)
    assert the_call(session).state is CallState.DRAFT


def test_a_look_takes_a_handful_of_statements(session: Session, project: Project) -> None:
    plan(session, on_day(FAR, PROMISED))
    for number in range(20):
        promised_centre(session, f"centre-{number}")
        plan(session, on_day(FAR, PROMISED), project=f"centre-{number}")

    with counted(session) as sent:
        report = draft_due_calls(session, at=AT + timedelta(days=300))

    assert report.drafted == 21
    assert len(sent) <= 9


def test_two_looks_at_once_draft_one_call(database: Engine) -> None:
    """V8."""
    with db.transaction(database) as session:
        prepare(session)
        plan(session, on_day(FAR), on_day(FAR))

    answers = together(database, [lambda session: draft(session, days=300)[0]] * 4)

    assert sorted(answers) == [0, 0, 0, 2]
    with db.reading(database) as session:
        assert len(session.exec(select(FundingCall)).all()) == 2
        assert len(trail_of(session, "call_drafted")) == 2


# calls


def test_a_call_gets_number_day_and_due_date(session: Session, project: Project) -> None:
    """V10 to V12: 60 days after 2 March 2026 is 1 May, a feast, then a Saturday and a Sunday."""
    plan(session, on_day(), on_progress(50))

    done = issue(session)

    call = done.call
    assert (call.state, call.number, call.issued_on) == (CallState.ISSUED, "AF-2026-0001", TODAY)
    assert (call.due_on, call.issued_by) == (date(2026, 5, 4), "finance")
    (entry,) = trail_of(session, "call_issued")
    assert (entry["number"], entry["due_on"], entry["amount_centimes"]) == (
        "AF-2026-0001",
        "2026-05-04",
        HALF.centimes,
    )
    with pytest.raises(CallIssued):
        issue(session)


def test_the_convention_says_how_long_there_is_to_pay(session: Session, project: Project) -> None:
    """V12."""
    session.add(FeastOverride(day=date(2026, 3, 12), feast=True, name="Sample feast", set_by="officer"))
    convention(session, "council", payment_days=10)
    link(session)
    plan(session, on_day(amount=PROMISED))

    assert issue(session).call.due_on == date(2026, 3, 13)


def test_nothing_unsigned_is_called(session: Session, project: Project) -> None:
    """V10."""
    plan(session, on_day(amount=PROMISED))
    promise(session, signed_on=None)
    with pytest.raises(Unsigned) as refused:
        issue(session)
    assert refused.value.details == {"paper": "commitment", "reference": REFERENCE, "rule": "V10"}
    promise(session)
    write(session, parties=["council"])
    link(session)
    with pytest.raises(Unsigned) as refused:
        issue(session)
    assert refused.value.details["paper"] == "convention"
    assert the_call(session).number is None


def test_a_call_that_cannot_be_issued_is_refused(session: Session, project: Project) -> None:
    """V10."""
    promise(session, signed_on=TODAY - timedelta(days=2))
    plan(session, on_day(amount=PROMISED))
    session.add(ClosedPeriod(until=TODAY - timedelta(days=3), closed_by="director", closed_at=AT))
    session.flush()
    for error, changes in (
        (NotAllowed, {"by": "officer"}),
        (NotAllowed, {"by": "director"}),
        (BadValue, {"on": TODAY + timedelta(days=1)}),
        (PeriodClosed, {"on": TODAY - timedelta(days=4)}),
        (Unsigned, {"on": TODAY - timedelta(days=3)}),
        (UnknownKey, {"call": "\x00"}),
        (UnknownKey, {"call": "x" * 10_000}),
        (UnknownKey, {"call": "AF-2026-0001"}),
    ):
        with pytest.raises(error):
            issue(session, **changes)
    projects.suspend(session, project=KEY, reason=REASON, by="director", at=AT)
    with pytest.raises(NotActive):
        issue(session)
    project.stage = Stage.CLOSED
    with pytest.raises(ProjectClosed):
        issue(session)

    assert the_call(session).state is CallState.DRAFT


def test_numbers_count_by_year_without_holes(session: Session, project: Project) -> None:
    """V11."""
    part = Money(500_000_00)
    plan(session, *[on_day(amount=part)] * 8)
    numbers = [issue(session, 1).call.number, issue(session, 2).call.number]
    withdraw(session, 2)
    numbers.append(issue(session, 3).call.number)
    later = AT.replace(year=2027)
    numbers += [issue(session, 4, at=later).call.number, issue(session, 5).call.number]
    find_call(session, "AF-2026-0004").number = "AF-2026-9999"
    session.flush()
    numbers += [issue(session, 6).call.number, issue(session, 7).call.number]

    assert numbers == [
        *("AF-2026-0001", "AF-2026-0002", "AF-2026-0003", "AF-2027-0001", "AF-2026-0004"),
        *("AF-2026-10000", "AF-2026-10001"),
    ]


def test_calls_issued_at_once_have_numbers_without_holes(database: Engine) -> None:
    """V11: of different projects, and the same one only once."""
    keys = [KEY, "second", "third"]
    with db.transaction(database) as session:
        prepare(session)
        plan(session, on_day(amount=PROMISED))
        for key in keys[1:]:
            promised_centre(session, key)
            plan(session, on_day(amount=PROMISED), project=key)

    works = [lambda session, key=key: issue(session, project=key).call.number for key in [*keys, KEY]]
    answers = together(database, works)

    assert sum(isinstance(answer, CallIssued) for answer in answers) == 1
    numbers = sorted(answer for answer in answers if isinstance(answer, str))
    assert numbers == ["AF-2026-0001", "AF-2026-0002", "AF-2026-0003"]


def test_a_call_withdrawn_may_be_drafted_again(session: Session, project: Project) -> None:
    """V8 and V13."""
    plan(session, on_day(amount=PROMISED))
    first = issue(session).call
    withdraw(session)

    assert (first.state, first.withdrawn_on, first.number) == (CallState.WITHDRAWN, TODAY, "AF-2026-0001")
    assert draft(session) == (0, 0, 0)
    with pytest.raises(CallWithdrawn):
        funding_calls.issue_call(session, call=first.id, by="finance", at=AT)
    again = funding_calls.draft_again(session, call="AF-2026-0001", reason=REASON, by="finance", at=AT)
    once_more = funding_calls.draft_again(session, call=first.id, reason=REASON, by="finance", at=AT)

    assert (again.changed, once_more.changed) == (True, False)
    assert once_more.call.id == again.call.id
    assert issue(session).call.number == "AF-2026-0002"
    for wrong in ("", "\x00", "x" * 2001):
        with pytest.raises(BadValue):
            withdraw(session, reason=wrong)


def test_a_call_is_put_off_with_a_reason(session: Session, project: Project) -> None:
    """V14."""
    plan(session, on_day(amount=PROMISED))
    given: dict[str, Any] = {
        "until": TODAY + timedelta(days=30),
        "reason": REASON,
        "by": "finance",
        "at": AT,
    }
    with pytest.raises(CallNotIssued):
        funding_calls.snooze_call(session, call=the_call(session).id, **given)
    issue(session)
    call = "AF-2026-0001"

    assert funding_calls.snooze_call(session, call=call, **given).changed
    assert not funding_calls.snooze_call(session, call=call, **given).changed

    for changes in (
        {"until": TODAY},
        {"until": TODAY + timedelta(days=181)},
        {"reason": ""},
        {"by": "officer"},
    ):
        with pytest.raises(CentreError):
            funding_calls.snooze_call(session, call=call, **(given | changes))
    assert the_call(session).snoozed_until == TODAY + timedelta(days=30)
    assert len(trail_of(session, "call_snoozed")) == 1
