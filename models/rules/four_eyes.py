"""Decisions about money that need a second person."""

from enum import StrEnum


class MoneyChange(StrEnum):
    """What somebody proposes and another person decides."""

    BUDGET_REVISION = "budget_revision"
    BUDGET_TRANSFER = "budget_transfer"
    COMMITMENT = "commitment"
    COMMITMENT_RELEASE = "commitment_release"
    PARTNER_DETAILS = "partner_details"


class ChangeState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
