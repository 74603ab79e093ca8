"""A portfolio that somebody hands in: its rows, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default

from models.rules.errors import CentreError
from models.rules.kinds import Sector
from models.rules.money import Money
from models.rules.stages import Stage


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one cell, or with a row where `field` is empty. `code` picks the sentence.

    `details` are what the sentence needs besides: limit, candidates, readings, the other row.
    """

    row: int
    field: str
    code: str
    value: str = ""
    details: Mapping[str, object] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as a portfolio gives it. Unit: centimes inside `budget`; `row` is that of the file.

    None stands for what the portfolio does not say: it keeps what is in the books.
    """

    row: int
    key: str
    name_ar: str
    name_fr: str
    name_en: str
    sector: Sector
    kind: str
    province: str
    region: str
    budget: Money
    stage: Stage | None = None
    beds: int | None = None
    site_ar: str | None = None
    site_fr: str | None = None
    partners: tuple[str, ...] = ()


def problem_of(row: int, error: CentreError, field: str, code: str | None = None) -> Problem:
    """Return the problem that an error tells; its reason is the code unless another is given."""
    details = dict(error.details)
    for told in ("field", "noun"):
        details.pop(told, None)
    reason = str(details.pop("reason", error.code))
    value = str(details.pop("value", details.pop("key", "")))
    return Problem(row, field, code or reason, value, details)
