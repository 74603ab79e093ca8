"""`tadshin portfolio advance`: each project has an answer of its own."""

from collections.abc import Callable

from sqlalchemy import Engine

from tests.flows.conftest import free_port
from tests.terminal.conftest import Call

ADVANCE = ("portfolio", "advance", "sample-centre", "other-centre", "nobody", "--to", "construction")


def _away(settings_env: Callable[..., None]) -> None:
    settings_env(prefect_api_url=f"http://127.0.0.1:{free_port()}/api")


def test_what_can_be_asked_is_kept_and_the_rest_is_answered(
    books: Engine, call: Call, settings_env: Callable[..., None]
) -> None:
    _away(settings_env)
    told = call(*ADVANCE, "--as", "officer", "--wait", "1", "--json")

    answers = {answer["project"]: answer for answer in told.json["answers"]}
    assert told.exit == 6
    assert answers["sample-centre"]["outcome"] == answers["other-centre"]["outcome"] == "waiting"
    assert answers["nobody"]["error"] == "unknown_key"


def test_somebody_without_the_right_moves_none(
    books: Engine, call: Call, settings_env: Callable[..., None]
) -> None:
    _away(settings_env)
    told = call(*ADVANCE, "--as", "auditor", "--lang", "fr")

    assert told.exit == 4
    assert "0 projet" in told.out
    assert "Traceback" not in told.out + told.err


def test_a_table_tells_each_answer_in_arabic(
    books: Engine, call: Call, settings_env: Callable[..., None]
) -> None:
    _away(settings_env)
    told = call(*ADVANCE, "--as", "officer", "--wait", "1", "--lang", "ar")

    assert told.exit == 6
    assert "لم ينتقل أي مشروع" in told.out
    assert "sample-centre" in told.out
