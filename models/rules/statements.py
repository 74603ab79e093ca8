"""Bank statements and ledgers: the accounts they are of, and what becomes of a line."""

from enum import StrEnum


class AccountKind(StrEnum):
    """Whose book repeats the movements: the bank's, or ours."""

    BANK = "bank"
    LEDGER = "ledger"


class LineState(StrEnum):
    """What became of a line: open, settled by a match, put aside, or explained without a target."""

    OPEN = "open"
    SETTLED = "settled"
    DUPLICATE = "duplicate"
    REVERSAL = "reversal"
    CORRECTION = "correction"
    FEE = "fee"
    OTHER = "other"
    SET_ASIDE = "set_aside"
