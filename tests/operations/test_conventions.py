"""Conventions: who signs, when they count as signed, how they change, and what rests on them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations.conventions import amend_convention, link_commitment, write_convention
from models.operations.releases import Released, release_commitment
from models.queries.conventions import find_convention, list_conventions
from models.queries.funding import positions
from models.rules.authority import NotAllowed
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.four_eyes import OwnProposal, SecondNeeded
from models.rules.funding import OverCommitment, Unsigned
from models.rules.money import CurrencyMismatch, Money
from models.rules.periods import PeriodClosed
from models.rules.tranches import ReleaseKind
from models.tables import ClosedPeriod, Convention, ConventionAmendment, Project, Tranche
from tests.builders import AT
from tests.operations.at_once import together
from tests.operations.kept import trail_of
from tests.operations.promised import (
    HALF,
    KEY,
    PARTNER,
    PROMISED,
    REFERENCE,
    TODAY,
    calls,
    convention,
    issue,
    on_day,
    on_progress,
    plan,
    prepare,
    promise,
    signed,
    withdraw,
)


@pytest.fixture
def project(session: Session) -> Project:
    return prepare(session)


def write(session: Session, **changes: Any) -> bool:
    given: dict[str, Any] = {"reference": "PART-1", "title": "Sample", "parties": ["council", "ministry"]}
    given |= {"ends_on": date(2030, 12, 31), "by": "officer", "at": AT}
    return write_convention(session, **(given | changes)).changed


def amend(session: Session, number: int = 1, **changes: Any) -> bool:
    given: dict[str, Any] = {
        "reference": "PART-1",
        "signed_on": date(2026, 2, 1),
        "subject": "Sample change",
    }
    given |= {"by": "officer", "at": AT}
    return amend_convention(session, number=number, **(given | changes)).changed


def link(session: Session, **changes: Any) -> bool:
    given: dict[str, Any] = {"project": KEY, "partner": PARTNER, "reference": REFERENCE}
    given |= {"convention": "PART-1", "by": "officer", "at": AT}
    return link_commitment(session, **(given | changes))


def release(session: Session, amount: Money, reference: str = "DEC-1", **changes: Any) -> Released:
    given: dict[str, Any] = {"project": KEY, "partner": PARTNER, "commitment": REFERENCE}
    given |= {"kind": ReleaseKind.WRITTEN_OFF, "decided_on": TODAY, "at": AT}
    given |= {"proposed_by": "officer", "by": "finance"}
    return release_commitment(session, amount=amount, reference=reference, **(given | changes))


def test_a_convention_is_signed_when_each_party_has_signed(session: Session, project: Project) -> None:
    """V1."""
    assert write(session)
    signed(session, "council", date(2026, 2, 3))
    assert find_convention(session, "PART-1").signed_on is None

    signed(session, "ministry", date(2026, 1, 20))

    (line,) = list_conventions(session)
    assert (line.signed_on, line.payment_days) == (date(2026, 2, 3), 60)
    assert [(party.partner, party.signed_on) for party in line.parties] == [
        ("council", date(2026, 2, 3)),
        ("ministry", date(2026, 1, 20)),
    ]
    assert [entry["signed_on"] for entry in trail_of(session, "convention_signed")] == [None, "2026-02-03"]


def test_the_same_again_changes_nothing(session: Session, project: Project) -> None:
    """V1."""
    write(session)
    signed(session, "council")

    assert not write(session)
    signed(session, "council")

    assert len(trail_of(session, "convention_written")) == 1
    assert len(trail_of(session, "convention_signed")) == 1


def test_a_convention_is_corrected_until_somebody_signs(session: Session, project: Project) -> None:
    """V1."""
    write(session)
    assert write(session, parties=["council"], title="Other", payment_days=45)
    signed(session, "council")

    with pytest.raises(BadValue) as refused:
        write(session, parties=["council"], title="Third", payment_days=45)

    assert refused.value.details["reason"] == "signed_already"
    (line,) = list_conventions(session)
    assert (line.title, line.payment_days, len(line.parties)) == ("Other", 45, 1)


def test_a_signature_that_cannot_be_is_refused(session: Session, project: Project) -> None:
    """V1."""
    write(session, parties=["council"])
    for party, day, reason in (
        ("council", TODAY + timedelta(days=1), "in_the_future"),
        ("council", date(1999, 6, 30), "too_early"),
        ("ministry", TODAY, "not_a_party"),
    ):
        with pytest.raises(BadValue) as refused:
            signed(session, party, day)
        assert refused.value.details["reason"] == reason
    signed(session, "council", TODAY)
    with pytest.raises(BadValue) as refused:
        signed(session, "council", TODAY - timedelta(days=1))
    assert refused.value.details["reason"] == "signed_before"


@pytest.mark.parametrize("hostile", ["", " ", "a\x00b", "a\u202eb", "x" * 10_000])
def test_hostile_words_change_nothing(session: Session, project: Project, hostile: str) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"reference": hostile},
        {"parties": [hostile]},
        {"title": hostile or "\x00"} if hostile.strip() else {"parties": []},
    )
    for changes in wrong:
        with pytest.raises(CentreError):
            write(session, **changes)
    with pytest.raises(UnknownKey):
        signed(session, "council", reference=hostile)

    assert session.exec(select(Convention)).all() == []


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_time_to_pay_lies_within_a_year(session: Session, project: Project, days: int) -> None:
    """V12."""
    with pytest.raises(BadValue):
        write(session, payment_days=days)


@pytest.mark.parametrize("by", ["director", "auditor", "administrator"])
def test_officers_and_finance_keep_conventions(session: Session, project: Project, by: str) -> None:
    write(session, by="finance")
    for change in (
        lambda: write(session, reference="PART-2", by=by),
        lambda: signed(session, "council", by=by),
        lambda: amend(session, by=by),
        lambda: link(session, by=by),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_amendments_follow_each_other(session: Session, project: Project) -> None:
    """V2."""
    write(session, parties=["council"])
    with pytest.raises(Unsigned):
        amend(session)
    signed(session, "council")
    assert amend(session, ends_on=date(2031, 1, 1))
    assert not amend(session)
    assert not amend(session, ends_on=date(2031, 1, 1))
    with pytest.raises(BadValue) as refused:
        amend(session, ends_on=date(2032, 1, 1))
    assert refused.value.details["reason"] == "already_stated"

    for number, day, reason in (
        (3, TODAY, "out_of_order"),
        (1, TODAY, "out_of_order"),
        (2, date(2026, 1, 31), "too_early"),
        (2, TODAY + timedelta(days=1), "in_the_future"),
    ):
        with pytest.raises(BadValue) as refused:
            amend(session, number, signed_on=day)
        assert refused.value.details["reason"] == reason

    assert amend(session, 2, signed_on=TODAY)
    (line,) = list_conventions(session)
    assert [one.number for one in line.amendments] == [1, 2]
    assert line.ends_on == date(2031, 1, 1)


def test_a_commitment_rests_on_a_convention_of_its_partner(session: Session, project: Project) -> None:
    """V3."""
    convention(session, "ministry")
    with pytest.raises(BadValue) as refused:
        link(session)
    assert refused.value.details["reason"] == "not_a_party"
    convention(session, "council", reference="PART-2")

    assert link(session, convention="PART-2")
    assert not link(session, convention="PART-2")

    assert [line.projects for line in list_conventions(session)] == [(), (KEY,)]
    with pytest.raises(UnknownKey) as unknown:
        link(session, reference="CONV-8")
    assert unknown.value.details["candidates"] == (REFERENCE,)


def test_a_commitment_in_kind_rests_on_one_too(session: Session, project: Project) -> None:
    """V3."""
    promise(session, reference="KIND", in_kind=True, amount=Money(0))
    convention(session, "council")

    assert link(session, reference="KIND")


def test_what_was_called_keeps_its_convention(session: Session, project: Project) -> None:
    """V3."""
    for reference in ("PART-1", "PART-2"):
        convention(session, "council", reference=reference)
    link(session)
    plan(session, on_day(amount=PROMISED))
    assert link(session, convention="PART-2")
    issue(session)

    with pytest.raises(BadValue) as refused:
        link(session)
    assert refused.value.details["reason"] == "called_already"


def test_a_write_off_lowers_the_last_tranches(session: Session, project: Project) -> None:
    """V4."""
    plan(session, on_day(), on_progress(50, Money(1_500_000_00)), on_progress(90, Money(500_000_00)))
    issue(session)

    done = release(session, Money(600_000_00))

    assert (done.net, done.cut) == (Money(3_400_000_00), (2, 3))
    amounts = session.exec(select(Tranche.amount_centimes).order_by(col(Tranche.number))).all()
    assert list(amounts) == [2_000_000_00, 1_400_000_00, 0]
    (position,) = positions(session)
    sums = position.sums
    assert (sums.committed, sums.called, sums.not_yet_due) == (3_400_000_00, 2_000_000_00, 1_400_000_00)
    assert not release(session, Money(600_000_00)).changed


def test_a_draft_follows_a_release(session: Session, project: Project) -> None:
    """V4."""
    plan(session, on_day(), on_day())

    release(session, Money(2_500_000_00))

    assert [(call.tranche, call.state, call.amount.centimes) for call in calls(session)] == [
        (1, "draft", 1_500_000_00),
        (2, "withdrawn", 2_000_000_00),
    ]


def test_no_more_is_released_than_is_not_called(session: Session, project: Project) -> None:
    """V4."""
    plan(session, on_day(), on_progress(50))
    issue(session)

    with pytest.raises(OverCommitment) as refused:
        release(session, HALF + Money(1))
    assert refused.value.details["left"] == HALF
    release(session, HALF)
    with pytest.raises(OverCommitment):
        release(session, Money(1), "DEC-2")


def test_a_release_is_taken_back_by_a_new_entry(session: Session, project: Project) -> None:
    """V4."""
    release(session, HALF)
    with pytest.raises(OverCommitment):
        release(session, Money(-HALF.centimes - 1), "DEC-2")

    done = release(session, Money(-HALF.centimes), "DEC-2")

    assert done.net == PROMISED
    assert [entry["net_centimes"] for entry in trail_of(session, "commitment_released")] == [
        HALF.centimes,
        PROMISED.centimes,
    ]


def test_no_day_of_the_past_is_left_with_less_than_was_called(session: Session, project: Project) -> None:
    """V20: a call of yesterday, withdrawn today; what it called then was not released then."""
    yesterday = TODAY - timedelta(days=1)
    plan(session, on_day(yesterday), on_progress(50))
    issue(session, on=yesterday)
    withdraw(session)

    with pytest.raises(OverCommitment) as refused:
        release(session, HALF + Money(1), decided_on=yesterday)
    assert refused.value.details["left"] == HALF


def test_a_release_counts_on_the_day_that_a_letter_is_dated(session: Session, project: Project) -> None:
    """V20: of what was released two days ago and is promised again, nothing was left yesterday."""
    days = [TODAY - timedelta(days=back) for back in (2, 1)]
    release(session, Money(3_000_000_00), decided_on=days[0])
    release(session, Money(-3_000_000_00), "DEC-2")
    plan(session, on_day(days[0], PROMISED))

    with pytest.raises(OverCommitment) as refused, session.begin_nested():
        issue(session, on=days[1])
    assert refused.value.details["left"] == Money(1_000_000_00)
    assert issue(session).call.amount_centimes == PROMISED.centimes


def test_what_was_called_or_released_stays_promised(session: Session, project: Project) -> None:
    """V20: neither unsigned after a call, nor signed later than it, nor lowered under what was released."""
    day = TODAY - timedelta(days=3)
    promise(session, signed_on=day)
    release(session, Money(1_000_000_00), decided_on=day)
    for changes, reason in (
        ({"signed_on": day + timedelta(days=1)}, "called_or_released_before"),
        ({"amount": Money(999_999_99), "signed_on": day}, "below_tranches"),
    ):
        with pytest.raises(BadValue) as refused, session.begin_nested():
            promise(session, **changes)
        assert refused.value.details["reason"] == reason
    promise(session, amount=Money(1_000_000_00), signed_on=day)
    promise(session, amount=Money(1_000_000_00), signed_on=day - timedelta(days=1))


def test_a_cancellation_needs_a_signed_amendment(session: Session, project: Project) -> None:
    """V4."""
    cancelled = {"kind": ReleaseKind.CANCELLED}
    for amendment in (None, 1):
        with pytest.raises(BadValue) as refused:
            release(session, HALF, **cancelled, amendment=amendment)
        assert refused.value.details["field"] == "amendment"
    convention(session, "council")
    link(session)
    amend(session)
    with pytest.raises(BadValue):
        release(session, HALF, **cancelled, amendment=1, decided_on=date(2026, 1, 31))

    assert release(session, HALF, **cancelled, amendment=1).net == HALF


def test_a_release_that_cannot_be_is_refused(session: Session, project: Project) -> None:
    """V4."""
    release(session, Money(1))
    session.add(ClosedPeriod(until=TODAY, closed_by="director", closed_at=AT))
    session.flush()
    for error, amount, changes in (
        (BadValue, Money(0), {}),
        (CurrencyMismatch, Money(1, "EUR"), {}),
        (BadValue, Money(1), {"decided_on": TODAY + timedelta(days=1)}),
        (PeriodClosed, Money(1), {"decided_on": TODAY - timedelta(days=1)}),
        (BadValue, Money(2), {"reference": "DEC-1"}),
        (NotAllowed, Money(1), {"by": "officer"}),
        (SecondNeeded, Money(1), {"proposed_by": None}),
        (OwnProposal, Money(1), {"proposed_by": "finance"}),
    ):
        with pytest.raises(error):
            release(session, amount, **({"reference": "DEC-2"} | changes))


def test_two_at_once_add_one_amendment(database: Engine) -> None:
    """V2."""
    with db.transaction(database) as session:
        prepare(session)
        convention(session, "council")

    answers = together(database, [amend] * 3)

    assert sorted(answers) == [False, False, True]
    with db.reading(database) as session:
        assert len(session.exec(select(ConventionAmendment)).all()) == 1
