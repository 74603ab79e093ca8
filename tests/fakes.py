"""Stand-ins for what lies outside the house: real sockets, with faults on demand."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

TOKEN = "xoxb-stand-in"  # noqa: S105 - opens nothing but the stand-in
_FIRST_TS = 1_760_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call. `takes`: the message is taken all the same."""

    name: str
    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    takes: bool = False
    drops: bool = False
    seconds: float = 0.0


def refused(error: str) -> Fault:
    return Fault(error, body=json.dumps({"ok": False, "error": error}))


def rate_limited(seconds: str) -> Fault:
    body = json.dumps({"ok": False, "error": "ratelimited"})
    return Fault("rate_limited", 429, body, {"Retry-After": seconds})


LOST_ANSWER = Fault("lost_answer", takes=True, drops=True)
LOST_REQUEST = Fault("lost_request", drops=True)
SLOW_ANSWER = Fault("slow_answer", takes=True, drops=True, seconds=1.5)
SERVER_ERROR = Fault("server_error", 500, "<html>oops</html>")
SERVER_ERROR_AFTER_ALL = Fault("server_error_after_all", 503, "", takes=True)
BAD_JSON = Fault("bad_json", body="<html>welcome to the hotel network</html>", takes=True)
NO_OBJECT = Fault("no_object", body='["ok"]')


class SlackStandIn:
    """A workspace on loopback with real sockets. Faults are used up one per `chat.postMessage`.

    `page` caps what one page of a listing holds, whatever the client asks for.
    """

    def __init__(self, *names: str, page: int = 200) -> None:
        self.messages: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.faults: deque[Fault] = deque()
        self.faults_of: dict[str, deque[Fault]] = {}
        self.page = page
        self.after_taking: Callable[[], None] = lambda: None
        self._ids = {name.removeprefix("#"): f"C00STANDIN{i:02}" for i, name in enumerate(names)}
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"slack": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/api/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, *faults: Fault, channel: str | None = None) -> None:
        """Let the next posts fail, of one channel or of any."""
        (self.faults if channel is None else self.faults_of.setdefault(channel, deque())).extend(faults)

    def texts(self, name: str) -> list[str]:
        """Return the texts of a channel in the order in which they were posted."""
        wanted = self._id(name)
        return [message["text"] for message in self.messages if message["channel"] == wanted]

    def deliveries(self) -> list[str]:
        """Return the delivery ids of all messages in the order in which they were posted."""
        return [message["metadata"]["event_payload"]["id"] for message in self.messages]

    def answer(self, method: str, asked: Mapping[str, Any], token: str) -> Fault:
        """Return what goes over the wire for one call."""
        with self._lock:
            self.calls.append(method)
            fault = self._fault(asked) if method == "chat.postMessage" else None
            if fault is not None and not fault.takes:
                return fault
            body = self._do(method, asked) if token == TOKEN else _no("invalid_auth")
        if method == "chat.postMessage":
            self.after_taking()
        return fault or Fault("none", body=json.dumps(body))

    def _fault(self, asked: Mapping[str, Any]) -> Fault | None:
        name = str(asked.get("channel"))
        for faults in (self.faults_of.get(name), self.faults):
            if faults:
                return faults.popleft()
        return None

    def _do(self, method: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        if method == "conversations.list":
            found = [{"id": id_, "name": name} for name, id_ in self._ids.items()]
            return self._paged("channels", found, asked)
        channel = self._id(str(asked.get("channel")), by_name=method == "chat.postMessage")
        if channel is None:
            return _no("channel_not_found")
        return {
            "chat.postMessage": self._post,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }[method](channel, asked)

    def _post(self, channel: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        thread = asked.get("thread_ts")
        if thread and not any(m["ts"] == thread and not m.get("deleted") for m in self.messages):
            return _no("thread_not_found")
        if _breaks_limits(asked):
            return _no("invalid_blocks")
        ts = f"{_FIRST_TS + len(self.messages)}.000100"
        kept = ("text", "blocks", "metadata", "thread_ts", "mrkdwn", "parse", "link_names", "unfurl_links")
        self.messages.append({"ts": ts, "channel": channel, **{name: asked.get(name) for name in kept}})
        return {"ok": True, "channel": channel, "ts": ts}

    def _history(self, channel: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        top = [m for m in self.messages if m["channel"] == channel and not m["thread_ts"]]
        return self._paged("messages", [_seen(m, asked) for m in reversed(top)], asked)

    def _replies(self, channel: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        thread = asked["ts"]
        of_thread = [m for m in self.messages if thread in (m["ts"], m["thread_ts"])]
        if not of_thread:
            return _no("thread_not_found")
        return self._paged("messages", [_seen(m, asked) for m in of_thread], asked)

    def _paged(self, name: str, items: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
        start = int(asked.get("cursor") or 0)
        end = start + min(int(asked.get("limit", 100)), self.page)
        cursor = str(end) if end < len(items) else ""
        return {"ok": True, name: items[start:end], "response_metadata": {"next_cursor": cursor}}

    def _id(self, name: str, by_name: bool = True) -> str | None:
        if by_name and name.removeprefix("#") in self._ids:
            return self._ids[name.removeprefix("#")]
        return name if name in self._ids.values() else None


class _Handler(BaseHTTPRequestHandler):
    slack: SlackStandIn
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        asked = json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        given = self.slack.answer(self.path.rpartition("/")[2], asked, token)
        time.sleep(given.seconds)
        if given.drops:
            self.close_connection = True
            self.connection.close()
            return
        data = given.body.encode()
        with suppress(OSError):
            self.send_response(given.status)
            for name, value in {"Content-Type": "application/json", **given.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing on the terminal."""


def _seen(message: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """A message as a listing shows it: metadata only for those who ask."""
    asks = str(asked.get("include_all_metadata")).lower() in ("1", "true")
    return {name: value for name, value in message.items() if name != "metadata" or asks}


def _breaks_limits(asked: Mapping[str, Any]) -> bool:
    limits = {"header": 150, "section": 3000}
    blocks = asked.get("blocks") or []
    too_long = any(
        not 0 < len(block["text"]["text"]) <= limits[block["type"]] for block in blocks if "text" in block
    )
    return too_long or len(blocks) > 50


def _no(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}
