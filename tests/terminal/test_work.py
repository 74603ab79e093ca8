"""The daily work at the terminal: dossiers, money, dates, decisions, people."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from models import db
from models.clock import local_day, now
from models.operations import milestones
from models.queries.projects import find_project
from models.rules.stages import Stage
from models.tables import Partner
from tests import builders
from tests.terminal.conftest import Call, run

BY_OFFICER = ("--as", "officer")
BY_DIRECTOR = ("--as", "director")
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"


def test_evidence_is_added_listed_and_replaced(books: Engine, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "permit.pdf"
    file.write_bytes(PDF)
    add = ("evidence", "add", "sample-centre", "building_permit", *BY_OFFICER, "--json")

    first = call(*add, "--on", "2026-02-10", "--file", str(file))
    second = call(*add, "--on", "10/02/2026", "--reference", "PC 12/2026", "--lang", "en")

    assert (first.exit, second.exit) == (0, 2)  # 10/02 can be read in two ways
    assert len(first.json["sha256"]) == 64
    assert call(*add, "--on", "2026-02-11", "--reference", "PC 12/2026").exit == 0
    current = call("evidence", "list", "sample-centre", "--json").json["evidence"]
    assert [(piece["code"], piece["reference"]) for piece in current] == [("building_permit", "PC 12/2026")]
    both = call("evidence", "list", "sample-centre", "--all", "--json").json["evidence"]
    assert [piece["file"]["name"] if piece["file"] else "" for piece in both] == ["", "permit.pdf"]
    assert "remplacée" in call("evidence", "list", "sample-centre", "--all", "--lang", "fr").out
    met = call("project", "gates", "sample-centre", "--json").json["criteria"]
    assert next(criterion["met"] for criterion in met if criterion["rule"] == "G1.4a")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("building_permit", "--on", "2026-02-10"), "document_needed"),
        (("building_permit", "--on", "2999-02-10", "--reference", "x"), None),
        (("physical_progress", "--on", "2026-02-10"), "value_needed"),
        (("physical_progress", "--on", "2026-02-10", "--value", "120"), "over_a_hundred"),
        (("physical_progress", "--on", "2026-02-10", "--value", "-1"), "negative"),
        (("physical_progress", "--on", "2026-02-30", "--value", "1"), "not_a_date"),
        (("bilding_permit", "--on", "2026-02-10", "--reference", "x"), None),
        (("building_permit", "--on", "2026-02-10", "--file", "/no/such/file.pdf"), None),
    ],
)
def test_evidence_that_is_refused_leaves_nothing(
    books: Engine, call: Call, arguments: tuple[str, ...], reason: str | None
) -> None:
    answer = call("evidence", "add", "sample-centre", *arguments, *BY_OFFICER, "--json")

    assert answer.exit == 2
    assert answer.json.get("reason") == reason or reason is None
    assert call("evidence", "list", "sample-centre", "--json").json["evidence"] == []


def test_a_file_refused_for_the_person_is_not_kept(books: Engine, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "permit.pdf"
    file.write_bytes(PDF)
    add = ("evidence", "add", "sample-centre", "building_permit", "--on", "2026-02-10", "--file", str(file))

    assert call(*add, "--as", "finance").exit == 4
    assert call(*add).exit == 2
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []


def test_the_types_of_evidence_are_listed(call: Call) -> None:
    types = call("evidence", "types", "--json", "--lang", "en").json["types"]

    assert {"code": "opening_date", "form": "fact", "unit": None, "planned": True}.items() <= next(
        kind.items() for kind in types if kind["code"] == "opening_date"
    )
    assert "building_permit" in call("evidence", "types").out


def test_money_is_promised_shared_and_stated(books: Engine, call: Call) -> None:
    with db.transaction(books) as session:
        builders.make_partner(session)
    promise = (
        "commitment",
        "set",
        "sample-centre",
        "council",
        "500 000,50",
        "--reference",
        "C 1",
        "--as",
        "finance",
    )

    first = call(*promise, "--signed", "2026-02-01", "--year", "2026", "--line", "34", "--json")
    assert first.exit == 0
    assert first.json["commitment"]["amount"] == {"centimes": 500_000_50, "currency": "MAD"}
    assert first.json["linked"]
    assert "inscrit" not in call(*promise, "--lang", "fr").out  # the same reference corrects
    assert call("share", "set", "sample-centre", "9000000", "--as", "finance").exit == 0
    over = call("share", "set", "sample-centre", "12000000", "--as", "finance", "--json")
    assert over.json["over_budget"] == {"centimes": 500_000_50, "currency": "MAD"}
    assert call("gap", "state", "sample-centre", "1000", "--plan", "spring", "--as", "finance").exit == 0
    told = call("commitment", "list", "sample-centre", "--json").json
    assert told["gap"] == {"centimes": 1000_00, "currency": "MAD"}
    assert "500 000,50" in call("commitment", "list", "sample-centre", "--lang", "fr").out.replace(
        "\u202f", " "
    )


@pytest.mark.parametrize("amount", ["abc", "-5", "1,250", "99999999999999999999", "1 25", "٣,١٢٥"])
def test_an_amount_that_is_none_is_refused(books: Engine, call: Call, amount: str) -> None:
    arguments = ("share", "set", "--as", "finance", "--json", "--", "sample-centre", amount)

    assert call(*arguments).exit == 2
    assert call("commitment", "list", "sample-centre", "--json").json["foundation_share"] is None


def test_a_partner_nobody_knows_is_answered_with_names(books: Engine, call: Call) -> None:
    with db.transaction(books) as session:
        session.add(
            Partner(key="ocp", name_ar="شريك", name_fr="Conseil exemple", name_en="Sample", type="x")
        )

    answer = call(
        "commitment",
        "set",
        "sample-centre",
        "Consel exempel",
        "5",
        "--reference",
        "x",
        "--as",
        "finance",
        "--json",
    )

    assert answer.exit == 2
    assert answer.json["candidates"] == ["Conseil exemple"]


def open_study(session: Session) -> None:
    project = find_project(session, "sample-centre")
    milestones.open_stage(
        session,
        project=project,
        stage=Stage.STUDY,
        entered_on=local_day(now()),
        request=project.id,
        by="officer",
        at=now(),
    )


def test_milestones_are_listed_moved_and_met(books: Engine, call: Call) -> None:
    today = local_day(now())
    with db.transaction(books) as session:
        open_study(session)
    later = (today + timedelta(days=400)).isoformat()

    moved = call(
        "milestone",
        "set",
        "sample-centre",
        "land_secured",
        "--forecast",
        later,
        "--reason",
        "x",
        *BY_OFFICER,
        "--json",
    )
    assert (moved.exit, moved.json["forecast"], moved.json["changed"]) == (0, later, True)
    assert moved.json["delay"] > 200
    met = (
        "milestone",
        "met",
        "sample-centre",
        "land_secured",
        "--on",
        today.isoformat(),
        *BY_OFFICER,
        "--json",
    )
    assert call(*met).json["actual"] == today.isoformat()
    assert call(*met).json["changed"] is False
    assert call(*met[:4], "--on", (today - timedelta(days=1)).isoformat(), *BY_OFFICER).exit in (2, 5)
    lines = call("milestone", "list", "sample-centre", "--json").json["milestones"]
    assert [line["code"] for line in lines if line["actual"]] == ["land_secured"]
    due = call("milestone", "list", "--within", "3650", "--json")
    assert {line["project"] for line in due.json["milestones"]} == {"sample-centre"}
    assert "sample-centre" in call("milestone", "list", "--within", "3650").out


def test_a_milestone_nearly_named_is_offered(books: Engine, call: Call) -> None:
    with db.transaction(books) as session:
        open_study(session)
    today = local_day(now()).isoformat()

    unknown = call("milestone", "met", "sample-centre", "land_secure", "--on", today, *BY_OFFICER, "--json")

    assert (unknown.exit, unknown.json["candidates"]) == (2, ["land_secured"])


def test_a_director_decides_and_says_why(books: Engine, call: Call) -> None:
    because = ("--reason", "because", *BY_DIRECTOR, "--json")

    assert call("project", "suspend", "sample-centre", *because).json["status"] == "suspended"
    assert call("project", "suspend", "sample-centre", *because).exit == 5  # already done
    assert call("project", "resume", "sample-centre", *because).json == {
        "project": "sample-centre",
        "status": "active",
        "days": 0,
    }
    back = call("project", "step-back", "sample-centre", "--to", "admission", *because)
    assert (back.json["from"], back.json["to"]) == ("study", "admission")
    assert call("project", "step-back", "sample-centre", "--to", "study", *because).exit == 2
    assert call("project", "cancel", "sample-centre", *because).json["status"] == "cancelled"
    assert call("project", "resume", "sample-centre", *because).exit == 3
    kinds = [
        entry["kind"] for entry in call("project", "history", "sample-centre", "--json").json["entries"]
    ]
    assert kinds == ["project_registered", "suspended", "resumed", "stepped_back", "cancelled"]


def test_a_soft_criterion_is_waived_and_taken_up_again(books: Engine, call: Call) -> None:
    until = (local_day(now()) + timedelta(days=30)).isoformat()
    waive = ("project", "waive", "sample-centre", "--reason", "x", "--until", until, *BY_DIRECTOR, "--json")

    assert call(*waive, "G1.6e").exit == 0
    criteria = call("project", "gates", "sample-centre", "--json").json["criteria"]
    assert [c["rule"] for c in criteria if c["waived"]] == ["G1.6e"]
    assert "dérogation" in call("project", "gates", "sample-centre", "--lang", "fr").out
    assert call("project", "show", "sample-centre", "--json").json["waivers"] == {"G1.6e": until}
    hard = call(*waive, "G1.4a")
    assert (hard.exit, hard.json["error"]) == (3, "hard_criterion")
    assert call("project", "unwaive", "sample-centre", "G1.6e", "--reason", "x", *BY_DIRECTOR).exit == 0
    assert call("project", "unwaive", "sample-centre", "G1.6e", "--reason", "x", *BY_DIRECTOR).exit == 2


def test_three_hands_sign_a_move(books: Engine, call: Call) -> None:
    to_construction = ("--to", "construction", "--json")

    assert (
        call("project", "propose", "sample-centre", *to_construction, *BY_OFFICER).json["state"] == "open"
    )
    assert call("project", "propose", "sample-centre", *to_construction, *BY_OFFICER).exit == 5
    assert call("project", "approve", "sample-centre", *BY_DIRECTOR).exit == 3  # finance comes first
    assert call("project", "certify", "sample-centre", *BY_OFFICER).exit == 4
    assert call("project", "certify", "sample-centre", "--as", "finance").exit == 0
    assert call("project", "certify", "sample-centre", "--as", "finance").exit == 5
    shown = call("project", "show", "sample-centre", "--json").json["proposal"]
    assert (shown["proposed_by"], shown["certified_by"], shown["approved_by"]) == (
        "officer",
        "finance",
        None,
    )
    assert "finance" in call("project", "show", "sample-centre").out
    assert (
        call("project", "reject", "sample-centre", "--reason", "x", *BY_DIRECTOR, "--json").json["state"]
        == "rejected"
    )
    assert call("project", "reject", "sample-centre", "--reason", "x", *BY_DIRECTOR).exit == 3


def test_duties_are_named(books: Engine, call: Call) -> None:
    assert call("project", "duty", "sample-centre", "officer", "officer", *BY_DIRECTOR).exit == 0
    assert call("project", "duty", "sample-centre", "officer", "auditor", *BY_DIRECTOR).exit == 3
    assert call("project", "duty", "sample-centre", "oficer", "officer", *BY_DIRECTOR, "--json").json[
        "candidates"
    ]
    assert call("project", "show", "sample-centre", "--json").json["duties"] == {"officer": "officer"}


def test_people_are_added_and_hold_roles(books: Engine, call: Call) -> None:
    by_admin = ("--as", "administrator", "--json")

    assert call("user", "add", "east.officer", "--name", "Sample", "--language", "ar", *by_admin).exit == 0
    assert call("user", "add", "east.officer", "--name", "Sample", *by_admin).exit == 5
    assert call("user", "add", "East Officer", "--name", "Sample", *by_admin).exit == 2
    assert call("user", "grant", "east.officer", "officer", "--region", "oriental", *by_admin).exit == 0
    assert call("user", "grant", "east.officer", "oficer", *by_admin).json["candidates"][0] == "officer"
    assert call("user", "grant", "east.officer", "officer", "--region", "nowhere", *by_admin).exit == 2
    assert call("user", "grant", "east.officer", "director", *BY_OFFICER).exit == 4
    people = {person["login"]: person for person in call("user", "list", "--json").json["users"]}
    assert people["east.officer"]["grants"] == [{"role": "officer", "region": "oriental", "project": None}]
    assert "(L'Oriental)" in call("user", "list", "--lang", "fr").out
    assert call("user", "revoke", "east.officer", "officer", "--region", "oriental", *by_admin).exit == 0
    assert call("user", "disable", "east.officer", *by_admin).exit == 0
    assert call("portfolio", "list", "--as", "east.officer", "--json").json["projects"] == []
    assert call("user", "disable", "administrator", *by_admin).exit == 3


def test_the_calendar_is_shown_and_corrected(books: Engine, call: Call) -> None:
    year = local_day(now()).year + 1
    day = f"{year}-03-17"

    assert call("calendar", "override", day, "--name", "Sample feast", *BY_OFFICER).exit == 0
    assert (
        call("calendar", "override", day, "--name", "Sample feast", *BY_OFFICER, "--json").json["changed"]
        is False
    )
    days = call("calendar", "show", str(year), "--json").json["days"]
    assert next(line["set_by"] for line in days if line["day"] == day) == "officer"
    assert "Sample feast" in call("calendar", "show", str(year)).out
    assert call("calendar", "remove", day, *BY_OFFICER).exit == 0
    assert call("calendar", "remove", day, *BY_OFFICER).exit == 2
    assert call("calendar", "override", "2020-01-01", "--name", "x", *BY_OFFICER).exit == 2
    assert (
        call("calendar", "ramadan", "2027-02-09", "2027-03-10", *BY_OFFICER, "--json").json["changed"]
        is True
    )
    assert call("calendar", "show", "12").exit == 2


def test_projects_are_registered_and_corrected(books: Engine, call: Call) -> None:
    described = (
        "--name-ar",
        "مركز",
        "--name-fr",
        "Centre",
        "--name-en",
        "Centre",
        "--sector",
        "health",
        "--kind",
        "CMP",
    )
    register = ("project", "register", "new-centre", *described, "--province", "Nador", "--json")

    made = call(*register, "--budget", "12 000 000,00", *BY_OFFICER)
    assert (made.exit, made.json) == (0, {"project": "new-centre", "stage": "admission"})
    assert call(*register, "--budget", "12000000", *BY_OFFICER).json["reason"] == "taken"
    assert call(*register, "--budget", "1", "--as", "director").exit == 4
    shown = call("project", "show", "new-centre", "--json").json
    assert (shown["province"], shown["region"], shown["budget"]["centimes"]) == (
        "nador",
        "oriental",
        12_000_000_00,
    )

    correct = ("project", "correct", "new-centre", "--reason", "x", *BY_OFFICER, "--json")
    assert call(*correct, "--budget", "13000000", "--province", "فاس").json["changed"] is True
    assert call(*correct, "--budget", "13000000").json["changed"] is False
    assert call(*correct).json["error"] == "nothing_to_change"
    assert call(*correct, "--province", "Nadorr").json["candidates"] == ["Nador"]
    again = call("project", "show", "new-centre", "--json").json
    assert (again["region"], again["budget"]["centimes"]) == ("fes-meknes", 13_000_000_00)


def test_a_signature_that_overtakes_a_settled_finding_says_so(tmp_path: Path) -> None:
    """D14."""
    home = tmp_path / "var"
    run("init", "--with-report-2021", "--admin", "chief", home=home)
    for role in ("director", "finance"):
        assert run("user", "grant", "chief", role, "--as", "chief", home=home).exit == 0
    settled = run("findings", "settle", "P3", "detail", "--reason", "Sample", "--as", "chief", home=home)
    assert settled.exit == 0, settled
    project = run("findings", "show", "P3", "--json", home=home).json["projects"][0]
    promise = ("commitment", "set", project, "cp-anfa", "1000000", "--reference", "Sample 1")

    signed = run(*promise, "--signed", "2026-01-05", "--as", "chief", "--lang", "fr", home=home)
    shown = run("findings", "show", "P3", "--lang", "fr", home=home)
    listed = run("findings", "list", "--lang", "ar", home=home)

    assert (signed.exit, "P3" in signed.out) == (0, True), signed
    assert "a signé depuis" in shown.out
    assert "تجاوزتها" in listed.out.replace("\n", "")
    assert run("findings", "show", "P3", "--json", home=home).json["overtaken"] == ["cp-anfa"]


def test_a_pipe_is_no_document_and_is_not_waited_for(books: Engine, call: Call, tmp_path: Path) -> None:
    pipe = tmp_path / "permit.pdf"
    os.mkfifo(pipe)
    add = ("evidence", "add", "sample-centre", "building_permit", *BY_OFFICER, "--json")

    told = call(*add, "--on", "2026-02-10", "--file", str(pipe))

    assert (told.exit, told.json["error"], told.json["problem"]) == (2, "file_unusable", "not_a_file")
