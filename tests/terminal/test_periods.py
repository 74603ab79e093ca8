"""`tadshin period`: up to when the books are closed, and that they stay so."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.clock import local_day, now
from models.tables import ClosedPeriod
from tests.builders import make_person
from tests.terminal.conftest import Call

CLOSE = ("period", "close")
BY_DIRECTOR = ("--as", "director", "--json")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", "لم تقفل الدفاتر قط"),
        ("fr", "Les livres n’ont jamais été clôturés"),
        ("en", "The books were never closed"),
    ],
)
def test_books_that_were_never_closed(books: Engine, call: Call, language: str, words: str) -> None:
    assert words in call("period", "list", "--lang", language).out
    assert call("period", "list", "--json").json == {"first_open_day": None, "closings": []}


def test_the_books_are_closed_further_and_never_opened_again(books: Engine, call: Call) -> None:
    first = call(*CLOSE, "2026-01-01", *BY_DIRECTOR)
    again = call(*CLOSE, "2026-01-01", *BY_DIRECTOR)
    back = call(*CLOSE, "2025-12-31", *BY_DIRECTOR)
    further = call(*CLOSE, "2026-04-01", *BY_DIRECTOR)

    assert (first.exit, first.json) == (
        0,
        {"first_open_day": "2026-01-01", "before": None, "changed": True},
    )
    assert (again.exit, again.json["changed"]) == (0, False)
    assert (back.exit, back.json["error"], back.json["closed"]) == (3, "closed_further", "2026-01-01")
    assert further.json == {"first_open_day": "2026-04-01", "before": "2026-01-01", "changed": True}
    listed = call("period", "list", "--json").json
    assert listed["first_open_day"] == "2026-04-01"
    assert [(one["until"], one["closed_by"]) for one in listed["closings"]] == [
        ("2026-04-01", "director"),
        ("2026-01-01", "director"),
    ]
    assert "1er avril 2026" in call("period", "list", "--lang", "fr").out


def test_a_day_to_come_is_not_closed(books: Engine, call: Call) -> None:
    """B7."""
    today = local_day(now())

    ahead = call(*CLOSE, str(today + timedelta(days=1)), *BY_DIRECTOR)

    assert (ahead.exit, ahead.json["error"], ahead.json["reason"]) == (2, "bad_value", "in_the_future")
    assert _closings(books) == 0
    assert call(*CLOSE, str(today), *BY_DIRECTOR).exit == 0


@pytest.mark.parametrize(
    ("day", "login", "exit_"),
    [
        ("2026-01-01", "finance", 4),
        ("2026-01-01", "auditor", 4),
        ("2026-01-01", "", 2),
        ("2026-02-30", "director", 2),
        ("yesterday", "director", 2),
        ("=cmd()", "director", 2),
        ("2" * 10_000, "director", 2),
    ],
)
def test_a_closing_that_is_refused_closes_nothing(
    books: Engine, call: Call, day: str, login: str, exit_: int
) -> None:
    by = ("--as", login) if login else ()

    assert call(*CLOSE, day, *by).exit == exit_
    assert _closings(books) == 0


def test_a_director_of_one_region_does_not_close_the_whole(books: Engine, call: Call) -> None:
    with db.transaction(books) as session:
        make_person(session, "regional", "director", region="oriental")

    refused = call(*CLOSE, "2026-01-01", "--as", "regional", "--json")

    assert (refused.exit, refused.json["error"]) == (4, "not_allowed_here")
    assert _closings(books) == 0


def _closings(engine: Engine) -> int:
    with db.reading(engine) as session:
        return len(session.exec(select(ClosedPeriod)).all())
