"""Certificates: what is worked out and written, what is refused by name, advances, retention given back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations.acceptances import accept
from models.operations.bills import NewItem, set_bill, state_index
from models.operations.certificates import Certified, give_advance, release_retention
from models.operations.securities import lodge_security
from models.queries.contracts import contract_position
from models.rules.authority import NotAllowed
from models.rules.contracts import (
    AcceptanceKind,
    CertificateKind,
    ContractKind,
    OrderKind,
    SecurityKind,
)
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.money import CurrencyMismatch, Money
from models.rules.periods import PeriodClosed
from models.tables import Certificate, ClosedPeriod, Measurement, PriceIndex
from tests.operations.kept import trail_of
from tests.operations.works import CONTRACT, END, NOW, STARTED, begin, certify, give_order, prepare, sign

MAY, JUNE, JULY = date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31)
KEPT: dict[str, Any] = {"contract": CONTRACT, "by": "officer", "at": NOW}
CERTIFIED: dict[str, Any] = {"contract": CONTRACT, "by": "finance", "at": NOW}
BILL = (
    NewItem("1.1", "Sample concrete", "m3", 100_000, Money(4_000_00)),
    NewItem("1.2", "Sample steel", "t", 50_500, Money(10_000_00)),
)
"""100 m3 at 4 000.00 and 50.5 t at 10 000.00: 905 000.00."""


def refused(change: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(BadValue) as error:
        change()
    return dict(error.value.details)


def accepted(session: Session, on: date) -> None:
    accept(session, kind=AcceptanceKind.PROVISIONAL, dated=on, **KEPT)


def rows(session: Session) -> list[tuple[int, int, int, int, int, int]]:
    """Number, gross, retention, recovered, penalty and net of each certificate, in dirhams."""
    names = ("gross", "retention", "recovered", "penalty", "net")
    found = session.exec(select(Certificate).order_by(col(Certificate.number)))
    return [(row.number, *(getattr(row, f"{name}_centimes") // 100 for name in names)) for row in found]


def test_the_worked_example_is_certified_from_its_books(session: Session) -> None:
    """W17 and W30: retention of 40 000.00, 30 000.00, 0.00; the last account 100 days late: 80 000.00."""
    begin(session)

    first = certify(session, "D1", MAY, 400_000)
    certify(session, "D2", JUNE, 400_000)
    accepted(session, END + timedelta(days=100))
    last = certify(session, "D3", END + timedelta(days=100), 200_000, last=True)

    assert rows(session) == [
        (1, 400_000, 40_000, 0, 0, 360_000),
        (2, 400_000, 30_000, 0, 0, 370_000),
        (3, 200_000, 0, 0, 80_000, 120_000),
    ]
    assert (first.near_cap, last.near_cap, last.at_cap, last.waiting) == (False, True, True, None)
    assert first.certificate.due_on == MAY + timedelta(days=60)
    assert first.certificate.vat_centimes == 66_666_67
    entry = trail_of(session, "account_certified")[2]
    assert (entry["penalty_centimes"], entry["net_centimes"]) == (80_000_00, 120_000_00)


def test_a_contract_with_a_cap_of_ten_percent(session: Session) -> None:
    """W15."""
    begin(session, terms={"delay_cap": 10_00})

    certify(session, "D1", END + timedelta(days=100), 900_000)

    assert rows(session) == [(1, 900_000, 70_000, 0, 100_000, 730_000)]


def test_an_account_is_measured(session: Session) -> None:
    """W22: 50 m3 are 200 000, 10.05 t are 100 500; then 80 m3 and 10.05 t: 120 000 more."""
    begin(session)
    set_bill(session, items=BILL, **KEPT)

    certify(session, "D1", MAY, quantities={"1.1": 50_000, "1.2": 10_050})
    second = certify(session, "D2", JUNE, quantities={"1.1": 80_000})

    assert [row[:2] for row in rows(session)] == [(1, 300_500), (2, 120_000)]
    kept = session.exec(select(Measurement).where(Measurement.certificate_id == second.certificate.id))
    assert [one.quantity for one in kept] == [80_000]
    assert trail_of(session, "account_certified")[0]["quantities"] == {"1.1": 50_000, "1.2": 10_050}


def test_a_last_account_that_is_measured_lower_owes_less_than_nothing(session: Session) -> None:
    """W21 and W31: 10 m3 less are 40 000; an account that is not the last cannot take them back."""
    begin(session)
    set_bill(session, items=BILL, **KEPT)
    certify(session, "D1", MAY, quantities={"1.1": 100_000})

    less = refused(lambda: certify(session, "D2", JUNE, quantities={"1.1": 90_000}))
    accepted(session, JUNE)
    certify(session, "D2", JUNE, quantities={"1.1": 90_000}, last=True)

    assert (less["reason"], less["value"]) == ("negative", "-40000.00 MAD")
    assert rows(session)[1] == (2, -40_000, 0, 0, 0, -40_000)


def test_an_account_that_cannot_be_is_named(session: Session) -> None:
    """W30 and W31."""
    prepare(session)
    sign(session)
    unstarted = refused(lambda: certify(session, "D1", MAY, 1))
    give_order(session, OrderKind.START, STARTED)
    set_bill(session, items=BILL, **KEPT)
    certify(session, "D1", MAY, 400_000)
    cases = {
        "before_last_account": lambda: certify(session, "D2", MAY - timedelta(days=1), 1),
        "out_of_order": lambda: certify(session, "D2", JUNE, 1, number=3),
        "already_stated": lambda: certify(session, "D1", MAY, 400_001),
        "above_contract": lambda: certify(session, "D2", JUNE, 600_001),
        "over_quantity": lambda: certify(session, "D2", JUNE, quantities={"1.1": 100_001}),
        "negative": lambda: certify(session, "D2", JUNE, -1),
        "gross_or_quantities": lambda: certify(session, "D2", JUNE),
        "in_the_future": lambda: certify(session, "D2", NOW.date() + timedelta(days=1), 1),
        "empty": lambda: certify(session, "", JUNE, 1),
        "hidden_characters": lambda: certify(session, "D\x00", JUNE, 1),
        "not_a_month": lambda: certify(session, "D2", JUNE, 1, worked_in=date(2026, 6, 2)),
        "over_special_cap": lambda: certify(session, "D2", JUNE, 100_000, special_penalty=Money(20_000_01)),
        "over_net": lambda: certify(session, "D2", JUNE, 1_000, special_penalty=Money(1_000_00)),
    }

    for reason, change in cases.items():
        assert refused(change)["reason"] == reason
    assert unstarted["reason"] == "no_start_order"
    over = refused(cases["above_contract"])
    assert (over["value"], over["limit"]) == ("1000001.00 MAD", "1000000.00 MAD")
    above = refused(cases["over_quantity"])
    assert (above["item"], str(above["value"]), str(above["limit"])) == ("1.1", "100.001", "100")
    with pytest.raises(UnknownKey):
        certify(session, "D2", JUNE, quantities={"9": 1})
    assert len(rows(session)) == 1


def test_an_account_before_the_start_order_is_refused(session: Session) -> None:
    """W30."""
    begin(session)

    early = refused(lambda: certify(session, "D1", STARTED - timedelta(days=1), 1))

    assert (early["reason"], early["limit"]) == ("before_start_order", STARTED)
    certify(session, "D1", STARTED, 1)


def test_the_same_account_again_changes_nothing(session: Session) -> None:
    """W30."""
    begin(session)
    set_bill(session, items=BILL, **KEPT)

    def twice(*given: Any, **named: Any) -> tuple[Certified, Certified]:
        return certify(session, *given, **named), certify(session, *given, **named)

    pairs = [twice("D1", MAY, 100_000), twice("D2", JUNE, quantities={"1.1": 50_000})]

    assert [(first.changed, again.changed) for first, again in pairs] == [(True, False)] * 2
    assert len(trail_of(session, "account_certified")) == 2


def test_nothing_but_retention_follows_the_last_account(session: Session) -> None:
    """W30."""
    begin(session)
    accepted(session, MAY)
    certify(session, "D1", MAY, 400_000, last=True)

    for change in (
        lambda: certify(session, "D2", JUNE, 1),
        lambda: give_advance(session, reference="A", dated=JUNE, amount=Money(1), **CERTIFIED),
    ):
        assert refused(change)["reason"] == "after_last_account"


def test_the_last_account_waits_for_the_provisional_acceptance(session: Session) -> None:
    """W33: the day of the acceptance is late enough, the day before is not."""
    begin(session)
    accepted(session, JUNE)

    early = refused(lambda: certify(session, "D1", JUNE - timedelta(days=1), 400_000, last=True))
    certify(session, "D1", JUNE - timedelta(days=1), 300_000)
    certify(session, "D2", JUNE, 100_000, last=True)

    assert (early["reason"], early["rule"]) == ("last_before_acceptance", "W33")


@pytest.mark.parametrize(
    ("kind", "waits"),
    [(ContractKind.WORKS, True), (ContractKind.SUPPLY, True), (ContractKind.SERVICES, False)],
)
def test_what_nobody_accepts_has_its_last_account_without(
    session: Session, kind: ContractKind, waits: bool
) -> None:
    """W33."""
    begin(session, kind=kind)

    if waits:
        assert refused(lambda: certify(session, "D1", MAY, 1, last=True))["rule"] == "W33"
    else:
        assert certify(session, "D1", MAY, 1, last=True).certificate.kind is CertificateKind.FINAL


def test_only_finance_certifies_and_only_in_an_open_period(session: Session) -> None:
    begin(session)
    with pytest.raises(NotAllowed):
        give_advance(session, reference="A", dated=MAY, amount=Money(1), **KEPT)
    with pytest.raises(CurrencyMismatch):
        give_advance(session, reference="A", dated=MAY, amount=Money(1, "EUR"), **CERTIFIED)
    session.add(ClosedPeriod(until=JUNE, closed_by="director", closed_at=NOW))

    with pytest.raises(PeriodClosed):
        certify(session, "D1", MAY, 1)
    certify(session, "D1", JUNE, 1)


def test_an_advance_is_given_and_recovered(session: Session) -> None:
    """W18: a tenth of a million at most; an eighth of each account recovers it."""
    begin(session)
    given: dict[str, Any] = {"dated": date(2026, 2, 10), **CERTIFIED}

    over = refused(lambda: give_advance(session, reference="A", amount=Money(100_000_01), **given))
    first = give_advance(session, reference="A", amount=Money(100_000_00), **given)
    again = give_advance(session, reference="A", amount=Money(100_000_00), **given)
    certify(session, "D1", MAY, 400_000)
    certify(session, "D2", JUNE, 500_000)

    assert (over["reason"], over["limit"]) == ("advance_over_limit", "100000.00 MAD")
    assert (first.changed, again.changed) == (True, False)
    assert rows(session) == [
        (1, 100_000, 0, 0, 0, 100_000),
        (2, 400_000, 40_000, 50_000, 0, 310_000),
        (3, 500_000, 30_000, 50_000, 0, 420_000),
    ]


def test_a_small_contract_has_no_advance(session: Session) -> None:
    """W18."""
    begin(session, amount=Money(499_999_99))

    small = refused(lambda: give_advance(session, reference="A", dated=MAY, amount=Money(1), **CERTIFIED))

    assert small["reason"] == "advance_not_due"


def test_a_bond_replaces_retention_and_what_is_held_is_given_back(session: Session) -> None:
    """W17."""
    begin(session)
    certify(session, "D1", MAY, 400_000)
    early = refused(lambda: release_retention(session, reference="R", dated=MAY, **CERTIFIED))

    lodge_security(
        session,
        kind=SecurityKind.RETENTION,
        amount=Money(70_000_00),
        lodged_on=JUNE,
        reference="B1",
        **KEPT,
    )
    over = refused(
        lambda: release_retention(session, reference="R", dated=JUNE, amount=Money(40_000_01), **CERTIFIED)
    )
    first = release_retention(session, reference="R", dated=JUNE, **CERTIFIED)
    again = release_retention(session, reference="R", dated=JUNE, **CERTIFIED)
    certify(session, "D2", JULY, 400_000)

    assert (early["reason"], over["reason"], over["limit"]) == ("over_held", "over_held", "40000.00 MAD")
    assert (first.changed, again.changed) == (True, False)
    assert rows(session)[1:] == [(2, 40_000, 0, 0, 0, 40_000), (3, 400_000, 0, 0, 0, 400_000)]
    held = contract_position(session, CONTRACT, on=JULY)
    assert (held.retention_held, held.retention_bond) == (Money(0), Money(70_000_00))


def test_prices_are_revised_by_the_index_of_the_month_worked(session: Session) -> None:
    """W19: 220 over 200 adds 8.5 %; of June nothing is published yet, so May's index stands for it."""
    begin(session, price_index="BAT6", index_month=date(2025, 12, 1))
    missing = refused(lambda: certify(session, "D1", MAY, 400_000))
    for month, value in ((date(2025, 12, 1), 200_00), (date(2026, 5, 1), 220_00)):
        given: dict[str, Any] = {"name": "BAT6", "month": month, "by": "officer", "at": NOW}
        assert state_index(session, value=value, **given)
        assert not state_index(session, value=value, **given)
        assert refused(lambda g=given: state_index(session, value=1, **g))["reason"] == "already_stated"  # type: ignore[misc]

    certify(session, "D1", MAY, 400_000)
    certify(session, "D2", JUNE, 100_000)
    certify(session, "D3", JULY, 100_000, worked_in=date(2026, 1, 1))

    assert (missing["reason"], missing["limit"]) == ("no_index", date(2025, 12, 1))
    revisions = session.exec(select(Certificate.revision_centimes).order_by(col(Certificate.number)))
    assert revisions.all() == [34_000_00, 8_500_00, 0]
    assert rows(session)[0] == (1, 400_000, 43_400, 0, 0, 390_600)


def test_an_index_that_cannot_be_is_refused(session: Session) -> None:
    begin(session)
    good: dict[str, Any] = {"name": "BAT6", "month": date(2026, 1, 1), "value": 100_00}
    for wrong in (
        {"name": ""},
        {"name": "x" * 41},
        {"month": date(2026, 1, 2)},
        {"value": 0},
        {"value": 10**19},
    ):
        refused(lambda w=wrong: state_index(session, **(good | w), by="officer", at=NOW))  # type: ignore[misc]
    with pytest.raises(NotAllowed):
        state_index(session, **good, by="director", at=NOW)

    assert session.exec(select(PriceIndex)).all() == []


def test_vat_is_withheld_where_the_contract_says_so(session: Session) -> None:
    """W20."""
    begin(session, terms={"vat_withheld": 100_00})

    done = certify(session, "D1", MAY, 120_000)

    assert (done.certificate.vat_withheld_centimes, done.certificate.net_centimes) == (20_000_00, 88_000_00)


def test_a_refused_account_leaves_nothing_behind(database: Engine) -> None:
    with db.transaction(database) as session:
        begin(session)
        set_bill(session, items=BILL, **KEPT)

    for given in (
        {"quantities": {"1.1": 1, "1.2": 10**30}},
        {"quantities": {"1.1": 1, "\x00": 1}},
        {"gross": 10**20},
        {"quantities": {"1.1": 1}, "number": 10**30},
    ):
        with pytest.raises(CentreError), db.transaction(database) as session:
            certify(session, "D1", MAY, **given)

    with db.reading(database) as session:
        assert session.exec(select(Certificate)).all() == []
        assert session.exec(select(Measurement)).all() == []
        assert trail_of(session, "account_certified") == []
