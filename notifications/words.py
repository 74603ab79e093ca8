"""What the program says, in Arabic, French and English: sentences by code, values in their places.

Code elsewhere deals in codes and values only; every word a person reads comes through here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Protocol
from unicodedata import bidirectional

from models.clock import CASABLANCA
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.gates import CRITERIA
from models.rules.money import Money
from models.rules.needs import AnyOf, AtLeast, AtMost, MonthsAfter, Need, NotOver, ShareOf, Within
from models.rules.stages import Stage
from models.rules.text import visible
from models.settings import LANGUAGES
from notifications.catalogues import counting_translator, look_up, translator

__all__ = [
    "LANGUAGES",
    "VerdictWords",
    "answered",
    "counting_translator",
    "describe_verdict",
    "is_rtl",
    "listed",
    "say",
    "sentence",
    "shown",
    "told",
    "translator",
]

STRICT = False
"""True in the tests of words: a code or a value that is missing raises KeyError.

Otherwise nobody is left without an answer: English stands in for a missing sentence, the code for
missing English, and a dash for a missing value.
"""

FAMILIES_OF_DETAIL: Mapping[str, tuple[str, ...]] = {
    "action": ("action",),
    "asked": ("stage", "status"),
    "code": ("evidence", "milestone"),
    "criterion": ("criterion",),
    "door": ("door",),
    "duty": ("duty",),
    "entered": ("stage",),
    "field": ("field",),
    "first": ("hand",),
    "hand": ("hand", "proposal"),
    "left": ("stage",),
    "legal": ("stage",),
    "milestone": ("milestone",),
    "noun": ("noun",),
    "outcome": ("outcome",),
    "owner": ("owner",),
    "problem": ("problem",),
    "reading": ("reading",),
    "reason": ("oversize",),
    "role": ("role",),
    "sector": ("sector",),
    "stage": ("stage",),
    "state": ("proposal",),
    "status": ("status",),
    "who": ("role",),
}
"""Details that are codes, by their name, and the families to look in: so that what comes back from the
books as plain text reads as it did when it was written."""

_DATES = frozenset(
    {"actual", "at", "baseline", "day", "due", "expires_on", "first", "forecast", "last", "on", "signed_on"}
)
_ALTERNATIVES = frozenset({"candidates", "who"})
_NUMBERS_OF_THINGS = frozenset({"pid", "port"})  # names made of digits, never grouped
_MOST_CANDIDATES = 5  # S6
_NEAREST = 3

_LAST_RESORT = "en"
_RIGHT_TO_LEFT = "ar"
_LOCALES = {"ar": "ar_MA", "fr": "fr", "en": "en_GB"}
_LRI, _FSI, _PDI = "\u2066", "\u2068", "\u2069"
_NBSP, _THIN = "\u00a0", "\u202f"
_MINUS = "\u2212"
_SPACED = frozenset({"ar", "fr"})  # digits in groups by spaces, a decimal comma, the currency behind
_SMALLEST_GROUPED = 10_000  # years stay whole
_AMOUNT = re.compile(r"-?\d{1,12}\.\d\d [A-Z]{3}")  # how Money writes itself
_PLACE = re.compile(r"\{(\w+)\}")
_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """What a reader needs to know of one verdict: what must be there, what settles it, who owes it."""

    text: str
    settle: str
    owner: str


class Answer(Protocol):
    """What became of a move, as the inbox keeps it: a code, and details in plain JSON values."""

    @property
    def project(self) -> str: ...
    @property
    def left(self) -> Stage: ...
    @property
    def entered(self) -> Stage: ...
    @property
    def code(self) -> str: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


class Judged(Protocol):
    """What `describe_verdict` reads of a verdict."""

    @property
    def code(self) -> str: ...
    @property
    def owner(self) -> str: ...


def is_rtl(language: str) -> bool:
    """Tell whether a language is written from right to left."""
    return language == _RIGHT_TO_LEFT


def say(code: str, language: str, /, **values: object) -> str:
    """Return the sentence of a code, each {named} place filled by `shown`.

    A `count` among the values picks the form that the number asks for, where the sentence has forms.
    The figures of a gate's criterion come from its rule, so that no sentence repeats them.
    Raises: KeyError, only where STRICT, for a code or a value that is missing.
    Source: docs/rules.md, S1.
    """
    words = {name: shown(value, language) for name, value in values.items()}
    return _compose(code, language, words, values.get("count"))


def shown(value: object, language: str) -> str:
    """Write a value as the readers of a language do; a member of a StrEnum by the word of its code.

    Latin digits in all three languages. A run in the other direction is isolated (U+2066 to U+2069) and
    unseen characters are written out, so that no value disturbs the sentence around it.
    Source: docs/rules.md, S2 to S5.
    """
    for kind, write in _WAYS:
        if isinstance(value, kind):
            return write(value, language)
    return _text(str(value), language)


def listed(values: Iterable[object], language: str, joined_by: str = "and") -> str:
    """Join values in the language's way; `joined_by` is "and" or "or"."""
    return _join([shown(value, language) for value in values], language, joined_by)


def told(code: str, details: Mapping[str, object], language: str) -> str:
    """Return the sentence of a code with details that may come from the books as plain JSON values.

    A detail's name says how to read it (FAMILIES_OF_DETAIL). Where a detail is None and the sentence has
    a form without it (`<code>.without_<detail>`), that form is taken.
    """
    bare = (f"{code}.without_{name}" for name, value in details.items() if value is None)
    chosen = next((form for form in bare if look_up(form, _LAST_RESORT)), code)
    words = {name: _read(name, value, language) for name, value in details.items()}
    return _compose(chosen, language, words, details.get("count"))


def sentence(error: CentreError, language: str) -> str:
    """Return the whole sentence that answers what was asked, for any error of the house."""
    return _answer(error.code, error.details, language)


def answered(answer: Answer, language: str) -> str:
    """Return the whole sentence for what became of a move."""
    about = {"project": answer.project, "left": answer.left, "entered": answer.entered}
    return _answer(answer.code, {**about, **answer.details}, language)


def describe_verdict(verdict: Judged, language: str) -> VerdictWords:
    """Return the words of a verdict."""
    return VerdictWords(
        text=say(f"criterion.{verdict.code}", language),
        settle=say(f"settle.{verdict.code}", language),
        owner=say(f"owner.{verdict.owner}", language),
    )


def _join(words: list[str], language: str, joined_by: str) -> str:
    if not words:
        return shown(None, language)
    *others, last = words
    if not others:
        return last
    parts = {"first": _find("list.comma", language).join(others), "last": last}
    return _compose(f"list.{joined_by}", language, parts)


def _answer(code: str, details: Mapping[str, object], language: str) -> str:
    if code == BadValue.code:
        why = told(f"reason.{details.get('reason')}", details, language)
        field = _read("field", details.get("field"), language)
        return _compose(f"answer.{code}", language, {"field": field, "problem": why})
    if code == UnknownKey.code:
        details = {**details, "candidates": _nearest(details) or None}
    return told(f"answer.{code}", details, language)


def _nearest(details: Mapping[str, object]) -> list[str]:
    candidates = [str(candidate) for candidate in _as_list(details.get("candidates"))]
    if len(candidates) <= _MOST_CANDIDATES:
        return candidates
    return get_close_matches(str(details.get("key")), candidates, _NEAREST, cutoff=0.4)


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _figures(need: Need) -> dict[str, object]:
    """Return the figures of a rule that its sentences name."""
    match need:
        case AtLeast(threshold=hundredths) | AtMost(limit=hundredths):
            return {"figure": Decimal(hundredths) / 100}
        case Within(days=figure) | MonthsAfter(months=figure):
            return {"figure": figure}
        case ShareOf(percent=percent) | NotOver(percent=percent):
            return {"figure": percent}
        case AnyOf(ways=(first, *_)):
            return _figures(first)
        case _:
            return {}


def _find(code: str, language: str, count: object = None) -> str:
    number = count if isinstance(count, int) else None
    found = look_up(code, language, number)
    if found is None and STRICT:
        raise KeyError(f"{code}: no sentence in {language}")
    return found or look_up(code, _LAST_RESORT, number) or code


def _compose(code: str, language: str, words: Mapping[str, str], count: object = None) -> str:
    """Put words that are already in the reader's language into the places of a sentence."""
    figures = _FIGURES.get(code.partition(".")[2], {})

    def word(place: re.Match[str]) -> str:
        name = place[1]
        if name in words:
            return words[name]
        if name not in figures and STRICT:
            raise KeyError(f"{code}: no value for {place[0]}")
        return shown(figures.get(name), language)

    return _PLACE.sub(word, _find(code, language, count))


def _read(name: str, value: object, language: str) -> str:
    """Write a detail as the sentence shows it: its name says how a plain text is to be read."""
    if isinstance(value, (list, tuple)):
        joined_by = "or" if name in _ALTERNATIVES else "and"
        return _join([_read(name, one, language) for one in value], language, joined_by)
    if name in _NUMBERS_OF_THINGS:
        return str(value)
    if isinstance(value, StrEnum) or not isinstance(value, str):
        return shown(value, language)
    if name in _DATES and (day := _date_of(value)) is not None:
        return shown(day, language)
    if _AMOUNT.fullmatch(value):
        return shown(Money.parse(value[:-4], value[-3:]), language)
    codes = (f"{family}.{value}" for family in FAMILIES_OF_DETAIL.get(name, ()))
    code = next((code for code in codes if look_up(code, _LAST_RESORT)), None)
    return shown(value, language) if code is None else _compose(code, language, {})


def _date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2021-12-31") else datetime.fromisoformat(text)
    except ValueError:
        return None


def _member(value: StrEnum, language: str) -> str:
    family = _HUMP.sub("_", type(value).__name__).lower().removesuffix("_state")
    return say(f"{family}.{value.value}", language)


def _money(value: Money, language: str) -> str:
    sign = _MINUS if value.centimes < 0 else ""
    amount = f"{abs(value.decimal):,.2f}"
    if language not in _SPACED:
        return f"{sign}{value.currency}{_NBSP}{amount}"
    currency = "DH" if value.currency == "MAD" else value.currency
    written = f"{sign}{_spaced(amount)}{_NBSP}{currency}"
    return f"{_LRI}{written}{_PDI}" if is_rtl(language) else written


def _number(value: float | Decimal, language: str) -> str:
    sign, size = _MINUS if value < 0 else "", abs(Decimal(str(value)))
    digits = f"{size:,.2f}" if size >= _SMALLEST_GROUPED else f"{size:.2f}"
    plain = digits.rstrip("0").rstrip(".")
    written = sign + (_spaced(plain) if language in _SPACED else plain)
    return f"{_LRI}{written}{_PDI}" if is_rtl(language) and not written.isdigit() else written


def _spaced(digits: str) -> str:
    return digits.replace(",", _THIN).replace(".", ",")


def _day(value: date, language: str) -> str:
    from babel.dates import format_date

    written = format_date(value, "d MMMM y", locale=_LOCALES.get(language, _LOCALES[_LAST_RESORT]))
    return re.sub("^1 ", "1er ", written) if language == "fr" else written


def _moment(value: datetime, language: str) -> str:
    local = value.astimezone(CASABLANCA) if value.tzinfo else value
    parts = {"day": _day(local.date(), language), "time": f"{local:%H:%M}"}
    return _compose("word.moment", language, parts)


def _text(value: str, language: str) -> str:
    seen = value if _is_settled(value) else visible(value)
    foreign = {"L", "EN"} if is_rtl(language) else {"R", "AL"}
    if any(bidirectional(character) in foreign for character in seen):
        return f"{_FSI}{seen}{_PDI}"
    return seen


def _is_settled(text: str) -> bool:
    """Tell whether a text holds no unseen characters but the closed isolates of words already shown."""
    depth = 0
    for character in text:
        depth += (character in (_LRI, _FSI)) - (character == _PDI)
        if depth < 0:
            return False
    bare = text.replace(_LRI, "").replace(_FSI, "").replace(_PDI, "")
    return depth == 0 and visible(bare) == bare


_WAYS: tuple[tuple[Any, Callable[[Any, str], str]], ...] = (
    (type(None), lambda _value, language: say("word.none", language)),
    (bool, lambda value, language: say("word.yes" if value else "word.no", language)),
    (StrEnum, _member),
    (Money, _money),
    (datetime, _moment),  # before date, which it is too
    (date, _day),
    (timedelta, lambda value, language: say("count.days", language, count=value.days)),
    (int | float | Decimal, _number),
    (tuple | list, listed),
    (str, _text),
)
"""How each kind of value is written; the first that fits."""

_FIGURES = {criterion.code: _figures(criterion.need) for criterion in CRITERIA.values()}
