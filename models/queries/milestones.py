"""Reading milestones: of one project, and across the portfolio."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case
from sqlmodel import Session, col, select

from models.rules.milestones import (
    OVERDUE,
    check_days_ahead,
    delay_days,
    due_threshold,
)
from models.rules.stages import Stage, Status
from models.tables import Evidence, Milestone, Project

ACCEPTANCE = "provisional_acceptance"


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """One milestone of a project. Unit of `delay`: calendar days behind the baseline, negative ahead."""

    stage: Stage
    code: str
    baseline: date
    forecast: date
    actual: date | None
    reason: str
    delay: int


@dataclass(frozen=True, slots=True)
class DueLine:
    """An open milestone of the portfolio that is near or late. Units: calendar days.

    `days`: until the forecast date, negative when it has passed. `threshold`: the alert it stands at.
    """

    project: str
    name_ar: str
    name_fr: str
    name_en: str
    sector: str
    province: str
    region: str
    stage: Stage
    code: str
    baseline: date
    forecast: date
    days: int
    delay: int
    threshold: str | None

    @property
    def overdue(self) -> bool:
        return self.threshold == OVERDUE

    def name(self, language: str) -> str:
        """The project's name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


def list_milestones(session: Session, project: UUID) -> tuple[MilestoneLine, ...]:
    """Return the milestones of a project in the order of the life cycle, then of their baselines."""
    rows = session.exec(select(Milestone).where(Milestone.project_id == project)).all()
    order = list(Stage)
    rows = sorted(rows, key=lambda row: (order.index(row.stage), row.baseline, row.code))
    return tuple(
        MilestoneLine(
            stage=row.stage,
            code=row.code,
            baseline=row.baseline,
            forecast=row.forecast,
            actual=row.actual,
            reason=row.reason,
            delay=delay_days(row.baseline, row.forecast, row.actual),
        )
        for row in rows
    )


def list_due(
    session: Session,
    *,
    today: date,
    days_ahead: int = 30,
    stage: Stage | None = None,
    sector: str | None = None,
    region: str | None = None,
) -> tuple[DueLine, ...]:
    """Return the open milestones of active projects that are late or due within days, latest first.

    `stage`: the stage that the milestone belongs to.
    Raises: BadValue when `days_ahead` is negative or beyond ten years.
    """
    check_days_ahead(days_ahead)
    query = (
        select(Milestone, Project)
        .join(Project, col(Project.id) == col(Milestone.project_id))
        .where(expected(), col(Milestone.forecast) <= today + timedelta(days=days_ahead))
        .order_by(col(Milestone.forecast), col(Project.key), col(Milestone.code))
    )
    wanted = ((Milestone.stage, stage), (Project.sector, sector), (Project.region, region))
    for column, value in wanted:
        if value is not None:
            query = query.where(col(column) == value)
    return tuple(_due_line(milestone, project, today) for milestone, project in session.exec(query))


def acceptances(session: Session, projects: Iterable[UUID]) -> dict[UUID, date]:
    """Return the dates of the provisional acceptances that are on file now."""
    rows = session.exec(
        select(col(Evidence.project_id), col(Evidence.dated)).where(
            col(Evidence.project_id).in_(set(projects)),
            Evidence.code == ACCEPTANCE,
            col(Evidence.superseded_at).is_(None),
        )
    )
    return dict(rows.all())


def expected() -> ColumnElement[bool]:
    """What still counts as a promise: open, of an active project, of a stage it stands in or has left.

    Source: docs/rules.md, M11.
    """
    # A scalar subquery, not a join: PostgreSQL answers it by the key of the project, row by row, even
    # before it has gathered statistics on tables that were filled a moment ago.
    stands_in = (
        select(col(Project.stage))
        .where(col(Project.id) == col(Milestone.project_id), col(Project.status) == Status.ACTIVE)
        .correlate(Milestone)
        .scalar_subquery()
    )
    rank = {stage: position for position, stage in enumerate(Stage) if stage is not Stage.CLOSED}
    reached = case(rank, value=stands_in) >= case(rank, value=col(Milestone.stage))
    return and_(col(Milestone.actual).is_(None), reached)


def _due_line(milestone: Milestone, project: Project, today: date) -> DueLine:
    return DueLine(
        project=project.key,
        name_ar=project.name_ar,
        name_fr=project.name_fr,
        name_en=project.name_en,
        sector=project.sector,
        province=project.province,
        region=project.region,
        stage=milestone.stage,
        code=milestone.code,
        baseline=milestone.baseline,
        forecast=milestone.forecast,
        days=(milestone.forecast - today).days,
        delay=delay_days(milestone.baseline, milestone.forecast, None),
        threshold=due_threshold(milestone.forecast, today),
    )
