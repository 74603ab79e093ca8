"""`tadshin change` and `partner correct`: what one person proposes and another decides on."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from models import db
from models.clock import now
from models.rules.four_eyes import MoneyChange
from models.tables import BudgetEntry, MoneyProposal, Partner
from tests.builders import make_partner, make_person
from tests.terminal.conftest import Call

REASON = ("--reason", "Sample reason")
CORRECT = ("partner", "correct", "council", *REASON)


def propose(call: Call, amount: str = "250000", by: str = "finance") -> str:
    made = call(
        *("budget", "revise", "sample-centre", "WORKS", amount, "--up", *REASON, "--as", by, "--json")
    )
    return str(made.json["proposal"])


def entries(engine: Engine) -> int:
    with db.reading(engine) as session:
        return len(session.exec(select(BudgetEntry)).all())


def test_a_change_is_approved_once_by_another_person(planned: Engine, call: Call) -> None:
    """B6."""
    name = propose(call)
    own = call("change", "approve", name, "--as", "finance", "--json")
    assert (own.exit, own.json["error"]) == (4, "own_proposal")
    assert entries(planned) == 2

    done = call("change", "approve", name, "--as", "finance-2", "--json")
    again = call("change", "approve", name, "--as", "finance-2", "--json")
    against = call("change", "reject", name, *REASON, "--as", "director", "--json")

    assert (done.exit, done.json["outcome"], done.json["decided_by"]) == (0, "approved", "finance-2")
    for late in (again, against):
        assert (late.exit, late.json["error"]) == (5, "already_decided")
        assert (late.json["by"], late.json["state"]) == ("finance-2", "approved")
    assert entries(planned) == 3


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("مدير", "1\u202f000\u202f000,00")),
        ("fr", ("directeur", "1\u202f000\u202f000,00")),
        ("en", ("director", "1,000,000.00")),
    ],
)
def test_above_the_band_it_is_said_who_may(
    planned: Engine, call: Call, language: str, words: tuple[str, str]
) -> None:
    """B5."""
    name = propose(call, "1000000.01")

    refused = call("change", "approve", name, "--as", "finance-2", "--lang", language)

    assert refused.exit == 4
    assert all(word in refused.err for word in words)
    assert entries(planned) == 2
    assert call("change", "approve", name, "--as", "director").exit == 0


@pytest.mark.parametrize("login", ["officer", "auditor", "administrator"])
def test_others_decide_on_nothing(planned: Engine, call: Call, login: str) -> None:
    name = propose(call)

    for verb in (("approve", name), ("reject", name, *REASON)):
        refused = call("change", *verb, "--as", login, "--json")
        assert (refused.exit, refused.json["error"]) == (4, "not_allowed")
    assert call("change", "approve", name).exit == 2
    assert call("change", "show", name, "--json").json["state"] == "open"


def test_a_rejection_has_a_reason_and_changes_nothing(planned: Engine, call: Call) -> None:
    name = propose(call)
    assert call("change", "reject", name, "--as", "director").exit == 2
    blank = call("change", "reject", name, "--reason", " ", "--as", "director", "--json")
    assert (blank.exit, blank.json["error"]) == (2, "bad_value")

    done = call("change", "reject", name, "--reason", "<script>", "--as", "director", "--json")

    assert (done.exit, done.json["outcome"], done.json["decision_reason"]) == (0, "rejected", "<script>")
    assert entries(planned) == 2
    assert call("change", "list", "--json").json["changes"] == []
    shown = call("change", "show", name, "--lang", "fr").out
    assert ("rejeté (director)" in shown, "<script>" in shown) == (True, True)
    assert name in call("change", "list", "--all", "--lang", "fr").out


@pytest.mark.parametrize(
    ("language", "yours", "own"),
    [
        ("ar", "أنتم", "اقتراحكم"),
        ("fr", "vous", "pas vous\u00a0: votre proposition"),
        ("en", "you", "not you: your proposal"),
    ],
)
def test_the_list_says_what_waits_for_whom(
    planned: Engine, call: Call, language: str, yours: str, own: str
) -> None:
    """X36."""
    propose(call)
    lists = ("change", "list", "--lang", language)

    assert yours in call(*lists, "--as", "director").out
    assert own in call(*lists, "--as", "finance").out
    nobody = call(*lists).out
    assert (own in nobody, "sample-centre" in nobody) == (False, True)


def test_the_list_is_narrowed_to_mine_and_otherwise(planned: Engine, call: Call) -> None:
    """X36."""
    small, large = propose(call), propose(call, "2000000")
    with db.transaction(planned) as session:
        old = session.exec(select(MoneyProposal).order_by(col(MoneyProposal.amount_centimes))).first()
        assert old is not None
        old.proposed_at = now() - timedelta(days=20)

    def listed(*narrowed: str) -> list[str]:
        answer = call("change", "list", *narrowed, "--json")
        assert answer.exit == 0
        return [one["proposal"] for one in answer.json["changes"]]

    assert listed() == [small, large]
    assert listed("--mine", "--as", "finance-2") == [small]
    assert listed("--mine", "--as", "finance") == []
    assert listed("--days", "20") == [small]
    assert listed("--days", "21") == []
    assert listed("--at-least", "1 000 000") == [large]
    assert listed("--role", "finance") == [small]
    assert listed("--kind", "virement de crédits") == []
    assert listed("--project", "other-centre") == []
    assert call("change", "list", "--mine").exit == 2  # nobody is named
    assert call("change", "list", "--project", "nowhere").exit == 2
    first = call("change", "list", "--as", "finance-2", "--json").json["changes"]
    assert [(one["for_me"], one["who"], one["days"]) for one in first] == [
        (True, ["finance", "director"], 20),
        (False, ["director"], 0),
    ]
    assert call("change", "list", "--json").json["changes"][0]["for_me"] is None


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "لا تغيير في الانتظار."), ("fr", "0 changement en attente."), ("en", "0 changes wait.")],
)
def test_where_nothing_waits(planned: Engine, call: Call, language: str, words: str) -> None:
    assert words in call("change", "list", "--lang", language).out


def test_a_change_shows_what_it_would_do_to_its_lines(planned: Engine, call: Call) -> None:
    name = propose(call)

    told = call("change", "show", name, "--as", "director", "--json").json
    assert told["lines"] == [
        {
            "line": "WORKS",
            "budget": {"centimes": 9_000_000_00, "currency": "MAD"},
            "engaged": {"centimes": 0, "currency": "MAD"},
            "after": {"centimes": 9_250_000_00, "currency": "MAD"},
        }
    ]
    assert (told["reason"], told["for_me"], told["terms"]) == ("Sample reason", True, {"line": "WORKS"})
    assert "9,250,000.00" in call("change", "show", name, "--lang", "en").out


@pytest.mark.parametrize(
    ("language", "several", "few"),
    [
        ("ar", "بداية أسماء عدة اقتراحات", "يلزم 6 علامات"),
        ("fr", "plusieurs propositions", "il en faut au moins 6"),
        ("en", "begins the names of several proposals", "it takes at least 6"),
    ],
)
def test_a_name_that_means_several_none_or_too_much(
    planned: Engine, call: Call, language: str, several: str, few: str
) -> None:
    """X35."""
    with db.transaction(planned) as session:
        for last in (1, 2):
            proposal = MoneyProposal(
                id=UUID(f"1a2b3c4d-0000-4000-8000-00000000000{last}"),
                change=MoneyChange.PARTNER_DETAILS,
                terms='{"partner":"council"}',
                proposed_by="finance",
                proposed_at=now(),
            )
            session.add(proposal)

    for verb in (("show",), ("approve", "--as", "director"), ("reject", *REASON, "--as", "director")):
        both = call("change", *verb, "--lang", language, "1a2b3c4d")
        assert (both.exit, several in both.err) == (2, True)
        assert "00000001" in both.err.replace("-", "")
    assert few in call("change", "show", "1a2b", "--lang", language).err
    unknown = call("change", "show", "99999999", "--lang", language, "--json")
    assert (unknown.exit, unknown.json["candidates"]) == (2, ["1a2b3c4d", "1a2b3c4d"])


@pytest.mark.parametrize("hostile", ["\u202eabc", "a" * 10_000, "<script>", "=cmd()", "{name}", "", "%s"])
def test_hostile_names_do_no_harm(planned: Engine, call: Call, hostile: str) -> None:
    for verb in (("show",), ("approve", "--as", "director"), ("reject", *REASON, "--as", "director")):
        answer = call("change", *verb, "--json", "--", hostile)
        assert (answer.exit, answer.json["error"]) == (2, "unknown_key")


def test_who_may_not_read_a_project_sees_none_of_its_changes(planned: Engine, call: Call) -> None:
    name = propose(call)
    with db.transaction(planned) as session:
        make_person(session, "regional", "director", region="fes-meknes")

    assert call("change", "list", "--as", "regional", "--json").json["changes"] == []
    for verb in ("show", "approve"):
        refused = call("change", verb, name, "--as", "regional", "--json")
        assert (refused.exit, refused.json["error"]) == (4, "not_allowed_here")


def test_a_partner_is_corrected_by_two_persons(planned: Engine, call: Call) -> None:
    before = _partner(planned)
    given = ("--name-fr", "Conseil provincial d’exemple", "--type", "provincial_council")
    made = call(*CORRECT, *given, "--as", "officer", "--json")
    assert (made.exit, made.json["outcome"], made.json["project"]) == (0, "proposed", None)
    assert _partner(planned).name_fr == before.name_fr

    shown = call("change", "show", made.json["proposal"], "--lang", "fr").out
    assert before.name_fr in shown
    assert call("change", "approve", made.json["proposal"], "--as", "finance").exit == 0

    after = _partner(planned)
    assert (after.name_fr, after.name_ar, after.type) == (
        "Conseil provincial d’exemple",
        before.name_ar,
        "provincial_council",
    )


def test_a_correction_that_corrects_nothing_is_refused(planned: Engine, call: Call) -> None:
    same = _partner(planned).name_fr
    for given in ((), ("--name-fr", same)):
        refused = call(*CORRECT, *given, "--as", "officer", "--json")
        assert (refused.exit, refused.json["error"]) == (2, "nothing_to_change")
    for given in (("--name-fr", " "), ("--name-ar", "x" * 10_000), ("--type", "circus")):
        assert call(*CORRECT, *given, "--as", "officer").exit == 2
    assert call("partner", "correct", "nobody", "--name-fr", "X", *REASON, "--as", "officer").exit == 2
    assert call(*CORRECT, "--name-fr", "X", "--as", "auditor").exit == 4
    assert call("change", "list", "--json").json["changes"] == []


def test_the_name_of_another_partner_is_refused(planned: Engine, call: Call) -> None:
    with db.transaction(planned) as session:
        make_partner(session, "ministry").name_fr = "Ministère d’exemple"

    refused = call(*CORRECT, "--name-en", "Ministère d'exemple", "--as", "officer", "--json")

    assert (refused.exit, refused.json["reason"]) == (2, "partner_known")


def _partner(engine: Engine) -> Partner:
    with db.reading(engine) as session:
        return session.exec(select(Partner).where(Partner.key == "council")).one()
