"""Conventions at the terminal: written, signed, amended, linked, and who reads and keeps them."""

import pytest
from sqlalchemy import Engine

from tests.terminal.conftest import Call
from tests.terminal.promised import (
    BY_FINANCE,
    BY_OFFICER,
    COMMITMENT,
    DAY,
    KEY,
    NAME,
    PARTNER,
    commit,
    convention,
    promised,
    sign,
)
from tests.terminal.signed import refused

__all__ = ["promised"]
SCRIPT = "<script>alert(1)</script>"


def test_a_convention_is_signed_with_its_last_signature(promised: Engine, call: Call) -> None:
    write = ("convention", "write", "PART-1", "--party", PARTNER, "--party", "ministry", *BY_OFFICER)
    first = call(*write, "--title", SCRIPT, "--ends", "2030-12-31", "--json")
    assert (first.exit, first.json["changed"]) == (0, True)
    assert first.json["unsigned"] == ["council", "ministry"]
    again = call(*write, "--title", SCRIPT, "--ends", "2030-12-31", "--json")
    assert (again.exit, again.json["changed"]) == (0, False)

    one = sign(call, PARTNER)
    assert (one.json["signed_on"], one.json["unsigned"]) == (None, ["ministry"])
    assert sign(call, PARTNER).json["changed"] is False
    refused(sign(call, PARTNER, on="2026-01-11"), 5, "signed_before", "V1")
    last = sign(call, "ministry", on="2026-01-12")
    assert (last.json["signed_on"], last.json["unsigned"]) == ("2026-01-12", [])

    corrected = call(*write, "--title", "other", "--json")
    refused(corrected, 3, "signed_already", "V1")


def test_a_party_is_named_in_any_spelling(promised: Engine, call: Call) -> None:
    told = call("convention", "write", "P-2", "--party", NAME["fr"], *BY_OFFICER, "--json").json

    assert [party["partner"] for party in told["parties"]] == [PARTNER]


@pytest.mark.parametrize(
    ("language", "to_sign", "empty"),
    [
        ("ar", "بقي أن يوقع", "لا توجد اتفاقيات هنا."),
        ("fr", "Reste à signer", "Aucune convention ici."),
        ("en", "Still to sign", "No conventions here."),
    ],
)
def test_the_list_says_who_has_not_signed(
    promised: Engine, call: Call, language: str, to_sign: str, empty: str
) -> None:
    assert empty in call("convention", "list", "--lang", language).out
    convention(call, PARTNER, "ministry", signed=False)
    convention(call, PARTNER, reference="PART-2")

    listed = call("convention", "list", "--lang", language).out
    unsigned = call("convention", "list", "--unsigned", "--json").json["conventions"]

    assert to_sign in listed
    assert NAME[language].replace("council", "ministry") in listed
    assert [(one["convention"], one["unsigned"]) for one in unsigned] == [("PART-1", ["ministry"])]


def test_amendments_follow_each_other(promised: Engine, call: Call) -> None:
    amend = ("convention", "amend", "PART-1", "--signed", "2026-02-01", "--subject", "x", *BY_OFFICER)
    convention(call, PARTNER, "ministry", signed=False)
    early = call(*amend, "--number", "1", "--json")
    assert (early.exit, early.json["error"], early.json["paper"]) == (3, "unsigned", "convention")
    sign(call, "ministry")

    assert call(*amend, "--number", "2", "--json").json["reason"] == "out_of_order"
    made = call(*amend, "--number", "1", "--ends", "2031-01-01", "--json")
    assert (made.exit, made.json["ends_on"]) == (0, "2031-01-01")
    assert call(*amend, "--number", "1", "--json").json["changed"] is False
    assert "2031-01-01" in call("convention", "show", "PART-1", "--lang", "fr").out


def test_a_commitment_rests_on_a_convention(promised: Engine, call: Call) -> None:
    convention(call, PARTNER)
    convention(call, "ministry", reference="PART-2")
    link = ("convention", "link", "PART-1", KEY, PARTNER, *BY_OFFICER, "--json")

    assert call("convention", "link", "PART-2", *link[3:]).json["reason"] == "not_a_party"
    made = call(*link)
    assert (made.exit, made.json["reference"], made.json["changed"]) == (0, COMMITMENT, True)
    assert call(*link).json["changed"] is False
    shown = call("convention", "show", "PART-1", "--json").json
    assert shown["projects"] == [KEY]
    assert [one["amount"]["centimes"] for one in shown["commitments"]] == [900_000_00]
    assert NAME["ar"] in call("convention", "show", "PART-1", "--lang", "ar").out


def test_a_commitment_is_named_where_there_are_several(promised: Engine, call: Call) -> None:
    """X30."""
    convention(call, PARTNER)
    assert commit(call, "1000", "--reference", "CONV-8").exit == 0
    link = ("convention", "link", "PART-1", KEY, PARTNER, *BY_OFFICER, "--json")

    several = call(*link)

    assert (several.exit, several.json["reason"]) == (2, "several_commitments")
    assert several.json["limit"] == ["CONV-7", "CONV-8"]
    assert call(*link, "--reference", "CONV-8").exit == 0
    assert call(*link, "--reference", "CONV-9").json["candidates"] == ["CONV-7", "CONV-8"]
    none = call("convention", "link", "PART-1", "other-centre", PARTNER, *BY_OFFICER, "--json")
    assert none.json["reason"] == "no_commitment"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("write", "X", "--party", "nobody"), "unknown_key"),
        (("write", "X", "--party", PARTNER, "--payment-days", "366"), "out_of_range"),
        (("write", "X", "--party", PARTNER, "--ends", "2200-01-01"), "out_of_range"),
        (("write", "\u202ex", "--party", PARTNER), "hidden_characters"),
        (("write", "x" * 10_000, "--party", PARTNER), "too_long"),
        (("write", " ", "--party", PARTNER), "empty"),
        (("sign", "PART-1", PARTNER, "--on", "2999-01-01"), "out_of_range"),
        (("sign", "PART-1", PARTNER, "--on", "2099-01-01"), "in_the_future"),
        (("sign", "PART-9", PARTNER, "--on", "2026-01-01"), "unknown_key"),
        (("show", "\x00"), "unknown_key"),
        (("show", "PART"), "unknown_key"),
    ],
)
def test_what_cannot_be_is_refused(
    promised: Engine, call: Call, arguments: tuple[str, ...], told: str
) -> None:
    convention(call, PARTNER, signed=False)
    before = call("convention", "list", "--json").json

    answer = call("convention", *arguments, *BY_OFFICER, "--json")

    assert answer.exit == 2, answer
    assert told in (answer.json["error"], answer.json.get("reason"))
    assert call("convention", "list", "--json").json == before


def test_what_a_rule_refuses_names_its_number(promised: Engine, call: Call) -> None:
    """X40."""
    convention(call, PARTNER)
    amend = ("convention", "amend", "PART-1", "--subject", "x", *BY_OFFICER, "--json")

    refused(sign(call, "ministry"), 3, "not_a_party", "V1")
    refused(call(*amend, "--number", "2", "--signed", DAY), 3, "out_of_order", "V2")
    refused(call(*amend, "--number", "1", "--signed", "2001-01-01"), 3, "too_early", "V2")


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_who_does_not_keep_conventions_is_told_who_does(
    promised: Engine, call: Call, language: str
) -> None:
    write = ("convention", "write", "PART-1", "--party", PARTNER, "--json", "--lang", language)

    auditor, regional = call(*write, "--as", "auditor"), call(*write, "--as", "officer-fes")

    assert (auditor.exit, auditor.json["error"]) == (4, "not_allowed")
    assert auditor.json["who"] == ["officer", "finance"]
    assert (regional.exit, regional.json["error"]) == (4, "not_allowed_here")
    assert "officer-fes" in regional.json["message"]
    unknown = call(*write, "--as", "offcer")
    assert (unknown.exit, unknown.json["candidates"][0]) == (2, "officer")
    assert call("convention", "list", "--json").json["conventions"] == []


def test_a_limited_reader_sees_the_conventions_of_their_projects(promised: Engine, call: Call) -> None:
    """X34."""
    convention(call, PARTNER)
    assert call("convention", "link", "PART-1", KEY, PARTNER, *BY_OFFICER).exit == 0
    limited = ("--as", "officer-fes", "--json")

    assert call("convention", "list", *limited).json["conventions"] == []
    assert call("convention", "show", "PART-1", *limited).json["error"] == "not_allowed_here"
    assert call("convention", "show", "PART-1", "--as", "auditor").exit == 0

    promise = ("commitment", "set", "other-centre", PARTNER, "5", "--reference", "C", *BY_FINANCE)
    assert call(*promise).exit == 0
    assert call("convention", "link", "PART-1", "other-centre", PARTNER, *BY_OFFICER).exit == 0
    shown = call("convention", "show", "PART-1", *limited).json
    assert shown["projects"] == ["other-centre"]
    assert [one["project"] for one in shown["commitments"]] == ["other-centre"]


def test_a_promise_in_kind_has_no_tranches(promised: Engine, call: Call) -> None:
    kind = ("commitment", "set", KEY, "ministry", "0", "--in-kind", "--reference", "LAND", *BY_FINANCE)
    assert call(*kind).exit == 0

    planned = call("tranche", "plan", KEY, "ministry", "--tranche", f"5@date:{DAY}", *BY_OFFICER, "--json")

    refused(planned, 3, "in_kind", "V5")
