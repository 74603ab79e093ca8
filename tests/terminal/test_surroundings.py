"""How the program speaks when what is around it is wrong: files, folders, settings, databases."""

import os
import re
from collections.abc import Callable
from errno import EACCES, ENOSPC, EROFS
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.settings import LANGUAGES
from tests.terminal.conftest import Answer, Call, run

PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
SYSTEM_ENGLISH = (
    "No such",
    "Is a directory",
    "Not a directory",
    "Permission",
    "Errno",
    "Error",
    "No space",
)


def in_each_language(call: Call, *arguments: str) -> list[Answer]:
    """Make a call in Arabic, French and English; none of the answers lets the system's English through."""
    answers = [call(*arguments, "--lang", language) for language in LANGUAGES]
    for answer in answers:
        assert [word for word in SYSTEM_ENGLISH if word in answer.err] == []
        assert len(answer.err.splitlines()) == 1
    assert re.search("[\u0621-\u064a]", answers[0].err)
    assert len({answer.err for answer in answers}) == len(LANGUAGES)
    return answers


def failing(number: int) -> Callable[..., None]:
    """Return a call of the system that fails with a number; root is refused nothing by permissions."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("name", ["nowhere/a.xlsx", "file/a.csv", "x" * 300 + ".csv"])
def test_a_template_for_a_place_that_is_none_names_the_file(call: Call, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")
    named = str(tmp_path / name)

    for answer in in_each_language(call, "portfolio", "template", named):
        assert answer.exit == 2
    told = call("portfolio", "template", named, "--json").json
    assert (told["error"], told["file"]) == ("file_not_written", named)


@pytest.mark.parametrize(
    ("number", "problem", "words"),
    [
        (EACCES, "no_permission", "no permission"),
        (EROFS, "read_only", "open for reading only"),
        (ENOSPC, "disk_full", "the disk is full"),
    ],
)
def test_a_template_that_the_system_does_not_take(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, problem: str, words: str
) -> None:
    monkeypatch.setattr(Path, "open", failing(number))
    named = str(tmp_path / "a.csv")

    assert words in in_each_language(call, "portfolio", "template", named)[-1].err
    assert call("portfolio", "template", named, "--json").json["problem"] == problem


@pytest.mark.parametrize(("name", "problem"), [("", "is_a_folder"), ("/dev/null", "not_a_file")])
def test_what_is_no_file_cannot_be_brought_in(
    books: Engine, call: Call, tmp_path: Path, name: str, problem: str
) -> None:
    file = str(tmp_path / name)

    in_each_language(call, "portfolio", "import", file, "--as", "officer")
    told = call("portfolio", "import", file, "--as", "officer", "--json")
    assert (told.exit, told.json["error"], told.json["problem"]) == (2, "file_unreadable", problem)


def test_evidence_from_a_file_that_cannot_be_read(books: Engine, call: Call, tmp_path: Path) -> None:
    add = ("evidence", "add", "sample-centre", "manuals", "--on", "2026-02-10", "--as", "officer", "--file")

    for file, problem in ((tmp_path, "is_a_folder"), (tmp_path / "none.pdf", "nothing_there")):
        for answer in in_each_language(call, *add, str(file)):
            assert answer.exit == 2
        assert call(*add, str(file), "--json").json["problem"] == problem


def test_evidence_for_a_full_disk_changes_nothing(
    books: Engine, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(PDF)
    monkeypatch.setattr(os, "fsync", failing(ENOSPC))
    add = ("evidence", "add", "sample-centre", "manuals", "--on", "2026-02-10", "--file", str(file))

    told = in_each_language(call, *add, "--as", "officer")

    assert [answer.exit for answer in told] == [7, 7, 7]
    assert told[-1].err.startswith("The evidence folder (")
    assert " cannot be used: the disk is full. Nothing was changed." in told[-1].err
    assert told[-1].err.strip().endswith("TADSHIN_HOME names.")
    assert call("evidence", "list", "sample-centre", "--json").json["evidence"] == []


def test_an_error_of_the_system_that_nobody_foresaw_has_words_too(
    books: Engine, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tadshin.terminal import desk

    monkeypatch.setattr(desk, "check_prepared", failing(EACCES))

    assert "no permission" in in_each_language(call, "portfolio", "list")[-1].err
    told = call("portfolio", "list", "--json")
    assert (told.exit, told.json["error"], told.json["problem"]) == (
        7,
        "files_unavailable",
        "no_permission",
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("channels", "{", "JSON is wanted"),
        ("prefect_port", "99999", "at most 65,535"),
        ("database_url", "mysql://u:secret@h/d", "the address of a database is wanted"),
    ],
)
def test_a_wrong_setting_is_told_in_each_language(
    settings_env: Callable[..., None], call: Call, name: str, value: str, words: str
) -> None:
    settings_env(**{name: value})

    told = in_each_language(call, "portfolio", "list")

    assert [answer.exit for answer in told] == [2, 2, 2]
    assert words in told[-1].err
    assert "secret" not in told[-1].err
    assert call("portfolio", "list", "--json").json["reason"].startswith("setting_")


def test_a_file_of_settings_with_a_broken_line_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TADSHIN_USER=x\nthis is no setting\n")

    told = run("portfolio", "list", "--lang", "fr", home=tmp_path / "var")

    assert (told.exit, told.out) == (2, "")
    assert len(told.err.splitlines()) == 1
    assert "n°\u00a02" in told.err
