"""The books of one project while samples are written into them, for the demonstration alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, SQLModel

from models.queries.dossiers import load_dossier
from models.queries.periods import first_open_day
from models.rules.dossier import Dossier
from models.rules.marks import DOSSIER_MARK
from models.tables import Project

MARK = DOSSIER_MARK
"""What stands in every reference of a sample row."""


def short(one: UUID) -> str:
    """Return enough of an id to make a sample reference its own."""
    return one.hex[:12]


@dataclass(slots=True)
class SampleBooks:
    """The books of one project while samples are written into them.

    `on` gives the day of a piece of evidence, real or sample. `started`: the works have begun, so that
    the payment curve counts from the start order and not from today.
    """

    session: Session
    project: Project
    on: Callable[[str], date]
    today: date
    at: datetime
    started: bool
    rows: list[SQLModel] = field(default_factory=list)
    open_from: date | None = field(init=False)

    def __post_init__(self) -> None:
        self.open_from = first_open_day(self.session)

    def add(self, row: SQLModel) -> None:
        self.session.add(row)
        self.session.flush()
        self.rows.append(row)

    def day(self, wanted: date, since: date | None = None) -> date:
        """Return a day that can have been: not before `since` nor in a closed period, not after today."""
        earliest = max(day for day in (since, self.open_from, wanted) if day is not None)
        return min(earliest, self.today)

    def dossier(self) -> Dossier:
        return load_dossier(self.session, self.project, self.today)
