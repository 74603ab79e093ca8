"""What the tables say of a project and what its rebuilt state says, in one shape to compare."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.operations.projects import CORRECTABLE
from models.queries.projects import find_project
from models.rules.history import ProjectState
from models.rules.trail import canonical
from models.tables import (
    Commitment,
    Duty,
    Evidence,
    Milestone,
    Partner,
    Partnership,
    Person,
    Project,
    Proposal,
    Waiver,
)

Facts = Mapping[str, Any]


def said_by_tables(session: Session, key: str, day: date) -> Facts:
    """Read a project from its tables, at the end of `day`."""
    project = find_project(session, key)
    return {
        "description": canonical({name: getattr(project, name) for name in CORRECTABLE}),
        "as registered": (project.key, project.sample, project.source, project.registered_at),
        "life": (project.stage, project.stage_since, project.status, project.suspended_at),
        "share": project.foundation_share_centimes,
        "gap": (project.gap_centimes, project.gap_stated_on, project.gap_plan),
        "evidence": _pieces(session, project),
        "pledges": _pledges(session, project),
        "partners": _partners(session, project),
        "duties": _duties(session, project),
        "waivers": _waivers(session, project, day),
        "proposals": _proposals(session, project),
        "milestones": _milestones(session, project),
    }


def said_by_trail(state: ProjectState, day: date) -> Facts:
    """Put a rebuilt state into the same shape."""
    share, gap = state.foundation_share, state.gap
    return {
        "description": canonical(state.description),
        "as registered": (state.key, state.sample, state.source, state.registered_at),
        "life": (state.stage, state.stage_since, state.status, state.suspended_at),
        "share": share.centimes if share is not None else None,
        "gap": (gap.amount.centimes, gap.stated_on, gap.plan) if gap is not None else (None, None, ""),
        "evidence": {
            code: (p.on, p.value, p.reference, p.sample, p.added_by, p.added_at)
            for code, p in state.evidence.items()
        },
        "pledges": {
            place: (p.amount, p.in_kind, p.signed_on, p.budget_year, p.budget_line)
            for place, p in state.pledges.items()
        },
        "partners": state.partners,
        "duties": state.duties,
        "waivers": state.waived_on(day),
        "proposals": {
            place: (
                *(p.left, p.entered, p.state, p.expires_on),
                *(p.proposed_by, p.certified_by, p.approved_by, p.ended_by, p.reason),
            )
            for place, p in state.proposals.items()
        },
        "milestones": {place: (d.baseline, d.forecast, d.actual) for place, d in state.milestones.items()},
    }


def _pieces(session: Session, project: Project) -> Facts:
    current = session.exec(
        select(Evidence).where(Evidence.project_id == project.id, col(Evidence.superseded_at).is_(None))
    )
    return {p.code: (p.dated, p.value, p.reference, p.sample, p.added_by, p.added_at) for p in current}


def _pledges(session: Session, project: Project) -> Mapping[tuple[str, str], Any]:
    rows = session.exec(
        select(Commitment, col(Partner.key))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(Commitment.project_id == project.id)
    )
    return {
        (key, p.reference): (p.amount, p.in_kind, p.signed_on, p.budget_year, p.budget_line)
        for p, key in rows
    }


def _partners(session: Session, project: Project) -> Facts:
    rows = session.exec(
        select(col(Partner.key), col(Partnership.reading))
        .join(Partnership, col(Partnership.partner_id) == col(Partner.id))
        .where(Partnership.project_id == project.id, col(Partnership.retained))
    )
    return dict(rows.all())


def _duties(session: Session, project: Project) -> Facts:
    rows = session.exec(
        select(col(Duty.duty), col(Person.login))
        .join(Person, col(Person.id) == col(Duty.person_id))
        .where(Duty.project_id == project.id)
    )
    return dict(rows.all())


def _waivers(session: Session, project: Project, day: date) -> Facts:
    rows = session.exec(
        select(col(Waiver.rule), col(Waiver.expires_on)).where(
            Waiver.project_id == project.id, Waiver.expires_on > day
        )
    )
    return dict(rows.all())


def _proposals(session: Session, project: Project) -> Facts:
    return {
        str(p.id): (
            *(p.left, p.entered, p.state, p.expires_on),
            *(p.proposed_by, p.certified_by, p.approved_by, p.ended_by, p.reason),
        )
        for p in session.exec(select(Proposal).where(Proposal.project_id == project.id))
    }


def _milestones(session: Session, project: Project) -> Mapping[Any, Any]:
    return {
        (m.stage, m.code): (m.baseline, m.forecast, m.actual)
        for m in session.exec(select(Milestone).where(Milestone.project_id == project.id))
    }
