"""The catalogues of codes: complete, alike in their places, clean; compiled wherever that is needed."""

import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from models.settings import LANGUAGES
from notifications import catalogues
from notifications.catalogues import CODES, LOCALE, TERMINAL, counting_translator, look_up, translator
from notifications.words import FAMILIES_OF_DETAIL
from tests.notifications.inventory import all_codes, raised

_PLACE = re.compile(r"\{(\w+)\}")
_VARIANT = ".without_"
_FIGURE = {"figure"}


@cache
def _sentences(language: str) -> dict[str, Message]:
    with (LOCALE / language / "LC_MESSAGES" / f"{CODES}.po").open("rb") as file:
        messages = [message for message in read_po(file, locale=language) if message.id]
    return {message.id[0] if message.pluralizable else str(message.id): message for message in messages}


def _texts(language: str) -> Iterator[tuple[str, str]]:
    for code, message in _sentences(language).items():
        forms = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        yield from ((code, form or "") for form in forms)


def _places(language: str, code: str) -> set[str]:
    return {place for other, text in _texts(language) if other == code for place in _PLACE.findall(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_program_has_a_sentence_and_no_sentence_is_left_over(language: str) -> None:
    needed, written = all_codes(), set(_sentences(language))
    spoken = {code.partition(_VARIANT)[0] for code in written}

    assert needed - written == set()
    assert spoken - needed == set()


@pytest.mark.parametrize(
    "file", sorted(LOCALE.glob("*/LC_MESSAGES/*.po")), ids=lambda file: f"{file.parts[-3]}-{file.stem}"
)
def test_every_catalogue_is_compiled(file: Path) -> None:
    """A sentence that compiling refuses would keep a fresh place from being set up: "% of" is a format."""
    with file.open("rb") as opened:
        book = read_po(opened, locale=file.parts[-3])
    assert [(message.id, errors) for message, errors in book.check()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_or_doubtful(language: str) -> None:
    assert [code for code, text in _texts(language) if not text.strip()] == []
    assert [code for code, message in _sentences(language).items() if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_latin_digits_are_used_everywhere(language: str) -> None:
    assert [
        code for code, text in _texts(language) if re.search("[\u0660-\u0669\u06f0-\u06f9]", text)
    ] == []


def test_the_three_languages_name_the_same_places() -> None:
    assert set(_sentences("ar")) == set(_sentences("fr")) == set(_sentences("en"))
    differing = [
        code
        for code in _sentences("en")
        if not _places("ar", code) == _places("fr", code) == _places("en", code)
    ]
    assert differing == []


def test_a_form_without_a_detail_does_not_name_it() -> None:
    variants = [code for code in _sentences("en") if _VARIANT in code]

    assert variants
    for code in variants:
        whole, _, detail = code.partition(_VARIANT)
        assert detail in _places("en", whole) - _places("en", code)


WITH_PROBLEM = ("bad_value", "bad_settings", "bad_profile")
"""Errors whose sentence takes in the one of their reason."""


def test_every_place_of_an_answer_is_given_wherever_its_error_is_raised() -> None:
    """Also with a detail that is None: the sentence must not ask for what nobody hands over."""
    unmet = {
        (code, place)
        for code, reason, details in raised()
        for place in _places("en", f"answer.{code}")
        | (_places("en", f"reason.{reason}") if reason else set())
        if place not in details | ({"problem"} if code in WITH_PROBLEM else set())
    }
    assert unmet == set()


def test_details_that_are_codes_have_words() -> None:
    families = {code.partition(".")[0] for code in _sentences("en")}

    assert {family for names in FAMILIES_OF_DETAIL.values() for family in names} <= families


def test_arabic_is_written_with_arabic_letters_and_marks() -> None:
    """No Persian letters, no drawn-out letters, no Latin comma, semicolon or question mark."""
    assert [code for code, text in _texts("ar") if re.search("[\u06a9\u06cc\u06c1\u0640,;?]", text)] == []
    assert [code for code, text in _texts("ar") if not re.search("[\u0621-\u064a]|^[—،]|^\\{", text)] == []


def test_french_keeps_its_marks_beside_their_words() -> None:
    assert [code for code, text in _texts("fr") if re.search("[ ][:;?!%»]|«[ ]|'", text)] == []


@pytest.fixture
def moved_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of catalogues of our own, with the sources alone."""
    folder = tmp_path / "locale"
    shutil.copytree(LOCALE, folder, ignore=shutil.ignore_patterns("*.mo"))
    monkeypatch.setattr(catalogues, "LOCALE", folder)
    return folder


def _write(folder: Path, language: str, domain: str, *lines: str) -> Path:
    source = folder / language / "LC_MESSAGES" / f"{domain}.po"
    header = ['msgid ""', 'msgstr ""', '"Content-Type: text/plain; charset=utf-8\\n"']
    plural = ['"Plural-Forms: nplurals=2; plural=(n > 1);\\n"', ""]
    source.write_text("\n".join([*header, *plural, *lines, ""]), encoding="utf-8")
    return source


def _compile(source: Path, at: float) -> Path:
    compiled = source.with_suffix(".mo")
    with source.open("rb") as file, compiled.open("wb") as out:
        write_mo(out, read_po(file))
    os.utime(compiled, (at, at))
    return compiled


def test_words_are_there_before_anything_is_compiled(moved_locale: Path) -> None:
    assert list(moved_locale.rglob("*.mo")) == []
    assert look_up("stage.study", "fr") == "études"


def test_a_compiled_catalogue_is_read_while_it_is_newer_than_its_source(moved_locale: Path) -> None:
    source = _write(moved_locale, "fr", CODES, 'msgid "stage.study"', 'msgstr "compilé"')
    _compile(source, source.stat().st_mtime + 60)
    text = source.read_text(encoding="utf-8").replace("compilé", "écrit plus tard")
    before = source.stat().st_mtime
    source.write_text(text, encoding="utf-8")
    os.utime(source, (before, before))

    assert look_up("stage.study", "fr") == "compilé"


def test_a_compiled_catalogue_older_than_its_source_is_passed_over(moved_locale: Path) -> None:
    source = _write(moved_locale, "fr", CODES, 'msgid "stage.study"', 'msgstr "compilé"')
    _compile(source, source.stat().st_mtime - 60)
    _write(moved_locale, "fr", CODES, 'msgid "stage.study"', 'msgstr "écrit plus tard"')

    assert look_up("stage.study", "fr") == "écrit plus tard"


def test_the_terminal_speaks_english_where_nobody_has_translated_yet(moved_locale: Path) -> None:
    for language in LANGUAGES:
        (moved_locale / language / "LC_MESSAGES" / f"{TERMINAL}.po").unlink(missing_ok=True)
        assert translator(language)("Show the gate.") == "Show the gate."
        assert counting_translator(language)("{count} project", "{count} projects", 2) == "{count} projects"


def test_the_terminal_speaks_the_readers_language_where_it_is_translated(moved_locale: Path) -> None:
    _write(
        moved_locale,
        "fr",
        TERMINAL,
        *('msgid "Show the gate."', 'msgstr "Montrer le jalon."', ""),
        *('msgid "{count} project"', 'msgid_plural "{count} projects"'),
        *('msgstr[0] "{count} projet"', 'msgstr[1] "{count} projets"'),
    )

    assert translator("fr")("Show the gate.") == "Montrer le jalon."
    assert counting_translator("fr")("{count} project", "{count} projects", 1) == "{count} projet"
    assert counting_translator("fr")("{count} project", "{count} projects", 3) == "{count} projets"
