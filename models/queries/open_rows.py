"""What a run reads of the books: its rows, as they are read, hashed and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from models.rules.lessons import LessonKind
from models.rules.rates import DayRate
from models.rules.statements import AccountKind


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account of bank or ledger. `owner`: what makes two accounts one, their number or their key."""

    id: UUID
    key: str
    kind: AccountKind
    currency: str
    owner: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of an account, the days it covers (None: it has no lines), its balances. Unit: centimes."""

    id: UUID
    account: UUID
    starts_on: date | None
    ends_before: date | None
    opening: int | None
    closing: int | None


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line as a run reads it. Units: centimes; `original` of `original_currency`, 0 for none."""

    id: UUID
    file: UUID
    account: UUID
    day: date
    amount: int
    original: int
    original_currency: str
    label: str
    reference: str
    counterparty: str
    project_code: str
    operation: str
    settled: bool


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A call or certificate that is owed still, as a run reads it.

    Units: `amount` in centimes of `currency`, the one it was promised in; `left` in the project's.
    """

    id: UUID
    is_call: bool
    reference: str
    agreement: UUID
    agreement_reference: str
    party: str
    """A partner's id, or the contractor as its contracts name it."""
    project: UUID
    number: int
    dated: date
    due: date
    amount: int
    currency: str
    left: int
    home: str
    """The project's currency."""


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """What was learnt of a party. `times` 0: it was forgotten; a person's word on references is enough."""

    account: UUID | None
    party: str
    kind: LessonKind
    value: str
    times: int


@dataclass(frozen=True, slots=True)
class OpenBooks:
    """Everything that a run reads. `parties`: each with all its spellings; `rates`: by currency and day."""

    accounts: tuple[AccountFacts, ...]
    files: tuple[FileFacts, ...]
    lines: tuple[OpenLine, ...]
    targets: tuple[OpenTarget, ...]
    parties: Mapping[str, tuple[str, ...]]
    partners: Mapping[str, str]
    """The key of each partner."""
    projects: Mapping[UUID, str]
    project_names: Mapping[UUID, tuple[str, ...]]
    """What each project and its place are called."""
    rates: tuple[DayRate, ...]
    lessons: tuple[OpenLesson, ...]
