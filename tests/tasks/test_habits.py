"""What banks print before numbers is learnt from what was booked, shown, and forgotten."""

from sqlalchemy import Engine

from models import db
from models.operations import line_requests
from models.operations.lessons import forget
from models.queries.lessons import list_lessons
from models.queries.open_books import read_open_books
from models.rules.lessons import LessonKind
from tests.builders import AT
from tests.operations.statements import Bank
from tests.tasks.running import add, run


def learnt(engine: Engine) -> dict[str, int]:
    with db.reading(engine) as session:
        return {one.value: one.times for one in list_lessons(session) if one.kind is LessonKind.REFERENCE}


def known(engine: Engine) -> list[tuple[str, int]]:
    with db.reading(engine) as session:
        books = read_open_books(session, settled_days=1)
        return sorted((one.value, one.times) for one in books.lessons if one.kind is LessonKind.REFERENCE)


def test_a_run_learns_what_stands_before_the_numbers_it_booked(database: Engine, bank: Bank) -> None:
    """R20."""
    run(database)

    assert learnt(database) == {"call:AF": 1}


def test_a_decision_is_enough_and_undone_it_is_forgotten(database: Engine, bank: Bank) -> None:
    """R20."""
    line = add(database, bank, 200_000_50, label="VIR DDE 2/2026", counterparty="COUNCIL")
    with db.transaction(database) as session:
        line_requests.accept(session, line=line.id.hex, choice="AF-2026-0002", by="finance", at=AT)
    assert learnt(database) == {"call:DDE": 1}
    assert known(database) == [("call:DDE", 3)]

    with db.transaction(database) as session:
        line_requests.undo(session, name=line.id.hex, reason="Sample", by="finance", at=AT)
    assert learnt(database) == {}


def test_what_was_forgotten_no_run_goes_by(database: Engine, bank: Bank) -> None:
    """R20."""
    run(database)
    with db.transaction(database) as session:
        for one in list_lessons(session):
            forget(session, lesson=one.name, reason="Sample", by="finance", at=AT)

    assert learnt(database) == {}
    assert {times for _value, times in known(database)} <= {0}
