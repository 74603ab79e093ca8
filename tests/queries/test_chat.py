"""What `tadshin chat` and `tadshin chat status` read."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from models import db
from models.operations.deliveries import address, claim, mark_failed
from models.queries.chat import count_pending, read_feed, read_status
from models.rules.errors import UnknownKey
from models.tables import DeliveryState
from notifications.deliver import deliver_pending
from notifications.feed import Feed, as_shown
from tests.builders import AT
from tests.operations.parcels import CHANNELS, FR, Clock, tell, tell_of


async def post(database: Engine, clock: Clock) -> None:
    await deliver_pending(database, Feed(database, clock), CHANNELS, worker="test", clock=clock, limit=100)


async def test_the_feed_is_read_by_channel_project_time_and_number(database: Engine) -> None:
    clock = Clock()
    tell_of(database, "first", [1])
    tell_of(database, "second", [2])
    await post(database, clock)
    clock.pass_(hours=1)
    tell_of(database, "first", [3])
    await post(database, clock)

    with db.reading(database) as session:
        everything = read_feed(session)
        assert len(everything) == 6
        assert [line.posted_at for line in everything] == sorted(line.posted_at for line in everything)
        french = read_feed(session, channel="#fr")
        assert [(line.project, line.is_reply) for line in french] == [
            ("first", False),
            ("second", False),
            ("first", True),
        ]
        assert {line.language for line in read_feed(session, channel="#ar")} == {"ar"}
        assert len(read_feed(session, project="first")) == 4
        assert len(read_feed(session, since=AT + timedelta(minutes=30))) == 2
        assert [line.project for line in read_feed(session, channel="#fr", limit=2)] == ["second", "first"]
        assert french[0].kind == "stage_entered"
        assert french[0].blocks[0]["type"] == "header"


async def test_names_that_are_not_in_the_books_are_answered_kindly(database: Engine) -> None:
    with db.reading(database) as session:
        assert read_feed(session, channel="#nowhere\x00") == ()
        with pytest.raises(UnknownKey):
            read_feed(session, project="nowhere\x00")


def test_the_status_tells_what_waits_fails_and_was_given_up(database: Engine) -> None:
    for key in ("waits", "fails", "lost"):
        tell_of(database, key, [1])
    with db.transaction(database) as session:
        address(session, channels=[FR], at=AT)
        held = {o.project.key: o for o in claim(session, worker="w", at=AT, limit=9) if o.project}
        mark_failed(session, delivery=held["fails"], at=AT, outcome="timed_out", detail="gaierror")
        mark_failed(session, delivery=held["lost"], at=AT, outcome="invalid_auth", permanent=True)
        tell(session, None, "unaddressed")

    with db.reading(database) as session:
        status = read_status(session)
        assert (status.unaddressed, status.pending, status.sent) == (1, 2, 0)
        assert count_pending(session) == 2

    by_key = {line.project: line for line in (*status.failing, *status.given_up)}
    assert by_key["waits"].last_outcome == ""
    fails, lost = by_key["fails"], by_key["lost"]
    assert (fails.last_outcome, fails.last_detail, fails.attempts) == ("timed_out", "gaierror", 1)
    assert fails.next_at == AT + timedelta(seconds=2)
    assert (lost.state, lost.last_outcome, lost.kind) == (
        DeliveryState.GIVEN_UP,
        "invalid_auth",
        "stage_entered",
    )


def test_a_posted_text_is_shown_with_its_own_characters() -> None:
    assert as_shown("Tests &amp; co &lt;1&gt;") == "Tests & co <1>"
