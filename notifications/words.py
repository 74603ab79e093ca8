"""What the program says, in Arabic, French and English: sentences by code, values in their places.

Code elsewhere deals in codes and values only; every word a person reads comes through here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from models import places
from models.clock import CASABLANCA
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.gates import CRITERIA
from models.rules.money import Money
from models.rules.needs import AnyOf, AtLeast, AtMost, MonthsAfter, Need, NotOver, ShareOf, Within
from models.rules.statement_files import BadProfile
from models.settings import LANGUAGES, BadSettings
from notifications.catalogues import counting_translator, look_up, translator
from notifications.described import Answer, Judged, Noted, Wrong
from notifications.writing import (
    RIGHT_TO_LEFT,
    write_day,
    write_money,
    write_month,
    write_number,
    write_text,
)

__all__ = [
    "LANGUAGES",
    "VerdictWords",
    "answered",
    "counting_translator",
    "describe_lack",
    "describe_note",
    "describe_obstacle",
    "describe_problem",
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
    "case_kind": ("case_kind",),
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
    "security": ("security_kind",),
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
_CHOICES = frozenset({"candidates", "limit"})  # what may be typed: words with their codes
_NUMBERS_OF_THINGS = frozenset({"pid", "port"})  # names made of digits, never grouped
_MOST_CANDIDATES = 5  # S6
_MOST_LACKS = 3  # S9
_NEAREST = 3

_LAST_RESORT = "en"
_AMOUNT = re.compile(r"-?\d{1,12}\.\d\d [A-Z]{3}")  # how Money writes itself
_PLACE = re.compile(r"\{(\w+)\}")
_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """What a reader needs to know of one verdict: what must be there, what settles it, who owes it.

    `text` names what exactly is missing too, where the books can say.
    """

    text: str
    settle: str
    owner: str


def is_rtl(language: str) -> bool:
    """Tell whether a language is written from right to left."""
    return language == RIGHT_TO_LEFT


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
    return write_text(str(value), language)


def listed(values: Iterable[object], language: str, joined_by: str = "and") -> str:
    """Join values in the language's way; `joined_by` is "and" or "or"."""
    return _join([shown(value, language) for value in values], language, joined_by)


def told(code: str, details: Mapping[str, object], language: str, **ready: str) -> str:
    """Return the sentence of a code with details that may come from the books as plain JSON values.

    A detail's name says how to read it (FAMILIES_OF_DETAIL). Where a detail is None and the sentence has
    a form without it (`<code>.without_<detail>`), that form is taken. What is `ready` is in the reader's
    language already.
    """
    bare = (f"{code}.without_{name}" for name, value in details.items() if value is None)
    chosen = next((form for form in bare if look_up(form, _LAST_RESORT)), code)
    words = {name: _read(name, value, language, details) for name, value in details.items()}
    return _compose(chosen, language, words | ready, details.get("count"))


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
        text=_with_lacks(say(f"criterion.{verdict.code}", language), verdict.lacks, language),
        settle=say(f"settle.{verdict.code}", language),
        owner=say(f"owner.{verdict.owner}", language),
    )


def describe_lack(lack: Noted, language: str) -> str:
    """Return what exactly is missing; a partner by its name in the language."""
    ready = {}
    if "partner" in lack.details:
        name = lack.details.get(f"partner_{language}", lack.details["partner"])
        ready["partner"] = shown(name, language)
    if "month" in lack.details:
        ready["month"] = write_month(date.fromisoformat(f"{lack.details['month']}-01"), language)
    return told(f"lack.{lack.code}", lack.details, language, **ready)


def _with_lacks(what: str, lacks: Sequence[Noted], language: str) -> str:
    """Put what is missing behind what is asked; of many, the first ones and how many more there are.

    Source: docs/rules.md, S9.
    """
    if not lacks:
        return what
    named, *others = [describe_lack(one, language) for one in lacks[:_MOST_LACKS]]
    for other in others:
        named = _compose("list.then", language, {"first": named, "last": other})
    words = {"what": what, "lacks": named}
    more = len(lacks) - _MOST_LACKS
    if more <= 0:
        return _compose("word.lacking", language, words)
    return _compose("word.lacking_more", language, words | {"more": shown(more, language)})


def describe_problem(problem: Wrong, language: str) -> str:
    """Return why a cell or a row of a file cannot be taken."""
    details = {"field": problem.field, "value": problem.value, **problem.details}
    return _why(problem.code, details, language)


def describe_note(note: Noted, language: str) -> str:
    """Return what was passed over in a file."""
    return told(f"note.{note.code}", note.details, language)


def describe_obstacle(details: Mapping[str, object], language: str) -> str:
    """Return what stood in the way of using a file: the words for the details `problem` and `number`."""
    return _read("problem", details.get("problem"), language, details)


def _join(words: list[str], language: str, joined_by: str) -> str:
    if not words:
        return shown(None, language)
    *others, last = words
    if not others:
        return last
    parts = {"first": _find("list.comma", language).join(others), "last": last}
    return _compose(f"list.{joined_by}", language, parts)


def _answer(code: str, details: Mapping[str, object], language: str) -> str:
    if code in (BadValue.code, BadSettings.code, BadProfile.code):
        why = _why(str(details.get("reason")), details, language)
        if details.get("rule"):
            return told("answer.refused_by_rule", details, language, problem=why)
        return told(f"answer.{code}", details, language, problem=why)
    if code == UnknownKey.code:
        details = {**details, "candidates": _nearest(details) or None}
    return told(f"answer.{code}", details, language)


def _why(reason: str, details: Mapping[str, object], language: str) -> str:
    why, near = told(f"reason.{reason}", details, language), _nearest(details)
    if not near:
        return why
    return f"{why} {told('hint.candidates', {**details, 'candidates': near}, language)}"


def _nearest(details: Mapping[str, object]) -> list[str]:
    candidates = [str(candidate) for candidate in _as_list(details.get("candidates"))]
    if len(candidates) <= _MOST_CANDIDATES:
        return candidates
    wanted = str(details.get("key", details.get("value")))
    return get_close_matches(wanted, candidates, _NEAREST)


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


def _read(name: str, value: object, language: str, beside: Mapping[str, object] | None = None) -> str:
    """Write a detail as the sentence shows it: its name says how a plain text is to be read.

    The words for a problem may name its `number`, which stands beside it.
    """
    if isinstance(value, (list, tuple)):
        joined_by = "or" if name in _ALTERNATIVES else "and"
        return _join([_read(name, one, language, beside) for one in value], language, joined_by)
    if (choice := _choice(name, value, language, beside)) is not None:
        return choice
    if name in _NUMBERS_OF_THINGS:
        return str(value)
    if isinstance(value, StrEnum) or not isinstance(value, str):
        return shown(value, language)
    if (meant := _value_of(name, value)) is not None:
        return shown(meant, language)
    codes = (f"{family}.{value}" for family in FAMILIES_OF_DETAIL.get(name, ()))
    code = next((code for code in codes if look_up(code, _LAST_RESORT)), None)
    places = {"number": shown(beside.get("number"), language)} if beside and name == "problem" else {}
    return shown(value, language) if code is None else _compose(code, language, places)


def _choice(name: str, value: object, language: str, beside: Mapping[str, object] | None) -> str | None:
    """Write a code that may be typed as its word with the code behind it; None for anything else."""
    if name not in _CHOICES or not isinstance(value, str) or beside is None:
        return None
    code, family = str(value), str(beside.get("noun", beside.get("field")))
    word = look_up(f"{family}.{code}", language)
    if family == "region":
        word = next((region.name(language) for region in places.regions() if region.code == code), None)
    return f"{word} ({shown(code, language)})" if word and word.casefold() != code else None


def _value_of(name: str, text: str) -> date | Money | None:
    """Return the day or the amount that a plain text stands for."""
    if _AMOUNT.fullmatch(text):
        return Money.parse(text[:-4], text[-3:])
    return _date_of(text) if name in _DATES else None


def _date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2021-12-31") else datetime.fromisoformat(text)
    except ValueError:
        return None


def _member(value: StrEnum, language: str) -> str:
    family = _HUMP.sub("_", type(value).__name__).lower().removesuffix("_state")
    return say(f"{family}.{value.value}", language)


def _moment(value: datetime, language: str) -> str:
    local = value.astimezone(CASABLANCA) if value.tzinfo else value
    parts = {"day": write_day(local.date(), language), "time": f"{local:%H:%M}"}
    return _compose("word.moment", language, parts)


_WAYS: tuple[tuple[Any, Callable[[Any, str], str]], ...] = (
    (type(None), lambda _value, language: say("word.none", language)),
    (bool, lambda value, language: say("word.yes" if value else "word.no", language)),
    (StrEnum, _member),
    (Money, write_money),
    (datetime, _moment),  # before date, which it is too
    (date, write_day),
    (timedelta, lambda value, language: say("count.days", language, count=value.days)),
    (int | float | Decimal, write_number),
    (tuple | list, listed),
    (str, write_text),
)
"""How each kind of value is written; the first that fits."""

_FIGURES = {criterion.code: _figures(criterion.need) for criterion in CRITERIA.values()}
