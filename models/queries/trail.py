"""Reading the trail: a project's history, what it was on a day, and whether the chain holds."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.clock import CASABLANCA
from models.queries.projects import find_project
from models.rules.history import NotYetRegistered, ProjectState, rebuild
from models.rules.trail import GENESIS, Break, Entry, find_breaks
from models.tables import TrailEntry, TrailHead

AT_ONCE = 1000
MOST_BREAKS = 100


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the whole chain has shown.

    `breaks` are the first ones, `broken` is how many there are. `noted_head` tells whether a hash noted
    earlier stands in the chain; None when none was given.
    """

    entries: int
    breaks: tuple[Break, ...]
    broken: int
    head_sequence: int
    head: str
    noted_head: bool | None = None

    @property
    def holds(self) -> bool:
        return not self.broken and self.noted_head is not False


def history(session: Session, project: str, until: date | None = None) -> tuple[Entry, ...]:
    """Return the entries of a project, in the order of the chain, up to the end of a day in Morocco.

    Raises: UnknownKey.
    """
    return _entries(session, find_project(session, project).id, until)


def state_as_of(session: Session, project: str, on: date) -> ProjectState:
    """Return what a project was at the end of a day in Morocco, rebuilt from its trail alone.

    Raises: UnknownKey, NotYetRegistered with the day on which it was.
    Source: docs/rules.md, T3.
    """
    found = find_project(session, project)
    try:
        return rebuild(_entries(session, found.id, on))
    except NotYetRegistered:
        raise NotYetRegistered(project=found.key, on=on, registered=found.registered_at) from None


def verify(session: Session, noted: str | None = None) -> Verification:
    """Walk along the whole chain and check every entry, in bounded memory.

    `noted`: the hash of a head that was written down earlier; a chain sealed anew does not hold it.
    Source: docs/rules.md, T1.
    """
    session.flush()
    rows = session.connection().execute(_CHAIN)
    first = next(rows, None)
    head = (first.head_sequence, first.head_hash) if first is not None else _head(session)
    seen: Counter[str] = Counter()

    def walked() -> Iterator[Entry]:
        for *fields, _, _ in chain([first] if first is not None else [], rows):
            entry = Entry(*fields)
            seen["entries"] += 1
            seen["noted"] += entry.hash == noted
            yield entry

    found = find_breaks(walked(), head[0] or 0, head[1] or GENESIS)
    shown = tuple(islice(found, MOST_BREAKS))
    broken = len(shown) + sum(1 for _ in found)
    return Verification(
        entries=seen["entries"],
        breaks=shown,
        broken=broken,
        head_sequence=head[0] or 0,
        head=head[1] or GENESIS,
        noted_head=None if noted is None else seen["noted"] > 0,
    )


# The head comes with every entry, so that both are of one moment: another may write while this reads.
_CHAIN = (
    select(
        col(TrailEntry.sequence),
        col(TrailEntry.at),
        col(TrailEntry.actor),
        col(TrailEntry.kind),
        col(TrailEntry.project_id),
        col(TrailEntry.payload),
        col(TrailEntry.previous),
        col(TrailEntry.hash),
        select(col(TrailHead.sequence)).scalar_subquery().label("head_sequence"),
        select(col(TrailHead.hash)).scalar_subquery().label("head_hash"),
    )
    .order_by(col(TrailEntry.sequence))
    .execution_options(yield_per=AT_ONCE)
)


def _head(session: Session) -> tuple[int, str]:
    head = session.get(TrailHead, 1)
    return (head.sequence, head.hash) if head is not None else (0, GENESIS)


def _entries(session: Session, project: UUID, until: date | None) -> tuple[Entry, ...]:
    query = (
        select_rows(TrailEntry).where(TrailEntry.project_id == project).order_by(col(TrailEntry.sequence))
    )
    if until is not None and until < date.max:
        end = datetime.combine(until + timedelta(days=1), time.min, CASABLANCA)
        query = query.where(TrailEntry.at < end)
    return tuple(
        Entry(e.sequence, e.at, e.actor, e.kind, e.project_id, e.payload, e.previous, e.hash)
        for e in session.exec(query)
    )
