"""Three languages: which one is spoken, and that none of the terminal's sentences is missing."""

import re
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po
from click.testing import CliRunner

from notifications.catalogues import counting_translator
from tadshin.terminal.language import said, speaking
from tadshin.terminal.root import tadshin
from tests.terminal.conftest import Call, answer
from tests.terminal.sentences import ROOT, commands, places, plurals, singles

TRANSLATED = ("ar", "fr")
THREE_LATIN_WORDS = re.compile("[a-z]{3} .*[a-z]{3} .*[a-z]{3}")
ARABIC = re.compile("[\u0600-\u06ff]")


@pytest.fixture(params=TRANSLATED)
def catalogue(request: pytest.FixtureRequest) -> dict[str, tuple[str, ...]]:
    """Every sentence of a catalogue with its forms."""
    file = ROOT / "locale" / request.param / "LC_MESSAGES" / "terminal.po"
    with file.open("rb") as opened:
        messages = [message for message in read_po(opened, locale=request.param) if message.id]
    assert not [message.id for message in messages if message.fuzzy]
    return {
        (message.id if isinstance(message.id, str) else message.id[0]): (
            (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        )
        for message in messages
    }


def test_no_sentence_is_missing(catalogue: dict[str, tuple[str, ...]]) -> None:
    wanted = singles() | set(plurals())

    assert sorted(wanted - {sentence for sentence, forms in catalogue.items() if all(forms)}) == []


def test_no_sentence_is_left_over(catalogue: dict[str, tuple[str, ...]]) -> None:
    assert sorted(set(catalogue) - singles() - set(plurals())) == []


def test_every_place_is_kept(catalogue: dict[str, tuple[str, ...]]) -> None:
    for sentence in singles():
        assert places(catalogue[sentence][0]) == places(sentence), sentence
    for one, many in plurals().items():
        for form in catalogue[one]:
            assert places(form) <= places(one) | places(many), one


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_every_command_has_help(language: str) -> None:
    for path, command in _paths(tadshin, ()):
        told = answer(*path, "--help", "--lang", language)
        assert told.exit == 0, path
        assert told.out.startswith({"ar": "الاستعمال:", "fr": "Usage\u00a0:", "en": "Usage:"}[language])
        with speaking(language):
            helps = [command.help, *(getattr(param, "help", None) for param in command.params)]
        assert all(helps), path
        shown = " ".join(told.out.split())
        assert all(" ".join(str(text).split())[:20] in shown for text in helps), path


def test_arabic_help_has_no_english_sentence() -> None:
    for path, _command in _paths(tadshin, ()):
        told = answer(*path, "--help", "--lang", "ar")
        described = told.out.partition("\n\n")[2].partition("أمثلة")[0]
        latin = [line for line in described.splitlines() if THREE_LATIN_WORDS.search(line)]
        assert all(ARABIC.search(line) for line in latin), (path, latin)


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["--lang", "ar", "portfolio"], {"TADSHIN_LANGUAGE": "en"}, "ar"),
        (["portfolio", "list", "--lang=en"], {}, "en"),
        (["portfolio"], {"TADSHIN_LANGUAGE": "ar", "LC_ALL": "fr_FR.UTF-8"}, "ar"),
        (["portfolio"], {"LC_ALL": "fr_FR.UTF-8", "LANG": "ar_MA.UTF-8"}, "fr"),
        (["portfolio"], {"LC_MESSAGES": "ar_MA", "LANG": "en_US.UTF-8"}, "ar"),
        (["portfolio"], {"LANG": "C.UTF-8"}, None),
        (["portfolio"], {"LANG": "de_DE.UTF-8"}, None),
        (["project", "reject", "--reason", "x", "--", "--lang", "en"], {}, None),
    ],
)
def test_the_language_said_first_is_spoken(
    arguments: list[str], environment: dict[str, str], language: str | None, tmp_path: Path
) -> None:
    assert said(arguments, environment) == language


def test_the_env_file_can_name_the_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TADSHIN_LANGUAGE=ar\n", encoding="utf-8")

    assert said(["portfolio"], {"LANG": "en_US.UTF-8"}) == "ar"


def test_whoever_acts_reads_in_their_own_language(books: object, call: Call) -> None:
    call("user", "language", "auditor", "ar", "--as", "auditor")

    assert ARABIC.search(call("portfolio", "list", "--as", "auditor").out.splitlines()[0])
    assert "Name" in call("portfolio", "list", "--as", "auditor", "--lang", "en").out
    assert "Nom" in call("portfolio", "list", "--as", "officer").out


def test_an_unknown_language_is_refused() -> None:
    result = CliRunner().invoke(tadshin, ["portfolio", "list", "--lang", "de"])

    assert result.exit_code == 2
    assert "'de'" in result.stderr


def _paths(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [(path, command), *(found for name, one in below for found in _paths(one, (*path, name)))]


def test_every_command_is_reached() -> None:
    assert {command for _path, command in _paths(tadshin, ())} == set(commands())


@pytest.mark.parametrize(
    ("count", "word"), [(3, "مشاريع"), (10, "مشاريع"), (11, "مشروعا"), (99, "مشروعا"), (100, "مشروع")]
)
def test_arabic_counts_as_arabic_does(count: int, word: str) -> None:
    one, many = "{count} project has moved.", "{count} projects have moved."

    assert counting_translator("ar")(one, many, count).rstrip(".").endswith(word)
