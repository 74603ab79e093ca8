from datetime import date, timedelta

import pytest
from sqlmodel import Session

from models.queries.periods import check_day, first_open_day
from models.rules.periods import PeriodClosed
from models.tables import ClosedPeriod
from tests.builders import AT

JULY = date(2026, 7, 1)


def test_nothing_is_written_before_the_first_open_day(session: Session) -> None:
    """B1."""
    assert first_open_day(session) is None
    check_day(session, date(1999, 7, 1))
    for until in (JULY, date(2026, 4, 1)):
        session.add(ClosedPeriod(until=until, closed_by="director", closed_at=AT))
    session.flush()

    check_day(session, JULY)
    with pytest.raises(PeriodClosed) as refused:
        check_day(session, JULY - timedelta(days=1))

    assert refused.value.details == {"on": date(2026, 6, 30), "until": JULY, "rule": "B1"}
