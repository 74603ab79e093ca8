"""Tables of plain rows and what stands around them: read by the terminal, and put on paper by this room."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from models.rules.errors import BadValue
from models.rules.money import Money

if TYPE_CHECKING:
    from reports.papers import Picture

ENDINGS = (".xlsx", ".html", ".pdf", ".csv")
"""How a report may be written: the ending of a file says it."""

PICTURES = (".png", ".svg")


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of plain rows: mappings, or objects with the fields of the headings.

    `headings` gives the fields in their order, each with its heading in the reader's language. Fields that
    hold money are totalled, but for those that are `unsummed`: balances, limits. With `by`, a field, a
    second table sums them by its values.
    """

    title: str
    headings: Mapping[str, str]
    rows: Sequence[object]
    by: str = ""
    unsummed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Listings of one day under one title; `lead`: sentences above them. A sample is marked as one.

    `draw` makes more pictures, where they are asked for: it takes long. `flat` is the table that delimited
    text holds, where it is not the first of the listings. `alarm`: what nobody may overlook, in red.
    """

    title: str
    day: date
    language: str
    listings: Sequence[Listing]
    lead: Sequence[str] = ()
    pictures: Sequence["Picture"] = ()
    sample: bool = False
    draw: Callable[[], Sequence["Picture"]] = tuple
    flat: Listing | None = None
    alarm: str = ""


def value_of(row: object, field: str) -> object:
    """Return what a row has in a field."""
    return row.get(field) if isinstance(row, Mapping) else getattr(row, field)


def sums_of(rows: Iterable[object], fields: Iterable[str]) -> dict[str, dict[str, Money]]:
    """Return the sum of each field that holds money, by currency: currencies are never summed together.

    Source: docs/rules.md, Y8.
    """
    names, sums = tuple(fields), dict[str, dict[str, Money]]()
    for row in rows:
        for field in names:
            amount = value_of(row, field)
            if isinstance(amount, Money):
                of_one = sums.setdefault(amount.currency, {})
                of_one[field] = of_one.get(field, Money(0, amount.currency)) + amount
    return sums


def check_ending(path: Path, allowed: Sequence[str] = ENDINGS) -> str:
    """Return the ending of a file, one of those that are allowed.

    Raises: BadValue.
    Source: docs/rules.md, Y9.
    """
    ending = path.suffix.casefold()
    if ending not in allowed:
        raise BadValue(field="file", value=path.name[-60:], reason="unknown_ending", limit=tuple(allowed))
    return ending
