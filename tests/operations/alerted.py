"""The morning's alerts as the tests look at them: what one look tells, and what its messages say."""

import json
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.operations.money_alerts import raise_alerts
from models.rules.money_alerts import Alert
from models.tables import Parcel
from tests.builders import AT


def look(session: Session, days: int = 0, *, only: Alert | None = None) -> dict[str, int]:
    """Look so many days after today; return what was told, or whether one kind was."""
    told = raise_alerts(session, at=AT + timedelta(days=days)).told
    return {alert.value: times for alert, times in told.items() if only in (None, alert)}


def said(session: Session, alert: Alert) -> list[dict[str, Any]]:
    """The messages of a kind, in the order in which they were told."""
    payloads = session.exec(
        select(Parcel.payload).where(Parcel.kind == alert.value).order_by(col(Parcel.id))
    ).all()
    return [json.loads(payload) for payload in payloads]
