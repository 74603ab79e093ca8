"""Whether the outbox holds something to send."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.queries.deliveries import due_channels
from models.tables import Delivery, DeliveryState, Parcel


def anything_due(session: Session, at: datetime) -> bool:
    """Tell whether a parcel waits for its addresses or a delivery may be sent now."""
    return _any_unaddressed(session) or bool(due_channels(session, at))


def anything_under_way(session: Session) -> bool:
    """Tell whether something is still to be sent, now or later."""
    pending = select(Delivery.id).where(Delivery.state == DeliveryState.PENDING).limit(1)
    return _any_unaddressed(session) or session.exec(pending).first() is not None


def _any_unaddressed(session: Session) -> bool:
    return session.connection().execute(_ANY_UNADDRESSED).first() is not None


# Built once: the dispatcher asks it many times a second.
_ANY_UNADDRESSED = select(Parcel.id).where(col(Parcel.addressed_at).is_(None)).limit(1)
