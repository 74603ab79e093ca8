"""Where serving cannot begin: one clear line, and nothing left running."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.terminal.conftest import run


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "occupe le port"), ("ar", "المنفذ"), ("en", "uses port")]
)
def test_a_port_that_another_program_uses_is_named(place_of_work: Path, language: str, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        told = run("serve", "--lang", language, home=place_of_work, TADSHIN_PREFECT_PORT=port)

    assert (told.exit, told.out) == (7, "")
    assert words in told.err
    assert port in told.err
    assert "TADSHIN_PREFECT_PORT" in told.err
    assert not (place_of_work / "postgres").exists()


def test_a_move_is_kept_and_says_why_when_the_port_is_taken(place_of_work: Path) -> None:
    """The request is in the inbox before the orchestrator is looked for: kept, it is answered as kept."""
    move = ("project", "advance", "tamesna-complex", "--to", "construction", "--as", "officer", "--json")
    asked = ("--request", "11111111-1111-4111-8111-111111111111")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        told = run(*move, *asked, home=place_of_work, TADSHIN_PREFECT_PORT=port)
        again = run(*move, *asked, home=place_of_work, TADSHIN_PREFECT_PORT=port)
        looked = run("doctor", "--json", home=place_of_work, TADSHIN_PREFECT_PORT=port)
    shown = run("project", "show", "tamesna-complex", "--json", home=place_of_work).json

    assert (told.exit, told.json["outcome"], told.json["because"]) == (6, "waiting", "port_taken")
    assert told.json["request"] == asked[1]
    assert port in told.json["message"]
    assert again == told
    assert (shown["stage"], [one["request"] for one in shown["waiting"]]) == ("study", [asked[1]])
    states = {check["name"]: check["state"] for check in looked.json["checks"]}
    assert (states["moves"], states["orchestrator"]) == ("notice", "failed")


def test_a_name_that_is_no_setting_is_refused(place_of_work: Path) -> None:
    """X9: a slip in a name would leave another database in force."""
    told = run("portfolio", "list", "--json", home=place_of_work, TADSHIN_DATABSE_URL="sqlite:///x.db")

    assert (told.exit, told.json["error"]) == (2, "unknown_key")
    assert told.json["candidates"] == ["TADSHIN_DATABASE_URL"]


class _PlansNothing(BaseHTTPRequestHandler):
    """A Prefect server that is healthy and counts no run that is to come."""

    def do_GET(self) -> None:
        self._answer(b"true")

    def do_POST(self) -> None:
        self._answer(b"0")

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def plans_nothing() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _PlansNothing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()


def test_an_orchestrator_that_plans_nothing_is_noticed(place_of_work: Path, plans_nothing: str) -> None:
    """It looks well from outside, and no watch is ever kept."""
    looked = run("doctor", "--json", home=place_of_work, TADSHIN_PREFECT_API_URL=plans_nothing)

    states = {check["name"]: check["state"] for check in looked.json["checks"]}
    assert (looked.exit, states["orchestrator"]) == (0, "notice")
