"""The words of a works or supply contract."""

from enum import StrEnum


class ContractKind(StrEnum):
    """What a contract buys."""

    WORKS = "works"
    SUPPLY = "supply"
    SERVICES = "services"


ACCEPTED = frozenset({ContractKind.WORKS, ContractKind.SUPPLY})
"""What is accepted, provisionally and then definitively, before its last account (W33)."""


class OrderKind(StrEnum):
    """What a service order does to the clock of a contract."""

    START = "start"
    STOP = "stop"
    RESUME = "resume"


class AmendmentKind(StrEnum):
    """What an amendment changes. Extra works and mass count against limits of their own."""

    EXTRA_WORKS = "extra_works"
    MASS = "mass"
    TIME = "time"
    OTHER = "other"


class SecurityKind(StrEnum):
    """What a bond secures."""

    PERFORMANCE = "performance"
    RETENTION = "retention"
    ADVANCE = "advance"


class CertificateKind(StrEnum):
    """What a payment certificate pays: works done, an advance, the last account, retention given back."""

    WORK = "work"
    ADVANCE = "advance"
    FINAL = "final"
    RETENTION = "retention"


class AcceptanceKind(StrEnum):
    """Which acceptance minutes state."""

    PROVISIONAL = "provisional"
    DEFINITIVE = "definitive"


class ContractTable(StrEnum):
    """What a file of one contract holds."""

    BILL = "bill"
    QUANTITIES = "quantities"
    PLAN = "plan"
