"""What budget lines are made of, and how their amounts may change."""

from enum import StrEnum

from models.rules.errors import BadValue, CentreError
from models.rules.money import CurrencyMismatch, Money
from models.rules.projects import LARGEST_BUDGET


class Nature(StrEnum):
    """What a budget line pays for."""

    STUDIES = "studies"
    LAND = "land"
    WORKS = "works"
    SUPERVISION = "supervision"
    EQUIPMENT = "equipment"
    CONNECTIONS = "connections"
    COMMISSIONING = "commissioning"
    CONTINGENCY = "contingency"
    OTHER = "other"


class BudgetChange(StrEnum):
    """What kind of entry changes a budget line."""

    INITIAL = "initial"
    REVISION = "revision"
    TRANSFER = "transfer"


class PlanDiffers(CentreError):
    """The lines do not sum to the project's budget. Details: project, planned, budget, rule."""

    code = "plan_differs"


class PlanComplete(CentreError):
    """The plan was declared complete: its first amounts stand. Details: project, on, by, rule."""

    code = "plan_complete"


class PlanOpen(CentreError):
    """The plan was not declared complete yet: nothing is there to revise. Details: project, rule."""

    code = "plan_open"


class LineEngaged(CentreError):
    """A line would fall below what is engaged on it. Details: line, left, engaged, rule."""

    code = "line_engaged"


def check_initial(amount: Money, currency: str) -> None:
    """Refuse a first amount below nothing, in another currency, or that no centre can cost.

    Raises: BadValue, CurrencyMismatch.
    Source: docs/rules.md, B2.
    """
    _check_currency(amount, currency)
    if amount.centimes < 0:
        raise BadValue(field="amount", value=str(amount), reason="negative")
    _check_size(amount)


def check_revision(amount: Money, currency: str) -> None:
    """Refuse a revision by nothing, in another currency, or that no centre can cost.

    Raises: BadValue, CurrencyMismatch.
    Source: docs/rules.md, B3.
    """
    _check_currency(amount, currency)
    if not amount:
        raise BadValue(field="amount", value=str(amount), reason="not_positive")
    _check_size(amount)


def check_transfer(amount: Money, currency: str, source: str, target: str) -> None:
    """Refuse a transfer of nothing or less, in another currency, or from a line to itself.

    Raises: BadValue, CurrencyMismatch.
    Source: docs/rules.md, B3 and B4.
    """
    _check_currency(amount, currency)
    if amount.centimes <= 0:
        raise BadValue(field="amount", value=str(amount), reason="not_positive")
    _check_size(amount)
    if source == target:
        raise BadValue(field="target", value=target, reason="same_line")


def check_plan(project: str, planned: Money, budget: Money) -> None:
    """Let a plan be complete when its first amounts sum to the project's budget, to the centime.

    Raises: PlanDiffers, with both sums.
    Source: docs/rules.md, B2.
    """
    if planned != budget:
        raise PlanDiffers(project=project, planned=planned, budget=budget, rule="B2")


def check_left(line: str, left: Money, engaged: Money) -> None:
    """Let a line fall to what is engaged on it, and no lower.

    Raises: LineEngaged.
    Source: docs/rules.md, B4.
    """
    if left < engaged:
        raise LineEngaged(line=line, left=left, engaged=engaged, rule="B4")


def _check_currency(amount: Money, currency: str) -> None:
    if amount.currency != currency:
        raise CurrencyMismatch(left=amount.currency, right=currency)


def _check_size(amount: Money) -> None:
    if abs(amount.centimes) > LARGEST_BUDGET.centimes:
        raise BadValue(
            field="amount", value=str(amount), reason="amount_too_large", limit=str(LARGEST_BUDGET)
        )
