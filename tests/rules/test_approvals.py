from datetime import date, timedelta

import pytest

from models.rules.approvals import (
    LIVE,
    OutOfTurn,
    ProposalState,
    SameHand,
    check_approver,
    check_certifier,
    expiry,
)
from models.rules.dossier import Quorum

PROPOSED = Quorum(proposed_by="amal")
CERTIFIED = Quorum(proposed_by="amal", certified_by="badr")


def test_finance_certifies_what_somebody_else_proposed() -> None:
    check_certifier(PROPOSED, "badr")


def test_the_proposer_cannot_certify() -> None:
    """A4."""
    with pytest.raises(SameHand) as refused:
        check_certifier(PROPOSED, "amal")

    assert refused.value.details == {"login": "amal", "hand": "certified_by"}


def test_a_third_person_approves_what_is_certified() -> None:
    check_approver(CERTIFIED, "chama")


@pytest.mark.parametrize("login", ["amal", "badr"])
def test_neither_earlier_hand_can_approve(login: str) -> None:
    """A4."""
    with pytest.raises(SameHand) as refused:
        check_approver(CERTIFIED, login)

    assert refused.value.details == {"login": login, "hand": "approved_by"}


def test_nobody_approves_before_the_funds_are_certified() -> None:
    """A5."""
    with pytest.raises(OutOfTurn) as refused:
        check_approver(PROPOSED, "chama")

    assert refused.value.details == {"hand": "approved_by", "first": "certified_by"}


def test_a_proposal_counts_for_sixty_days_the_first_included() -> None:
    """A6: made on 1 January 2026, it counts on 1 March and no longer on 2 March."""
    assert expiry(date(2026, 1, 1)) == date(2026, 3, 2)
    assert expiry(date(2028, 1, 1)) - timedelta(days=1) == date(2028, 2, 29)


def test_a_decided_proposal_lives_no_longer() -> None:
    assert set(LIVE) == {ProposalState.OPEN, ProposalState.APPROVED}
