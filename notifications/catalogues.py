"""The catalogues of words under locale/: found, compiled in memory where need be, and asked.

Two domains: `codes`, where a msgid is a code of the program and every language has a catalogue, and
`terminal`, where a msgid is the English sentence itself.
"""

from collections.abc import Callable
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"
CODES = "codes"
TERMINAL = "terminal"


def look_up(code: str, language: str, count: int | None = None) -> str | None:
    """Return the sentence of a code in one language, in the form for `count`; None where it has none."""
    catalogue = _open(LOCALE, CODES, language)
    found = catalogue.gettext(code) if count is None else catalogue.ngettext(code, code, count)
    if found == code and count is not None:
        found = catalogue.gettext(code)  # the sentence names a count but has one form for all
    return None if found == code else found


def translator(language: str) -> Callable[[str], str]:
    """Return the function that turns an English sentence of the terminal into a language."""
    return _open(LOCALE, TERMINAL, language).gettext


def counting_translator(language: str) -> Callable[[str, str, int], str]:
    """Return the function that picks the form for a number: singular, plural, number."""
    return _open(LOCALE, TERMINAL, language).ngettext


@lru_cache(maxsize=16)
def _open(locale: Path, domain: str, language: str) -> NullTranslations:
    """Read a compiled catalogue, or its source where the compiled one is missing or older (S7)."""
    source = locale / language / "LC_MESSAGES" / f"{domain}.po"
    compiled = source.with_suffix(".mo")
    if not source.exists():
        return NullTranslations()
    if compiled.exists() and compiled.stat().st_mtime_ns > source.stat().st_mtime_ns:
        with compiled.open("rb") as file:
            return GNUTranslations(file)
    return _compile(source, language)


def _compile(source: Path, language: str) -> NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
