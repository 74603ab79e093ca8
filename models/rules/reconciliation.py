"""Matches between lines and what they pay, cases for people, and what was learnt."""

from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands: one that was killed is left open, and abandoned by the next."""

    OPEN = "open"
    DONE = "done"
    ABANDONED = "abandoned"


class MatchKind(StrEnum):
    """How lines and targets belong together, or what a line without a target is."""

    SINGLE = "single"
    MERGED = "merged"
    SPLIT = "split"
    PART = "part"
    DUPLICATE = "duplicate"
    REVERSAL = "reversal"
    CORRECTION = "correction"
    FEE = "fee"
    OTHER = "other"


class MatchStatus(StrEnum):
    """Booked, proposed to a person, no longer proposed, refused by a person, or taken back by an entry."""

    BOOKED = "booked"
    SUGGESTED = "suggested"
    LAPSED = "lapsed"
    REJECTED = "rejected"
    UNDONE = "undone"


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


class LessonKind(StrEnum):
    """What is learnt of a party: a spelling banks use, or how it refers to its agreements."""

    SPELLING = "spelling"
    REFERENCE = "reference"


class LessonSource(StrEnum):
    """Who taught it: a certain match of a run, or a person's decision."""

    RUN = "run"
    PERSON = "person"
