"""Finding projects and listing the portfolio."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from rapidfuzz import fuzz, process
from sqlmodel import Session, col, select

from models.rules.authority import Place
from models.rules.errors import UnknownKey
from models.rules.money import Money
from models.rules.stages import Stage, Status
from models.rules.text import visible
from models.tables import Project

CLOSE_ENOUGH = 55
PART_CLOSE_ENOUGH, FEWEST_LETTERS = 75, 3  # for a part of a key: most have a letter or two in common
CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """One line of the portfolio."""

    key: str
    name_ar: str
    name_fr: str
    name_en: str
    stage: Stage
    status: Status
    sector: str
    kind: str
    province: str
    region: str
    budget_centimes: int
    currency: str
    sample: bool

    @property
    def budget(self) -> Money:
        return Money(self.budget_centimes, self.currency)

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


def nearest(wanted: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three known keys that look like the one wanted, or have it as a part, nearest first."""
    text = wanted[:100].casefold()
    likeness = fuzz.WRatio if len(text) >= FEWEST_LETTERS else fuzz.ratio
    found = process.extract(
        text,
        list(known),
        scorer=likeness,
        processor=str.casefold,
        score_cutoff=CLOSE_ENOUGH,
        limit=CANDIDATES,
    )
    return tuple(
        match
        for match, score, _index in found
        if score >= PART_CLOSE_ENOUGH or fuzz.ratio(text, match.casefold()) >= CLOSE_ENOUGH
    )


def find_project(session: Session, key: str) -> Project:
    """Return the project of a key.

    Raises: UnknownKey, with the nearest keys, when there is none.
    """
    found = session.exec(select(Project).where(Project.key == key)).first() if _is_plain(key) else None
    if found is None:
        known = session.exec(select(Project.key)).all()
        raise UnknownKey(noun="project", key=visible(key[:60]), candidates=nearest(key, known))
    return found


def place_of(project: Project) -> Place:
    """Return where an action on the project happens, for `authorize`."""
    return Place(project=project.key, region=project.region)


def list_projects(
    session: Session,
    *,
    stage: Stage | None = None,
    sector: str | None = None,
    province: str | None = None,
    status: Status | None = None,
) -> tuple[ProjectLine, ...]:
    """Return the portfolio in the order of its keys, narrowed by what is given."""
    columns: list[Any] = [getattr(Project, name) for name in _LINE_COLUMNS]
    query = select(*columns).order_by(col(Project.key))
    wanted = {"stage": stage, "sector": sector, "province": province, "status": status}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Project, name) == value)
    return tuple(ProjectLine(*row) for row in session.exec(query))


_LINE_COLUMNS = tuple(field.name for field in fields(ProjectLine))


def totals(lines: Iterable[ProjectLine]) -> dict[str, Money]:
    """Return the sum of the budgets, per currency."""
    sums: dict[str, Money] = {}
    for line in lines:
        currency = line.budget.currency
        sums[currency] = sums.get(currency, Money(0, currency)) + line.budget
    return sums


def _is_plain(key: str) -> bool:
    # PostgreSQL refuses NUL, and no database takes half a surrogate pair: such a key is unknown.
    return visible(key) == key
