"""Payments on certificates: part payments, corrections by opposite entries, never more than is owed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models.operations.payments import correct_payment, pay
from models.queries.contracts import contract_position
from models.rules.authority import NotAllowed
from models.rules.errors import BadValue, UnknownKey
from models.rules.money import CurrencyMismatch, Money
from models.tables import Payment
from tests.operations.kept import trail_of
from tests.operations.works import CONTRACT, NOW, begin, certify

MAY, PAID = date(2026, 5, 31), date(2026, 7, 1)
HANDS: dict[str, Any] = {"contract": CONTRACT, "by": "finance", "at": NOW}


@pytest.fixture
def works(session: Session) -> Session:
    """An account of 400 000, of which 360 000 is owed."""
    begin(session)
    certify(session, "D1", MAY, 400_000)
    return session


def paid(session: Session, dirhams: int, reference: str, **given: Any) -> Any:
    given = {"number": 1, "paid_on": PAID, **HANDS, **given}
    return pay(session, amount=Money(dirhams * 100), reference=reference, **given)


def correct(session: Session, payment: str, reference: str, **given: Any) -> Any:
    given = {"number": 1, "corrected_on": PAID, "reason": "Sample: twice", **HANDS, **given}
    return correct_payment(session, payment=payment, reference=reference, **given)


def refused(change: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(BadValue) as error:
        change()
    return dict(error.value.details)


def test_an_account_is_paid_in_parts_and_never_over(works: Session) -> None:
    """W32."""
    first = paid(works, 100_000, "V1")
    over = refused(lambda: paid(works, 260_001, "V2"))
    second = paid(works, 260_000, "V2")

    assert [first.left, second.left] == [Money(260_000_00), Money(0)]
    assert (over["reason"], over["limit"]) == ("over_net", "260000.00 MAD")
    position = contract_position(works, CONTRACT, on=PAID)
    assert (position.paid, position.owed) == (Money(360_000_00), Money(0))
    assert contract_position(works, CONTRACT, on=PAID - timedelta(days=1)).owed == Money(360_000_00)


def test_the_same_payment_again_changes_nothing(works: Session) -> None:
    """W32."""
    paid(works, 100_000, "V1")

    again = paid(works, 100_000, "V1")

    assert (again.changed, again.left) == (False, Money(260_000_00))
    assert refused(lambda: paid(works, 100_001, "V1"))["reason"] == "already_stated"
    assert len(trail_of(works, "payment_entered")) == 1


def test_a_correction_is_an_entry_of_the_opposite_sign(works: Session) -> None:
    """W32."""
    wrong = paid(works, 360_000, "V1").payment

    done = correct(works, "V1", "V1-C")
    again = correct(works, "V1", "V1-C")
    twice = refused(lambda: correct(works, "V1", "V1-D"))
    paid(works, 350_000, "V2")

    rows = works.exec(select(Payment)).all()
    assert sorted(row.amount_centimes for row in rows) == [-360_000_00, 350_000_00, 360_000_00]
    assert (done.payment.corrects_id, done.left) == (wrong.id, Money(360_000_00))
    assert (again.changed, twice["reason"]) == (False, "already_corrected")
    assert contract_position(works, CONTRACT, on=PAID).paid == Money(350_000_00)
    with pytest.raises(UnknownKey):
        correct(works, "V1-C", "V1-E")


def test_a_payment_that_cannot_be_is_refused(works: Session) -> None:
    """W32."""
    for given, reason in (
        ({"paid_on": MAY - timedelta(days=1)}, "too_early"),
        ({"paid_on": NOW.date() + timedelta(days=1)}, "in_the_future"),
        ({"reference": ""}, "empty"),
        ({"reference": "a\u202eb"}, "hidden_characters"),
        ({"dirhams": 0}, "not_positive"),
    ):
        named: dict[str, Any] = {"dirhams": 1, "reference": "V1", **given}
        assert refused(lambda n=named: paid(works, **n))["reason"] == reason  # type: ignore[misc]
    for number in (0, 2, 10**30):
        with pytest.raises(UnknownKey):
            paid(works, 1, "V1", number=number)
    with pytest.raises(NotAllowed):
        paid(works, 1, "V1", by="officer")
    with pytest.raises(CurrencyMismatch):
        pay(works, amount=Money(1, "EUR"), number=1, paid_on=PAID, reference="V1", **HANDS)
    with pytest.raises(UnknownKey):
        correct(works, "\x00", "V2")
    assert refused(lambda: correct(works, paid(works, 1, "V1").payment.reference, "V2", reason=" "))

    assert len(works.exec(select(Payment)).all()) == 1
