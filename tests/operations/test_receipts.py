"""Receipts: whose call a payment pays, what is an advance, and corrections that erase nothing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations import receipts
from models.queries.funding import Sums, open_calls, positions
from models.rules.authority import NotAllowed
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.funding import ProjectClosed
from models.rules.money import CurrencyMismatch, Money
from models.rules.periods import PeriodClosed
from models.rules.stages import Stage
from models.tables import Allocation, ClosedPeriod, Project, Receipt
from tests.builders import AT, link_partners
from tests.operations.at_once import together
from tests.operations.kept import trail_of
from tests.operations.promised import (
    HALF,
    KEY,
    PARTNER,
    PROMISED,
    TODAY,
    correct,
    issue,
    on_day,
    plan,
    prepare,
    promise,
    receive,
    withdraw,
)

MILLION = Money(1_000_000_00)


@pytest.fixture
def project(session: Session) -> Project:
    """Four tranches of a million, of which the first two are called."""
    project = prepare(session)
    plan(session, *[on_day(amount=MILLION)] * 4)
    issue(session, 1)
    issue(session, 2)
    return project


def sums(session: Session, on: date = TODAY) -> Sums:
    (position,) = positions(session, on=on)
    return position.sums


def owed(session: Session) -> list[tuple[str, int]]:
    (project,) = session.exec(select(Project)).all()
    (partner,) = {row.partner_id for row in session.exec(select(Receipt))}
    return [(call.number[-1], call.lacks) for call in open_calls(session, project.id, partner)]


def test_a_receipt_pays_the_oldest_call_first(session: Session, project: Project) -> None:
    """V15."""
    first = receive(session, Money(300_000_00))
    second = receive(session, MILLION, "VIR-2")

    assert [(part.call, part.amount) for part in first.given] == [("AF-2026-0001", Money(300_000_00))]
    assert [(part.call, part.amount) for part in second.given] == [
        ("AF-2026-0001", Money(700_000_00)),
        ("AF-2026-0002", Money(300_000_00)),
    ]
    assert owed(session) == [("2", 700_000_00)]
    assert sums(session) == Sums(PROMISED.centimes, 0, PROMISED.centimes, 200000000, 130000000, 130000000)


def test_a_receipt_pays_the_calls_named(session: Session, project: Project) -> None:
    """V15: what they do not take is an advance, and others are left alone."""
    done = receive(session, Money(1_500_000_00), calls=["AF-2026-0002"])

    assert [(part.call, part.amount) for part in done.given] == [("AF-2026-0002", MILLION)]
    assert done.advance == Money(500_000_00)
    assert owed(session) == [("1", 1_000_000_00)]
    for calls in (["AF-2026-0002"], ["AF-2026-0009"], ["\x00"]):
        with pytest.raises(CentreError):
            receive(session, MILLION, "VIR-2", calls=calls)


def test_what_is_too_much_is_an_advance_for_the_next_call(session: Session, project: Project) -> None:
    """V16."""
    done = receive(session, Money(2_300_000_00))
    assert done.advance == Money(300_000_00)
    assert (sums(session).advance, sums(session).outstanding) == (300_000_00, 0)

    issued = issue(session, 3)

    assert [(part.call, part.amount) for part in issued.given] == [("AF-2026-0003", Money(300_000_00))]
    assert (sums(session).advance, sums(session).outstanding) == (0, 700_000_00)
    assert trail_of(session, "call_issued")[-1]["advance"] == [
        {"call": "AF-2026-0003", "amount_centimes": 300_000_00}
    ]


def test_several_receipts_make_one_advance(session: Session, project: Project) -> None:
    """V16: the oldest money goes first."""
    receive(session, Money(2_100_000_00), received_on=TODAY - timedelta(days=1))
    receive(session, Money(500_000_00), "VIR-2")
    issue(session, 3)
    issue(session, 4)

    assert owed(session) == [("3", 400_000_00), ("4", 1_000_000_00)]
    assert sums(session).advance == 0


def test_a_withdrawn_call_gives_its_money_back(session: Session, project: Project) -> None:
    """V13 and V16."""
    receive(session, Money(400_000_00))

    done = withdraw(session)

    assert [(part.call, part.amount) for part in done.given] == [("AF-2026-0001", Money(-400_000_00))]
    assert (sums(session).called, sums(session).advance) == (1_000_000_00, 400_000_00)
    given = receipts.apply_advance(session, project=KEY, partner=PARTNER, by="finance", at=AT)
    assert [(part.call, part.amount) for part in given] == [("AF-2026-0002", Money(400_000_00))]
    assert receipts.apply_advance(session, project=KEY, partner=PARTNER, by="finance", at=AT) == ()
    assert len(trail_of(session, "advance_applied")) == 1


def test_the_same_receipt_again_changes_nothing(session: Session, project: Project) -> None:
    """V15: with other terms it is refused by name."""
    receive(session, MILLION)

    assert not receive(session, MILLION).changed
    for amount, day in ((MILLION + Money(1), TODAY), (MILLION, TODAY - timedelta(days=1))):
        with pytest.raises(BadValue) as refused:
            receive(session, amount, received_on=day)
        assert refused.value.details["reason"] == "taken"
    assert len(session.exec(select(Receipt)).all()) == 1


def test_a_correction_is_a_new_entry_that_takes_back(session: Session, project: Project) -> None:
    """V17: the calls that took it last give back first."""
    receive(session, Money(1_400_000_00))

    done = correct(session, Money(900_000_00))

    assert (done.receipt.amount_centimes, done.receipt.reference) == (-500_000_00, "VIR-1 (1)")
    assert [(part.call, part.amount) for part in done.given] == [
        ("AF-2026-0002", Money(-400_000_00)),
        ("AF-2026-0001", Money(-100_000_00)),
    ]
    assert owed(session) == [("1", 100_000_00), ("2", 1_000_000_00)]
    (first, _) = session.exec(select(Receipt).order_by(Receipt.reference)).all()
    assert (first.amount_centimes, done.receipt.corrects_id) == (1_400_000_00, first.id)
    assert not correct(session, Money(900_000_00)).changed

    again = correct(session, Money(1_100_000_00))
    assert [(part.call, part.amount) for part in again.given] == [
        ("AF-2026-0001", Money(100_000_00)),
        ("AF-2026-0002", Money(100_000_00)),
    ]
    assert correct(session, Money(0)).advance == Money(0)
    assert sums(session).received == sums(session).paid == 0
    assert len(session.exec(select(Receipt)).all()) == 4


def test_a_correction_takes_the_advance_first(session: Session, project: Project) -> None:
    """V17."""
    receive(session, Money(2_500_000_00))

    done = correct(session, Money(2_200_000_00))

    assert (done.given, done.advance) == ((), Money(200_000_00))
    assert sums(session).outstanding == 0


def test_a_correction_that_cannot_be_is_refused(session: Session, project: Project) -> None:
    """V17."""
    receive(session, MILLION)
    correct(session, Money(1))
    for error, changes in (
        (UnknownKey, {"reference": "VIR-9"}),
        (UnknownKey, {"reference": "\x00"}),
        (UnknownKey, {"reference": "VIR-1 (1)"}),
        (BadValue, {"reason": " "}),
        (BadValue, {"amount": Money(-1)}),
        (CurrencyMismatch, {"amount": Money(1, "EUR")}),
        (NotAllowed, {"by": "officer"}),
    ):
        with pytest.raises(error):
            correct(session, **({"amount": MILLION} | changes))


def test_a_receipt_that_cannot_be_is_refused(session: Session, project: Project) -> None:
    """V15 and V18."""
    session.add(ClosedPeriod(until=TODAY - timedelta(days=5), closed_by="director", closed_at=AT))
    session.flush()
    for error, changes in (
        (BadValue, {"amount": Money(0)}),
        (BadValue, {"amount": Money(-1)}),
        (BadValue, {"amount": Money(10**15)}),
        (BadValue, {"received_on": TODAY + timedelta(days=1)}),
        (PeriodClosed, {"received_on": TODAY - timedelta(days=6)}),
        (BadValue, {"reference": " "}),
        (BadValue, {"reference": "x" * 57}),
        (BadValue, {"reference": "a\x00"}),
        (BadValue, {"partner": "ministry"}),
        (UnknownKey, {"partner": "\x00"}),
        (NotAllowed, {"by": "director"}),
    ):
        with pytest.raises(error):
            receive(session, **({"amount": MILLION} | changes))
    assert session.exec(select(Receipt)).all() == []


def test_a_closed_project_takes_no_money(session: Session, project: Project) -> None:
    """V18."""
    receive(session, MILLION)
    project.stage = Stage.CLOSED

    assert not receive(session, MILLION).changed
    for change in (
        lambda: receive(session, MILLION, "VIR-2"),
        lambda: correct(session, Money(1)),
        lambda: withdraw(session),
        lambda: plan(session, on_day(amount=PROMISED)),
    ):
        with pytest.raises(ProjectClosed):
            change()


def test_another_currency_needs_its_rate(session: Session, project: Project) -> None:
    """V19: rounded half to even, and the original is kept."""
    with pytest.raises(CurrencyMismatch):
        receive(session, Money(100_00, "EUR"))
    for rate in ("0", "-1", "NaN", "Infinity", "1000001"):
        with pytest.raises(BadValue):
            receive(session, Money(100_00, "EUR"), rate=Decimal(rate))
    with pytest.raises(BadValue):
        receive(session, MILLION, rate=Decimal(1))

    done = receive(session, Money(1_05, "EUR"), rate=Decimal("10.9000"))

    assert done.receipt.amount_centimes == 11_44
    assert done.receipt.reason == "1.05 EUR × 10.9000"
    assert trail_of(session, "receipt_entered")[0]["original"] == "1.05 EUR × 10.9000"


def test_money_comes_before_any_call(session: Session) -> None:
    """V16: of a partner that takes part, even one that has promised nothing."""
    project = prepare(session)
    link_partners(session, project, ["ministry"])
    promise(session, partner="ministry", reference="M-1", amount=MILLION)

    assert receive(session, Money(5_00), partner="ministry").advance == Money(5_00)


def test_at_any_day_nothing_is_owed_less_than_nothing(session: Session, project: Project) -> None:
    """V20: an entry that is written late counts from its own day, but never pays a call twice over."""
    receive(session, MILLION, received_on=TODAY)
    later = AT + timedelta(days=10)
    correct(session, Money(0), at=later)
    receive(session, MILLION, "VIR-2", received_on=TODAY, at=later)

    for days in (0, 5, 10):
        found = sums(session, TODAY + timedelta(days=days))
        assert 0 <= found.outstanding <= found.called
        assert found.advance >= 0
    assert sums(session, TODAY - timedelta(days=1)) == Sums(PROMISED.centimes, 0, PROMISED.centimes)


def test_two_receipts_at_once_pay_a_call_once(database: Engine) -> None:
    """V15."""
    with db.transaction(database) as session:
        prepare(session)
        plan(session, on_day(amount=PROMISED))
        issue(session)

    works = [
        lambda session, number=number: receive(session, HALF, f"VIR-{number}").advance.centimes
        for number in (1, 2, 3, 3)
    ]
    answers = together(database, works)

    assert max(answers) == HALF.centimes
    with db.reading(database) as session:
        assert (sums(session).outstanding, sums(session).advance) == (0, HALF.centimes)
        assert sum(row.amount_centimes for row in session.exec(select(Allocation))) == PROMISED.centimes
