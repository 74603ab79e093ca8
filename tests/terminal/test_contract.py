"""The commands that scripts rely on: their JSON and their exit codes stay as they are."""

import pytest
from sqlalchemy import Engine

from models import db
from models.clock import now
from models.operations import approvals, samples
from models.queries.projects import find_project
from models.rules.gates import criteria_of
from models.rules.kinds import traits_of
from models.rules.stages import Stage
from tests import builders
from tests.terminal.conftest import Call

CRITERION = {"rule", "code", "hard", "met", "waived", "owner", "text"}


def test_the_portfolio_as_scripts_read_it(books: Engine, call: Call) -> None:
    answer = call("portfolio", "list", "--json")

    assert (answer.exit, answer.err) == (0, "")
    assert [project["key"] for project in answer.json["projects"]] == ["other-centre", "sample-centre"]
    assert answer.json["total"] == {"centimes": 24_000_000_00, "currency": "MAD"}
    first = answer.json["projects"][0]
    assert {name: first[name] for name in ("stage", "status", "sector", "province", "budget")} == {
        "stage": "study",
        "status": "active",
        "sector": "health",
        "province": "fes",
        "budget": {"centimes": 12_000_000_00, "currency": "MAD"},
    }


def test_an_empty_portfolio_has_a_total_too(place: Engine, call: Call) -> None:
    assert call("portfolio", "list", "--json").json == {
        "projects": [],
        "total": {"centimes": 0, "currency": "MAD"},
        "totals": [],
    }


@pytest.mark.parametrize(
    ("narrowed", "keys"),
    [
        (("--stage", "study"), ["other-centre", "sample-centre"]),
        (("--stage", "launch"), []),
        (("--province", "nador"), ["sample-centre"]),
        (("--province", "Fès"), ["other-centre"]),
        (("--province", "الناظور"), ["sample-centre"]),
        (("--sector", "health", "--status", "active"), ["other-centre", "sample-centre"]),
        (("--status", "suspended"), []),
    ],
)
def test_the_portfolio_narrowed(
    books: Engine, call: Call, narrowed: tuple[str, ...], keys: list[str]
) -> None:
    listed = call("portfolio", "list", *narrowed, "--json").json["projects"]

    assert [project["key"] for project in listed] == keys


def test_a_shut_gate_as_scripts_read_it(books: Engine, call: Call) -> None:
    answer = call("project", "gates", "sample-centre", "--to", "construction", "--json", "--lang", "en")

    assert (answer.exit, answer.err) == (3, "")
    told = answer.json
    assert (told["project"], told["from"], told["to"], told["open"]) == (
        "sample-centre",
        "study",
        "construction",
        False,
    )
    asked = criteria_of(Stage.STUDY, traits_of("CMP", 0))
    assert [criterion["rule"] for criterion in told["criteria"]] == [criterion.rule for criterion in asked]
    assert all(criterion.keys() >= CRITERION for criterion in told["criteria"])
    permit = next(criterion for criterion in told["criteria"] if criterion["rule"] == "G1.4a")
    assert permit["text"] == "Building permit granted"
    assert (permit["owner"], permit["hard"], permit["met"]) == ("municipality", True, False)


def test_an_open_gate_ends_with_nought(books: Engine, call: Call) -> None:
    with db.transaction(books) as session:
        builders.link_partners(session, find_project(session, "sample-centre"), ["council"])
    with db.transaction(books) as session:
        samples.complete_dossier(session, project="sample-centre", at=now())
        approvals.propose(
            session, project="sample-centre", entered=Stage.CONSTRUCTION, by="officer", at=now()
        )
        approvals.certify(session, project="sample-centre", by="finance", at=now())
    assert call("project", "gates", "sample-centre").exit == 3

    with db.transaction(books) as session:
        approvals.approve(session, project="sample-centre", by="director", at=now())

    opened = call("project", "gates", "sample-centre", "--to", "construction", "--json")
    assert [c["rule"] for c in opened.json["criteria"] if not c["met"]] == []
    assert (opened.exit, opened.json["open"]) == (0, True)
    told = call("project", "gates", "sample-centre", "--lang", "en").out
    assert "tadshin project advance sample-centre --to construction" in told


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("sample-cente", "--to", "construction"), "unknown_key"),
        (("sample-centre", "--to", "equipment"), "illegal_step"),
        (("sample-centre", "--to", "study"), "illegal_step"),
        (("sample-centre", "--to", "constructoin"), "unknown_key"),
        (("sample-centre", "--to", "x"), "bad_value"),
        (("sample-centre", "--to"), "usage"),
        ((), "usage"),
    ],
)
def test_a_gate_asked_wrongly(books: Engine, call: Call, arguments: tuple[str, ...], error: str) -> None:
    answer = call("project", "gates", *arguments, "--json", "--lang", "en")

    if arguments[-1:] == ("--to",):  # then `--json` is what follows --to
        assert answer.exit == 2
        return
    assert (answer.exit, answer.json["error"], answer.err) == (2, error, "")
    assert answer.json["message"]


def test_unknown_keys_are_answered_with_the_nearest(books: Engine, call: Call) -> None:
    assert call("project", "gates", "sample-cente", "--json").json["candidates"][0] == "sample-centre"
    assert call("project", "gates", "sample-centre", "--to", "constrution", "--json").json[
        "candidates"
    ] == ["construction"]
    assert (
        "Did you mean officer"
        in call("project", "certify", "other-centre", "--as", "oficer", "--lang", "en").err
    )


def test_a_suspended_project_does_not_move_whatever_its_gate(books: Engine, call: Call) -> None:
    call("project", "suspend", "sample-centre", "--reason", "test", "--as", "director")

    told = call("project", "gates", "sample-centre", "--json")

    assert (told.exit, told.json["open"], told.json["status"]) == (3, False, "suspended")


def test_advance_asks_first_whether_it_may(books: Engine, call: Call) -> None:
    to_construction = ("project", "advance", "sample-centre", "--to", "construction", "--json")

    assert call(*to_construction).json["error"] == "nobody_acts"
    assert call(*to_construction).exit == 2
    assert call(*to_construction, "--as", "nobody").exit == 2
    auditor = call(*to_construction, "--as", "auditor")
    assert (auditor.exit, auditor.json["error"]) == (4, "not_allowed")
    assert auditor.json["who"] == ["officer", "director"]
    assert call(*to_construction, "--as", "officer", "--request", " ").json["reason"] == "empty"
    assert call(*to_construction, "--as", "officer", "--request", "r" * 201).json["reason"] == "too_long"
    assert call("project", "advance", "sample-centre", "--to", "launch", "--as", "officer").exit == 2


def test_reading_with_a_person_shows_what_they_may_read(books: Engine, call: Call) -> None:
    with db.transaction(books) as session:
        builders.make_person(session, "east", "officer", region="oriental")

    assert [p["key"] for p in call("project", "list", "--as", "east", "--json").json["projects"]] == [
        "sample-centre"
    ]
    assert call("project", "show", "other-centre", "--as", "east").exit == 4
    assert call("project", "gates", "other-centre", "--as", "east").exit == 4
    assert call("evidence", "list", "other-centre", "--as", "east").exit == 4
    assert call("project", "show", "sample-centre", "--as", "east").exit == 0
    assert call("user", "list", "--as", "east").exit == 4


def test_a_day_that_has_not_come_cannot_be_shown(books: object, call: Call) -> None:
    told = call("project", "show", "sample-centre", "--as-of", "2090-01-01", "--json")

    assert (told.exit, told.json["error"]) == (2, "bad_value")


def test_the_gate_of_a_cancelled_project_says_so_first(books: object, call: Call) -> None:
    call("project", "cancel", "sample-centre", "--reason", "no land", "--as", "director")
    told = call("project", "gates", "sample-centre", "--to", "construction", "--lang", "en")

    assert told.exit == 3
    assert "cancelled" in (told.err + told.out).splitlines()[0]
