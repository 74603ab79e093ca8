"""Contractors: known by the name that their contracts carry, and by the others they are met under."""

from collections.abc import Iterable

from models.rules.names import fold
from models.rules.projects import LONGEST_NAME


def contractor_key(name: str) -> str:
    """Return what all spellings of a contractor's own name share; "" for a name without a letter.

    Source: docs/rules.md, N8.
    """
    return fold(name)[:LONGEST_NAME]


def other_names(contractor: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return those names that say more than the one its contracts carry, each once.

    Source: docs/rules.md, N8.
    """
    told = {"", contractor_key(contractor)}
    kept = []
    for name in names:
        key = contractor_key(name)
        if key not in told:
            told.add(key)
            kept.append(name)
    return tuple(kept)
