"""The Slack sender against a workspace with real sockets and real faults."""

import logging
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from notifications.blocks import section
from notifications.senders import Letter, SendFailed
from notifications.slack import MOST_PAGES, Slack, open_slack
from tests.fakes import (
    BAD_JSON,
    LOST_ANSWER,
    LOST_REQUEST,
    NO_OBJECT,
    SERVER_ERROR,
    SERVER_ERROR_AFTER_ALL,
    SLOW_ANSWER,
    TOKEN,
    Fault,
    SlackStandIn,
    rate_limited,
    refused,
)


def make_letter(channel: str = "#ar", thread: str = "", delivery: UUID | None = None) -> Letter:
    return Letter(
        delivery=delivery or uuid4(),
        channel=channel,
        language="ar",
        thread=thread,
        since=datetime(2025, 1, 1, tzinfo=UTC),
        text="مرحلة جديدة",
        blocks=[section("مرحلة جديدة")],
    )


def open_(slack: SlackStandIn, token: str = TOKEN) -> Slack:
    return Slack(token, slack.url, 0, timeout=1)


def fail(sender: Slack, letter: Letter) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        sender.send(letter)
    return failed.value


def test_a_post_carries_its_delivery_and_asks_for_plain_text(slack: SlackStandIn) -> None:
    letter = make_letter()

    posted = open_(slack).send(letter)

    [message] = slack.messages
    assert message["ts"] == posted
    assert message["metadata"] == {
        "event_type": "tadshin_delivery",
        "event_payload": {"id": str(letter.delivery)},
    }
    assert (message["mrkdwn"], message["parse"], message["link_names"]) == (False, "none", False)


def test_a_later_message_answers_the_first(slack: SlackStandIn) -> None:
    sender = open_(slack)
    first = sender.send(make_letter())

    sender.send(make_letter(thread=first))

    assert [message["thread_ts"] for message in slack.messages] == [None, first]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (LOST_ANSWER, "connection_lost"),
        (LOST_REQUEST, "connection_lost"),
        (SLOW_ANSWER, "timed_out"),
        (SERVER_ERROR, "http_500"),
        (SERVER_ERROR_AFTER_ALL, "http_503"),
        (BAD_JSON, "bad_answer"),
        (NO_OBJECT, "bad_answer"),
        (refused("internal_error"), "internal_error"),
        (refused("an error nobody has heard of"), "bad_answer"),
        (Fault("no_ts", body='{"ok": true}'), "bad_answer"),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else value,
)
def test_what_may_pass_is_told_as_passing_and_tried_once(
    slack: SlackStandIn, fault: Fault, outcome: str
) -> None:
    slack.fail(fault)

    failure = fail(open_(slack), make_letter())

    assert (failure.outcome, failure.permanent) == (outcome, False)
    assert slack.calls == ["chat.postMessage"]


@pytest.mark.parametrize(
    "error", ["channel_not_found", "not_in_channel", "invalid_auth", "msg_too_long", "invalid_blocks"]
)
def test_what_stays_refused_is_told_as_permanent(slack: SlackStandIn, error: str) -> None:
    slack.fail(refused(error))

    failure = fail(open_(slack), make_letter())

    assert (failure.outcome, failure.permanent) == (error, True)


def test_a_server_that_is_away_is_a_passing_failure(slack: SlackStandIn) -> None:
    failure = fail(Slack(TOKEN, "http://127.0.0.1:9/api/", 0, timeout=1), make_letter())

    assert (failure.outcome, failure.permanent) == ("no_connection", False)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("-3", None), ("soon", None), ("9" * 30, None)]
)
def test_a_rate_limit_names_its_seconds(slack: SlackStandIn, header: str, seconds: float | None) -> None:
    slack.fail(rate_limited(header))

    failure = fail(open_(slack), make_letter())

    assert (failure.outcome, failure.retry_after, failure.permanent) == ("rate_limited", seconds, False)


@pytest.mark.parametrize("fault", [LOST_ANSWER, SLOW_ANSWER, BAD_JSON, SERVER_ERROR_AFTER_ALL])
def test_a_message_whose_answer_was_lost_is_found(slack: SlackStandIn, fault: Fault) -> None:
    sender, letter = open_(slack), make_letter()
    slack.fail(fault)
    fail(sender, letter)

    assert sender.find(letter) == slack.messages[0]["ts"]


def test_a_message_that_never_arrived_is_not_found(slack: SlackStandIn) -> None:
    sender, letter = open_(slack), make_letter()
    sender.send(make_letter())
    slack.fail(LOST_REQUEST)
    fail(sender, letter)

    assert sender.find(letter) is None


def test_a_lost_message_is_found_pages_away_in_the_channel_and_in_its_thread(slack: SlackStandIn) -> None:
    slack.page = 3
    sender, wanted = open_(slack), make_letter()
    first = sender.send(wanted)
    reply = make_letter(thread=first)
    for _ in range(8):
        sender.send(make_letter())
        sender.send(make_letter(thread=first))
    posted = sender.send(reply)

    assert sender.find(wanted) == first
    assert sender.find(reply) == posted


def test_a_look_ends_at_its_bound_and_says_that_it_cannot_tell(slack: SlackStandIn) -> None:
    slack.page = 1
    sender = open_(slack)
    for _ in range(MOST_PAGES + 1):
        sender.send(make_letter())

    with pytest.raises(SendFailed) as failed:
        sender.find(make_letter())

    assert (failed.value.outcome, failed.value.permanent) == ("cannot_tell", True)


def test_foreign_metadata_disturbs_no_look(slack: SlackStandIn) -> None:
    sender, letter = open_(slack), make_letter()
    sender.send(letter)
    junk: list[object] = [None, "text", 5, {"event_type": "tadshin_delivery", "event_payload": "x"}]
    for metadata in junk:
        sender.send(make_letter())
        slack.messages[-1]["metadata"] = metadata

    assert sender.find(letter) == slack.messages[0]["ts"]


def test_a_channel_is_known_by_its_id_too(slack: SlackStandIn) -> None:
    letter = make_letter("C00STANDIN01")

    posted = open_(slack).send(letter)

    assert open_(slack).find(letter) == posted
    assert "conversations.list" not in slack.calls


def test_a_channel_that_does_not_exist_is_a_permanent_failure_of_a_look(slack: SlackStandIn) -> None:
    with pytest.raises(SendFailed) as failed:
        open_(slack).find(make_letter("#nowhere"))

    assert (failed.value.outcome, failed.value.permanent) == ("channel_not_found", True)


def test_a_thread_that_was_deleted_swallows_nothing(slack: SlackStandIn) -> None:
    sender = open_(slack)
    first = sender.send(make_letter())
    slack.messages.clear()
    letter = make_letter(thread=first)

    assert sender.find(letter) is None
    posted = sender.send(letter)

    assert [(message["ts"], message["thread_ts"]) for message in slack.messages] == [(posted, None)]


def test_posts_to_one_channel_keep_their_distance_and_other_channels_need_not_wait(
    slack: SlackStandIn,
) -> None:
    sender = Slack(TOKEN, slack.url, 0.3, timeout=1)
    start = time.monotonic()

    sender.send(make_letter("#ar"))
    sender.send(make_letter("#fr"))
    after_two = time.monotonic() - start
    sender.send(make_letter("#ar"))

    assert after_two < 0.3 <= time.monotonic() - start


def test_one_workspace_has_one_client_so_that_its_distance_is_kept() -> None:
    assert open_slack("xoxb-a", "https://slack.test/api", 1.0) is open_slack(
        "xoxb-a", "https://slack.test/api", 1.0
    )


def test_no_failure_and_no_log_line_holds_the_token_or_the_text(
    slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sender = open_(slack, token="xoxb-secret")  # noqa: S106 - opens nothing
    faults = [LOST_ANSWER, SERVER_ERROR, NO_OBJECT, BAD_JSON, rate_limited("1")]
    slack.fail(*faults)

    failures = [fail(sender, make_letter()) for _ in range(len(faults) + 1)]

    said = " ".join(f"{failure} {failure.detail}" for failure in failures) + caplog.text
    assert "xoxb-secret" not in said
    assert "مرحلة" not in said
    assert failures[-1].outcome == "invalid_auth"
