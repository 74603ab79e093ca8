"""What a project's own description must satisfy."""

import re
from collections.abc import Iterable

from models.rules.errors import BadValue
from models.rules.kinds import KINDS
from models.rules.money import Money
from models.rules.text import deceives, visible

LARGEST_BUDGET = Money(10_000_000_000_00)  # ten billion dirhams: a typing error, not a centre
LONGEST_NAME = 300
LONGEST_TEXT = 2000
MOST_BEDS = 10_000
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_KEY = 64
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST_PLACE = 40
_LONGEST_SOURCE = 200


def check_text(field: str, value: str, longest: int = LONGEST_TEXT, needed: bool = False) -> str:
    """Return a text without the spaces around it, or refuse one that could deceive or break a reader.

    Refused: unseen characters (controls, directions, zero widths), more than `longest` characters (T2).
    Raises: BadValue.
    """
    text = value.replace("\r\n", "\n").strip()
    if needed and not text:
        raise BadValue(field=field, value="", reason="empty")
    if len(text) > longest:
        raise BadValue(field=field, value=f"{visible(text[:20])}…", reason="too_long", limit=longest)
    if any(deceives(character) for character in text):
        raise BadValue(field=field, value=visible(text[:60]), reason="hidden_characters")
    return text


def check_reason(reason: str) -> str:
    """Return a reason, which every decision about a project must have (P5).

    Raises: BadValue.
    """
    if not reason.strip():
        raise BadValue(field="reason", value="", reason="reason_needed")
    return check_text("reason", reason)


def check_project(key: str, names: Iterable[str], kind: str, budget: Money, beds: int) -> None:
    """Refuse a description that breaks a rule; the field is named.

    Raises: BadValue.
    Source: docs/rules.md, P1 to P4.
    """
    check_key(key)
    for field, name in zip(("name_ar", "name_fr", "name_en"), names, strict=True):
        check_text(field, name, LONGEST_NAME, needed=True)
    if kind not in KINDS:
        raise BadValue(
            field="kind", value=visible(kind[:60]), reason="unknown_kind", limit=", ".join(KINDS)
        )
    check_budget(budget)
    if not 0 <= beds <= MOST_BEDS:
        raise BadValue(field="beds", value=beds, reason="out_of_range", least=0, most=MOST_BEDS)


def check_key(key: str) -> str:
    """Return a key of small letters, digits and hyphens, or refuse it (P1).

    Raises: BadValue.
    """
    if not _KEY.fullmatch(key) or len(key) > _LONGEST_KEY:
        raise BadValue(field="key", value=visible(key[:60]), reason="not_a_key")
    return key


def check_budget(budget: Money) -> Money:
    """Return a budget that a centre may have, or refuse it.

    Raises: BadValue.
    """
    if not _CURRENCY.fullmatch(budget.currency):
        raise BadValue(field="currency", value=visible(budget.currency[:60]), reason="not_a_currency")
    if budget.centimes <= 0:
        raise BadValue(field="budget", value=str(budget), reason="not_positive")
    if budget.centimes > LARGEST_BUDGET.centimes:
        raise BadValue(
            field="budget", value=str(budget), reason="amount_too_large", limit=str(LARGEST_BUDGET)
        )
    return budget


def check_place(province: str, region: str, sites: Iterable[str], source: str) -> None:
    """Refuse a place or a source that could deceive or break a reader; the field is named.

    Raises: BadValue.
    Source: docs/rules.md, P6.
    """
    check_text("province", province, _LONGEST_PLACE, needed=True)
    check_text("region", region, _LONGEST_PLACE, needed=True)
    for field, site in zip(("site_ar", "site_fr"), sites, strict=True):
        check_text(field, site, LONGEST_NAME)
    check_text("source", source, _LONGEST_SOURCE)
