"""Rows that people name by the first signs of their id."""

import re
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, SQLModel, col, select

from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.reconciliation import SHORTEST_SIGNS, SHOWN_SIGNS
from models.rules.text import visible

_ID_SIGNS = 32
_HEX = re.compile(f"[0-9a-f]{{1,{_ID_SIGNS}}}")
_SHOWN = 3

Row = TypeVar("Row", bound=SQLModel)


class SeveralFound(CentreError):
    """The signs begin the ids of several. Details: noun, key, candidates."""

    code = "several_found"


def find_by_signs(session: Session, model: type[Row], noun: str, name: str, *where: Any) -> Row:
    """Return the row whose id begins with these signs; hyphens and capitals do not matter.

    Raises: UnknownKey; BadValue below the fewest signs; SeveralFound.
    Source: docs/rules.md, X35.
    """
    signs = name.strip().lower().replace("-", "")
    if not _HEX.fullmatch(signs):
        raise UnknownKey(noun=noun, key=visible(name[:60]), candidates=())
    if len(signs) < SHORTEST_SIGNS:
        raise BadValue(field="signs", value=signs, reason="too_few_signs", limit=SHORTEST_SIGNS)
    first, last = (UUID(hex=signs.ljust(_ID_SIGNS, sign)) for sign in "0f")
    known: Any = model.id  # type: ignore[attr-defined]
    found = session.exec(
        select(model).where(col(known) >= first, col(known) <= last, *where).limit(_SHOWN)
    ).all()
    if not found:
        raise UnknownKey(noun=noun, key=visible(name[:60]), candidates=())
    if len(found) > 1:
        candidates = tuple(shown_id(one.id) for one in found)  # type: ignore[attr-defined]
        raise SeveralFound(noun=noun, key=signs, candidates=candidates)
    return found[0]


def shown_id(id_: UUID) -> str:
    """Return the first signs of an id, by which people name its row."""
    return id_.hex[:SHOWN_SIGNS]
