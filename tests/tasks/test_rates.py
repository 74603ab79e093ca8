"""A line in a currency without a rate is a case, until the rate is there."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from models import db
from models.operations.rates import RatesEntered, enter_rates
from models.queries.cases import list_cases
from models.queries.open_books import read_open_books
from models.rules.authority import NotAllowed
from models.rules.cases import CaseKind
from models.tables import TrailEntry
from tests.builders import AT
from tests.operations.statements import TODAY, Bank
from tests.tasks.running import add, kinds, run

YESTERDAY = TODAY - timedelta(days=1)


def enter(engine: Engine, rate: str, day: Any, by: str = "finance") -> RatesEntered:
    with db.transaction(engine) as session:
        return enter_rates(session, [("EUR", Decimal(rate), day)], by=by, at=AT)


def of_rate(engine: Engine) -> list[tuple[int, dict[str, Any]]]:
    with db.reading(engine) as session:
        found = list_cases(session, kind=CaseKind.RATE_MISSING)
        return [(one.amount.centimes, dict(one.details)) for one in found]


def test_the_case_says_which_rate_is_missing_and_closes_once_it_is_there(
    database: Engine, bank: Bank
) -> None:
    """R21: the day of the first line without one; a rate of the day after does not help it."""
    said: dict[str, Any] = {"original_centimes": 700_00, "original_currency": "EUR"}
    add(database, bank, 7_600_00, day=YESTERDAY, counterparty="NOBODY", **said)
    add(database, bank, 7_700_00, day=TODAY, counterparty="NOBODY", **said)
    run(database)
    since = {"currency": "EUR", "since": YESTERDAY.isoformat()}
    assert of_rate(database) == [(15_300_00, since)]

    enter(database, "10.8512", TODAY)
    assert run(database).changed
    assert of_rate(database) == [(7_600_00, since)]

    enter(database, "10.85", YESTERDAY)
    assert run(database).changed
    assert of_rate(database) == []
    assert CaseKind.RATE_MISSING in kinds(database, is_open=False)


def test_the_same_rate_again_changes_nothing_and_another_takes_its_place(
    database: Engine, bank: Bank
) -> None:
    """R21: both stay in the trail."""
    given = [enter(database, rate, TODAY) for rate in ("10.85", "10.8500", "10.86")]

    assert given == [RatesEntered(new=1), RatesEntered(same=1), RatesEntered(changed=1)]
    with db.reading(database) as session:
        assert read_open_books(session, settled_days=1).rates == (("EUR", TODAY, 108_600),)
        entries = select(func.count()).where(TrailEntry.kind == "exchange_rate_entered")
        assert session.exec(entries).one() == 2
    with pytest.raises(NotAllowed):
        enter(database, "10.87", TODAY, by="officer")
