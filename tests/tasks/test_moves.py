"""The steps of a move as a run does them, on the database of the settings."""

import logging
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlmodel import select

from models import db
from models.db import StoreUnavailable
from models.tables import MoveRequest, Outcome, StageChange
from tasks import moves, points
from tests.operations.test_moves import LATER
from tests.operations.test_moves_together import FEW, make_few


@pytest.fixture(autouse=True)
def at_a_fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which the sample proposals count."""
    monkeypatch.setattr(moves, "now", lambda: LATER)


def test_a_request_that_breaks_off_stops_no_other(
    database_url: str, settings_env: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    settings_env(database_url=database_url)
    with db.transaction() as session:
        requests = make_few(session)
    unknown = uuid4()

    with caplog.at_level(logging.ERROR, "tadshin.moves"):
        answers = moves.carry_out_each_now([*requests[:3], unknown, *requests[3:]])

    assert [answer.request for answer in answers] == requests
    assert {answer.outcome for answer in answers} == {Outcome.MOVED}
    assert str(unknown) in caplog.text
    with db.reading() as session:
        assert len(session.exec(select(StageChange)).all()) == len(FEW)


def test_more_than_one_commit_holds_are_all_carried_out(
    database_url: str, settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_env(database_url=database_url)
    monkeypatch.setattr(moves, "TO_A_COMMIT", 4)
    with db.transaction() as session:
        requests = make_few(session)

    answers = moves.carry_out_each_now(requests)

    assert [answer.request for answer in answers] == requests
    assert moves.open_stages_now(requests) > 0
    with db.reading() as session:
        rows = session.exec(select(MoveRequest)).all()
        assert all(row.outcome is Outcome.MOVED and row.opened_at is not None for row in rows)


def test_a_database_that_is_away_is_said_and_not_taken_for_a_broken_request(
    database_url: str, settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_env(database_url=database_url)
    with db.transaction() as session:
        requests = make_few(session)

    def away(*_: object) -> None:
        raise StoreUnavailable(problem="sample")

    monkeypatch.setattr(points, "reach", away)
    with pytest.raises(StoreUnavailable):
        moves.carry_out_each_now(requests)
    with db.reading() as session:
        assert session.exec(select(StageChange)).all() == []
