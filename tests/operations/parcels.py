"""Parcels and channels for the tests of delivery."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.operations import outbox
from models.settings import Channel
from models.tables import Delivery, DeliveryAttempt, Project
from tests.builders import AT, make_project

AR = Channel(name="#ar", language="ar")
FR = Channel(name="#fr", language="fr")
CHANNELS = (AR, FR)

MOVED: dict[str, Any] = {
    "left": "study",
    "entered": "construction",
    "by": "sample.officer",
    "at": AT.isoformat(),
}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


def tell(
    session: Session, project: Project | None, key: str, kind: str = "stage_entered", **changes: Any
) -> None:
    """Leave a parcel; a change to None takes the value out of the payload."""
    payload = {name: value for name, value in {**MOVED, **changes}.items() if value is not None}
    outbox.tell(
        session, key=key, kind=kind, project=project.id if project else None, at=AT, payload=payload
    )
    session.flush()


def tell_of(database: Engine, key: str, numbers: Sequence[int]) -> None:
    """Leave numbered parcels about a project, which is registered where it is not there yet."""
    with db.transaction(database) as session:
        project = session.exec(select(Project).where(Project.key == key)).first()
        project = project or make_project(session, key)
        for number in numbers:
            tell(session, project, f"{key}:{number}", by=f"officer-{number}")


def find_deliveries(session: Session) -> list[Delivery]:
    """Return all deliveries in the order in which they are due."""
    order = (col(Delivery.sequence), col(Delivery.channel), col(Delivery.language))
    return list(session.exec(select(Delivery).order_by(*order).execution_options(populate_existing=True)))


def outcomes(session: Session, delivery: UUID | None = None) -> list[str]:
    """Return the outcomes of the attempts, in the order of time."""
    query = select(DeliveryAttempt.outcome).order_by(col(DeliveryAttempt.at))
    if delivery is not None:
        query = query.where(DeliveryAttempt.delivery_id == delivery)
    return list(session.exec(query))
