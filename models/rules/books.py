"""Books that were kept elsewhere, as they are handed in: their projects, parties, budget lines and rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from models.rules.budgets import Nature
from models.rules.contracts import ContractKind
from models.rules.kinds import Sector
from models.rules.money_rows import FileRow, Located, MoneyRows, Note
from models.rules.stages import Stage


@dataclass(frozen=True, slots=True)
class BookProject:
    """A project of the books. None: the books do not say it. Unit: centimes in `budget`.

    `is_named`: the books name the key it has here, and do not only have a code of their own.
    """

    at: FileRow
    id: str
    key: str
    is_named: bool
    name: str
    start: date
    name_ar: str = ""
    name_en: str = ""
    sector: Sector | None = None
    kind: str | None = None
    province: str | None = None
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class BookParty:
    """A partner or contractor of the books; `type` is that of a partner."""

    at: FileRow
    id: str
    key: str
    is_partner: bool
    name_fr: str
    name_ar: str
    acronym: str
    type: str = "other"


@dataclass(frozen=True, slots=True)
class BookLine:
    """What a budget line of the books stands for."""

    stage: Stage
    nature: Nature
    contract: ContractKind


@dataclass(frozen=True, slots=True)
class Books:
    """Everything read from a folder of books. `files`: the SHA-256 of each file.

    In `rows`, a project is its key here, and a partner its id in the books. `columns`: for each file, the
    column in which a field of a row stands.
    """

    projects: tuple[BookProject, ...]
    parties: Mapping[str, BookParty]
    lines: Mapping[str, BookLine]
    rows: MoneyRows
    files: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]
    problems: tuple[Located, ...] = ()
    notes: tuple[Note, ...] = field(default=())
