"""Delivery rounds: each message once and in order, whatever fails on the way."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import cycle

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.operations.deliveries import retry
from models.queries.chat import read_feed, read_status
from models.rules.deliveries import LEASE
from models.settings import Channel
from models.tables import DeliveryState, FeedMessage
from notifications.deliver import SENDING_TIME, DeliveryReport, deliver_pending
from notifications.feed import Feed
from notifications.senders import Letter, Sender, SendFailed
from notifications.slack import Slack
from tests.builders import AT, make_project, make_staff
from tests.fakes import (
    BAD_JSON,
    LOST_ANSWER,
    LOST_REQUEST,
    SERVER_ERROR,
    SERVER_ERROR_AFTER_ALL,
    SLOW_ANSWER,
    TOKEN,
    Fault,
    SlackStandIn,
    rate_limited,
    refused,
)
from tests.operations.parcels import CHANNELS, FR, Clock, find_deliveries, outcomes, tell, tell_of

OVER = LEASE + timedelta(seconds=1)


class Crash(BaseException):
    """The process dies here."""


def open_slack(slack: SlackStandIn) -> Slack:
    return Slack(TOKEN, slack.url, 0, timeout=1)


async def deliver(
    database: Engine,
    sender: Sender,
    clock: Clock,
    *,
    channels: Sequence[Channel] = CHANNELS,
    limit: int = 1000,
    at_point: Callable[[str], None] = lambda name: None,
) -> DeliveryReport:
    return await deliver_pending(
        database, sender, channels, worker="test", clock=clock, limit=limit, at_point=at_point
    )


async def deliver_until_done(database: Engine, sender: Sender, clock: Clock) -> DeliveryReport:
    """Make rounds, some time apart, until nothing waits."""
    for _ in range(60):
        report = await deliver(database, sender, clock)
        if not report.waiting:
            return report
        clock.pass_(minutes=5)
    raise AssertionError("never done")


def crash_at(point: str, times: int = 1) -> Callable[[str], None]:
    left = iter(range(times))

    def reach(name: str) -> None:
        if name == point and next(left, None) is not None:
            raise Crash

    return reach


def said(texts: Sequence[str]) -> list[int]:
    """Return the numbers of the parcels that a channel's texts are about."""
    return [int(text.partition("officer-")[2][0]) for text in texts]


async def test_the_feed_gets_each_fact_once_in_each_language(database: Engine) -> None:
    tell_of(database, "first", [1, 2])
    feed, clock = Feed(database, Clock()), Clock()

    report = await deliver(database, feed, clock)
    again = await deliver(database, feed, clock)

    assert report == DeliveryReport(sent=4, failed=0, given_up=0, waiting=0)
    assert again == DeliveryReport(sent=0, failed=0, given_up=0, waiting=0)
    with db.reading(database) as session:
        lines = read_feed(session)
    assert [said([line.text])[0] for line in lines if line.channel == "#fr"] == [1, 2]
    assert [line.is_reply for line in lines if line.channel == "#fr"] == [False, True]
    assert {line.language for line in lines} == {"ar", "fr"}


@pytest.mark.parametrize(
    "fault",
    [LOST_ANSWER, LOST_REQUEST, SLOW_ANSWER, BAD_JSON, SERVER_ERROR, SERVER_ERROR_AFTER_ALL],
    ids=lambda fault: fault.name,
)
async def test_a_lost_answer_leads_to_exactly_one_message(
    database: Engine, slack: SlackStandIn, fault: Fault
) -> None:
    tell_of(database, "first", [1, 2])
    slack.fail(fault, fault)

    await deliver_until_done(database, open_slack(slack), Clock())

    assert len(slack.messages) == len(set(slack.deliveries())) == 4
    assert said(slack.texts("#ar")) == said(slack.texts("#fr")) == [1, 2]


@pytest.mark.parametrize("point", ["during_delivery", "after_delivery"])
async def test_a_crash_around_the_post_leads_to_exactly_one_message(
    database: Engine, slack: SlackStandIn, point: str
) -> None:
    tell_of(database, "first", [1, 2])
    clock = Clock()
    for _ in range(2):
        with pytest.raises(Crash):
            await deliver(database, open_slack(slack), clock, at_point=crash_at(point, 2))
        clock.pass_(seconds=OVER.total_seconds())

    await deliver_until_done(database, open_slack(slack), clock)

    assert len(slack.messages) == len(set(slack.deliveries())) == 4
    assert said(slack.texts("#ar")) == said(slack.texts("#fr")) == [1, 2]


@pytest.mark.parametrize("point", ["during_delivery", "after_delivery"])
async def test_a_crash_around_the_feed_leads_to_exactly_one_message(database: Engine, point: str) -> None:
    tell_of(database, "first", [1, 2])
    clock = Clock()
    with pytest.raises(Crash):
        await deliver(database, Feed(database, clock), clock, at_point=crash_at(point, 2))
    clock.pass_(seconds=OVER.total_seconds())

    report = await deliver(database, Feed(database, clock), clock)

    assert (report.sent, report.waiting) == (4, 0)
    with db.reading(database) as session:
        assert len(session.exec(select(FeedMessage)).all()) == 4
        assert "cut_short" in outcomes(session)


async def test_two_workers_at_once_send_each_message_once(database: Engine, slack: SlackStandIn) -> None:
    for key in ("first", "second", "third"):
        tell_of(database, key, [1, 2, 3])
    slack.fail(LOST_ANSWER, SERVER_ERROR, LOST_ANSWER)
    clock = Clock()

    for _ in range(4):
        await asyncio.gather(*(deliver(database, open_slack(slack), clock) for _worker in range(3)))
        clock.pass_(minutes=5)

    assert len(slack.messages) == len(set(slack.deliveries())) == 18
    for channel in ("#ar", "#fr"):
        for thread in threads(slack, channel):
            assert said(thread) == [1, 2, 3]


def threads(slack: SlackStandIn, channel: str) -> list[list[str]]:
    """Return the texts of each thread of a channel."""
    texts = set(slack.texts(channel))
    roots = [m["ts"] for m in slack.messages if m["thread_ts"] is None and m["text"] in texts]
    found = [[m["text"] for m in slack.messages if root in (m["ts"], m["thread_ts"])] for root in roots]
    assert len(found) == 3
    return found


async def test_the_order_of_a_thread_survives_failures_of_every_sort(
    database: Engine, slack: SlackStandIn
) -> None:
    tell_of(database, "first", [1, 2, 3, 4, 5])
    sorts = cycle([LOST_ANSWER, SERVER_ERROR, rate_limited("2"), BAD_JSON, refused("internal_error")])
    slack.fail(*(next(sorts) for _ in range(16)))

    await deliver_until_done(database, open_slack(slack), Clock())

    assert said(slack.texts("#ar")) == said(slack.texts("#fr")) == [1, 2, 3, 4, 5]
    assert len(set(slack.deliveries())) == 10


async def test_a_rate_limit_is_waited_out_by_its_channel_alone(
    database: Engine, slack: SlackStandIn
) -> None:
    tell_of(database, "first", [1])
    tell_of(database, "second", [1])
    slack.fail(rate_limited("45"), channel="#fr")
    sender, clock = open_slack(slack), Clock()

    report = await deliver(database, sender, clock)
    clock.pass_(seconds=44)
    too_early = await deliver(database, sender, clock)
    clock.pass_(seconds=1)
    after = await deliver(database, sender, clock)

    assert report == DeliveryReport(sent=2, failed=1, given_up=0, waiting=2)
    assert (too_early.sent, too_early.failed) == (0, 0)
    assert (after.sent, after.waiting) == (2, 0)
    assert len(slack.texts("#ar")) == 2


async def test_a_permanent_refusal_is_given_up_and_seen_and_can_be_put_back(
    database: Engine, slack: SlackStandIn
) -> None:
    tell_of(database, "first", [1, 2])
    slack.fail(refused("msg_too_long"), channel="#fr")
    sender, clock = open_slack(slack), Clock()

    report = await deliver(database, sender, clock)

    assert report == DeliveryReport(sent=3, failed=0, given_up=1, waiting=0)
    assert said(slack.texts("#fr")) == [2]
    with db.transaction(database) as session:
        [given_up] = read_status(session).given_up
        assert (given_up.project, given_up.last_outcome) == ("first", "msg_too_long")
        make_staff(session)
        retry(session, by="director", at=clock(), delivery=given_up.id)
    assert (await deliver(database, sender, clock)).sent == 1
    assert said(slack.texts("#fr")) == [2, 1]


async def test_a_parcel_that_cannot_be_written_is_given_up_and_the_others_go_on(database: Engine) -> None:
    with db.transaction(database) as session:
        project = make_project(session)
        tell(session, project, "no stage", entered=None)
        tell(session, project, "unknown stage", entered="moon")
        tell(session, project, "unknown kind", kind="rumour")
        tell(session, project, "good", by="officer-4")
    clock = Clock()

    report = await deliver(database, Feed(database, clock), clock)

    assert report == DeliveryReport(sent=2, failed=0, given_up=6, waiting=0)
    with db.reading(database) as session:
        given_up = read_status(session).given_up
        assert {line.last_outcome for line in given_up} == {"cannot_render"}
        assert given_up[0].last_detail == "stage_entered: 'entered' is undefined"
        assert all(line.attempts == 1 for line in given_up)


class Faulty:
    """A sender with a fault of its own in every other message."""

    def __init__(self, good: Sender) -> None:
        self.good = good
        self.sent = 0

    def find(self, letter: Letter) -> str | None:
        return self.good.find(letter)

    def send(self, letter: Letter) -> str:
        self.sent += 1
        if self.sent % 2:
            raise ZeroDivisionError
        return self.good.send(letter)


async def test_a_fault_of_a_sender_is_a_failed_attempt_not_the_end_of_the_round(database: Engine) -> None:
    tell_of(database, "first", [1, 2])
    clock = Clock()

    report = await deliver_until_done(database, Faulty(Feed(database, clock)), clock)

    assert report.given_up == 0
    with db.reading(database) as session:
        assert len(session.exec(select(FeedMessage)).all()) == 4
        assert "unexpected" in outcomes(session)


class Slow:
    """A sender whose look for a lost message takes longer than the lease allows."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.posts = 0

    def find(self, letter: Letter) -> str | None:
        self.clock.pass_(seconds=(LEASE - SENDING_TIME).total_seconds() + 1)
        return None

    def send(self, letter: Letter) -> str:
        self.posts += 1
        raise SendFailed("timed_out")


async def test_nothing_is_posted_when_the_lease_is_nearly_over(database: Engine) -> None:
    tell_of(database, "first", [1])
    clock = Clock()
    sender = Slow(clock)
    await deliver(database, sender, clock, channels=[FR])
    clock.pass_(minutes=5)

    await deliver(database, sender, clock, channels=[FR])

    assert sender.posts == 1
    with db.reading(database) as session:
        assert outcomes(session) == ["timed_out", "lease_over"]


async def test_a_round_makes_no_more_attempts_than_its_limit(database: Engine) -> None:
    for key in ("first", "second", "third"):
        tell_of(database, key, [1])
    clock = Clock()

    report = await deliver(database, Feed(database, clock), clock, limit=4)
    rest = await deliver(database, Feed(database, clock), clock, limit=4)

    assert (report.sent, report.waiting) == (4, 2)
    assert (rest.sent, rest.waiting) == (2, 0)


async def test_what_no_channel_wants_is_no_work(database: Engine) -> None:
    tell_of(database, "first", [1, 2])

    report = await deliver(database, Feed(database, Clock()), Clock(), channels=[])

    assert report == DeliveryReport(sent=0, failed=0, given_up=0, waiting=0)
    with db.reading(database) as session:
        assert find_deliveries(session) == []


async def test_facts_told_during_a_round_go_out_in_the_same_round(
    database: Engine, slack: SlackStandIn
) -> None:
    tell_of(database, "first", [1])
    late = iter([2])

    def tell_more() -> None:
        for number in late:
            tell_of(database, "first", [number])

    slack.after_taking = tell_more
    await deliver(database, open_slack(slack), Clock())

    assert said(slack.texts("#fr")) == said(slack.texts("#ar")) == [1, 2]


async def test_a_hostile_name_reaches_chat_as_harmless_text(database: Engine, slack: SlackStandIn) -> None:
    with db.transaction(database) as session:
        project = make_project(session)
        project.name_fr = "<!channel> @here <https://evil.example|ici> {{ 7*7 }} \u202egnp.exe & Cie"
        tell(session, project, "a")

    await deliver(database, open_slack(slack), Clock(), channels=[FR])

    [message] = slack.messages
    posted = message["text"] + json.dumps(message["blocks"], ensure_ascii=False)
    assert "&lt;!channel&gt;" in posted
    assert "{{ 7*7 }}" in posted
    for harmful in ("<", ">", "@here", "://", "\u202e", "49"):
        assert harmful not in posted
    assert {block["type"] for block in message["blocks"]} == {"header", "section", "context"}
    assert '"mrkdwn"' not in json.dumps(message["blocks"])


async def test_chat_being_away_leaves_everything_waiting_in_order(database: Engine) -> None:
    tell_of(database, "first", [1, 2])
    clock = Clock()

    away = await deliver(database, Slack(TOKEN, "http://127.0.0.1:9/api/", 0, timeout=1), clock)
    clock.pass_(hours=1)
    back = await deliver(database, Feed(database, clock), clock)

    assert away == DeliveryReport(sent=0, failed=2, given_up=0, waiting=4)
    assert (back.sent, back.waiting) == (4, 0)


async def test_every_attempt_is_logged(database: Engine, slack: SlackStandIn) -> None:
    tell_of(database, "first", [1])
    slack.fail(SERVER_ERROR, LOST_ANSWER)
    clock = Clock(AT)
    for _ in range(3):
        await deliver(database, open_slack(slack), clock, channels=[FR])
        clock.pass_(minutes=5)

    with db.reading(database) as session:
        [delivery] = find_deliveries(session)
        assert outcomes(session, delivery.id) == ["http_500", "connection_lost", "found"]
        assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 3)
        assert delivery.provider_id == slack.messages[0]["ts"]
