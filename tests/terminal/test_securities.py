"""Bonds, acceptances with their reservations, and indices at the terminal."""

import pytest
from sqlalchemy import Engine

from tests.terminal.conftest import Call
from tests.terminal.signed import BY_FINANCE, BY_OFFICER, CONTRACT, LATE, begin, dirhams, refused

LODGE = ("bond", "lodge", CONTRACT, "performance")
WRITE = ("acceptance", "write", CONTRACT)
END = "2026-08-20"
"""The end of the guarantee, twelve months from the provisional acceptance."""


def test_a_bond_is_lodged_and_stays_while_it_is_needed(line: Engine, call: Call) -> None:
    """W28."""
    begin(call)
    first = (*LODGE, "20000", "--on", "2025-01-25", "--reference", "CAUT-1")

    made, again = call(*first, *BY_OFFICER), call(*first, *BY_OFFICER)
    other = [part.replace("20000", "20001") for part in first]
    full = call(*LODGE, "30000", "--on", "2025-01-26", "--reference", "CAUT-2", *BY_OFFICER)

    assert (made.json["missing"], again.json["changed"]) == (dirhams(10_000), False)
    assert full.json["missing"] is None
    refused(call(*other, *BY_OFFICER), 5, "already_stated", "W24")
    release = ("bond", "release", CONTRACT)
    assert call(*release, "CAUT-1", "--on", "2025-02-01", *BY_OFFICER).json["changed"] is True
    assert call(*release, "CAUT-1", "--on", "2025-02-01", *BY_OFFICER).json["changed"] is False
    needed = refused(call(*release, "CAUT-2", "--on", "2025-02-01", *BY_OFFICER), 3, "bond_needed", "W28")
    assert needed["limit"] == "30000.00 MAD"
    unknown = call(*release, "caut 2", "--on", "2025-02-01", *BY_OFFICER)
    assert (unknown.exit, unknown.json["candidates"]) == (2, ["CAUT-2", "CAUT-1"])
    shown = call("contract", "show", CONTRACT, "--lang", "fr").out
    assert "cautionnement définitif" in shown
    assert "CAUT-1" in shown


def test_the_definitive_acceptance_waits(line: Engine, call: Call) -> None:
    """W27."""
    begin(call)
    provisional = (*WRITE, "provisional", "--on", LATE, "--reference", "PV1", "--reservation", "leak")
    refused(call(*WRITE, "definitive", "--on", END, *BY_OFFICER), 3, "not_accepted", "W27")

    made, again = call(*provisional, *BY_OFFICER), call(*provisional, *BY_OFFICER)
    more = call(*provisional, "--blocking", "no water", *BY_OFFICER)
    reserved = call(
        *("acceptance", "reserve", CONTRACT, "no light", "--on", "2025-09-01", "--due", "2025-10-01"),
        *("--blocking", *BY_OFFICER),
    )
    early = call(*WRITE, "definitive", "--on", "2026-08-19", *BY_OFFICER)
    held = call(*WRITE, "definitive", "--on", END, *BY_OFFICER)

    assert (made.json["changed"], again.json["changed"], reserved.json["number"]) == (True, False, 2)
    refused(more, 5, "already_stated", "W24")
    assert refused(early, 3, "guarantee_running", "W27")["limit"] == END
    assert refused(held, 3, "reservations_open", "W27")["value"] == 2
    clear = ("acceptance", "clear", CONTRACT)
    for number in ("1", "2"):
        assert call(*clear, number, "--on", "2025-11-01", *BY_OFFICER).json["changed"] is True
    assert call(*clear, "1", "--on", "2025-11-01", *BY_OFFICER).json["changed"] is False
    assert call(*clear, "7", "--on", "2025-11-01", *BY_OFFICER).json["candidates"] == ["1", "2"]
    assert call(*WRITE, "definitive", "--on", END, *BY_OFFICER).json["changed"] is True


@pytest.mark.parametrize(
    ("language", "empty", "blocking"),
    [("ar", "أي تسلم", "مانع"), ("fr", "réceptionné", "bloquante"), ("en", "accepted", "blocking")],
)
def test_reservations_are_shown(line: Engine, call: Call, language: str, empty: str, blocking: str) -> None:
    begin(call)
    show = ("acceptance", "show", CONTRACT)
    assert empty in call(*show, "--lang", language).out
    noted = ("--reservation", "<script>", "--blocking", "no light", "--due", "2025-10-01")
    call(*WRITE, "provisional", "--on", LATE, *noted, *BY_OFFICER)
    call("acceptance", "clear", CONTRACT, "1", "--on", "2025-09-01", *BY_OFFICER)

    every, still = call(*show, "--lang", language).out, call(*show, "--open", "--lang", language).out

    assert "<script>" in every
    assert "<script>" not in still
    assert blocking in still
    told = call(*show, "--json").json
    assert (told["open"], [one["due_on"] for one in told["reservations"]]) == (1, ["2025-10-01"] * 2)


def test_indices_are_stated_and_listed(line: Engine, call: Call) -> None:
    """W19."""
    assert "No index" in call("index", "list", "--lang", "en").out
    state = ("index", "state", "BAT6")

    made, again = (call(*state, "2025-03", "220,4", *BY_OFFICER) for _ in range(2))
    other = call(*state, "03/2025", "220.5", *BY_OFFICER)
    call("index", "state", "TR1", "2025-03", "99", *BY_FINANCE)

    assert (made.json["value"], made.json["changed"], again.json["changed"]) == (220_40, True, False)
    refused(other, 5, "already_stated", "W24")
    assert call(*state, "2025-03-15", "1", *BY_OFFICER).json["reason"] == "not_a_month"
    assert call(*state, "2025-04", "0", *BY_OFFICER).json["reason"] == "out_of_range"
    listed = call("index", "list", "BAT6", "--json").json["indices"]
    assert listed == [{"name": "BAT6", "month": "2025-03", "value": 220_40}]
    assert len(call("index", "list", "--json").json["indices"]) == 2
    near = call("index", "list", "BAT7", "--json")
    assert (near.exit, near.json["candidates"]) == (2, ["BAT6"])
    assert call(*state, "2025-05", "1", "--as", "director").exit == 4
