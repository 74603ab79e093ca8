"""The reader's language: chosen before anything heavy is loaded, so that help comes at once."""

import gettext
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from notifications.catalogues import LOCALE, TERMINAL, counting_translator, look_up, translator

LANGUAGES = ("ar", "fr", "en")
USUAL = "fr"
_OPTION = "--lang"
_SETTING = "TADSHIN_LANGUAGE"
_ENVIRONMENT = ("LC_ALL", "LC_MESSAGES", "LANG")
_spoken: ContextVar[str] = ContextVar("spoken", default=USUAL)


def _(sentence: str) -> str:
    """Return a sentence of the terminal in the language spoken."""
    return translator(_spoken.get())(sentence)


def _n(one: str, many: str, count: int) -> str:
    """Return the form of a sentence that a number asks for; its place for the number is {count}."""
    return counting_translator(_spoken.get())(one, many, count).replace("{count}", str(count))


def fill(sentence: str, **values: object) -> str:
    """Put values into the places of a translated sentence, each written as its readers write it."""
    from notifications.words import shown

    return sentence.format(**{name: shown(value, spoken()) for name, value in values.items()})


def named(family: str, code: object) -> str:
    """Return the word for a code of a family in the language spoken; the code where there is none."""
    from notifications.words import shown

    return look_up(f"{family}.{code}", spoken()) or shown(str(code), spoken())


def obstacle(details: Mapping[str, object]) -> str:
    """Return the words for what stood in the way, from the details that `obstacle_of` gives."""
    from notifications.words import describe_obstacle

    return describe_obstacle(details, spoken())


def spoken() -> str:
    """Return the language that is spoken now."""
    return _spoken.get()


def said(arguments: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Return the language that the call, the settings or the environment names; None when none does.

    The first of: --lang anywhere, TADSHIN_LANGUAGE, the same in .env, LC_ALL, LC_MESSAGES, LANG.
    Source: docs/rules.md, X3.
    """
    named = _named(arguments) or environment.get(_SETTING) or _in_env_file()
    if named in LANGUAGES:
        return named
    for variable in _ENVIRONMENT:
        language = environment.get(variable, "").partition("_")[0].partition(".")[0].lower()
        if language in LANGUAGES:
            return language
    return None


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for the time of a call; click's own sentences come from our catalogue too."""
    before = os.environ.get("LANGUAGE")
    token = _spoken.set(language)
    gettext.bindtextdomain(TERMINAL, LOCALE)
    gettext.textdomain(TERMINAL)
    os.environ["LANGUAGE"] = language
    try:
        yield
    finally:
        _spoken.reset(token)
        if before is None:
            os.environ.pop("LANGUAGE", None)
        else:
            os.environ["LANGUAGE"] = before


def switch(language: str) -> None:
    """Go on in another language: the acting person's own, once we know who acts."""
    _spoken.set(language)
    os.environ["LANGUAGE"] = language


def _named(arguments: Sequence[str]) -> str | None:
    named = None
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument.startswith(f"{_OPTION}="):
            named = argument.partition("=")[2]
        elif argument == _OPTION and index + 1 < len(arguments):
            named = arguments[index + 1]
    return named


def _in_env_file() -> str | None:
    try:
        if not Path(".env").is_file():
            return None
        from dotenv import dotenv_values

        logging.getLogger("dotenv").setLevel(logging.CRITICAL)  # it murmurs in English
        return dotenv_values(".env").get(_SETTING)
    except (OSError, ValueError):
        return None  # the settings will say what is wrong with it
