"""Values as the readers of a language write them: money, numbers, days, texts (docs/rules.md, S2 to S5)."""

import re
from datetime import date
from decimal import Decimal
from unicodedata import bidirectional

from models.rules.money import Money
from models.rules.text import visible

RIGHT_TO_LEFT = "ar"

_LOCALES = {"ar": "ar_MA", "fr": "fr", "en": "en_GB"}
_SPACED = frozenset({"ar", "fr"})  # digits in groups by spaces, a decimal comma, the currency behind
_SMALLEST_GROUPED = 10_000  # years stay whole
_LRI, _FSI, _PDI = "\u2066", "\u2068", "\u2069"
_NBSP, _THIN = "\u00a0", "\u202f"
_MINUS = "\u2212"


def write_money(value: Money, language: str) -> str:
    """Write an amount: `85 000 000,00 DH`, in English `MAD 85,000,000.00` (S3)."""
    sign = _MINUS if value.centimes < 0 else ""
    amount = f"{abs(value.decimal):,.2f}"
    if language not in _SPACED:
        return f"{sign}{value.currency}{_NBSP}{amount}"
    currency = "DH" if value.currency == "MAD" else value.currency
    written = f"{sign}{_spaced(amount)}{_NBSP}{currency}"
    return f"{_LRI}{written}{_PDI}" if language == RIGHT_TO_LEFT else written


def write_number(value: float | Decimal, language: str) -> str:
    """Write a number with two decimals at most, its thousands apart from 10,000 on (S2)."""
    sign, size = _MINUS if value < 0 else "", abs(Decimal(str(value)))
    digits = f"{size:,.2f}" if size >= _SMALLEST_GROUPED else f"{size:.2f}"
    plain = digits.rstrip("0").rstrip(".")
    written = sign + (_spaced(plain) if language in _SPACED else plain)
    return f"{_LRI}{written}{_PDI}" if language == RIGHT_TO_LEFT and not written.isdigit() else written


def _spaced(digits: str) -> str:
    return digits.replace(",", _THIN).replace(".", ",")


def write_day(value: date, language: str) -> str:
    """Write a day with the month's name, the Moroccan one in Arabic (S4)."""
    from babel.dates import format_date

    written = format_date(value, "d MMMM y", locale=_LOCALES.get(language, "en_GB"))
    return re.sub("^1 ", "1er ", written) if language == "fr" else written


def write_month(value: date, language: str) -> str:
    """Write a month with its year, by the month's name (S4)."""
    from babel.dates import format_date

    return format_date(value, "LLLL y", locale=_LOCALES.get(language, "en_GB"))


def write_text(value: str, language: str) -> str:
    """Write a text so that it stays one piece in a sentence of either direction (S5)."""
    seen = value if _is_settled(value) else visible(value)
    foreign = {"L", "EN"} if language == RIGHT_TO_LEFT else {"R", "AL"}
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
