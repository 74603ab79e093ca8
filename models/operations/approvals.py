"""Proposals: made by an officer, certified by finance, approved by a director."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select, update

from models.clock import local_day
from models.operations import outbox, trail
from models.queries.dossiers import live_proposal
from models.queries.people import find_actor
from models.queries.projects import find_project, place_of
from models.rules.approvals import (
    LIVE,
    AlreadySigned,
    NoProposal,
    ProposalExists,
    ProposalState,
    check_approver,
    check_certifier,
    expiry,
)
from models.rules.authority import Action, authorize
from models.rules.projects import check_reason
from models.rules.stages import Stage, check_active, check_step
from models.tables import Door, MoveRequest, Project, Proposal


@dataclass(frozen=True, slots=True)
class Decision:
    """What a hand under a proposal led to; `move` is set when it completed the quorum."""

    proposal: UUID
    project: str
    entered: Stage
    state: ProposalState
    move: UUID | None = None


def propose(session: Session, *, project: str, entered: Stage, by: str, at: datetime) -> Decision:
    """Propose the next move of a project.

    Raises: UnknownKey, NotAllowed, IllegalStep, NotActive, ProposalExists.
    """
    found = _authorized(session, project, Action.PROPOSE, by)
    check_step(found.stage, entered)
    check_active(found.key, found.status)
    lapse(session, at=at, project=found.id)
    live = live_proposal(session, found.id, entered, local_day(at))
    if live is not None:
        raise ProposalExists(project=found.key, by=live.proposed_by, at=live.proposed_at)
    proposal = Proposal(
        project_id=found.id,
        left=found.stage,
        entered=entered,
        expires_on=expiry(local_day(at)),
        proposed_by=by,
        proposed_at=at,
    )
    session.add(proposal)
    _note(session, found, proposal, "proposal_made", by, at)
    return Decision(proposal.id, found.key, entered, proposal.state)


def certify(session: Session, *, project: str, by: str, at: datetime) -> Decision:
    """Certify the funds of the move that waits.

    Raises: UnknownKey, NotAllowed, NoProposal, AlreadySigned, SameHand.
    """
    found = _authorized(session, project, Action.CERTIFY, by)
    proposal = _waiting(session, found, at)
    if proposal.certified_by is not None:
        raise AlreadySigned(hand="certified_by", login=proposal.certified_by, at=proposal.certified_at)
    check_certifier(proposal.quorum, by)
    proposal.certified_by, proposal.certified_at = by, at
    _advance_version(session, proposal)
    _note(session, found, proposal, "proposal_certified", by, at)
    return Decision(proposal.id, found.key, proposal.entered, proposal.state)


def approve(session: Session, *, project: str, by: str, at: datetime) -> Decision:
    """Approve the move that waits; the completed quorum puts it into the inbox in this transaction.

    Raises: UnknownKey, NotAllowed, NoProposal, AlreadySigned, OutOfTurn, SameHand.
    """
    found = _authorized(session, project, Action.APPROVE, by)
    proposal = _waiting(session, found, at)
    if proposal.approved_by is not None:
        raise AlreadySigned(hand="approved_by", login=proposal.approved_by, at=proposal.approved_at)
    check_approver(proposal.quorum, by)
    proposal.approved_by, proposal.approved_at = by, at
    proposal.state = ProposalState.APPROVED
    _advance_version(session, proposal)
    _note(session, found, proposal, "proposal_approved", by, at)
    session.add(
        MoveRequest(
            id=proposal.id,
            project_id=found.id,
            entered=proposal.entered,
            asked_by=by,
            asked_at=at,
            door=Door.QUORUM,
        )
    )
    return Decision(proposal.id, found.key, proposal.entered, proposal.state, move=proposal.id)


def reject(session: Session, *, project: str, by: str, reason: str, at: datetime) -> Decision:
    """Reject the move that waits; the proposal and its hands stay in the books.

    Raises: UnknownKey, NotAllowed, BadValue without a reason, NoProposal.
    """
    found = _authorized(session, project, Action.REJECT, by)
    check_reason(reason)
    proposal = _waiting(session, found, at)
    proposal.state, proposal.ended_by, proposal.ended_at = ProposalState.REJECTED, by, at
    proposal.reason = reason
    _advance_version(session, proposal)
    _note(session, found, proposal, "proposal_rejected", by, at)
    return Decision(proposal.id, found.key, proposal.entered, proposal.state)


def lapse(session: Session, *, at: datetime, project: UUID | None = None) -> int:
    """Close the live proposals whose time is over; return how many there were."""
    query = select(Proposal, Project).where(
        col(Proposal.state).in_(LIVE),
        Proposal.expires_on <= local_day(at),
        Proposal.project_id == Project.id,
    )
    if project is not None:
        query = query.where(Proposal.project_id == project)
    rows = session.exec(query).all()
    for proposal, found in rows:
        proposal.state, proposal.ended_at = ProposalState.LAPSED, at
        _advance_version(session, proposal)
        _note(session, found, proposal, "proposal_lapsed", "tadshin", at)
    return len(rows)


def _authorized(session: Session, project: str, action: Action, by: str) -> Project:
    found = find_project(session, project)
    authorize(find_actor(session, by), action, place_of(found))
    return found


def _waiting(session: Session, project: Project, at: datetime) -> Proposal:
    proposal = live_proposal(session, project.id, project.stage.following, local_day(at))
    if proposal is None:
        raise NoProposal(project=project.key)
    return proposal


def _advance_version(session: Session, proposal: Proposal) -> None:
    """Take the row for this decision: of two at once, one finds the version gone and starts again."""
    changed = session.exec(
        update(Proposal)
        .where(col(Proposal.id) == proposal.id, col(Proposal.version) == proposal.version)
        .values(version=proposal.version + 1)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:
        session.refresh(proposal)
        raise AlreadySigned(
            hand=proposal.state, login=proposal.approved_by or proposal.certified_by, at=None
        )
    session.refresh(proposal, ["version"])


def _note(session: Session, project: Project, proposal: Proposal, kind: str, by: str, at: datetime) -> None:
    payload = {
        "proposal": proposal.id,
        "left": proposal.left,
        "entered": proposal.entered,
        "state": proposal.state,
        "reason": proposal.reason,
    }
    trail.record(session, at=at, actor=by, kind=kind, project=project.id, payload=payload)
    outbox.tell(
        session,
        key=f"{kind}:{proposal.id}:{proposal.version}",
        kind=kind,
        project=project.id,
        at=at,
        payload={"by": by, **payload},
    )
