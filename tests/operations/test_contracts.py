"""Contracts: signed, their figures, orders, amendments, payment curves; what is refused, by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations.contracts import amend, plan_payments, set_term, sign_contract
from models.queries.contract_states import load_states
from models.queries.contracts import contract_position, find_contract, payment_curve
from models.rules import terms
from models.rules.authority import NotAllowed
from models.rules.contracts import AmendmentKind, OrderKind
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.money import CurrencyMismatch, Money
from models.rules.periods import PeriodClosed
from models.rules.stages import NotActive, Status
from models.rules.terms import defaults_on
from models.tables import ClosedPeriod, Contract, ContractAmendment, ContractTerm, ServiceOrder, TrailEntry
from tests.operations.kept import trail_of
from tests.operations.works import (
    CONTRACT,
    MILLION,
    NEW,
    NOW,
    SIGNED,
    STARTED,
    begin,
    give_order,
    prepare,
    sign,
)

HOSTILE = ("\x00", "a\u202eb", "x" * 10_000, " ")


def refused(change: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(BadValue) as error:
        change()
    return dict(error.value.details)


def test_a_contract_is_signed_with_the_figures_of_its_day(session: Session) -> None:
    """W11 and W24."""
    prepare(session)

    done = sign(session, terms={"delay_cap": 10_00})

    assert (done.changed, done.over_line) == (True, None)
    rows = session.exec(select(ContractTerm)).all()
    assert {row.name: row.value for row in rows} == defaults_on(SIGNED) | {"delay_cap": 10_00}
    assert {row.since for row in rows} == {SIGNED}
    (entry,) = trail_of(session, "contract_signed")
    assert (entry["reference"], entry["amount_centimes"], entry["line"]) == (CONTRACT, 1_000_000_00, "T1")
    assert entry["terms"]["delay_cap"] == 10_00


def test_a_default_that_changes_never_changes_a_contract(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W11."""
    prepare(session)
    sign(session)

    monkeypatch.setattr(terms, "DEFAULTS", {**terms.DEFAULTS, "retention_cap": ((date.min, 5_00),)})
    sign(session, reference="M-2/2026")

    caps = {state.reference: state.terms.retention_cap for state in load_states(session, on=SIGNED)}
    assert caps == {CONTRACT: 7_00, "M-2/2026": 5_00}


def test_the_same_contract_again_changes_nothing_and_another_is_refused(session: Session) -> None:
    """W24."""
    prepare(session)
    first = sign(session, terms={"vat": 10_00})

    again = sign(session, terms={"vat": 10_00})
    other = refused(lambda: sign(session, amount=MILLION + Money(1)))
    figures = refused(lambda: sign(session, terms={"vat": 14_00}))

    assert (again.changed, again.contract.id) == (False, first.contract.id)
    assert (other["reason"], figures["reason"]) == ("already_stated", "already_stated")
    assert len(trail_of(session, "contract_signed")) == 1


def test_a_contract_above_its_line_is_taken_and_said(session: Session) -> None:
    """W24."""
    prepare(session, line=Money(1_500_000_00))

    assert sign(session).over_line is None
    assert sign(session, reference="M-2").over_line == Money(500_000_00)


def test_a_contract_that_cannot_be_is_refused(session: Session) -> None:
    """W24."""
    project = prepare(session)
    wrong: dict[str, Any] = {
        "amount": Money(0),
        "period_days": 0,
        "signed_on": NOW.date() + timedelta(days=1),
        "notified_on": SIGNED - timedelta(days=1),
        "reference": "x" * 65,
        "contractor": "",
        "subject": "x" * 301,
        "price_index": "BAT6",
    }
    for field, value in wrong.items():
        assert refused(lambda f=field, v=value: sign(session, **{f: v}))["field"] == field  # type: ignore[misc]
    for hostile in HOSTILE:
        for field in ("reference", "contractor"):
            refused(lambda f=field, h=hostile: sign(session, **{f: h}))  # type: ignore[misc]
    refused(lambda: sign(session, price_index="BAT6", index_month=date(2026, 1, 2)))
    with pytest.raises(CurrencyMismatch):
        sign(session, amount=Money(1_00, "EUR"))
    with pytest.raises(UnknownKey):
        sign(session, terms={"retentoin": 1})
    with pytest.raises(UnknownKey):
        sign_contract(session, project=project.key, line="T2", new=NEW, by="officer", at=NOW)
    with pytest.raises(NotAllowed):
        sign_contract(session, project=project.key, line="T1", new=NEW, by="director", at=NOW)
    project.status = Status.SUSPENDED
    with pytest.raises(NotActive):
        sign(session)

    assert session.exec(select(Contract)).all() == []


def test_nothing_is_written_into_a_closed_period(session: Session) -> None:
    """B1."""
    prepare(session)
    session.add(ClosedPeriod(until=SIGNED + timedelta(days=1), closed_by="director", closed_at=NOW))

    with pytest.raises(PeriodClosed):
        sign(session)
    sign(session, signed_on=SIGNED + timedelta(days=1))
    session.add(ClosedPeriod(until=date(2026, 3, 1), closed_by="director", closed_at=NOW))
    with pytest.raises(PeriodClosed):
        give_order(session, OrderKind.START, STARTED)


def test_a_figure_changes_from_a_day_on(session: Session) -> None:
    """W11."""
    begin(session)
    given: dict[str, Any] = {"contract": CONTRACT, "reason": "Sample decision", "by": "officer", "at": NOW}

    assert set_term(session, name="vat", value=10_00, since=date(2027, 1, 1), **given)
    assert not set_term(session, name="vat", value=10_00, since=date(2027, 1, 1), **given)
    other = refused(lambda: set_term(session, name="vat", value=14_00, since=date(2027, 1, 1), **given))
    early = refused(lambda: set_term(session, name="vat", value=14_00, since=date(2026, 1, 9), **given))

    def rate(on: date) -> int:
        (state,) = load_states(session, on=on)
        return state.terms.vat

    assert [rate(date(2026, 12, 31)), rate(date(2027, 1, 1))] == [20_00, 10_00]
    assert (other["reason"], early["reason"]) == ("already_stated", "out_of_range")
    assert trail_of(session, "contract_term_set") == [
        {
            "contract": CONTRACT,
            "name": "vat",
            "value": 10_00,
            "since": "2027-01-01",
            "reason": "Sample decision",
        }
    ]


def test_orders_run_the_clock_and_those_out_of_sequence_are_named(session: Session) -> None:
    """W12."""
    begin(session)

    assert not give_order(session, OrderKind.START, STARTED)
    give_order(session, OrderKind.STOP, date(2026, 3, 1), reference="OS 2")
    overlap = refused(lambda: give_order(session, OrderKind.STOP, date(2026, 3, 10)))
    back = refused(lambda: give_order(session, OrderKind.RESUME, date(2026, 2, 20)))
    ahead = refused(lambda: give_order(session, OrderKind.RESUME, NOW.date() + timedelta(days=1)))
    give_order(session, OrderKind.RESUME, date(2026, 3, 31))

    assert [overlap["reason"], back["reason"], ahead["reason"]] == [
        "already_stopped",
        "before_last_order",
        "in_the_future",
    ]
    position = contract_position(session, CONTRACT, on=date(2026, 4, 1))
    assert (position.stopped_days, position.ends_on) == (30, STARTED + timedelta(days=395))
    assert [entry["order"] for entry in trail_of(session, "service_order_given")] == [
        "start",
        "stop",
        "resume",
    ]


def add(
    session: Session, number: int, kind: AmendmentKind, amount: int = 0, days: int = 0, **given: Any
) -> Any:
    given = {"signed_on": date(2026, 6, 1), "reference": f"A{number}", **given}
    return amend(
        session,
        contract=CONTRACT,
        number=number,
        kind=kind,
        amount=Money(amount * 100),
        days=days,
        by="officer",
        at=NOW,
        **given,
    )


def test_amendments_change_amount_and_time(session: Session) -> None:
    """W16 and W25."""
    begin(session)

    first = add(session, 1, AmendmentKind.EXTRA_WORKS, 100_000, days=30)
    again = add(session, 1, AmendmentKind.EXTRA_WORKS, 100_000, days=30)
    over = add(session, 2, AmendmentKind.EXTRA_WORKS, 50_000)
    add(session, 3, AmendmentKind.MASS, -20_000)
    add(session, 4, AmendmentKind.TIME, days=10)

    assert (first.changed, first.over, again.changed) == (True, {}, False)
    assert over.over == {"extra_works": Money(50_000_00)}
    before = contract_position(session, CONTRACT, on=date(2026, 5, 31))
    after = contract_position(session, CONTRACT, on=date(2026, 6, 1))
    assert (before.total, after.total) == (MILLION, Money(1_130_000_00))
    assert after.ends_on == STARTED + timedelta(days=365 + 40)
    assert after.over_limits == (("extra_works", Money(50_000_00)),)


def test_an_amendment_that_cannot_be_is_named(session: Session) -> None:
    """W25."""
    begin(session)
    add(session, 1, AmendmentKind.TIME, days=10)
    cases = {
        "out_of_order": lambda: add(session, 3, AmendmentKind.TIME, days=1),
        "already_stated": lambda: add(session, 1, AmendmentKind.TIME, days=11),
        "not_positive": lambda: add(session, 2, AmendmentKind.EXTRA_WORKS, -1),
        "time_has_no_amount": lambda: add(session, 2, AmendmentKind.TIME, 1, days=1),
        "empty": lambda: add(session, 2, AmendmentKind.MASS),
        "below_certified": lambda: add(session, 2, AmendmentKind.MASS, -1_000_000),
        "out_of_range": lambda: add(session, 2, AmendmentKind.TIME, days=3651),
        "too_early": lambda: add(session, 2, AmendmentKind.TIME, days=1, signed_on=date(2026, 5, 31)),
        "in_the_future": lambda: add(session, 2, AmendmentKind.TIME, days=1, signed_on=date(2028, 6, 2)),
    }

    for reason, change in cases.items():
        assert refused(change)["reason"] == reason
    with pytest.raises(UnknownKey):
        find_contract(session, "M-2/2026\x00")
    assert len(session.exec(select(ContractAmendment)).all()) == 1


def test_a_payment_curve_sums_to_the_contract_and_keeps_the_one_before(session: Session) -> None:
    """W26."""
    begin(session)
    given: dict[str, Any] = {"contract": CONTRACT, "by": "officer", "at": NOW}
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    curve = {march: Money(400_000_00), april: Money(600_000_00)}

    first = plan_payments(session, months=curve, **given)
    again = plan_payments(session, months=curve, **given)
    second = plan_payments(session, months={april: MILLION}, **given)

    answers = [(one.version, one.changed) for one in (first, again, second)]
    assert answers == [(1, True), (1, False), (2, True)]
    stated = payment_curve(session, find_contract(session, CONTRACT).id, "MAD")
    assert [(line.month, line.amount) for line in stated] == [(april, MILLION)]
    short = refused(lambda: plan_payments(session, months={april: MILLION - Money(1)}, **given))
    assert short["reason"] == "plan_does_not_sum"
    assert (short["value"], short["limit"]) == ("999999.99 MAD", "1000000.00 MAD")
    middle = refused(lambda: plan_payments(session, months={date(2026, 4, 2): MILLION}, **given))
    assert middle["reason"] == "not_a_month"
    with pytest.raises(CurrencyMismatch):
        plan_payments(session, months={april: Money(1, "EUR")}, **given)


def test_a_refused_contract_leaves_nothing_behind(database: Engine) -> None:
    with db.transaction(database) as session:
        begin(session)
        entries = len(session.exec(select(TrailEntry)).all())

    changes: list[Callable[[Session], Any]] = [
        lambda session: sign(session, reference="M-2", amount=Money(10**18)),
        lambda session: sign(session, reference="M-2", terms={"vat": 10**6}),
        lambda session: give_order(session, OrderKind.RESUME, date(2026, 3, 1)),
        lambda session: give_order(session, OrderKind.STOP, date(2026, 3, 1), reference="\x00"),
        lambda session: add(session, 1, AmendmentKind.OTHER, 10**16),
        lambda session: add(session, 10**30, AmendmentKind.OTHER),
    ]
    for change in changes:
        with pytest.raises(CentreError), db.transaction(database) as session:
            change(session)

    with db.reading(database) as session:
        assert len(session.exec(select(Contract)).all()) == 1
        assert len(session.exec(select(ServiceOrder)).all()) == 1
        assert len(session.exec(select(TrailEntry)).all()) == entries


def test_a_contract_is_signed_with_its_index(session: Session) -> None:
    prepare(session)

    done = sign(session, price_index=" BAT6 ", index_month=date(2025, 12, 1))

    assert (done.contract.price_index, done.contract.index_month) == ("BAT6", date(2025, 12, 1))
    assert replace(NEW).price_index == ""
