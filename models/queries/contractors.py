"""Contractors by the names of their contracts, with the other names that they are met under."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from models.queries.projects import nearest
from models.rules.contractors import contractor_key
from models.rules.errors import CentreError, UnknownKey
from models.rules.text import visible
from models.tables import Contract, ContractorName


class AmbiguousContractor(CentreError):
    """A name that several contractors have. Details: text, candidates (names)."""

    code = "ambiguous_contractor"


@dataclass(frozen=True, slots=True)
class OtherName:
    """Another name of a contractor, and where it is known from."""

    name: str
    source: str
    written_by: str
    written_at: datetime
    removed_by: str | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ContractorLine:
    """A contractor as its contracts name it, and how many they are; `names`: those in use first."""

    key: str
    name: str
    contracts: int
    names: tuple[OtherName, ...]

    @property
    def in_use(self) -> tuple[OtherName, ...]:
        """Its other names but those that were taken away."""
        return tuple(name for name in self.names if name.removed_at is None)


def list_contractors(session: Session) -> tuple[ContractorLine, ...]:
    """Return every contractor of a contract, in the order of their names."""
    counted = session.exec(
        select(col(Contract.contractor), func.count())
        .group_by(col(Contract.contractor))
        .order_by(col(Contract.contractor))
    )
    own: dict[str, str] = {}
    contracts: dict[str, int] = defaultdict(int)
    for name, count in counted:
        key = contractor_key(name)
        own.setdefault(key, name)
        contracts[key] += count
    names = _names(session)
    lines = (ContractorLine(key, name, contracts[key], names.get(key, ())) for key, name in own.items())
    return tuple(sorted(lines, key=lambda line: line.name.casefold()))


def find_contractor(session: Session, text: str) -> ContractorLine:
    """Return the contractor that a name means: its own, or another that no second contractor has.

    Raises: UnknownKey with the nearest names, AmbiguousContractor.
    Source: docs/rules.md, N8 and N9.
    """
    every = list_contractors(session)
    wanted = contractor_key(text)
    if own := [line for line in every if wanted and line.key == wanted]:
        return own[0]
    found = [
        line for line in every if wanted and wanted in {contractor_key(name.name) for name in line.in_use}
    ]
    if len(found) > 1:
        names = tuple(line.name for line in found)
        raise AmbiguousContractor(text=visible(text[:60]), candidates=names)
    if not found:
        known = [name for line in every for name in (line.name, *(one.name for one in line.in_use))]
        raise UnknownKey(noun="contractor", key=visible(text[:60]), candidates=nearest(text, known))
    return found[0]


def other_names_by_contractor(session: Session) -> Mapping[str, tuple[str, ...]]:
    """Return the other names in use of each contractor, by its key; in a fixed order."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = session.exec(
        select(col(ContractorName.contractor), col(ContractorName.name))
        .where(col(ContractorName.removed_at).is_(None))
        .order_by(col(ContractorName.contractor), col(ContractorName.folded))
    )
    for contractor, name in rows:
        found[contractor].append(name)
    return {contractor: tuple(names) for contractor, names in found.items()}


def _names(session: Session) -> Mapping[str, tuple[OtherName, ...]]:
    found: dict[str, list[OtherName]] = defaultdict(list)
    gone = col(ContractorName.removed_at)
    rows = session.exec(select(ContractorName).order_by(gone.is_not(None), col(ContractorName.name)))
    for row in rows:
        found[row.contractor].append(
            OtherName(row.name, row.source, row.written_by, row.written_at, row.removed_by, row.removed_at)
        )
    return {contractor: tuple(names) for contractor, names in found.items()}
