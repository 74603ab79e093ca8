"""Loading what the gates are asked of: one project's facts, in a handful of reads."""

from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from models.rules.approvals import LIVE
from models.rules.dossier import Dossier, Gap, Promise, Proof, Quorum
from models.rules.kinds import traits_of
from models.rules.money import Money
from models.rules.stages import Stage
from models.tables import Commitment, Duty, Evidence, Partner, Partnership, Project, Proposal, Waiver


def load_dossier(session: Session, project: Project, today: date) -> Dossier:
    """Return the facts of a project as they are now, for the gate at the end of its stage."""
    return Dossier(
        project=project.key,
        stage=project.stage,
        status=project.status,
        today=today,
        traits=traits_of(project.kind, project.beds),
        budget=project.budget,
        foundation_share=_share(project),
        gap=_gap(project),
        partners=_partners(session, project.id),
        promises=_promises(session, project.id),
        proofs=_proofs(session, project.id),
        duties=frozenset(session.exec(select(Duty.duty).where(Duty.project_id == project.id))),
        quorum=_quorum(session, project.id, project.stage.following, today),
        waivers=_waivers(session, project.id),
    )


def live_proposal(session: Session, project: UUID, entered: Stage | None, today: date) -> Proposal | None:
    """Return the proposal that waits for a move and still counts today, if there is one."""
    return session.exec(
        select(Proposal).where(
            Proposal.project_id == project,
            Proposal.entered == entered,
            col(Proposal.state).in_(LIVE),
            Proposal.expires_on > today,
        )
    ).first()


def _share(project: Project) -> Money | None:
    share = project.foundation_share_centimes
    return None if share is None else Money(share, project.currency)


def _gap(project: Project) -> Gap | None:
    if project.gap_centimes is None or project.gap_stated_on is None:
        return None
    return Gap(Money(project.gap_centimes, project.currency), project.gap_stated_on, project.gap_plan)


def _partners(session: Session, project: UUID) -> frozenset[str]:
    return frozenset(
        session.exec(
            select(Partner.key)
            .join(Partnership, col(Partnership.partner_id) == col(Partner.id))
            .where(Partnership.project_id == project, col(Partnership.retained))
        )
    )


def _promises(session: Session, project: UUID) -> tuple[Promise, ...]:
    rows = session.exec(
        select(Commitment, col(Partner.key))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(Commitment.project_id == project)
    )
    return tuple(
        Promise(partner, commitment.amount, commitment.signed_on, commitment.programmed)
        for commitment, partner in rows
    )


def _proofs(session: Session, project: UUID) -> dict[str, Proof]:
    rows = session.exec(
        select(col(Evidence.code), col(Evidence.dated), col(Evidence.value)).where(
            Evidence.project_id == project, col(Evidence.superseded_at).is_(None)
        )
    )
    return {code: Proof(dated, value) for code, dated, value in rows}


def _quorum(session: Session, project: UUID, entered: Stage | None, today: date) -> Quorum:
    proposal = live_proposal(session, project, entered, today)
    return proposal.quorum if proposal is not None else Quorum()


def _waivers(session: Session, project: UUID) -> dict[str, date]:
    rows = session.exec(
        select(col(Waiver.rule), col(Waiver.expires_on))
        .where(Waiver.project_id == project)
        .order_by(col(Waiver.expires_on))
    )
    return dict(rows.all())
