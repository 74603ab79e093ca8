"""A partner's tranches: how a plan of them must add up, and when one falls due to be called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate, pairwise

from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.evidence import EARLIEST, LATEST, WHOLE, Form, evidence_type
from models.rules.money import CurrencyMismatch, Money
from models.rules.stages import Stage

PROGRESS = "physical_progress"
"""The evidence that says how far the works are."""

MOST_TRANCHES = 60

FUNDING_KINDS = (
    *("commitment_linked", "commitment_released", "tranches_planned", "tranche_moved", "call_drafted"),
    *("call_flagged", "call_unflagged", "call_issued", "call_withdrawn", "call_snoozed"),
    *("receipt_entered", "receipt_corrected", "advance_applied"),
)
"""What the trail keeps of partners' money: the books hold it, a project's dossier does not change by it."""


class Trigger(StrEnum):
    """What lets a tranche be called."""

    DATE = "date"
    STAGE = "stage"
    PROGRESS = "progress"
    DOCUMENT = "document"


class CallState(StrEnum):
    """What became of a funding call. A call is never deleted: one that should not be is withdrawn."""

    DRAFT = "draft"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


class CallFlag(StrEnum):
    """Why a call is in doubt: what let it be made is true no more; or why a draft went with its tranche."""

    DATE_MOVED = "date_moved"
    STAGE_LEFT = "stage_left"
    PROGRESS_WITHDRAWN = "progress_withdrawn"
    DOCUMENT_WITHDRAWN = "document_withdrawn"
    TRANCHE_DROPPED = "tranche_dropped"


FLAG_OF: Mapping[Trigger, CallFlag] = {
    Trigger.DATE: CallFlag.DATE_MOVED,
    Trigger.STAGE: CallFlag.STAGE_LEFT,
    Trigger.PROGRESS: CallFlag.PROGRESS_WITHDRAWN,
    Trigger.DOCUMENT: CallFlag.DOCUMENT_WITHDRAWN,
}


class TrancheState(StrEnum):
    """Where a tranche is on its way: what became of its last call, and whether it is paid."""

    PLANNED = "planned"
    DRAFTED = "drafted"
    CALLED = "called"
    OVERDUE = "overdue"
    PAID = "paid"
    WITHDRAWN = "withdrawn"
    DROPPED = "dropped"


class ReleaseKind(StrEnum):
    """Why a part of a commitment will not come."""

    CANCELLED = "cancelled"
    WRITTEN_OFF = "written_off"


class PlanUneven(CentreError):
    """Tranches that do not sum to their commitment. Details: partner, reference, planned, amount, rule."""

    code = "plan_uneven"


class TrancheCalled(CentreError):
    """What was called stays as it is. Details: number (of the tranche), call, rule."""

    code = "tranche_called"


@dataclass(frozen=True, slots=True)
class PlannedTranche:
    """A tranche of a plan; its number is its place. Unit of `progress`: hundredths of a percent."""

    amount: Money
    trigger: Trigger
    expected_on: date
    stage: Stage | None = None
    progress: int | None = None
    document: str = ""


def check_plan(plan: Sequence[PlannedTranche], net: Money, partner: str, reference: str) -> None:
    """Accept a plan that sums to what is left of a commitment after releases, to the centime.

    Raises: PlanUneven with both sums; BadValue, UnknownKey and CurrencyMismatch with the tranche's number.
    Source: docs/rules.md, V5 and V7.
    """
    if len(plan) > MOST_TRANCHES:
        bounds = {"least": 1, "most": MOST_TRANCHES}
        raise BadValue(field="tranches", value=len(plan), reason="out_of_range", **bounds)
    for number, tranche in enumerate(plan, 1):
        try:
            check_tranche(tranche, net.currency)
        except (BadValue, UnknownKey, CurrencyMismatch) as refused:
            raise type(refused)(**refused.details, tranche=number) from None
    total = Money(sum(tranche.amount.centimes for tranche in plan), net.currency)
    if total != net:
        raise PlanUneven(partner=partner, reference=reference, planned=total, amount=net, rule="V5")


def check_tranche(tranche: PlannedTranche, currency: str) -> None:
    """Accept a tranche of something, that says by what it is triggered and nothing beside it.

    Raises: BadValue, UnknownKey, CurrencyMismatch.
    Source: docs/rules.md, V7.
    """
    if tranche.amount.currency != currency:
        raise CurrencyMismatch(left=tranche.amount.currency, right=currency)
    if tranche.amount.centimes <= 0:
        raise BadValue(field="amount", value=str(tranche.amount), reason="not_positive")
    check_expected(tranche.expected_on)
    _check_trigger(tranche)


def check_expected(day: date) -> None:
    """Accept a day on which money may be expected.

    Raises: BadValue.
    Source: docs/rules.md, V7.
    """
    if day < EARLIEST:
        raise BadValue(field="expected_on", value=day, reason="too_early", limit=EARLIEST)
    if day > LATEST:
        raise BadValue(field="expected_on", value=day, reason="too_late", limit=LATEST)


def _check_trigger(tranche: PlannedTranche) -> None:
    given = {
        Trigger.STAGE: tranche.stage is not None,
        Trigger.PROGRESS: tranche.progress is not None,
        Trigger.DOCUMENT: bool(tranche.document),
    }
    for trigger, said in given.items():
        if trigger is tranche.trigger and not said:
            raise BadValue(field="trigger", value=trigger, reason="trigger_incomplete")
        if trigger is not tranche.trigger and said:
            raise BadValue(field="trigger", value=trigger, reason="one_trigger")
    if tranche.progress is not None and not 0 < tranche.progress <= WHOLE:
        raise BadValue(
            field="progress", value=tranche.progress / 100, reason="out_of_range", least=0.01, most=100
        )
    if tranche.document and evidence_type(tranche.document).form is Form.MEASURE:
        raise BadValue(field="document", value=tranche.document, reason="not_a_document")


def apportion(whole: Money, shares: Sequence[int]) -> tuple[Money, ...]:
    """Return shares of an amount; those that come to a hundred percent come to the amount.

    Units: `shares` in hundredths of a percent. Each part ends where the shares up to it end, rounded
    half to even.
    Source: docs/rules.md, X31.
    """
    ends = [whole.share(Decimal(end) / 100) for end in accumulate(shares, initial=0)]
    return tuple(after - before for before, after in pairwise(ends))


def tranche_state(
    amount: int, call: CallState | None, lacks: int, due_on: date | None, today: date
) -> TrancheState:
    """Return where a tranche is, by the last call that it had. Unit of `amount` and `lacks`: centimes."""
    if not amount:
        return TrancheState.DROPPED
    if call is None:
        return TrancheState.PLANNED
    if call is not CallState.ISSUED:
        return TrancheState.DRAFTED if call is CallState.DRAFT else TrancheState.WITHDRAWN
    if not lacks:
        return TrancheState.PAID
    return TrancheState.OVERDUE if due_on is not None and due_on < today else TrancheState.CALLED


def cut_from_the_end(amounts: Sequence[int], surplus: int) -> tuple[int, ...]:
    """Take a surplus away from the last tranches first. Unit: centimes.

    Source: docs/rules.md, V4.
    """
    left = []
    for amount in reversed(amounts):
        taken = min(amount, max(surplus, 0))
        surplus -= taken
        left.append(amount - taken)
    return tuple(reversed(left))
