"""The three hands under a move: an officer proposes, finance certifies, a director approves."""

from datetime import date, timedelta
from enum import StrEnum

from models.rules.dossier import Quorum
from models.rules.errors import CentreError

PROPOSAL_VALID_DAYS = 60
WAIVER_LONGEST_DAYS = 366


class ProposalState(StrEnum):
    """Where a proposal stands; only an open or approved one counts for a gate."""

    OPEN = "open"
    APPROVED = "approved"
    CARRIED_OUT = "carried_out"
    REJECTED = "rejected"
    LAPSED = "lapsed"


LIVE = (ProposalState.OPEN, ProposalState.APPROVED)


class SameHand(CentreError):
    """One person would sign twice. Details: login, hand."""

    code = "same_hand"


class OutOfTurn(CentreError):
    """A hand came before the one that must come first. Details: hand, first."""

    code = "out_of_turn"


class AlreadySigned(CentreError):
    """The hand is already there. Details: hand, login, at."""

    code = "already_signed"


class NotLive(CentreError):
    """The proposal is no longer open to a decision. Details: state, by, at."""

    code = "proposal_not_live"


class NoProposal(CentreError):
    """Nothing waits for a decision. Details: project."""

    code = "no_proposal"


class ProposalExists(CentreError):
    """A live proposal for this move waits already. Details: project, by, at."""

    code = "proposal_exists"


def check_certifier(quorum: Quorum, login: str) -> None:
    """Let finance certify what somebody else proposed.

    Raises: SameHand.
    Source: docs/rules.md, A4.
    """
    if login == quorum.proposed_by:
        raise SameHand(login=login, hand="certified_by")


def check_approver(quorum: Quorum, login: str) -> None:
    """Let a director approve what two others have proposed and certified.

    Raises: OutOfTurn before the certification; SameHand.
    Source: docs/rules.md, A4 and A5.
    """
    if quorum.certified_by is None:
        raise OutOfTurn(hand="approved_by", first="certified_by")
    if login in (quorum.proposed_by, quorum.certified_by):
        raise SameHand(login=login, hand="approved_by")


def expiry(proposed_on: date) -> date:
    """Return the first day on which a proposal no longer counts.

    Source: docs/rules.md, A6.
    """
    return proposed_on + timedelta(days=PROPOSAL_VALID_DAYS)
