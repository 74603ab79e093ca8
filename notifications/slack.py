"""Slack: posting through the Web API, and finding a message whose answer was lost."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from http.client import HTTPException
from threading import Lock
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from models.operations.deliveries import CANNOT_TELL
from notifications.senders import Letter, SendFailed

EVENT = "tadshin_delivery"
TIMEOUT_SECONDS = 10
PAGE = 200
MOST_PAGES = 8
"""A look for a lost message reads at most PAGE * MOST_PAGES messages (O11)."""
CLOCK_MARGIN = timedelta(hours=1)

_LASTING_CODES = """
    access_denied account_inactive as_user_not_supported cannot_reply_to_message channel_not_found
    deprecated_endpoint ekm_access_denied enterprise_is_restricted invalid_arg_name
    invalid_arguments invalid_array_arg invalid_auth invalid_blocks invalid_blocks_format
    invalid_charset invalid_form_data invalid_metadata_format invalid_metadata_schema
    invalid_post_type invalid_thread_ts is_archived is_inactive messages_tab_disabled
    metadata_must_be_sent_from_app metadata_too_large method_deprecated missing_post_type
    missing_scope msg_blocks_too_long msg_too_long no_permission no_text not_allowed_token_type
    not_authed not_in_channel restricted_action restricted_action_non_threadable_channel
    restricted_action_read_only_channel restricted_action_thread_locked
    restricted_action_thread_only_channel team_access_not_granted thread_not_found token_expired
    token_revoked too_many_attachments two_factor_setup_required unknown_method user_not_in_channel
"""

PERMANENT = frozenset(_LASTING_CODES.split())
"""Answers that stay the same however often one asks; any other error may pass (O8)."""

_THREAD_GONE = frozenset({"thread_not_found", "invalid_thread_ts", "cannot_reply_to_message"})
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{7,20}")
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500

# What the client logs by itself repeats answers in full; the outbox logs codes.
_silent = logging.getLogger("tadshin.slack")
_silent.setLevel(logging.CRITICAL)


class Slack:
    """A workspace that a token opens. Posts to one channel keep their distance in time (O10)."""

    def __init__(
        self, token: str, url: str, seconds_between_posts: float, timeout: int = TIMEOUT_SECONDS
    ) -> None:
        # No retry handler: slack_sdk would post again after a lost connection, message taken or not.
        self._client = WebClient(
            token=token, base_url=url, timeout=timeout, retry_handlers=[], logger=_silent
        )
        self._distance = seconds_between_posts
        self._free_at: dict[str, float] = {}
        self._channel_ids: dict[str, str] = {}
        self._lock = Lock()

    def send(self, letter: Letter) -> str:
        """Post a message and return its `ts`; into the channel itself where its thread is gone."""
        self._keep_distance(letter.channel)
        try:
            return self._post(letter, letter.thread)
        except SendFailed as failure:
            if not letter.thread or failure.outcome not in _THREAD_GONE:
                raise
        self._keep_distance(letter.channel)
        return self._post(letter, "")

    def find(self, letter: Letter) -> str | None:
        """Return the `ts` of the message that carries the delivery's id in its metadata."""
        for message in self._messages(letter):
            if _delivery_of(message) == str(letter.delivery):
                return str(message["ts"])
        return None

    def _post(self, letter: Letter, thread: str) -> str:
        answer = _ask(
            self._client.chat_postMessage,
            channel=letter.channel,
            text=letter.text,
            blocks=list(letter.blocks),
            metadata={"event_type": EVENT, "event_payload": {"id": str(letter.delivery)}},
            thread_ts=thread or None,
            mrkdwn=False,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
        )
        posted = answer.get("ts")
        if not isinstance(posted, str) or not posted:
            raise SendFailed("bad_answer", "no ts")
        self._learn_channel(letter.channel, answer.get("channel"))
        return posted

    def _messages(self, letter: Letter) -> Iterator[Mapping[str, Any]]:
        """Read the channel, or the thread, from its end back to the first attempt, page by page."""
        oldest = (letter.since - CLOCK_MARGIN).timestamp()
        read: Callable[..., SlackResponse] = self._client.conversations_history
        asked: dict[str, Any] = {
            "channel": self._channel_id(letter.channel),
            "oldest": f"{oldest:.6f}",
            "limit": PAGE,
            "include_all_metadata": True,
        }
        if letter.thread:
            read, asked = self._client.conversations_replies, {**asked, "ts": letter.thread}
        try:
            yield from _pages(read, asked, "messages")
        except SendFailed as failure:
            if failure.outcome != "thread_not_found":
                raise

    def _channel_id(self, name: str) -> str:
        """Return the id of a channel, which reading asks for where posting takes a name too."""
        if _CHANNEL_ID.fullmatch(name):
            return name
        if name not in self._channel_ids:
            asked = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": PAGE}
            for channel in _pages(self._client.conversations_list, asked, "channels"):
                self._learn_channel(str(channel.get("name")), channel.get("id"))
        found = self._channel_ids.get(name.removeprefix("#"))
        if found is None:
            raise SendFailed("channel_not_found", permanent=True)
        return found

    def _learn_channel(self, name: str, found: object) -> None:
        if isinstance(found, str):
            self._channel_ids[name.removeprefix("#")] = found

    def _keep_distance(self, channel: str) -> None:
        with self._lock:
            now = time.monotonic()
            start = max(now, self._free_at.get(channel, now))
            self._free_at[channel] = start + self._distance
        time.sleep(start - now)


@lru_cache(maxsize=4)
def open_slack(token: str, url: str, seconds_between_posts: float) -> Slack:
    """Return the one client of a workspace in this process, so that its posts keep their distance."""
    return Slack(token, url if url.endswith("/") else f"{url}/", seconds_between_posts)


def _pages(
    read: Callable[..., SlackResponse], asked: Mapping[str, Any], name: str
) -> Iterator[Mapping[str, Any]]:
    cursor = ""
    for _page in range(MOST_PAGES):
        answer = _ask(read, **asked, cursor=cursor or None)
        yield from (item for item in answer.get(name) or () if isinstance(item, dict))
        metadata = answer.get("response_metadata") or {}
        cursor = str(metadata.get("next_cursor") or "")
        if not cursor:
            return
    raise SendFailed(CANNOT_TELL, f"{PAGE * MOST_PAGES} read", permanent=True)


def _ask(call: Callable[..., SlackResponse], **asked: Any) -> SlackResponse:
    """Make one call and turn whatever goes wrong into SendFailed."""
    try:
        answer = call(**asked)
        answer.get("ok")  # fails where the answer is JSON but no object
    except SlackApiError as error:
        raise _refusal(error) from None
    except TimeoutError:
        raise SendFailed("timed_out") from None
    except URLError as error:
        timed_out = isinstance(error.reason, TimeoutError)
        raise SendFailed("timed_out" if timed_out else "no_connection", _type(error.reason)) from None
    except (OSError, HTTPException) as error:
        raise SendFailed("connection_lost", _type(error)) from None
    except (SlackClientError, ValueError, AttributeError, TypeError) as error:
        raise SendFailed("bad_answer", _type(error)) from None
    return answer


def _refusal(error: SlackApiError) -> SendFailed:
    answer = error.response
    status = answer.status_code
    code = answer.get("error") if isinstance(answer.data, dict) else None
    if status == _TOO_MANY_REQUESTS or code in ("ratelimited", "rate_limited"):
        return SendFailed("rate_limited", retry_after=_retry_after(answer.headers))
    if status >= _SERVER_ERROR:
        return SendFailed(f"http_{status}")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return SendFailed("bad_answer", f"http_{status}")
    return SendFailed(code, permanent=code in PERMANENT)


def _retry_after(headers: Mapping[str, Any]) -> float | None:
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    text = str(given[0] if isinstance(given, list) and given else given).strip()
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text) else None


def _delivery_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT:
        return None
    payload = metadata.get("event_payload")
    return payload.get("id") if isinstance(payload, dict) else None


def _type(error: object) -> str:
    return type(error).__name__
