"""Decisions about money that need a second person, and how large they may be for whom."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from models.rules.authority import Action, Actor, Place, Role, authorize, may, roles_for
from models.rules.errors import CentreError
from models.rules.money import Money


class MoneyChange(StrEnum):
    """What somebody proposes and another person decides."""

    BUDGET_REVISION = "budget_revision"
    BUDGET_TRANSFER = "budget_transfer"
    COMMITMENT = "commitment"
    COMMITMENT_IMPORT = "commitment_import"
    COMMITMENT_RELEASE = "commitment_release"
    PARTNER_DETAILS = "partner_details"
    BANK_MATCH = "bank_match"


class ChangeState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


class OwnProposal(CentreError):
    """Whoever proposes a change of money does not decide on it. Details: login."""

    code = "own_proposal"


class AboveBand(CentreError):
    """The amount is above what the person may decide. Details: login, amount, limit, who."""

    code = "above_band"


class SecondNeeded(CentreError):
    """One person was to write alone what two decide on. Details: change, amount, who."""

    code = "second_needed"


class FilesNeeded(CentreError):
    """What files bring in is approved by bringing the same files in again. Details: files, layout."""

    code = "files_needed"


class OtherWords(CentreError):
    """The same files wait, with other words beside them. Details: proposal, by, said."""

    code = "other_words"


class AlreadyDecided(CentreError):
    """The proposal was decided before. Details: state, by, at."""

    code = "already_decided"


class SeveralProposals(CentreError):
    """The signs begin the ids of several proposals. Details: key, candidates."""

    code = "several_proposals"


SHORTEST_NAME, SHOWN_NAME = 6, 8
"""Signs of a proposal's id: the fewest that name it, and those that are shown (X35)."""


_COMMITMENT_ALONE, _COMMITMENT_FINANCE = Money(1_000_000_00), Money(10_000_000_00)

ALONE: Mapping[MoneyChange, Money] = {
    MoneyChange.COMMITMENT: _COMMITMENT_ALONE,
    MoneyChange.COMMITMENT_IMPORT: _COMMITMENT_ALONE,
    MoneyChange.BANK_MATCH: Money(1_000_000_00),
}
"""Up to this amount one person writes it alone; where nothing stands, nobody does (B5)."""

FINANCE: Mapping[MoneyChange, Money | None] = {
    MoneyChange.BUDGET_REVISION: Money(1_000_000_00),
    MoneyChange.BUDGET_TRANSFER: Money(1_000_000_00),
    MoneyChange.COMMITMENT: _COMMITMENT_FINANCE,
    MoneyChange.COMMITMENT_IMPORT: _COMMITMENT_FINANCE,
    MoneyChange.COMMITMENT_RELEASE: Money(100_000_00),
    MoneyChange.PARTNER_DETAILS: None,
    MoneyChange.BANK_MATCH: Money(10_000_000_00),
}
"""Up to this amount another finance person decides, above it a director; None: whatever it is (B5)."""

PROPOSES: Mapping[MoneyChange, Action] = {
    MoneyChange.BUDGET_REVISION: Action.PLAN_BUDGET,
    MoneyChange.BUDGET_TRANSFER: Action.PLAN_BUDGET,
    MoneyChange.COMMITMENT: Action.SET_COMMITMENT,
    MoneyChange.COMMITMENT_IMPORT: Action.KEEP_CONVENTIONS,
    MoneyChange.COMMITMENT_RELEASE: Action.KEEP_CONVENTIONS,
    MoneyChange.PARTNER_DETAILS: Action.KEEP_CONVENTIONS,
    MoneyChange.BANK_MATCH: Action.RECONCILE,
}
"""What whoever proposes a change must be allowed to do."""


OWES_NO_REASON = frozenset({MoneyChange.BANK_MATCH})
"""What may be proposed without a reason: what a line pays is said by the line. Whoever marks, moves or
takes back is asked for one before (R7)."""


def needs_second(change: MoneyChange, amount: Money) -> bool:
    """Tell whether a change of this amount must be decided by a second person.

    Source: docs/rules.md, B5.
    """
    alone = ALONE.get(change)
    return alone is None or _above(amount, alone)


def check_hands(change: MoneyChange, amount: Money, by: str, other: str | None) -> None:
    """Let a change be written by one person alone, or by two; whoever writes it asks, whatever the door.

    Raises: SecondNeeded, OwnProposal.
    Source: docs/rules.md, B5 and B6.
    """
    if other is not None and other == by:
        raise OwnProposal(login=by)
    if other is None and needs_second(change, amount):
        raise SecondNeeded(change=change, amount=amount, who=roles_for(Action.DECIDE_MONEY))


def check_decider(
    actor: Actor, change: MoneyChange, amount: Money, place: Place | None, proposed_by: str
) -> None:
    """Let another person decide, within their band. `place` None: master data of the whole portfolio.

    Raises: NotAllowed, OwnProposal, AboveBand naming the limit and who may.
    Source: docs/rules.md, B5 and B6.
    """
    authorize(actor, Action.DECIDE_MONEY, place)
    if actor.login == proposed_by:
        raise OwnProposal(login=actor.login)
    asked = _decides(change, amount)
    if not may(actor, asked, place):
        raise AboveBand(login=actor.login, amount=amount, limit=FINANCE[change], who=roles_for(asked))


def may_decide(
    actor: Actor, change: MoneyChange, amount: Money, place: Place | None, proposed_by: str
) -> bool:
    """Tell whether `check_decider` would let the person decide."""
    try:
        check_decider(actor, change, amount, place, proposed_by)
    except CentreError:
        return False
    return True


def deciders(change: MoneyChange, amount: Money) -> tuple[Role, ...]:
    """Return the roles that decide on a change of this amount.

    Source: docs/rules.md, B5.
    """
    return roles_for(_decides(change, amount))


def name_of(proposal: UUID) -> str:
    """Return the first signs of a proposal's id, by which people name it.

    Source: docs/rules.md, X35.
    """
    return proposal.hex[:SHOWN_NAME]


def _decides(change: MoneyChange, amount: Money) -> Action:
    """Return what whoever decides must be allowed to do: above the band of finance, what directors may."""
    limit = FINANCE[change]
    return Action.APPROVE if limit is not None and _above(amount, limit) else Action.DECIDE_MONEY


def _above(amount: Money, limit: Money) -> bool:
    """The bands are in dirhams: an amount of another currency is above all of them."""
    return amount.currency != limit.currency or abs(amount.centimes) > limit.centimes
