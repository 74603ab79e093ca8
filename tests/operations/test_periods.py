from datetime import date, timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations.periods import close_period
from models.queries.periods import check_day, first_open_day
from models.rules.authority import NotAllowed
from models.rules.errors import BadValue
from models.rules.periods import ClosedFurther, PeriodClosed
from models.tables import ClosedPeriod
from tests.builders import AT, make_person, make_staff
from tests.operations.kept import trail_of

TODAY, JANUARY, FEBRUARY = AT.date(), date(2026, 1, 1), date(2026, 2, 1)


def test_the_books_close_further_and_never_less_far(staff: Session) -> None:
    """B7."""
    first = close_period(staff, until=JANUARY, by="director", at=AT)
    again = close_period(staff, until=JANUARY, by="director", at=AT)
    further = close_period(staff, until=FEBRUARY, by="director", at=AT)

    assert [one.changed for one in (first, again, further)] == [True, False, True]
    assert (further.until, further.before) == (FEBRUARY, JANUARY)
    with pytest.raises(ClosedFurther) as refused:
        close_period(staff, until=JANUARY, by="director", at=AT)
    assert refused.value.details == {"until": JANUARY, "closed": FEBRUARY, "rule": "B7"}
    assert first_open_day(staff) == FEBRUARY
    assert [entry["until"] for entry in trail_of(staff, "period_closed")] == ["2026-01-01", "2026-02-01"]


def test_today_stays_open(staff: Session) -> None:
    """B7."""
    with pytest.raises(BadValue):
        close_period(staff, until=TODAY + timedelta(days=1), by="director", at=AT)
    close_period(staff, until=TODAY, by="director", at=AT)
    check_day(staff, TODAY)


@pytest.mark.parametrize("login", ["officer", "finance", "auditor", "administrator", "regional"])
def test_a_director_of_the_whole_portfolio_closes(staff: Session, login: str) -> None:
    """B7."""
    make_person(staff, "regional", "director", region="oriental")
    with pytest.raises(NotAllowed):
        close_period(staff, until=JANUARY, by=login, at=AT)
    assert staff.exec(select(ClosedPeriod)).all() == []


def test_closing_waits_for_what_is_being_written(database: Engine) -> None:
    """B7: whoever has been told that a day is open writes it before the books close."""
    with db.transaction(database) as session:
        make_staff(session)
    closed = Event()

    def close() -> None:
        with db.transaction(database) as session:
            close_period(session, until=FEBRUARY, by="director", at=AT)
        closed.set()

    with db.transaction(database) as session:
        check_day(session, JANUARY)
        closing = Thread(target=close)
        closing.start()
        assert not closed.wait(0.5)
    closing.join(20)
    assert closed.is_set()
    with db.transaction(database) as session, pytest.raises(PeriodClosed):
        check_day(session, JANUARY)
