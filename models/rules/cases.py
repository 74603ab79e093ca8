"""Cases: what the books do not agree about, whose it is, and what would close it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.rules.authority import Role

LATE_AFTER = timedelta(days=30)
"""A partner is late when a call is overdue by more than this."""


class CaseKind(StrEnum):
    """What the books do not agree about, and somebody must look at."""

    UNMATCHED_RECEIPT = "unmatched_receipt"
    UNMATCHED_PAYMENT = "unmatched_payment"
    PAID_ABOVE_CERTIFIED = "paid_above_certified"
    CLOSED_PROJECT = "closed_project"
    WRONG_PROJECT = "wrong_project"
    MISSING_REFERENCE = "missing_reference"
    DUPLICATE_PAYMENT = "duplicate_payment"
    LATE_PARTNER = "late_partner"
    OFF_BY_CENTS = "off_by_cents"
    EXCHANGE_DIFFERENCE = "exchange_difference"
    STATEMENT_GAP = "statement_gap"
    STATEMENT_OVERLAP = "statement_overlap"
    RATE_MISSING = "rate_missing"
    CLOSED_PERIOD = "closed_period"
    OTHER_CURRENCY = "other_currency"
    BOOKING_CONTRADICTED = "booking_contradicted"
    NOT_BOOKED = "not_booked"


class CaseStep(StrEnum):
    """What would close a case: said to whoever owns it."""

    IDENTIFY = "identify"
    CHECK_CERTIFICATE = "check_certificate"
    CHECK_PROJECT = "check_project"
    ASK_REFERENCE = "ask_reference"
    RECOVER_PAYMENT = "recover_payment"
    REMIND_PARTNER = "remind_partner"
    SETTLE_DIFFERENCE = "settle_difference"
    FETCH_STATEMENT = "fetch_statement"
    COMPARE_STATEMENTS = "compare_statements"
    ENTER_RATE = "enter_rate"
    BOOK_LATER_DAY = "book_later_day"
    COMPARE_BOOKING = "compare_booking"
    DECIDE = "decide"


class CaseChange(StrEnum):
    """What happened to a case."""

    OPENED = "opened"
    GREW = "grew"
    NOTED = "noted"
    ASSIGNED = "assigned"
    CLOSED = "closed"


CARE: Mapping[CaseKind, tuple[Role, CaseStep]] = {
    CaseKind.UNMATCHED_RECEIPT: (Role.FINANCE, CaseStep.IDENTIFY),
    CaseKind.UNMATCHED_PAYMENT: (Role.FINANCE, CaseStep.IDENTIFY),
    CaseKind.PAID_ABOVE_CERTIFIED: (Role.FINANCE, CaseStep.CHECK_CERTIFICATE),
    CaseKind.CLOSED_PROJECT: (Role.DIRECTOR, CaseStep.CHECK_PROJECT),
    CaseKind.WRONG_PROJECT: (Role.FINANCE, CaseStep.CHECK_PROJECT),
    CaseKind.MISSING_REFERENCE: (Role.FINANCE, CaseStep.ASK_REFERENCE),
    CaseKind.DUPLICATE_PAYMENT: (Role.FINANCE, CaseStep.RECOVER_PAYMENT),
    CaseKind.LATE_PARTNER: (Role.OFFICER, CaseStep.REMIND_PARTNER),
    CaseKind.OFF_BY_CENTS: (Role.FINANCE, CaseStep.SETTLE_DIFFERENCE),
    CaseKind.EXCHANGE_DIFFERENCE: (Role.FINANCE, CaseStep.SETTLE_DIFFERENCE),
    CaseKind.STATEMENT_GAP: (Role.FINANCE, CaseStep.FETCH_STATEMENT),
    CaseKind.STATEMENT_OVERLAP: (Role.FINANCE, CaseStep.COMPARE_STATEMENTS),
    CaseKind.RATE_MISSING: (Role.FINANCE, CaseStep.ENTER_RATE),
    CaseKind.CLOSED_PERIOD: (Role.FINANCE, CaseStep.BOOK_LATER_DAY),
    CaseKind.OTHER_CURRENCY: (Role.FINANCE, CaseStep.DECIDE),
    CaseKind.BOOKING_CONTRADICTED: (Role.FINANCE, CaseStep.COMPARE_BOOKING),
    CaseKind.NOT_BOOKED: (Role.FINANCE, CaseStep.DECIDE),
}
"""Whose each kind of case is, and its next step (R11)."""

BY_LINE = frozenset(
    {
        CaseKind.UNMATCHED_RECEIPT,
        CaseKind.UNMATCHED_PAYMENT,
        CaseKind.MISSING_REFERENCE,
        CaseKind.PAID_ABOVE_CERTIFIED,
        CaseKind.CLOSED_PROJECT,
        CaseKind.DUPLICATE_PAYMENT,
        CaseKind.CLOSED_PERIOD,
        CaseKind.OTHER_CURRENCY,
        CaseKind.NOT_BOOKED,
    }
)
"""Cases of an open line: one at a time, closed once the line is open no more (R12)."""

BY_MATCH = frozenset(
    {
        CaseKind.OFF_BY_CENTS,
        CaseKind.EXCHANGE_DIFFERENCE,
        CaseKind.WRONG_PROJECT,
        CaseKind.BOOKING_CONTRADICTED,
    }
)
"""Cases of a booking: closed once it was taken back, or what it pays is settled to the centime (R12)."""

BY_RUN = BY_LINE | BY_MATCH | {CaseKind.LATE_PARTNER, CaseKind.RATE_MISSING}
"""Cases that a run opens and closes; others are those of whoever opened them."""


BY_HAND = frozenset(
    {
        CaseKind.STATEMENT_OVERLAP,
        CaseKind.OFF_BY_CENTS,
        CaseKind.EXCHANGE_DIFFERENCE,
        CaseKind.WRONG_PROJECT,
    }
)
"""Cases that a person may close with a reason, for the books cannot tell: which of two files is right
(J22), that a difference is borne, that a booking is right though its line names another project (R56)."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a case is about. Unit: centimes of `currency`. `about` makes it one: ids and codes."""

    kind: CaseKind
    about: tuple[str, ...]
    amount: int = 0
    currency: str = "MAD"
    account: UUID | None = None
    line: UUID | None = None
    project: UUID | None = None
    partner: UUID | None = None
    contract: UUID | None = None
    match: UUID | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """One case is open for it at a time.

        Source: docs/rules.md, R11.
        """
        return hashlib.sha256("\n".join([self.kind, *self.about]).encode()).hexdigest()


def is_late(due_on: date, today: date) -> bool:
    """Tell whether a call that lacks money makes its partner late.

    Source: docs/rules.md, R13.
    """
    return today - due_on > LATE_AFTER


def kind_of_open(amount: int, *, says_anything: bool) -> CaseKind:
    """Return the kind of case that an open line is by itself. Unit: centimes, + received, - paid.

    `says_anything`: it has a reference or a name of who pays or is paid, of its own or in its text.
    Source: docs/rules.md, R13.
    """
    if not says_anything:
        return CaseKind.MISSING_REFERENCE
    return CaseKind.UNMATCHED_RECEIPT if amount > 0 else CaseKind.UNMATCHED_PAYMENT
