"""The settings: what is wrong with one is told in the reader's language, with what is wanted instead."""

import os
from collections.abc import Callable
from errno import EACCES
from pathlib import Path

import pytest

from models import settings
from models.places import regions
from models.settings import ANY_OTHER, LANGUAGES, BadSettings, SettingsUnreadable, load_settings
from notifications.words import sentence

Set = Callable[..., None]
REGIONS = tuple(region.code for region in regions())

WRONG = [
    ("channels", "{", "setting_not_json", None, None, 2),
    ("channels", "[" * 5000, "setting_not_json", None, None, 1),
    ("channels", "3", "setting_not_a_list", None, None, None),
    ("channels", '{"name": "#a"}', "setting_not_a_list", None, None, None),
    ("channels", "[3]", "setting_not_an_object", 1, None, None),
    ("channels", '[{"name": "#a"}, {"name": ""}]', "setting_empty", 2, "name", None),
    ("channels", '[{"name": "#a"}, {"language": "fr"}]', "setting_missing", 2, "name", None),
    ("channels", '[{"name": 3}]', "setting_not_a_text", 1, "name", None),
    ("channels", '[{"name": "' + "a" * 81 + '"}]', "setting_too_long", 1, "name", 80),
    ("channels", '[{"name": "#a", "language": "es"}]', "setting_not_a_choice", 1, "language", LANGUAGES),
    ("channels", '[{"name": "#a", "region": "oriental "}]', "setting_not_a_choice", 1, "region", REGIONS),
    ("slack_api_url", "javascript:alert(1)", "setting_no_address", None, None, None),
    ("prefect_api_url", "127.0.0.1:4200", "setting_no_address", None, None, None),
    ("prefect_api_url", "http:// a", "setting_no_address", None, None, None),
    ("language", "xx", "setting_not_a_choice", None, None, LANGUAGES),
    ("evidence_max_bytes", "abc", "setting_not_whole", None, None, None),
    ("evidence_max_bytes", "9" * 5000, "setting_not_whole", None, None, None),
    ("evidence_max_bytes", "0", "setting_too_small", None, None, 1),
    ("prefect_port", "99999", "setting_too_large", None, None, 65535),
    ("prefect_port", "0", "setting_too_small", None, None, 1),
    ("wait_seconds", "soon", "setting_not_a_number", None, None, None),
    ("wait_seconds", "-1", "setting_too_small", None, None, 0),
    ("wait_seconds", "3601", "setting_too_large", None, None, 3600),
    ("slack_seconds_between_posts", "inf", "setting_not_a_number", None, None, None),
    ("database_url", "mysql://somewhere", "setting_no_database", None, None, None),
    ("home", "why?", "setting_no_path", None, None, None),
    ("database_url", "nonsense", "setting_no_database", None, None, None),
]


@pytest.mark.parametrize(("name", "value", "reason", "entry", "part", "limit"), WRONG)
def test_a_wrong_setting_is_named_with_what_is_wanted(
    settings_env: Set,
    name: str,
    value: str,
    reason: str,
    entry: int | None,
    part: str | None,
    limit: object,
) -> None:
    """X9."""
    settings_env(**{name: value})

    with pytest.raises(BadSettings) as refused:
        load_settings()

    assert refused.value.details == {
        "setting": f"TADSHIN_{name.upper()}",
        "entry": entry,
        "part": part,
        "reason": reason,
        "limit": limit,
    }
    said = [sentence(refused.value, language) for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES)
    assert all(f"TADSHIN_{name.upper()}" in one for one in said)
    assert not any(word in one for one in said for word in ("Input", "pydantic", "Expecting", "valid"))


def test_the_sentence_names_the_entry_its_key_and_the_choices(settings_env: Set) -> None:
    settings_env(channels='[{"name": "#a"}, {"name": "#b", "sector": "sport"}]')

    with pytest.raises(BadSettings) as refused:
        load_settings()

    assert sentence(refused.value, "en") == (
        "Setting TADSHIN_CHANNELS, entry 2, sector: one of these is wanted: "
        "health, disability, training_employment, precarity and economic_inclusion."
    )


def test_a_misspelt_key_is_noticed(settings_env: Set) -> None:
    settings_env(channels='[{"name": "#a", "sektor": "health"}]')

    with pytest.raises(BadSettings) as refused:
        load_settings()

    assert (refused.value.details["reason"], refused.value.details["part"]) == (
        "setting_unknown_field",
        "sektor",
    )


def test_an_error_that_nobody_listed_has_words_too(
    settings_env: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REASONS", {})
    settings_env(prefect_port="x")

    with pytest.raises(BadSettings) as refused:
        load_settings()

    assert refused.value.details["reason"] == ANY_OTHER
    assert ".env.example" in sentence(refused.value, "ar")


def test_a_home_whose_links_lead_in_a_circle(settings_env: Set, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    settings_env(home=tmp_path / "a")

    with pytest.raises(BadSettings) as refused:
        load_settings()

    assert refused.value.details["reason"] == "setting_no_path"


@pytest.mark.parametrize(
    ("content", "problem", "number"),
    [
        (b"TADSHIN_USER=\xff\n", "not_utf8", None),
        ("TADSHIN_USER=x\n".encode("utf-16"), "not_utf8", None),
        (b"TADSHIN_USER=x\n# fine\nnot a setting\n", "line_not_understood", 3),
        (b'TADSHIN_USER="never closed\n', "line_not_understood", 1),
    ],
)
def test_a_file_of_settings_that_cannot_be_read(
    settings_env: Set, tmp_path: Path, content: bytes, problem: str, number: int | None
) -> None:
    (tmp_path / ".env").write_bytes(content)
    settings_env()

    with pytest.raises(SettingsUnreadable) as refused:
        load_settings()

    assert refused.value.details == {
        "file": str(tmp_path / ".env"),
        "problem": problem,
        "number": number,
    }
    assert all(".env" in sentence(refused.value, language) for language in LANGUAGES)
    assert "codec" not in sentence(refused.value, "fr")


def test_a_file_of_settings_that_is_closed_to_us(
    settings_env: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions refuse root nothing, so the call of the system is made to fail."""

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(EACCES, os.strerror(EACCES))

    (tmp_path / ".env").write_text("TADSHIN_USER=x\n")
    settings_env()
    monkeypatch.setattr(Path, "open", fail)

    with pytest.raises(SettingsUnreadable) as refused:
        load_settings()

    assert sentence(refused.value, "en").endswith(".env cannot be read: no permission.")


def test_a_folder_in_the_place_of_the_file_of_settings(settings_env: Set, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    settings_env()

    with pytest.raises(SettingsUnreadable) as refused:
        load_settings()

    assert refused.value.details["problem"] == "is_a_folder"


def test_settings_are_read_from_the_file(settings_env: Set, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\n\nexport TADSHIN_USER=officer\nOTHER=1\nTADSHIN_LANGUAGE=\n")
    settings_env()

    assert load_settings().user == "officer"
    assert load_settings().language is None
