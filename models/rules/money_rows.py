"""Rows of money that somebody hands in: promises, tranches, contracts and accounts, whatever the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from models.rules.contracts import CertificateKind, ContractKind
from models.rules.portfolio import Problem
from models.rules.stages import Stage
from models.rules.tranches import Trigger


class MoneyTable(StrEnum):
    """What a file of money holds."""

    CONVENTIONS = "conventions"
    TRANCHES = "tranches"
    CONTRACTS = "contracts"
    CERTIFICATES = "certificates"


@dataclass(frozen=True, slots=True)
class FileRow:
    """Where a row stands: the name of its file, and the row that a spreadsheet shows."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class Located:
    """A problem, and the file that has it."""

    file: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is taken as it is and that the sender should know. `code` picks the sentence."""

    code: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Foreign:
    """An amount as it was promised. Units: hundredths of `currency`; `rate` in 1/10,000 of a dirham."""

    currency: str
    centimes: int
    rate: int
    on: date


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """What a partner promises for a project under a convention. Unit: centimes; keys of the books."""

    at: FileRow
    convention: str
    project: str
    partner: str
    amount: int
    signed_on: date
    ends_on: date | None = None
    title: str = ""
    in_kind: bool = False
    budget_year: int | None = None
    budget_line: str = ""
    foreign: Foreign | None = None


@dataclass(frozen=True, slots=True)
class CallTerms:
    """A call that has gone out."""

    number: str
    issued_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class TrancheRow:
    """A part of a promise. Unit: centimes; `progress` in hundredths of a percent."""

    at: FileRow
    convention: str
    project: str
    partner: str
    number: int
    amount: int
    trigger: Trigger
    expected_on: date
    stage: Stage | None = None
    progress: int | None = None
    document: str = ""
    call: CallTerms | None = None
    foreign: Foreign | None = None


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract. Unit: centimes, all taxes included. `terms`: by the names of models.rules.terms.

    `start`: the day of the order to start, where one was given; `names`: other names of the contractor.
    """

    at: FileRow
    reference: str
    project: str
    line: str
    kind: ContractKind
    contractor: str
    amount: int
    period_days: int
    signed_on: date
    start: date | None = None
    subject: str = ""
    terms: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A payment certificate. Unit: centimes, all taxes included.

    `order` is the place that it says it has among those of its kind; `number`, where the file gives one,
    its number in the books.
    """

    at: FileRow
    contract: str
    kind: CertificateKind
    order: int
    dated: date
    due_on: date
    gross: int
    net: int
    reference: str = ""
    revision: int = 0
    retention: int = 0
    recovered: int = 0
    penalty: int = 0
    vat_withheld: int = 0
    vat: int = 0
    number: int | None = None

    @property
    def due(self) -> int:
        """Return what the other amounts come to."""
        taken = self.retention + self.recovered + self.penalty + self.vat_withheld
        return self.gross + self.revision - taken


@dataclass(frozen=True, slots=True)
class MoneyRows:
    """Everything that one import brings."""

    promises: tuple[PromiseRow, ...] = ()
    tranches: tuple[TrancheRow, ...] = ()
    contracts: tuple[ContractRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()

    def __len__(self) -> int:
        return len(self.promises) + len(self.tranches) + len(self.contracts) + len(self.accounts)
