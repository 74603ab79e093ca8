"""Funding calls at the terminal: shown, issued, put into a letter, withdrawn, drafted again, put off."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.clock import local_day, now
from models.tables import FundingCall
from tests.terminal.conftest import Call
from tests.terminal.promised import (
    BY_FINANCE,
    BY_OFFICER,
    DAY,
    KEY,
    NAME,
    PARTNER,
    REASON,
    close,
    convention,
    draft,
    issued,
    look_at_triggers,
    plan,
    promised,
    receive,
    tranches,
)

__all__ = ["promised"]
LATER = str(local_day(now()) + timedelta(days=30))
YEAR = local_day(now()).year
FIRST = f"AF-{YEAR}-0001"


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "صدر طلب"), ("fr", "est émis"), ("en", "goes out")],
)
def test_a_draft_goes_out_once(promised: Engine, call: Call, language: str, words: str) -> None:
    """X32."""
    id_ = draft(call)
    shown = call("call", "show", id_[:8], "--json").json
    assert (shown["id"], shown["call"], shown["state"]) == (id_, None, "draft")

    told = call("call", "issue", id_[:6], *BY_FINANCE, "--lang", language)

    assert (told.exit, words in told.out, FIRST in told.out) == (0, True, True), told
    assert NAME[language] in told.out
    again = call("call", "issue", FIRST, *BY_FINANCE, "--json")
    assert (again.exit, again.json["error"], again.json["on"]) == (5, "call_issued", DAY)
    line = call("call", "show", FIRST.lower(), "--json").json
    assert (line["outstanding"]["centimes"], line["issued_by"]) == (900_000_00, "finance")


def test_a_call_that_nobody_knows_is_answered_with_the_nearest(promised: Engine, call: Call) -> None:
    """X32."""
    issued(call)

    assert call("call", "show", f"AF-{YEAR}-001", "--json").json["candidates"] == [FIRST]
    for hostile in ("\x00", "\u202e", "x" * 10_000, "=cmd()", "12345", "0" * 32, "%", ""):
        answer = call("call", "show", hostile, "--json")
        assert (answer.exit, answer.json["error"]) == (2, "unknown_key")


def test_a_number_from_elsewhere_is_taken_as_it_is_written(promised: Engine, call: Call) -> None:
    """X32."""
    issued(call)
    with db.transaction(promised) as session:
        session.exec(select(FundingCall)).one().number = "Sample-abc/1"

    assert call("call", "show", "Sample-abc/1", "--json").json["call"] == "Sample-abc/1"
    assert call("call", "show", "SAMPLE-ABC/2", "--json").json["candidates"] == ["Sample-abc/1"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "لم يوقعه كل المعنيين بعد"), ("fr", "Pas encore signé"), ("en", "Not signed by all parties")],
)
def test_a_call_on_an_unsigned_convention_does_not_go_out(
    promised: Engine, call: Call, language: str, words: str
) -> None:
    convention(call, PARTNER, "ministry", signed=False)
    assert call("convention", "link", "PART-1", KEY, PARTNER, *BY_OFFICER).exit == 0
    id_ = draft(call)

    told = call("call", "issue", id_, *BY_FINANCE, "--json", "--lang", language)

    assert (told.exit, told.json["error"], told.json["paper"]) == (3, "unsigned", "convention")
    assert "PART-1" in told.json["message"]
    assert call("call", "show", id_, "--json").json["state"] == "draft"
    assert words in told.json["message"]


def test_a_letter_has_its_day(promised: Engine, call: Call) -> None:
    id_ = draft(call)
    issue = ("call", "issue", id_, *BY_FINANCE, "--json")

    assert call(*issue, "--on", "2099-01-01").json["reason"] == "in_the_future"
    assert call(*issue, "--on", "1990-01-01").json["reason"] == "too_early"
    assert call(*issue, "--on", "2026-01-14").json["error"] == "unsigned"
    made = call(*issue, "--on", "2026-01-15")
    assert (made.exit, made.json["issued_on"], made.json["call"]) == (0, "2026-01-15", "AF-2026-0001")
    assert made.json["due_on"] == "2026-03-16"


@pytest.mark.parametrize(
    ("language", "title"),
    [("ar", "طلب تحويل"), ("fr", "Appel de fonds"), ("en", "Call for funds")],
)
def test_the_letter_is_a_page_or_a_pdf(
    promised: Engine, call: Call, tmp_path: Path, language: str, title: str
) -> None:
    number = issued(call)
    page, pdf = tmp_path / "letter.html", tmp_path / "letter.PDF"
    letter = ("call", "letter", number, "--language", language, "--json")

    assert call(*letter, "--out", str(page)).json["language"] == language
    assert call(*letter, "--out", str(pdf)).exit == 0

    text = page.read_text(encoding="utf-8")
    assert title in text
    assert number in text
    assert NAME[language].replace("'", "&#39;") in text
    assert pdf.read_bytes().startswith(b"%PDF")
    before = page.read_bytes()
    again = call(*letter, "--out", str(page))
    assert (again.exit, again.json["reason"]) == (2, "already_there")
    assert page.read_bytes() == before


def test_a_letter_that_cannot_be_written(promised: Engine, call: Call, tmp_path: Path) -> None:
    id_ = draft(call)
    letter = ("call", "letter", id_, "--json", "--out")

    assert call(*letter, str(tmp_path / "x.docx")).json["reason"] == "unknown_ending"
    told = call(*letter, str(tmp_path / "x.pdf"))
    assert (told.exit, told.json["error"]) == (3, "call_not_issued")
    assert call("call", "issue", id_, *BY_FINANCE).exit == 0
    away = call(*letter, str(tmp_path / "nowhere" / "x.html"))
    assert (away.exit, away.json["error"]) == (2, "file_not_written")
    assert list(tmp_path.glob("x.*")) == []
    assert call(*letter, str(tmp_path / "x.html"), "--as", "stranger").exit == 4


def test_what_was_paid_on_a_withdrawn_call_is_an_advance(promised: Engine, call: Call) -> None:
    number = issued(call)
    receive(call, "250000")
    withdraw = ("call", "withdraw", number, *REASON, *BY_FINANCE)

    told = call(*withdraw, "--json")

    assert (told.exit, told.json["state"]) == (0, "withdrawn")
    assert told.json["given"] == [{"call": number, "amount": {"centimes": -250_000_00, "currency": "MAD"}}]
    again = call(*withdraw, "--json")
    assert (again.exit, again.json["error"]) == (5, "call_withdrawn")
    assert [one["state"] for one in tranches(call)] == ["withdrawn"]


def test_a_withdrawn_call_is_drafted_again_by_a_person(promised: Engine, call: Call) -> None:
    number = issued(call)
    receive(call, "250000")
    call("call", "withdraw", number, *REASON, *BY_FINANCE)
    look_at_triggers(promised)
    assert [one["state"] for one in tranches(call)] == ["withdrawn"]
    again = ("call", "draft-again", number, *REASON, *BY_FINANCE, "--json")

    first, second = call(*again), call(*again)

    assert (first.exit, first.json["state"], first.json["changed"]) == (0, "draft", True)
    assert (second.json["id"], second.json["changed"]) == (first.json["id"], False)
    made = call("call", "issue", first.json["id"], *BY_FINANCE, "--json").json
    assert (made["call"], made["outstanding"]["centimes"]) == (f"AF-{YEAR}-0002", 650_000_00)
    assert made["given"][0]["amount"]["centimes"] == 250_000_00


def test_reminders_rest_with_a_reason(promised: Engine, call: Call) -> None:
    id_ = draft(call)
    snooze = ("--until", LATER, *REASON, *BY_FINANCE, "--json")
    assert call("call", "snooze", id_, *snooze).json["error"] == "call_not_issued"
    number = call("call", "issue", id_, *BY_FINANCE, "--json").json["call"]

    first, again = call("call", "snooze", number, *snooze), call("call", "snooze", number, *snooze)

    assert (first.exit, first.json["snoozed_until"], first.json["changed"]) == (0, LATER, True)
    assert again.json["changed"] is False
    past = call("call", "snooze", number, "--until", DAY, *REASON, *BY_FINANCE, "--json")
    assert past.json["reason"] == "in_the_past"
    far = call("call", "snooze", number, "--until", "2099-01-01", *REASON, *BY_FINANCE, "--json")
    assert far.json["reason"] == "too_late"


def test_a_call_in_doubt_does_not_go_out(promised: Engine, call: Call) -> None:
    id_ = draft(call, f"50%@date:{DAY}", f"50%@date:{LATER}")
    move = ("tranche", "move", KEY, PARTNER, "1", "--to", LATER, *REASON, *BY_OFFICER)
    assert call(*move).exit == 0

    told = call("call", "issue", id_, *BY_FINANCE, "--json", "--lang", "en")

    assert (told.exit, told.json["error"], told.json["flag"]) == (3, "call_in_doubt", "date_moved")
    assert "in doubt" in call("tranche", "list", KEY, "--lang", "en").out
    assert "In doubt" in call("call", "show", id_, "--lang", "en").out


def test_nothing_is_called_for_a_closed_or_suspended_project(promised: Engine, call: Call) -> None:
    id_ = draft(call)
    issue = ("call", "issue", id_, *BY_FINANCE, "--json")
    assert call("project", "suspend", KEY, *REASON, "--as", "director").exit == 0
    assert call(*issue).json["error"] == "not_active"
    assert call("project", "resume", KEY, *REASON, "--as", "director").exit == 0
    close(promised)

    told = call(*issue)

    assert (told.exit, told.json["error"]) == (3, "project_closed")
    assert call("call", "withdraw", id_, *REASON, *BY_FINANCE, "--json").json["error"] == "project_closed"


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("login", ["auditor", "officer", "officer-fes", "stranger"])
def test_finance_alone_calls(promised: Engine, call: Call, login: str, language: str) -> None:
    id_ = draft(call)
    by = ("--as", login, "--json", "--lang", language)

    for verb in (
        ("issue", id_),
        ("withdraw", id_, *REASON),
        ("draft-again", id_, *REASON),
        ("snooze", id_, "--until", LATER, *REASON),
    ):
        answer = call("call", *verb, *by)
        assert (answer.exit, answer.json["error"], answer.json["who"]) == (4, "not_allowed", ["finance"])
        assert login in answer.json["message"]
    readable = call("call", "show", id_, "--as", login)
    assert readable.exit == (0 if login in {"auditor", "officer"} else 4)
    assert call("call", "show", id_, "--json").json["state"] == "draft"


def test_a_draft_of_a_plan_is_shown_as_people_read_it(promised: Engine, call: Call) -> None:
    plan(call, "100%@document:provisional_acceptance")
    number = issued(call, f"100%@date:{DAY}")
    receive(call, "100000", "VIR-9")

    shown = call("call", "show", number, "--lang", "fr").out

    assert NAME["fr"] in shown
    assert "VIR-9" in shown
    assert "800 000,00" in shown.replace("\u202f", " ").replace("\u00a0", " ")
