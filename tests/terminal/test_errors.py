"""Whatever is wrong with a call, its answer is one clear sentence, an exit code, and nothing changed."""

import json
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, select

from models import db
from models.rules.errors import CentreError
from models.tables import TrailEntry
from tadshin.terminal import desk as desks
from tests.terminal.conftest import PROGRAM, Call, answer, environment_of, run

HOSTILE = (
    "\u202esample-centre",
    "a" * 10_000,
    "<script>alert(1)</script>",
    "{{7*7}}",
    "{key}",
    "=cmd()",
    "[red]x[/]",
    "[/]",
    "%s",
    "\x1b[31mred",
    "",
    " ",
    "\udcff",
    "é\u0301'\";--",
)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_arguments_do_no_harm(books: Engine, call: Call, hostile: str) -> None:
    before = _entries(books)
    calls = (
        ("project", "show", hostile),
        ("project", "gates", hostile, "--to", hostile),
        ("project", "suspend", hostile, "--reason", hostile, "--as", "director"),
        ("project", "list", "--province", hostile),
        ("evidence", "add", "sample-centre", hostile, "--on", hostile, "--as", "officer"),
        ("milestone", "met", "sample-centre", hostile, "--on", "2026-03-02", "--as", "officer"),
        ("findings", "show", hostile),
        ("user", "add", hostile, "--name", hostile, "--as", "administrator"),
        ("user", "grant", hostile, hostile, "--as", "administrator"),
        ("portfolio", "import", hostile, "--as", "officer"),
        ("chat", "--channel", "x", "--project", hostile),
        (hostile or "x",),
        ("project", "show", "sample-centre", hostile),
    )
    for arguments in calls:
        for form in ((), ("--json",)):
            answer = call(*arguments, *form, "--lang", "en")
            assert answer.exit in (2, 3, 4), (arguments[:2], answer)
            printed = answer.out + answer.err
            assert "\u202e" not in printed
            assert "\x1b" not in printed
            assert "Traceback" not in printed
            assert len(printed) < 3000
            if form:
                assert {"error", "message"} <= answer.json.keys()
                assert answer.err == ""
    assert _entries(books) == before


def test_a_hostile_reason_is_kept_and_shown_as_it_is(books: Engine, call: Call) -> None:
    reason = "{{7*7}} <script> =cmd() [red]x[/] %s {project}"

    assert call("project", "suspend", "sample-centre", "--reason", reason, "--as", "director").exit == 0
    assert reason in call("project", "history", "sample-centre").out
    entries = call("project", "history", "sample-centre", "--json").json["entries"]
    assert entries[-1]["details"]["reason"] == reason


@pytest.mark.parametrize("reason", ["", "  ", "\u202ex", "a\x07b", "a" * 10_000])
def test_a_reason_that_is_none_or_deceives_changes_nothing(books: Engine, call: Call, reason: str) -> None:
    answer = call("project", "suspend", "sample-centre", "--reason", reason, "--as", "director", "--json")

    assert (answer.exit, answer.json["error"], answer.json["field"]) == (2, "bad_value", "reason")
    assert call("project", "show", "sample-centre", "--json").json["status"] == "active"


def test_errors_are_json_on_stdout_where_json_is_asked(books: Engine, call: Call) -> None:
    spoken = call("project", "suspend", "sample-centre", "--reason", "x", "--as", "officer", "--lang", "en")
    asked = call("--json", "project", "suspend", "sample-centre", "--reason", "x", "--as", "officer")

    assert (spoken.exit, spoken.out) == (4, "")
    assert "officer may not" in spoken.err
    assert (asked.exit, asked.err) == (4, "")
    assert asked.json["error"] == "not_allowed"
    assert asked.json["who"] == ["director"]


def test_an_unknown_command_is_answered_with_the_nearest(call: Call) -> None:
    answer = call("projcet", "list", "--lang", "en")

    assert answer.exit == 2
    assert "Did you mean 'project'?" in answer.err
    assert call("projcet", "--json").json["error"] == "usage"
    assert "Vouliez-vous dire 'project'" in call("projcet", "--lang", "fr").err


def test_an_unprepared_database_says_what_to_do(
    settings_env: Callable[..., None], call: Call, tmp_path: Path
) -> None:
    settings_env(database_url="", home=tmp_path / "nowhere")

    answer = call("portfolio", "list", "--lang", "en")

    assert (answer.exit, answer.out) == (7, "")
    assert "tadshin init" in answer.err
    assert call("portfolio", "list", "--json").json["error"] == "not_prepared"
    assert not (tmp_path / "nowhere" / "tadshin.db").exists()


def test_a_wrong_setting_is_one_line(settings_env: Callable[..., None], call: Call) -> None:
    settings_env(database_url="mysql://somewhere")

    answer = call("portfolio", "list", "--lang", "en")

    assert answer.exit == 2
    assert "TADSHIN_DATABASE_URL" in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"this is no database, only a text of some length" * 50])
def test_a_file_that_is_no_database(
    settings_env: Callable[..., None], call: Call, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "tadshin.db").write_bytes(content)
    settings_env(home=tmp_path, database_url="")

    assert call("portfolio", "list").exit == 7
    assert call("doctor").exit == 7


def test_a_locked_database_is_told(
    place_of_work: Path, settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.2)
    settings_env(home=place_of_work, database_url="")
    suspend = ("project", "suspend", "rahma-cmp", "--reason", "x", "--as", "director", "--json")

    with sqlite3.connect(place_of_work / "tadshin.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        told = answer(*suspend)
        other.execute("ROLLBACK")

    assert (told.exit, told.json["error"]) == (7, "store_unavailable")
    assert answer("project", "show", "rahma-cmp", "--json").json["status"] == "active"
    assert answer(*suspend).exit == 0


def test_what_nobody_foresaw_is_one_line_and_its_details_come_when_asked(
    books: Engine, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(desks, "check_prepared", fail)

    answer = call("portfolio", "list", "--lang", "en")
    assert (answer.exit, len(answer.err.splitlines())) == (1, 1)
    assert "RuntimeError" in answer.err
    assert "secret" not in answer.err
    assert "Traceback" in call("portfolio", "list", "--debug").err
    assert call("portfolio", "list", "--json").json["error"] == "unexpected"


def test_an_error_nobody_listed_still_ends_well(
    books: Engine, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise CentreError

    monkeypatch.setattr(desks, "check_prepared", fail)

    assert call("portfolio", "list", "--json").json["error"] == "centre_error"


def _entries(engine: Engine) -> int:
    with Session(engine) as session:
        return session.exec(select(func.count()).select_from(TrailEntry)).one()


def test_a_closed_pipe_is_quiet(place_of_work: Path) -> None:
    command = ["bash", "-c", f"'{PROGRAM}' project history rahma-cmp | head -1"]
    done = subprocess.run(
        command, env=environment_of(place_of_work), capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_control_c_ends_quietly(place_of_work: Path) -> None:
    with subprocess.Popen(
        [str(PROGRAM), "chat", "--follow", "--lang", "en"],
        env=environment_of(place_of_work),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == b"No messages yet.\n"
        following.send_signal(signal.SIGINT)
        _out, errors = following.communicate(timeout=30)

    assert (following.returncode, errors.decode().strip()) == (130, "")


def test_a_database_opened_for_reading_only_is_not_written(place_of_work: Path) -> None:
    url = f"sqlite:///file:{place_of_work / 'tadshin.db'}?mode=ro&uri=true"
    suspend = ("project", "suspend", "rahma-cmp", "--reason", "x", "--as", "director", "--json")

    told = run(*suspend, home=place_of_work, TADSHIN_DATABASE_URL=url)

    assert (told.exit, told.json["error"]) == (7, "store_unavailable")


def test_nothing_but_the_answer_goes_to_stdout(place_of_work: Path) -> None:
    answer = run("portfolio", "list", "--json", home=place_of_work)

    assert (answer.exit, answer.err) == (0, "")
    assert len(json.loads(answer.out)["projects"]) == 27


def test_stdout_that_takes_no_arabic_gets_escapes(place_of_work: Path) -> None:
    plain = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}

    answer = run("portfolio", "list", "--json", home=place_of_work, **plain)

    assert answer.exit == 0
    assert any(character > "\u0600" for character in answer.json["projects"][0]["name"]["ar"])


def test_a_table_goes_to_any_encoding(place_of_work: Path) -> None:
    western = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"}

    answer = run("portfolio", "list", "--lang", "ar", home=place_of_work, **western)

    assert (answer.exit, answer.err) == (0, "")
    assert "rahma-cmp" in answer.out
