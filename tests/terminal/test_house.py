"""Setting a place up, looking after it, and what is kept of what happened there."""

import asyncio
import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models import db
from models.clock import now
from models.nights import RECONCILING
from models.operations.looks import note_look
from models.settings import load_settings
from notifications.deliver import deliver_pending
from notifications.feed import Feed
from tests import builders
from tests.terminal.conftest import PROGRAM, Call, run


def test_init_makes_a_place_once(tmp_path: Path) -> None:
    home = tmp_path / "var"
    first = run("init", "--with-report-2021", "--admin", "chief", "--json", home=home)
    again = run("init", "--with-report-2021", "--json", home=home)

    assert (first.exit, first.json["projects"], first.json["findings"]) == (0, 27, 51)
    assert (again.exit, again.json["projects"], again.json["findings"]) == (0, 0, 0)
    listed = run("portfolio", "list", "--json", home=home).json
    assert listed["total"] == {"centimes": 452_500_000_00, "currency": "MAD"}
    assert run("init", "--admin", "other", "--json", home=home).json["error"] == "people_exist"
    assert run("user", "grant", "chief", "officer", "--as", "chief", home=home).exit == 0


def test_a_database_of_a_later_version_is_left_alone(books: Engine, call: Call) -> None:
    with books.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert call("portfolio", "list", "--json").json["error"] == "not_prepared"
    made = call("init", "--json")
    assert (made.exit, made.json["error"]) == (7, "newer_database")


def test_a_place_that_cannot_be_made_is_told(settings_env: Callable[..., None], call: Call) -> None:
    settings_env(home="/proc/nowhere", database_url="")

    told = call("init", "--json").json
    assert (told["error"], told["folder"], told["setting"]) == (
        "place_unusable",
        "/proc/nowhere",
        "TADSHIN_HOME",
    )


def test_the_samples_are_marked(place_of_work: Path) -> None:
    pieces = run("evidence", "list", "rahma-cmp", "--json", home=place_of_work).json["evidence"]

    assert pieces
    assert all(piece["sample"] for piece in pieces)


def test_the_samples_are_added_once(place_of_work: Path) -> None:
    again = run("init", "--with-report-2021", "--with-samples", "--json", home=place_of_work)

    assert (again.exit, again.json["sample_books"], again.json["sample_pieces"]) == (0, 0, 0)
    lines = run("commitment", "list", "rahma-cmp", "--json", home=place_of_work).json["commitments"]
    assert lines
    assert all(line["reference"].startswith("EXEMPLE") for line in lines)


def test_the_doctor_finds_all_well(books: Engine, call: Call) -> None:
    told = call("doctor", "--json")

    assert told.exit == 0
    assert {check["name"]: check["state"] for check in told.json["checks"]} == {
        "settings": "ok",
        "database": "ok",
        "evidence": "ok",
        "statements": "ok",
        "snapshots": "ok",
        "moves": "ok",
        "messages": "ok",
        "reconciliation": "ok",
        "orchestrator": "notice",
    }
    assert "notice" not in call("doctor", "--lang", "ar").out


def test_the_doctor_finds_a_file_that_was_changed(books: Engine, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "permit.pdf"
    file.write_bytes(b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n")
    add = ("evidence", "add", "sample-centre", "manuals", "--on", "2026-02-10", "--file", str(file))
    assert call(*add, "--as", "officer").exit == 0
    stored = next(path for path in load_settings().evidence_folder.iterdir())
    stored.chmod(0o600)
    stored.write_bytes(b"something else")

    told = call("doctor", "--json")

    assert told.exit == 7
    evidence = next(check for check in told.json["checks"] if check["name"] == "evidence")
    assert evidence["state"] == "failed"
    assert stored.name in evidence["message"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_each_shell(call: Call, shell: str) -> None:
    assert "_TADSHIN_COMPLETE" in call("completion", shell).out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("tadshin proj", "project"),
        ("tadshin project gates rah", "rahma-cmp"),
        ("tadshin project gates rahma-cmp --to equ", "equipment"),
        ("tadshin evidence add rahma-cmp building_p", "building_permit"),
        ("tadshin user grant somebody dir", "director"),
    ],
)
def test_a_shell_is_offered_words(place_of_work: Path, words: str, offered: str) -> None:
    environment = {
        **os.environ,
        "TADSHIN_HOME": str(place_of_work),
        "_TADSHIN_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    done = subprocess.run(
        [str(PROGRAM)], env=environment, capture_output=True, text=True, check=True, timeout=60
    )

    assert offered in [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_a_shell_is_offered_nothing_where_nothing_is_prepared(tmp_path: Path) -> None:
    answer = run(
        home=tmp_path / "none",
        _TADSHIN_COMPLETE="bash_complete",
        COMP_WORDS="tadshin project gates ",
        COMP_CWORD="3",
    )

    assert (answer.out.strip(), answer.err) == ("", "")


def test_the_trail_is_verified(books: Engine, call: Call) -> None:
    noted = call("audit", "head", "--json").json["hash"]
    call("project", "suspend", "sample-centre", "--reason", "x", "--as", "director")

    assert call("audit", "verify", "--json").json["holds"] is True
    assert call("audit", "verify", "--expect", noted.upper(), "--as", "auditor").exit == 0
    stranger = call("audit", "verify", "--expect", "0f" * 32, "--json")
    assert (stranger.exit, stranger.json["expected_found"]) == (3, False)
    assert call("audit", "verify", "--as", "officer").exit == 4


def test_the_past_of_a_project_is_rebuilt(books: Engine, call: Call) -> None:
    today = now().date().isoformat()
    call("project", "suspend", "sample-centre", "--reason", "x", "--as", "director")

    then = call("project", "show", "sample-centre", "--as-of", today, "--json").json
    assert (then["as_of"], then["status"], then["stage"]) == (today, "suspended", "study")
    assert then["budget"] == {"centimes": 12_000_000_00, "currency": "MAD"}
    assert "sample-centre" in call("project", "show", "sample-centre", "--as-of", today, "--lang", "ar").out
    before = call("project", "show", "sample-centre", "--as-of", "2026-01-01", "--json")
    assert (before.exit, before.json["error"]) == (2, "not_yet_registered")


def test_history_ends_where_it_is_told(books: Engine, call: Call) -> None:
    call("project", "suspend", "sample-centre", "--reason", "a reason", "--as", "director")

    told = call("project", "history", "sample-centre", "--lang", "en")
    assert "project suspended" in told.out
    assert "a reason" in told.out
    early = call("project", "history", "sample-centre", "--until", "2026-03-02", "--json").json["entries"]
    assert [entry["kind"] for entry in early] == ["project_registered"]


def test_findings_are_listed_shown_and_settled(place_of_work: Path) -> None:
    every = run("findings", "list", "--json", home=place_of_work).json["findings"]
    grave = run("findings", "list", "--severity", "A", "--json", home=place_of_work).json["findings"]
    assert len(every) == 51
    assert {finding["severity"] for finding in grave} == {"A"}

    shown = run("findings", "show", "p1", "--lang", "en", home=place_of_work)
    assert "tanger-hearing" in shown.out
    settle = ("findings", "settle", "P1", "detail", "--reason", "x", "--as", "officer", "--json")
    assert run(*settle, home=place_of_work).json["finding"] == "P1"
    assert run(*settle, home=place_of_work).exit == 5
    settled = run("findings", "list", "--settled", "--json", home=place_of_work).json["findings"]
    assert [(finding["key"], finding["settled_by"]) for finding in settled] == [("P1", "officer")]
    assert run("findings", "show", "P99", "--json", home=place_of_work).exit == 2


def test_chat_shows_the_feed_as_it_looks(books: Engine, call: Call) -> None:
    assert "No messages yet." in call("chat", "--lang", "en").out
    reason = "<b>&amp; [red]x[/] <!channel>"
    call("project", "suspend", "sample-centre", "--reason", reason, "--as", "director")
    assert call("chat", "status", "--json").json["unaddressed"] == 1

    _deliver(books)

    told = call("chat", "--channel", "#tadshin-fr", "--project", "sample-centre", "--lang", "en")
    assert "Centre d'exemple sample-centre" in told.out
    assert reason in told.out
    messages = call("chat", "--json").json["messages"]
    assert {message["channel"] for message in messages} == {"#tadshin-ar", "#tadshin-fr"}
    assert {message["kind"] for message in messages} == {"suspended"}
    assert call("chat", "status", "--json").json["sent"] == 2
    assert call("chat", "retry", "--as", "officer", "--json").json == {"count": 0}
    assert call("chat", "--limit", "0").exit == 2


def test_chat_tells_nobody_about_projects_they_may_not_read(books: Engine, call: Call) -> None:
    with db.transaction(books) as session:
        builders.make_person(session, "east", "officer", region="oriental")
    for project in ("sample-centre", "other-centre"):
        call("project", "suspend", project, "--reason", "x", "--as", "director")
    _deliver(books)

    messages = call("chat", "--as", "east", "--json").json["messages"]

    assert {message["project"] for message in messages} == {"sample-centre"}
    assert call("chat", "status", "--as", "east").exit == 4


def _deliver(engine: Engine) -> None:
    channels = load_settings().channels
    report = asyncio.run(
        deliver_pending(engine, Feed(engine), channels, worker="tests", clock=now, limit=100)
    )
    assert report.waiting == 0


def test_a_portfolio_is_imported_whole_or_not_at_all(books: Engine, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "projects.csv"
    assert call("portfolio", "template", str(file), "--lang", "fr").exit == 0
    heading = file.read_text(encoding="utf-8-sig").splitlines()[0]
    row = "new-one;مركز;Centre;Centre;santé;CMP;Nador;1 250 000,50;admission;0;;;\n"
    file.write_text(f"{heading}\n{row}", encoding="utf-8")
    bring = ("portfolio", "import", str(file), "--as", "officer", "--json")

    tried = call(*bring, "--dry-run")
    assert (tried.exit, tried.json["new"], tried.json["written"]) == (0, ["new-one"], False)
    assert call(*bring).json["written"] is True
    assert call(*bring).json["unchanged"] == ["new-one"]
    assert call("portfolio", "template", str(file)).exit == 2  # never over a file that is there

    file.write_text(f"{heading}\n{row}other;مركز;=cmd();x;nothing;CMP;Nadorr;abc;;;;;\n", encoding="utf-8")
    refused = call(*bring, "--lang", "en")
    assert (refused.exit, refused.json["written"]) == (2, False)
    assert {(problem["row"], problem["field"]) for problem in refused.json["problems"]} == {
        (3, "name_fr"),
        (3, "sector"),
        (3, "province"),
        (3, "budget"),
    }
    assert all(len(problem["message"]) > 10 for problem in refused.json["problems"])
    assert (
        "Nothing is written"
        in call("portfolio", "import", str(file), "--as", "officer", "--lang", "en").out
    )
    assert call(*bring[:3], "--as", "auditor").exit == 4


def test_the_report_is_loaded_by_who_may(books: Engine, call: Call) -> None:
    assert call("portfolio", "load-report", "--as", "director").exit == 4
    assert call("portfolio", "load-report", "--as", "officer", "--json").json["projects"] == 27
    assert call("portfolio", "load-report", "--as", "officer", "--json").json["projects"] == 0


@pytest.mark.parametrize(
    ("looked_ago", "state", "said"),
    [(timedelta(minutes=1), "ok", "last matched"), (timedelta(days=2), "notice", "due since")],
)
def test_the_doctor_says_whether_the_nights_run_is_due(
    books: Engine, call: Call, looked_ago: timedelta, state: str, said: str
) -> None:
    """R43."""
    with db.transaction(books) as session:
        note_look(session, name=RECONCILING, at=now() - looked_ago)

    checks = {one["name"]: one for one in call("doctor", "--json", "--lang", "en").json["checks"]}

    assert checks["reconciliation"]["state"] == state
    assert said in checks["reconciliation"]["message"]
