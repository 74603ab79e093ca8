from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.money_alerts import Alert
from models.tables.columns import centimes, choice


class MoneyAlert(SQLModel, table=True):
    """What was last told of something amiss with money, so that it is told once, and anew when worse.

    `subject`: the id of the project, contract or budget line. `level`: as last told, or as it has shrunk
    to since, in centimes or steps; `times` counts the messages. `seen_on`: the last day it was looked at.
    """

    __tablename__ = "money_alert"
    __table_args__ = (
        UniqueConstraint("alert", "subject_id"),
        CheckConstraint("times > 0", name="times_positive"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    alert: Alert = choice(Alert)
    subject_id: UUID
    project_id: UUID = Field(foreign_key="project.id", index=True)
    level: int = centimes()
    month: date | None = None
    """The first month that cannot be paid, where that is what is amiss."""
    times: int = 1
    is_open: bool = True
    seen_on: date
