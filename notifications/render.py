"""Messages: a fact's codes and values become words, blocks and a plain text, in one language.

Templates hold words only. Whatever they print passes `_finished`: what no filter has written is
taken for a person's text and tamed, and a value that is missing is an error, not an empty place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Protocol

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, Undefined

from models.clock import local_day
from models.rules.approvals import PROPOSAL_VALID_DAYS
from models.rules.authority import Role
from models.rules.cases import CaseKind, CaseStep
from models.rules.controls import Control, Severity
from models.rules.errors import CentreError
from models.rules.four_eyes import MoneyChange
from models.rules.gates import CRITERIA, Owner
from models.rules.lacks import Lack
from models.rules.milestones import STEPS, delay_days
from models.rules.money import Money
from models.rules.money_alerts import ReleaseReason
from models.rules.stages import Stage
from models.rules.tranches import Trigger
from notifications.blocks import MOST_IN_TEXT, Block, bullets, context, fitting, header, section
from notifications.plain import (
    clipped,
    escaped,
    isolated,
    left_to_right,
    lined,
    tamed,
    tamed_code,
    tamed_sentence,
)
from notifications.words import describe_verdict, is_rtl, listed, say, shown
from notifications.writing import write_month

TEMPLATES = Path(__file__).resolve().parent / "templates"
PARTS = "parts"
MOST_ITEMS = 15
"""Lines of a list before "and n more" (O13)."""

_CRITERIA = frozenset(criterion.code for criterion in CRITERIA.values())


class CannotRender(CentreError):
    """A parcel lacks a value or holds one nobody knows. Details: kind, language, problem."""

    code = "cannot_render"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as chat takes it: `text` is what a notification or a plain reader shows."""

    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class _Missing:
    """A criterion that a message names, and what of it is missing; older messages tell no more than it."""

    code: str
    owner: str
    lacks: tuple[Lack, ...] = ()


class Subject(Protocol):
    """What a message needs of the project it is about."""

    @property
    def key(self) -> str: ...
    @property
    def sample(self) -> bool: ...
    def name(self, language: str) -> str: ...


class _Words(str):
    """Words of ours, or a value that a filter has written: safe as it stands."""

    __slots__ = ()


def kinds() -> tuple[str, ...]:
    """Return the kinds of message that have words."""
    return tuple(sorted(folder.name for folder in TEMPLATES.iterdir() if folder.name != PARTS))


def render(
    kind: str, payload: Mapping[str, Any], project: Subject | None, language: str, *, at: datetime
) -> Message:
    """Write the message of a fact that became true at `at`.

    Raises: CannotRender.
    """
    try:
        values = {**payload, **_facts(payload, at)}
        headline, *body = _lines(f"{kind}/{language}.txt.j2", values, language)
        items = _items(payload, language)
        subject = [_subject(project, language)] if project is not None else []
        footer = _footer(project, language, at)
    except (TemplateError, CentreError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        problem = str(error.message) if isinstance(error, TemplateError) else type(error).__name__
        raise CannotRender(kind=kind, language=language, problem=f"{kind}: {problem}") from error
    return _message(headline, [*subject, *body], items, footer, language)


def _message(headline: str, body: list[str], items: list[str], footer: str, language: str) -> Message:
    paragraphs = ["\n".join(part) for part in (body, items) if part]
    text = "\n".join((headline, *paragraphs, footer))
    blocks = (
        header(lined(headline, language)),
        *(section(lined(paragraph, language)) for paragraph in paragraphs),
        context(lined(footer, language)),
    )
    return Message(clipped(lined(text, language), MOST_IN_TEXT), fitting(blocks))


def _lines(template: str, values: Mapping[str, Any], language: str) -> list[str]:
    text = _environment(language).get_template(template).render(values)
    return [line.strip() for line in text.split("\n") if line.strip()]


def _facts(payload: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return what follows from a payload: the days between its dates. Unit: calendar days."""
    facts: dict[str, Any] = {"valid_days": PROPOSAL_VALID_DAYS}
    if "milestone" in payload:
        forecast, baseline = _day(payload["forecast"]), _day(payload["baseline"])
        actual = _day(payload["actual"]) if "actual" in payload else None
        left = (forecast - local_day(at)).days
        facts |= {"days_left": left, "days_late": -left, "delay": delay_days(baseline, forecast, actual)}
        facts["cause"] = payload.get("cause", "person")
    if "milestone" in payload and "previous" in payload:
        facts["moved"] = (forecast - _day(payload["previous"])).days
    return facts


def _items(payload: Mapping[str, Any], language: str) -> list[str]:
    """Return the list under a message, such as what is missing and who owes it."""
    lines = [_item(item, language) for item in _list(payload, "missing")]
    for name in _LISTED:
        lines += [_words_of(name, language, item) for item in _list(payload, name)]
    return bullets(lines, MOST_ITEMS, lambda left: _part("more", language, left))


def _list(payload: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = payload.get(name, [])
    if not isinstance(found, list):
        raise TypeError("no list")
    return found


def _item(item: Mapping[str, Any], language: str) -> str:
    rule, owner = left_to_right(tamed_code(item["rule"])), _owner(item["owner"], language)
    verdict = _Missing(
        _known(item["code"], _CRITERIA),
        item["owner"],
        tuple(Lack(one["code"], one["details"]) for one in item.get("lacks", ())),
    )
    what = tamed_sentence(describe_verdict(verdict, language).text)
    return f"• {rule} {what} — {owner}"


_LISTED = ("sources", "contracts", "cases")
"""Lists of a payload whose items have words of their own, in the part that is named like the list."""


def _subject(project: Subject, language: str) -> str:
    name = _name(project, language)
    return f"{name} ({_part('sample', language)})" if project.sample else name


def _footer(project: Subject | None, language: str, at: datetime) -> str:
    moment = _apart(shown(at, language), language)
    return f"{left_to_right(tamed_code(project.key))} · {moment}" if project is not None else moment


def _part(name: str, language: str, count: int = 0) -> _Words:
    """Return a phrase that several messages share, in the form its count asks for."""
    form = Locale.parse(language).plural_form(abs(count))
    return _words_of(name, language, {"count": count, "form": form})


def _words_of(part: str, language: str, values: Mapping[str, Any]) -> _Words:
    return _Words("".join(_lines(f"{PARTS}/{part}/{language}.txt.j2", values, language)))


@lru_cache(maxsize=4)
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        finalize=partial(_finished, language=language),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - no HTML: Slack's own three characters are escaped in _finished
    )
    for name, write in _FILTERS.items():
        environment.filters[name] = partial(write, language=language)
    return environment


def _finished(value: object, language: str) -> str:
    """Turn what a template prints into text; nothing may be empty."""
    if isinstance(value, _Words):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return shown(value, language)
    return isolated(_text(value))


def _text(value: object) -> str:
    if isinstance(value, Undefined):
        return str(value)  # raises, with the name of what is missing
    text = tamed(value) if isinstance(value, str) else ""
    if not text:
        raise ValueError("nothing to show")
    return text


def _day(value: object) -> date:
    return date.fromisoformat(_text(value))


def _apart(text: str, language: str) -> str:
    """Keep a date together inside an Arabic line, where its digits could change places."""
    return isolated(escaped(text)) if is_rtl(language) else escaped(text)


def _stage(value: object, language: str) -> _Words:
    return _Words(escaped(shown(Stage(_text(value)), language)))


def _owner(value: object, language: str) -> _Words:
    return _Words(escaped(shown(Owner(_text(value)), language)))


def _milestone(value: object, language: str) -> _Words:
    return _Words(escaped(say(f"milestone.{_known(value, STEPS)}", language)))


def _known(value: object, codes: Mapping[str, object] | frozenset[str]) -> str:
    code = _text(value)
    if code not in codes:
        raise LookupError("a code nobody knows")
    return code


def _date(value: object, language: str) -> _Words:
    return _Words(_apart(shown(_day(value), language), language))


def _login(value: object, language: str) -> _Words:
    login = tamed_code(_text(value) and str(value))
    return _Words(left_to_right(login) if is_rtl(language) else isolated(login))


def _name(project: Subject, language: str) -> _Words:
    return _Words(isolated(_text(project.name(language))))


def _partner(value: Mapping[str, object], language: str) -> _Words:
    """Return the name of a partner, which a payload carries in the three languages."""
    return _Words(isolated(_text(value[language])))


def _money(value: object, language: str) -> _Words:
    """Return an amount that a payload carries as Money writes itself."""
    return _Words(escaped(shown(_read_money(value), language)))


def _read_money(value: object) -> Money:
    number, currency = _text(value).split()
    return Money.parse(number, currency)


def _month(value: object, language: str) -> _Words:
    return _Words(_apart(write_month(_day(value), language), language))


def _percent(value: object, language: str) -> _Words:
    """Return hundredths of a percent as a number of percent."""
    return _Words(escaped(shown(Decimal(int(str(value))) / 100, language)))


def _release_reason(value: object, language: str) -> _Words:
    return _Words(escaped(shown(ReleaseReason(_text(value)), language)))


def _trigger(value: object, language: str) -> _Words:
    return _Words(escaped(shown(Trigger(_text(value)), language)))


def _control(value: object, language: str) -> _Words:
    return _Words(escaped(shown(Control(_text(value)), language)))


def _severity(value: object, language: str) -> _Words:
    return _Words(escaped(shown(Severity(_text(value)), language)))


def _change(value: object, language: str) -> _Words:
    return _Words(escaped(shown(MoneyChange(_text(value)), language)))


def _case_kind(value: object, language: str) -> _Words:
    return _Words(escaped(shown(CaseKind(_text(value)), language)))


def _case_step(value: object, language: str) -> _Words:
    return _Words(escaped(shown(CaseStep(_text(value)), language)))


def _role(value: object, language: str) -> _Words:
    return _Words(escaped(shown(Role(_text(value)), language)))


def _amounts(values: list[object], language: str) -> _Words:
    """Return amounts of several currencies, joined as the language does."""
    if not values:
        raise ValueError("nothing to show")
    return _Words(escaped(listed([_read_money(value) for value in values], language)))


def _change_of(value: int, language: str) -> _Words:
    return _part("change_of", language, value)


def _roles(values: list[object], language: str) -> _Words:
    """Return the roles of which one decides."""
    if not values:
        raise ValueError("nothing to show")
    return _Words(escaped(listed([Role(_text(value)) for value in values], language, "or")))


def _days(value: int, language: str) -> _Words:
    return _part("days", language, value)


def _soon(value: int, language: str) -> _Words:
    return _part("soon", language, value)


_FILTERS: Mapping[str, Callable[..., _Words]] = {
    "stage": _stage,
    "milestone": _milestone,
    "date": _date,
    "login": _login,
    "days": _days,
    "soon": _soon,
    "month": _month,
    "partner": _partner,
    "money": _money,
    "percent": _percent,
    "release_reason": _release_reason,
    "trigger": _trigger,
    "control": _control,
    "severity": _severity,
    "change": _change,
    "roles": _roles,
    "role": _role,
    "amounts": _amounts,
    "case_kind": _case_kind,
    "case_step": _case_step,
    "change_of": _change_of,
}
