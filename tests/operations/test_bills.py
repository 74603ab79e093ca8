"""Bills of quantities: written, corrected until they are measured, never above the contract."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select

from models.operations.bills import BillSet, NewItem, set_bill
from models.rules.errors import BadValue
from models.rules.money import CurrencyMismatch, Money
from models.tables import BillItem
from tests.operations.kept import trail_of
from tests.operations.works import CONTRACT, MILLION, NOW, begin, certify

ITEM = NewItem("1.1", "Sample concrete", "m3", 100_000, Money(4_000_00))
HANDS: dict[str, Any] = {"contract": CONTRACT, "by": "officer", "at": NOW}


def refused(change: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(BadValue) as error:
        change()
    return dict(error.value.details)


def test_a_bill_is_written_and_corrected_until_it_is_measured(session: Session) -> None:
    """W29."""
    begin(session)

    first = set_bill(session, items=[ITEM], **HANDS)
    again = set_bill(session, items=[ITEM], **HANDS)
    dearer = set_bill(
        session, items=[replace(ITEM, price=Money(5_000_00)), replace(ITEM, code="2")], **HANDS
    )

    assert first == BillSet(1, 0, Money(400_000_00))
    assert again == BillSet(0, 0, Money(400_000_00))
    assert dearer == BillSet(1, 1, Money(900_000_00))
    assert len(trail_of(session, "bill_set")) == 2


def test_a_measured_price_stays_and_a_quantity_covers_what_is_measured(session: Session) -> None:
    """W29."""
    begin(session)
    set_bill(session, items=[ITEM], **HANDS)
    certify(session, "D1", date(2026, 5, 31), quantities={"1.1": 60_500})

    price = refused(lambda: set_bill(session, items=[replace(ITEM, price=Money(1))], **HANDS))
    less = refused(lambda: set_bill(session, items=[replace(ITEM, quantity=60_499)], **HANDS))
    set_bill(session, items=[replace(ITEM, quantity=60_500)], **HANDS)

    assert (price["reason"], price["item"], price["limit"]) == ("price_measured", "1.1", "4000.00 MAD")
    assert (less["reason"], str(less["value"]), str(less["limit"])) == ("below_measured", "60.499", "60.5")


def test_a_bill_above_its_contract_or_with_a_bad_line_is_refused(session: Session) -> None:
    """W29."""
    begin(session)
    over = refused(lambda: set_bill(session, items=[replace(ITEM, price=MILLION)], **HANDS))
    assert (over["reason"], over["limit"]) == ("bill_over_contract", "1000000.00 MAD")
    for change, reason in (
        ({"code": ""}, "empty"),
        ({"code": "a\u202eb"}, "hidden_characters"),
        ({"label": "x" * 301}, "too_long"),
        ({"quantity": 0}, "out_of_range"),
        ({"quantity": 10**19}, "out_of_range"),
        ({"price": Money(-1)}, "negative"),
    ):
        bad = replace(replace(ITEM, code="2"), **change)
        items = [ITEM, bad]
        error = refused(lambda given=items: set_bill(session, items=given, **HANDS))  # type: ignore[misc]
        assert error["reason"] == reason
    assert refused(lambda: set_bill(session, items=[ITEM, ITEM], **HANDS))["reason"] == "taken"
    with pytest.raises(CurrencyMismatch):
        set_bill(session, items=[replace(ITEM, price=Money(1, "EUR"))], **HANDS)

    assert session.exec(select(BillItem)).all() == []
