"""Proposals: made by an officer, certified by finance, approved by a director."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.clock import local_day
from models.operations import moves, outbox, trail
from models.operations.access import take_up
from models.queries.dossiers import live_proposal
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
from models.rules.authority import Action
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
    found = take_up(session, project, Action.PROPOSE, by)
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
    _note(session, proposal, "proposal_made", by, at)
    return _decision(found, proposal)


def certify(session: Session, *, project: str, by: str, at: datetime) -> Decision:
    """Certify the funds of the move that waits.

    Raises: UnknownKey, NotAllowed, NotActive, NoProposal, AlreadySigned, SameHand.
    """
    found, proposal = _waiting(session, project, Action.CERTIFY, by, at)
    check_active(found.key, found.status)
    if proposal.certified_by is not None:
        raise AlreadySigned(hand="certified_by", login=proposal.certified_by, at=proposal.certified_at)
    check_certifier(proposal.quorum, by)
    _change(proposal, certified_by=by, certified_at=at)
    _note(session, proposal, "proposal_certified", by, at)
    return _decision(found, proposal)


def approve(session: Session, *, project: str, by: str, at: datetime) -> Decision:
    """Approve the move that waits; the completed quorum puts it into the inbox in this transaction.

    Raises: UnknownKey, NotAllowed, NotActive, NoProposal, AlreadySigned, OutOfTurn, SameHand.
    """
    found, proposal = _waiting(session, project, Action.APPROVE, by, at)
    check_active(found.key, found.status)
    if proposal.approved_by is not None:
        raise AlreadySigned(hand="approved_by", login=proposal.approved_by, at=proposal.approved_at)
    check_approver(proposal.quorum, by)
    _change(proposal, approved_by=by, approved_at=at, state=ProposalState.APPROVED)
    request = _free_request(session, proposal)
    moves.take_in(session, request, found, proposal.entered, by, Door.QUORUM, at)
    _note(session, proposal, "proposal_approved", by, at)
    return _decision(found, proposal, move=request)


def reject(session: Session, *, project: str, by: str, reason: str, at: datetime) -> Decision:
    """Reject the move that waits; the proposal and its hands stay in the books.

    Raises: UnknownKey, NotAllowed, BadValue without a reason, NoProposal.
    """
    found, proposal = _waiting(session, project, Action.REJECT, by, at)
    words = check_reason(reason)
    _change(proposal, state=ProposalState.REJECTED, ended_by=by, ended_at=at, reason=words)
    _note(session, proposal, "proposal_rejected", by, at)
    return _decision(found, proposal)


def lapse(session: Session, *, at: datetime, project: UUID | None = None) -> int:
    """Close the live proposals whose time is over; return how many there were."""
    query = _live().where(Proposal.expires_on <= local_day(at))
    if project is not None:
        query = query.where(Proposal.project_id == project)
    return _end(session, session.exec(query).all(), "tadshin", at)


def set_aside(session: Session, project: Project, *, by: str, reason: str, at: datetime) -> int:
    """Close what waits for a decision on a project that has been taken back or cancelled.

    Source: docs/rules.md, A7.
    """
    waiting = session.exec(_live().where(Proposal.project_id == project.id)).all()
    return _end(session, waiting, by, at, reason)


def _live() -> SelectOfScalar[Proposal]:
    # In one order everywhere, so that two who close proposals cannot wait for each other in a circle.
    return (
        select(Proposal)
        .where(col(Proposal.state).in_(LIVE))
        .order_by(col(Proposal.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _end(session: Session, proposals: Sequence[Proposal], by: str, at: datetime, reason: str = "") -> int:
    for proposal in proposals:
        _change(proposal, state=ProposalState.LAPSED, ended_at=at, ended_by=by, reason=reason)
    for proposal in proposals:
        _note(session, proposal, "proposal_lapsed", by, at)
    return len(proposals)


def _waiting(
    session: Session, project: str, action: Action, by: str, at: datetime
) -> tuple[Project, Proposal]:
    """Return the proposal that waits on a project, held with the project: of two at once, one waits."""
    found = take_up(session, project, action, by)
    wanted = _live().where(
        Proposal.project_id == found.id,
        Proposal.entered == found.stage.following,
        Proposal.expires_on > local_day(at),
    )
    proposal = session.exec(wanted).first()
    if proposal is None:
        raise NoProposal(project=found.key)
    return found, proposal


def _change(proposal: Proposal, **values: Any) -> None:
    for name, value in {**values, "version": proposal.version + 1}.items():
        setattr(proposal, name, value)


def _free_request(session: Session, proposal: Proposal) -> UUID:
    """Return the proposal's own id for its move, unless somebody has spent it on another request."""
    return proposal.id if session.get(MoveRequest, proposal.id) is None else uuid4()


def _decision(project: Project, proposal: Proposal, move: UUID | None = None) -> Decision:
    return Decision(proposal.id, project.key, proposal.entered, proposal.state, move)


def _note(session: Session, proposal: Proposal, kind: str, by: str, at: datetime) -> None:
    payload = {
        "proposal": proposal.id,
        "left": proposal.left,
        "entered": proposal.entered,
        "state": proposal.state,
        "expires_on": proposal.expires_on,
        "reason": proposal.reason,
    }
    key = f"{kind}:{proposal.id}:{proposal.version}"
    told = {"by": by, **payload}
    outbox.tell(session, key=key, kind=kind, project=proposal.project_id, at=at, payload=told)
    trail.record(session, at=at, actor=by, kind=kind, project=proposal.project_id, payload=payload)
