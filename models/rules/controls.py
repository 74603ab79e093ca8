"""What a finance director checks of the books: each control by its number, and how bad a breach is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from models.rules.money import Money


class Severity(StrEnum):
    """Whether a breach must be put right at once, or looked at."""

    BLOCK = "block"
    WARN = "warn"


class Control(StrEnum):
    """What was found."""

    TRANCHES_OVER = "tranches_over"
    TRANCHES_SHORT = "tranches_short"
    CALLED_OVER = "called_over"
    CALL_OVER_TRANCHE = "call_over_tranche"
    RECEIVED_OVER = "received_over"
    ALLOCATED_OVER = "allocated_over"
    ADVANCE_HELD = "advance_held"
    LINE_OVER = "line_over"
    CERTIFIED_OVER = "certified_over"
    PAID_OVER = "paid_over"
    ADVANCE_OVER_RECOVERED = "advance_over_recovered"
    RETENTION_OVER_RELEASED = "retention_over_released"
    RETENTION_OVER_CAP = "retention_over_cap"
    TRANSFER_NOT_ZERO = "transfer_not_zero"
    OVER_FINANCED = "over_financed"
    PLAN_BROKEN = "plan_broken"
    CLOSED_PERIOD_WRITTEN = "closed_period_written"


@dataclass(frozen=True, slots=True)
class Check:
    """The number of a control in docs/rules.md, and how bad a breach of it is."""

    number: str
    severity: Severity = Severity.BLOCK


CHECKS: Mapping[Control, Check] = {
    Control.TRANCHES_OVER: Check("B20"),
    Control.TRANCHES_SHORT: Check("B21", Severity.WARN),
    Control.CALLED_OVER: Check("B22"),
    Control.CALL_OVER_TRANCHE: Check("B23"),
    Control.RECEIVED_OVER: Check("B24"),
    Control.ALLOCATED_OVER: Check("B25"),
    Control.ADVANCE_HELD: Check("B26", Severity.WARN),
    Control.LINE_OVER: Check("B27"),
    Control.CERTIFIED_OVER: Check("B28"),
    Control.PAID_OVER: Check("B29"),
    Control.ADVANCE_OVER_RECOVERED: Check("B30"),
    Control.RETENTION_OVER_RELEASED: Check("B31"),
    Control.RETENTION_OVER_CAP: Check("B32"),
    Control.TRANSFER_NOT_ZERO: Check("B33"),
    Control.OVER_FINANCED: Check("B34", Severity.WARN),
    Control.PLAN_BROKEN: Check("B35"),
    Control.CLOSED_PERIOD_WRITTEN: Check("B36"),
}


@dataclass(frozen=True, slots=True)
class Offence:
    """A row that breaks a control. `row` is its id; `reference` is how people know it.

    `amount` is what was found and `limit` what it may be: at most, or for what is short at least.
    """

    control: Control
    project: str
    project_id: UUID
    row: UUID
    reference: str
    amount: Money
    limit: Money

    @property
    def number(self) -> str:
        return CHECKS[self.control].number

    @property
    def severity(self) -> Severity:
        return CHECKS[self.control].severity

    @property
    def difference(self) -> Money:
        """By how much the amount passes its limit; below nothing where it falls short of it."""
        return self.amount - self.limit

    @property
    def key(self) -> str:
        """What names this breach once and for all."""
        return f"control:{self.number}:{self.row}"
