"""What was done before, or named wrongly, is answered kindly: since when, by whom, and what there is."""

import pytest
from sqlalchemy import Engine

from tests.terminal.conftest import Call

REASON = ("--reason", "a reason", "--as", "director")


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("verb", ["suspend", "cancel"])
def test_a_status_that_a_project_has_is_told_with_who_and_when(
    books: Engine, call: Call, verb: str, language: str
) -> None:
    assert call("project", verb, "sample-centre", *REASON).exit == 0

    again = call("project", verb, "sample-centre", *REASON, "--lang", language, "--json")

    assert (again.exit, again.json["error"], again.json["by"]) == (5, "already_in_status", "director")
    assert again.json["at"] is not None
    assert "director" in again.json["message"]


def test_a_project_that_never_rested_is_active_already(books: Engine, call: Call) -> None:
    told = call("project", "resume", "sample-centre", *REASON, "--lang", "en")

    assert (told.exit, told.err.strip()) == (5, "sample-centre is “active” already.")
    assert call("project", "suspend", "sample-centre", *REASON).exit == 0
    assert call("project", "resume", "sample-centre", *REASON).exit == 0
    assert "by director" in call("project", "resume", "sample-centre", *REASON, "--lang", "en").err


def test_a_cancelled_project_is_still_refused_another_status(books: Engine, call: Call) -> None:
    assert call("project", "cancel", "sample-centre", *REASON).exit == 0

    refused = call("project", "suspend", "sample-centre", *REASON, "--json")

    assert (refused.exit, refused.json["error"]) == (3, "illegal_status")


def test_a_role_that_is_held_already_is_told_so(books: Engine, call: Call) -> None:
    grant = ("user", "grant", "finance", "officer", "--region", "oriental", "--as", "administrator")

    first = call(*grant, "--json").json
    again = call(*grant, "--lang", "en")

    assert first["changed"]
    assert (again.exit, "already" in again.out) == (0, True)
    assert not call(*grant, "--json").json["changed"]
    wider = ("user", "grant", "finance", "officer", "--as", "administrator", "--json")
    assert call(*wider).json["changed"]
    assert call("user", "grant", "nobody", "officer", "--as", "administrator").exit == 2


def test_an_unknown_channel_is_answered_with_those_there_are(books: Engine, call: Call) -> None:
    refused = call("chat", "--channel", "tadshin-fx", "--json")

    assert (refused.exit, refused.json["candidates"][0]) == (2, "#tadshin-fr")
    assert set(call("chat", "--channel", "zz", "--json").json["candidates"]) == {
        "#tadshin-ar",
        "#tadshin-fr",
    }
    assert call("chat", "--channel", "tadshin-fr").exit == 0
    assert call("chat", "--channel", "#tadshin-fr").exit == 0


@pytest.mark.parametrize("number", ["0", "1001"])
def test_both_bounds_of_a_number_are_named(call: Call, number: str) -> None:
    refused = call("chat", "--limit", number, "--json", "--lang", "en")

    assert (refused.json["least"], refused.json["most"]) == (1, 1000)
    assert "from 1 to 1000" in refused.json["message"]
