"""Opening, moving and meeting milestones."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.operations import trail
from models.tables import Milestone, Project


def shift(session: Session, *, project: Project, days: int, by: str, at: datetime) -> int:
    """Move the forecasts of open milestones by a suspension of `days`; return how many moved.

    The baseline stays: a suspension is a delay like any other, and shows as one (M8).
    """
    if days <= 0:
        return 0
    opened = session.exec(
        select(Milestone).where(Milestone.project_id == project.id, col(Milestone.actual).is_(None))
    ).all()
    moved = []
    for milestone in opened:
        milestone.forecast += timedelta(days=days)
        moved.append({"stage": milestone.stage, "code": milestone.code, "forecast": milestone.forecast})
    if moved:
        payload = {"days": days, "milestones": moved}
        trail.record(
            session, at=at, actor=by, kind="milestones_shifted", project=project.id, payload=payload
        )
    return len(moved)
