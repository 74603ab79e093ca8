"""Who may do what: roles, their actions, and the part of the portfolio a role reaches."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.rules.errors import CentreError


class Role(StrEnum):
    OFFICER = "officer"
    FINANCE = "finance"
    DIRECTOR = "director"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    READ = "read"
    IMPORT_PORTFOLIO = "import_portfolio"
    IMPORT_BOOKS = "import_books"
    ADD_EVIDENCE = "add_evidence"
    ADD_FINANCE_EVIDENCE = "add_finance_evidence"
    SET_COMMITMENT = "set_commitment"
    STATE_GAP = "state_gap"
    NAME_DUTY = "name_duty"
    CHANGE_MILESTONE = "change_milestone"
    PROPOSE = "propose"
    CERTIFY = "certify"
    APPROVE = "approve"
    REJECT = "reject"
    ADVANCE = "advance"
    STEP_BACK = "step_back"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    WAIVE = "waive"
    SETTLE_FINDING = "settle_finding"
    OVERRIDE_CALENDAR = "override_calendar"
    MANAGE_USERS = "manage_users"
    VERIFY_AUDIT = "verify_audit"
    KEEP_CONVENTIONS = "keep_conventions"
    CALL_FUNDS = "call_funds"
    ENTER_RECEIPT = "enter_receipt"
    PLAN_BUDGET = "plan_budget"
    DECIDE_MONEY = "decide_money"
    KEEP_CONTRACTS = "keep_contracts"
    CERTIFY_ACCOUNT = "certify_account"
    ENTER_PAYMENT = "enter_payment"
    CLOSE_PERIOD = "close_period"
    RECONCILE = "reconcile"


_MAY: Mapping[Role, frozenset[Action]] = {
    Role.OFFICER: frozenset(
        {
            Action.READ,
            Action.IMPORT_PORTFOLIO,
            Action.ADD_EVIDENCE,
            Action.SET_COMMITMENT,
            Action.CHANGE_MILESTONE,
            Action.PROPOSE,
            Action.ADVANCE,
            Action.SETTLE_FINDING,
            Action.OVERRIDE_CALENDAR,
            Action.KEEP_CONVENTIONS,
            Action.KEEP_CONTRACTS,
        }
    ),
    Role.FINANCE: frozenset(
        {
            Action.READ,
            Action.ADD_FINANCE_EVIDENCE,
            Action.SET_COMMITMENT,
            Action.STATE_GAP,
            Action.CERTIFY,
            Action.REJECT,
            Action.KEEP_CONVENTIONS,
            Action.CALL_FUNDS,
            Action.ENTER_RECEIPT,
            Action.PLAN_BUDGET,
            Action.DECIDE_MONEY,
            Action.KEEP_CONTRACTS,
            Action.CERTIFY_ACCOUNT,
            Action.ENTER_PAYMENT,
            Action.IMPORT_BOOKS,
            Action.RECONCILE,
        }
    ),
    Role.DIRECTOR: frozenset(
        {
            Action.READ,
            Action.NAME_DUTY,
            Action.APPROVE,
            Action.REJECT,
            Action.ADVANCE,
            Action.STEP_BACK,
            Action.SUSPEND,
            Action.RESUME,
            Action.CANCEL,
            Action.WAIVE,
            Action.SETTLE_FINDING,
            Action.VERIFY_AUDIT,
            Action.DECIDE_MONEY,
            Action.CLOSE_PERIOD,
        }
    ),
    Role.AUDITOR: frozenset({Action.READ, Action.VERIFY_AUDIT}),
    Role.ADMINISTRATOR: frozenset(
        {
            Action.READ,
            Action.IMPORT_PORTFOLIO,
            Action.IMPORT_BOOKS,
            Action.MANAGE_USERS,
            Action.NAME_DUTY,
            Action.OVERRIDE_CALENDAR,
            Action.VERIFY_AUDIT,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over the whole portfolio, one region, or one project."""

    role: Role
    region: str | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action happens: one project and its region."""

    project: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who acts, with what has been granted to them."""

    login: str
    grants: tuple[Grant, ...]
    language: str = "fr"
    disabled: bool = False


class NotAllowed(CentreError):
    """The person has no grant for the action there. Details: login, action, project, who."""

    code = "not_allowed"


class NotAllowedHere(NotAllowed):
    """The person has the right role, but not for this project or for the whole portfolio."""

    code = "not_allowed_here"


def authorize(actor: Actor, action: Action, place: Place | None = None) -> None:
    """Let the action pass when one of the actor's grants covers it there.

    `place` None asks for the whole portfolio: a grant limited to a region or project is not enough.
    Raises: NotAllowed, naming the roles that may; NotAllowedHere, when a role of theirs may elsewhere.
    Source: docs/rules.md, A1 and A2.
    """
    if actor.disabled or not any(_covers(grant, action, place) for grant in actor.grants):
        elsewhere = not actor.disabled and any(action in _MAY[grant.role] for grant in actor.grants)
        refused = NotAllowedHere if elsewhere else NotAllowed
        raise refused(
            login=actor.login,
            action=action,
            project=place.project if place else None,
            who=roles_for(action),
        )


def roles_for(action: Action) -> tuple[Role, ...]:
    """Return the roles that hold an action, in the order of the roles."""
    return tuple(role for role in Role if action in _MAY[role])


def may(actor: Actor, action: Action, place: Place | None = None) -> bool:
    """Tell whether `authorize` would let the action pass."""
    return not actor.disabled and any(_covers(grant, action, place) for grant in actor.grants)


def _covers(grant: Grant, action: Action, place: Place | None) -> bool:
    if action not in _MAY[grant.role]:
        return False
    if grant.project is not None:
        return place is not None and place.project == grant.project
    if grant.region is not None:
        return place is not None and place.region == grant.region
    return True
