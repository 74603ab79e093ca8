"""Acceptances with their reservations, the guarantee, and the bonds that wait for them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models.operations.acceptances import NewReservation, accept, clear_reservation, note_reservation
from models.operations.certificates import give_advance, release_retention
from models.operations.contracts import set_term
from models.operations.securities import lodge_security, release_security
from models.queries.contracts import contract_position
from models.rules.contracts import AcceptanceKind, SecurityKind
from models.rules.errors import BadValue, UnknownKey
from models.rules.money import Money
from models.tables import Acceptance, Security
from tests.operations.kept import trail_of
from tests.operations.works import CONTRACT, END, NOW, SIGNED, begin, certify

PROVISIONAL, DEFINITIVE = AcceptanceKind.PROVISIONAL, AcceptanceKind.DEFINITIVE
ACCEPTED, A_YEAR_ON = date(2027, 1, 15), date(2028, 1, 15)
HANDS: dict[str, Any] = {"contract": CONTRACT, "by": "officer", "at": NOW}


def refused(change: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(BadValue) as error:
        change()
    return dict(error.value.details)


def lodge(session: Session, kind: SecurityKind, dirhams: int, reference: str, on: date = SIGNED) -> Any:
    amount = Money(dirhams * 100)
    return lodge_security(session, kind=kind, amount=amount, lodged_on=on, reference=reference, **HANDS)


def release(session: Session, reference: str, on: date) -> bool:
    return release_security(session, reference=reference, released_on=on, **HANDS)


def test_works_are_accepted_twice_with_a_guarantee_between(session: Session) -> None:
    """W27: twelve months from 15 January 2027."""
    begin(session)

    assert accept(session, kind=PROVISIONAL, dated=ACCEPTED, **HANDS)
    assert not accept(session, kind=PROVISIONAL, dated=ACCEPTED, **HANDS)
    early = refused(lambda: accept(session, kind=DEFINITIVE, dated=A_YEAR_ON - timedelta(days=1), **HANDS))
    accept(session, kind=DEFINITIVE, dated=A_YEAR_ON, **HANDS)

    assert (early["reason"], early["limit"]) == ("guarantee_running", A_YEAR_ON)
    other = refused(lambda: accept(session, kind=PROVISIONAL, dated=END, **HANDS))
    assert other["reason"] == "already_stated"
    position = contract_position(session, CONTRACT, on=A_YEAR_ON)
    assert (position.accepted_on, position.guarantee_until) == (ACCEPTED, A_YEAR_ON)
    assert (position.definitive_on, position.days_late) == (A_YEAR_ON, 0)
    assert [entry["kind"] for entry in trail_of(session, "contract_accepted")] == [PROVISIONAL, DEFINITIVE]


def test_the_guarantee_is_that_of_the_contract(session: Session) -> None:
    """W11 and W27."""
    begin(session)
    accept(session, kind=PROVISIONAL, dated=ACCEPTED, **HANDS)
    set_term(session, name="guarantee_months", value=6, since=ACCEPTED, reason="Sample", **HANDS)

    accept(session, kind=DEFINITIVE, dated=date(2027, 7, 15), **HANDS)


def test_reservations_are_cleared_before_the_definitive_acceptance(session: Session) -> None:
    """W27."""
    begin(session)
    noted = (
        NewReservation("Sample: a door", ACCEPTED + timedelta(days=30)),
        NewReservation("Sample: paint"),
    )
    accept(session, kind=PROVISIONAL, dated=ACCEPTED, reservations=noted, **HANDS)
    leak = NewReservation("Sample: a leak", blocking=True)
    assert note_reservation(session, new=leak, noted_on=date(2027, 6, 1), **HANDS) == 3

    clear_reservation(session, number=1, cleared_on=date(2027, 2, 1), **HANDS)
    still = refused(lambda: accept(session, kind=DEFINITIVE, dated=A_YEAR_ON, **HANDS))
    before = contract_position(session, CONTRACT, on=date(2027, 5, 31)).open_reservations
    for number in (2, 3):
        assert clear_reservation(session, number=number, cleared_on=date(2027, 7, 1), **HANDS)
    assert not clear_reservation(session, number=3, cleared_on=date(2027, 7, 1), **HANDS)
    accept(session, kind=DEFINITIVE, dated=A_YEAR_ON, **HANDS)

    assert (still["reason"], still["value"], before) == ("reservations_open", 2, 1)
    assert contract_position(session, CONTRACT, on=A_YEAR_ON).open_reservations == 0


def test_an_acceptance_that_cannot_be_is_refused(session: Session) -> None:
    """W27."""
    begin(session)
    assert refused(lambda: accept(session, kind=DEFINITIVE, dated=END, **HANDS))["reason"] == "not_accepted"
    before = refused(lambda: accept(session, kind=PROVISIONAL, dated=SIGNED, **HANDS))
    assert before["reason"] == "before_start_order"
    for wrong, reason in (
        (NewReservation(""), "empty"),
        (NewReservation("a\x00"), "hidden_characters"),
        (NewReservation("x", due_on=SIGNED), "too_early"),
    ):
        bad = (wrong,)
        error = refused(
            lambda b=bad: accept(  # type: ignore[misc]
                session, kind=PROVISIONAL, dated=END, reservations=b, **HANDS
            )
        )
        assert error["reason"] == reason
    assert session.exec(select(Acceptance)).all() == []


def test_an_unknown_reservation_is_refused(session: Session) -> None:
    begin(session)
    accept(session, kind=PROVISIONAL, dated=ACCEPTED, reservations=[NewReservation("x")], **HANDS)
    for number in (0, 2, 10**30):
        with pytest.raises(UnknownKey):
            clear_reservation(session, number=number, cleared_on=END, **HANDS)
    early = refused(
        lambda: clear_reservation(session, number=1, cleared_on=ACCEPTED - timedelta(days=1), **HANDS)
    )
    assert early["reason"] == "too_early"
    assert len(session.exec(select(Acceptance)).all()) == 1


def test_a_performance_bond_waits_for_the_definitive_acceptance(session: Session) -> None:
    """W28: 3 % of a million."""
    begin(session)
    assert lodge(session, SecurityKind.PERFORMANCE, 20_000, "P1").missing == Money(10_000_00)
    assert lodge(session, SecurityKind.PERFORMANCE, 10_000, "P2").missing is None
    assert not lodge(session, SecurityKind.PERFORMANCE, 10_000, "P2").changed
    other = refused(lambda: lodge(session, SecurityKind.PERFORMANCE, 10_001, "P2"))
    needed = refused(lambda: release(session, "P2", ACCEPTED))
    accept(session, kind=PROVISIONAL, dated=ACCEPTED, **HANDS)
    accept(session, kind=DEFINITIVE, dated=A_YEAR_ON, **HANDS)

    assert release(session, "P1", A_YEAR_ON)
    assert not release(session, "P1", A_YEAR_ON)
    assert other["reason"] == "already_stated"
    assert (needed["reason"], needed["limit"]) == ("bond_needed", "10000.00 MAD")
    positions = [
        contract_position(session, CONTRACT, on=on).performance_bond
        for on in (A_YEAR_ON - timedelta(days=1), A_YEAR_ON)
    ]
    assert positions == [Money(30_000_00), Money(10_000_00)]


def test_a_retention_bond_is_needed_while_it_stands_for_what_is_not_held(session: Session) -> None:
    """W28: of 400 000, a tenth is asked for."""
    begin(session)
    lodge(session, SecurityKind.RETENTION, 70_000, "R1")
    certify(session, "D1", date(2026, 5, 31), 400_000)

    needed = refused(lambda: release(session, "R1", ACCEPTED))
    lodge(session, SecurityKind.RETENTION, 40_000, "R2", on=ACCEPTED)
    release(session, "R1", ACCEPTED)

    assert needed["limit"] == "40000.00 MAD"


def test_an_advance_bond_goes_when_the_advance_is_recovered(session: Session) -> None:
    """W28."""
    begin(session)
    finance = HANDS | {"by": "finance"}
    lodge(session, SecurityKind.ADVANCE, 100_000, "A1")
    give_advance(session, reference="A", dated=date(2026, 2, 10), amount=Money(100_000_00), **finance)
    certify(session, "D1", date(2026, 5, 31), 400_000)

    needed = refused(lambda: release(session, "A1", ACCEPTED))
    certify(session, "D2", date(2026, 6, 30), 400_000)
    release(session, "A1", ACCEPTED)

    assert needed["limit"] == "50000.00 MAD"


def test_all_retention_is_given_back_after_the_definitive_acceptance(session: Session) -> None:
    """W17 and W30."""
    begin(session)
    accept(session, kind=PROVISIONAL, dated=ACCEPTED, **HANDS)
    certify(session, "D1", ACCEPTED, 400_000, last=True)
    finance = HANDS | {"by": "finance"}
    early = refused(lambda: release_retention(session, reference="R", dated=END, **finance))
    accept(session, kind=DEFINITIVE, dated=A_YEAR_ON, **HANDS)

    release_retention(session, reference="R1", dated=A_YEAR_ON, amount=Money(10_000_00), **finance)
    rest = release_retention(session, reference="R2", dated=A_YEAR_ON, **finance)

    assert early["reason"] == "over_held"
    assert rest.certificate.net_centimes == 30_000_00
    assert contract_position(session, CONTRACT, on=A_YEAR_ON).retention_held == Money(0)


def test_a_bond_that_cannot_be_is_refused(session: Session) -> None:
    begin(session)
    for dirhams, reference, on in (
        (0, "P", SIGNED),
        (1, "", SIGNED),
        (1, "\x00", SIGNED),
        (1, "P", date(2026, 1, 9)),
    ):
        refused(lambda d=dirhams, r=reference, o=on: lodge(session, SecurityKind.PERFORMANCE, d, r, o))  # type: ignore[misc]
    for unknown in ("P9", "\x00", "x" * 10_000):
        with pytest.raises(UnknownKey):
            release(session, unknown, END)
    assert session.exec(select(Security)).all() == []
