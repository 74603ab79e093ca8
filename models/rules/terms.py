"""The figures of a works or supply contract: dated, its own from the day it is signed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from models.rules.errors import BadValue, UnknownKey
from models.rules.money import Money
from models.rules.text import visible

WHOLE = 10_000
"""A hundred percent, in hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The figures of one contract as they are on a day.

    Units by name: `_days` calendar days, `_months` months, `_centimes` centimes, `_per_mille` hundredths
    of a thousandth; all others are hundredths of a percent.
    Source: docs/rules.md, W11.
    """

    performance_bond: int
    """Of the initial amount (CCAG-T art. 15)."""
    bond_days: int
    """From the notification of the contract to the bond."""
    bond_penalty: int
    """Of the initial amount, where the bond is not lodged (art. 15-3)."""
    retention: int
    """Of each account (art. 64)."""
    retention_cap: int
    """Of the initial amount and the amendments."""
    delay_penalty_per_mille: int
    """Of the base, for each calendar day (art. 65)."""
    delay_cap: int
    """Of the same base."""
    special_cap: int
    """Of the same base, for all penalties that are not for delay (art. 66)."""
    near_cap: int
    """Of the cap: from there on the penalty is said to be near it."""
    mass_increase: int
    """Of the initial amount (art. 57)."""
    mass_decrease: int
    """Of the initial amount (art. 58)."""
    extra_works: int
    """Of the initial amount (art. 55)."""
    revision_fixed: int
    """The part of a price that no index moves."""
    revision_limit: int
    """How far revision may move a price before the contract may be ended (art. 54)."""
    advance_from_centimes: int
    """The initial amount from which an advance is due (art. 63, decree 2-14-272)."""
    advance_months: int
    """The time for completion from which an advance is due."""
    advance: int
    """Of the initial amount, up to the threshold."""
    advance_threshold_centimes: int
    advance_above: int
    """Of what lies above the threshold."""
    advance_most_centimes: int
    advance_recovered_by: int
    """Of the amount: once so much is certified, the advance has been recovered (house figure)."""
    guarantee_months: int
    """From the provisional acceptance (art. 75)."""
    payment_days: int
    """From an account to the day it is due (decree 2-16-344)."""
    vat: int
    """Of the amount before tax."""
    vat_withheld: int
    """Of the VAT, withheld at source; off unless the contract says otherwise."""


Dated = tuple[tuple[date, int], ...]
"""The values of a default, each from a day on."""

_EVER = date.min

DEFAULTS: Mapping[str, Dated] = {
    "performance_bond": ((_EVER, 3_00),),
    "bond_days": ((_EVER, 20),),
    "bond_penalty": ((_EVER, 1_00),),
    "retention": ((_EVER, 10_00),),
    "retention_cap": ((_EVER, 7_00),),
    "delay_penalty_per_mille": ((_EVER, 1_00),),
    "delay_cap": ((_EVER, 8_00),),
    "special_cap": ((_EVER, 2_00),),
    "near_cap": ((_EVER, 80_00),),
    "mass_increase": ((_EVER, 10_00),),
    "mass_decrease": ((_EVER, 25_00),),
    "extra_works": ((_EVER, 10_00),),
    "revision_fixed": ((_EVER, 15_00),),
    "revision_limit": ((_EVER, 50_00),),
    "advance_from_centimes": ((_EVER, 500_000_00),),
    "advance_months": ((_EVER, 4),),
    "advance": ((_EVER, 10_00),),
    "advance_threshold_centimes": ((_EVER, 10_000_000_00),),
    "advance_above": ((_EVER, 5_00),),
    "advance_most_centimes": ((_EVER, 20_000_000_00),),
    "advance_recovered_by": ((_EVER, 80_00),),
    "guarantee_months": ((_EVER, 12),),
    "payment_days": ((_EVER, 60),),
    "vat": ((_EVER, 20_00),),
    "vat_withheld": ((_EVER, 0),),
}
"""What a new contract copies. One that changes gets a further date; contracts keep what they copied."""

TERM_NAMES = tuple(field.name for field in fields(Terms))
_MOST = {"_days": 3650, "_months": 120, "_centimes": 10_000_000_000_00}
_LEAST = {"advance_recovered_by": 1}


def defaults_on(day: date) -> dict[str, int]:
    """Return the figures that a contract signed on a day copies.

    Source: docs/rules.md, W11.
    """
    return {name: valid_on(dated, day) for name, dated in DEFAULTS.items()}


def terms_on(rows: Iterable[tuple[str, date, int]], day: date) -> Terms:
    """Return a contract's figures on a day, from rows of name, first day and value.

    Before its first day a figure has its first value: there was no other. One that a contract lacks is
    the first default, whatever it has become since.
    Source: docs/rules.md, W11.
    """
    said: dict[str, list[tuple[date, int]]] = {}
    for name, since, value in rows:
        said.setdefault(name, []).append((since, value))
    return Terms(**{name: valid_on(said.get(name) or DEFAULTS[name][:1], day) for name in TERM_NAMES})


def valid_on(dated: Iterable[tuple[date, int]], day: date) -> int:
    """Return the value that holds on a day."""
    ordered = sorted(dated)
    return next((value for since, value in reversed(ordered) if since <= day), ordered[0][1])


def check_term(name: str, value: int) -> None:
    """Refuse a figure that no contract has, or a value that it cannot take.

    Raises: UnknownKey, BadValue.
    Source: docs/rules.md, W11.
    """
    if name not in DEFAULTS:
        raise UnknownKey(noun="contract_term", key=visible(name[:60]), candidates=TERM_NAMES)
    most = next((most for ending, most in _MOST.items() if name.endswith(ending)), WHOLE)
    least = _LEAST.get(name, 0)
    if not least <= value <= most:
        said = {"value": value, "least": least, "most": most}
        told = {word: people_say(name, number) for word, number in said.items()}
        raise BadValue(field="value", reason="out_of_range", **told)


def unit_of(name: str) -> str:
    """Return the unit of a figure: days, months, centimes, per_mille or percent."""
    return next(
        (unit for unit in ("days", "months", "centimes", "per_mille") if name.endswith(unit)), "percent"
    )


def people_say(name: str, value: int) -> object:
    """Return a figure as people say it: a number of days or months, an amount, percent or thousandths."""
    unit = unit_of(name)
    if unit == "centimes":
        return Money(value)
    return Decimal(value) / 100 if unit in ("percent", "per_mille") else value


def part(amount: int, numerator: int, denominator: int = WHOLE) -> int:
    """Return a part of an amount, rounded half to even to the centime.

    Source: docs/rules.md, F8.
    """
    whole, rest = divmod(amount * numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2))
