"""Published indices for price revision."""

from datetime import date

from sqlmodel import Session, col, select

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
