"""Where contracts stand on a day: one, a project's, all, at any date."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from models import db
from models.operations.certificates import give_advance
from models.operations.contracts import sign_contract
from models.operations.payments import pay
from models.queries.contracts import contract_position, contract_positions
from models.rules.contracts import OrderKind
from models.rules.errors import UnknownKey
from models.rules.money import Money
from tests.builders import make_project
from tests.operations.works import (
    CONTRACT,
    END,
    MILLION,
    NEW,
    NOW,
    SIGNED,
    STARTED,
    begin,
    certify,
    give_order,
)

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
HANDS: dict[str, Any] = {"contract": CONTRACT, "by": "finance", "at": NOW}


@pytest.fixture
def works(session: Session) -> Session:
    """An advance of 80 000, accounts of 400 000 and 300 000, of which the first is paid in part."""
    begin(session)
    give_advance(session, reference="A", dated=date(2026, 2, 10), amount=Money(80_000_00), **HANDS)
    certify(session, "D1", MAY, 400_000)
    pay(session, number=2, amount=Money(100_000_00), paid_on=JUNE, reference="V1", **HANDS)
    certify(session, "D2", END + timedelta(days=30), 300_000)
    return session


def test_a_position_is_that_of_its_day(works: Session) -> None:
    """W23: D1 retains 40 000 and recovers 40 000; D2 retains 30 000, recovers 30 000, 30 days late."""
    days = (SIGNED, STARTED, MAY, JUNE, END + timedelta(days=29), END + timedelta(days=30))
    positions = [contract_position(works, CONTRACT, on=day) for day in days]

    def told(name: str) -> list[int]:
        return [getattr(position, name).centimes // 100 for position in positions]

    assert told("certified") == [0, 0, 400_000, 400_000, 400_000, 700_000]
    assert told("retention_held") == [0, 0, 40_000, 40_000, 40_000, 70_000]
    assert told("advance_left") == [0, 0, 40_000, 40_000, 40_000, 10_000]
    assert told("penalty") == [0, 0, 0, 0, 29_000, 30_000]
    assert told("penalty_taken") == [0, 0, 0, 0, 0, 30_000]
    assert told("net") == [0, 0, 400_000, 400_000, 400_000, 610_000]
    assert told("paid") == [0, 0, 0, 100_000, 100_000, 100_000]
    assert told("owed") == [0, 0, 400_000, 300_000, 300_000, 510_000]
    assert told("overdue") == [0, 0, 80_000, 0, 300_000, 300_000]
    assert [position.days_late for position in positions] == [0, 0, 0, 0, 29, 30]
    assert [position.ends_on for position in positions] == [None, *[END] * 5]
    assert positions[0].total == MILLION


def test_one_is_told_as_all_are(works: Session) -> None:
    """W23."""
    make_project(works, "other-centre", at=NOW)

    assert contract_positions(works, on=JUNE) == (contract_position(works, CONTRACT, on=JUNE),)
    assert contract_positions(works, on=JUNE, project="sample-centre") == contract_positions(works, on=JUNE)
    assert contract_positions(works, on=JUNE, project="other-centre") == ()
    assert contract_positions(works, on=SIGNED - timedelta(days=1)) == ()
    assert contract_position(works, CONTRACT, on=date(2000, 1, 1)).on == SIGNED


def test_works_that_stand_still_are_told(works: Session) -> None:
    give_order(works, OrderKind.STOP, date(2026, 3, 1))

    position = contract_position(works, CONTRACT, on=date(2026, 3, 10))

    assert (position.stopped, position.stopped_days) == (True, 10)
    assert position.ends_on == END + timedelta(days=10)


def test_an_unknown_contract_is_told_with_what_is_near(works: Session) -> None:
    with pytest.raises(UnknownKey) as unknown:
        contract_position(works, "M-1/2025", on=JUNE)
    assert unknown.value.details["candidates"] == (CONTRACT,)
    for hostile in ("\x00", "a\u202eb", "x" * 10_000, ""):
        with pytest.raises(UnknownKey):
            contract_position(works, hostile, on=JUNE)
    with pytest.raises(UnknownKey):
        contract_positions(works, on=JUNE, project="nowhere")


def test_a_thousand_contracts_take_as_many_statements_as_one(database: Engine) -> None:
    """W23."""
    with db.transaction(database) as session:
        begin(session)
        one = _statements(database, session)
        for number in range(20):
            new = replace(NEW, reference=f"N-{number}")
            sign_contract(session, project="sample-centre", line="T1", new=new, by="officer", at=NOW)
        many = _statements(database, session)
        assert len(contract_positions(session, on=JUNE)) == 21

    assert one == many == 8


def _statements(database: Engine, session: Session) -> int:
    session.flush()
    with _counted(database) as seen:
        contract_positions(session, on=JUNE)
    return len(seen)


@contextmanager
def _counted(database: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(database, "before_cursor_execute", note)
    yield seen
    event.remove(database, "before_cursor_execute", note)
