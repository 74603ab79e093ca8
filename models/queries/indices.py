"""Published indices for price revision."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.queries.projects import nearest
from models.rules.errors import UnknownKey
from models.rules.text import visible
from models.tables import PriceIndex


def index_of(session: Session, name: str, month: date) -> int | None:
    """Return an index for a month (its first day), or the latest one published before it; in hundredths.

    Source: docs/rules.md, W19.
    """
    return session.exec(
        select(PriceIndex.value)
        .where(PriceIndex.name == name, col(PriceIndex.month) <= month)
        .order_by(col(PriceIndex.month).desc())
    ).first()


@dataclass(frozen=True, slots=True)
class IndexLine:
    """A published index for a month (its first day), in hundredths."""

    name: str
    month: date
    value: int


def list_indices(session: Session, name: str | None = None) -> tuple[IndexLine, ...]:
    """Return the published indices, or those of one name, in the order of names and months.

    Raises: UnknownKey for a name that has none, with the nearest.
    """
    query = select(PriceIndex).order_by(col(PriceIndex.name), col(PriceIndex.month))
    rows = session.exec(query).all()
    known = dict.fromkeys(row.name for row in rows)
    if name is not None and name not in known:
        raise UnknownKey(noun="price_index", key=visible(name[:60]), candidates=nearest(name, known))
    return tuple(IndexLine(row.name, row.month, row.value) for row in rows if name in (None, row.name))
