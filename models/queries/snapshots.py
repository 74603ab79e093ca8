"""What a run read, row by row: written so that equal books give equal bytes, kept, and read again."""

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from json import dumps
from json.encoder import encode_basestring
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.clock import local_day
from models.queries.evidence import FileProblem
from models.queries.open_books import AccountFacts, FileFacts, OpenBooks, OpenLesson, OpenLine
from models.queries.open_targets import OpenTarget
from models.queries.signs import find_by_signs
from models.rules.reconciliation import ReconciliationState
from models.storage import CHUNK, EvidenceDamaged, stored_names
from models.tables import ReconciliationRun

FORMAT = 2
"""Of the rows; another one gives other hashes."""

AT_ONCE = 1000
"""Rows that are written together; what is kept never stands in memory as a whole."""

TABLES: Mapping[str, tuple[str, ...]] = {
    "run": ("format", "day"),
    "account": tuple(one.name for one in fields(AccountFacts)),
    "file": tuple(one.name for one in fields(FileFacts)),
    "line": tuple(one.name for one in fields(OpenLine)),
    "target": tuple(one.name for one in fields(OpenTarget)),
    "party": ("id", "spellings"),
    "project": ("id", "key", "names"),
    "rate": ("currency", "day", "rate"),
    "lesson": tuple(one.name for one in fields(OpenLesson)),
}
"""What rows there are, in their order, and what each says."""

_STORED = re.compile(r"[0-9a-f]{64}-[0-9a-f]{32}\.jsonl\.gz")


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """What is kept of a run. `stored`: its name in our folder, "" for a run that kept no rows."""

    run: UUID
    ended_at: datetime | None
    stored: str
    sha256: str


def written(books: OpenBooks, at: datetime) -> Iterator[bytes]:
    """Yield what a run reads as lines of JSON; the day counts, for cases grow old.

    Source: docs/rules.md, R9 and R20.
    """
    rows = _rows(books, local_day(at))
    while some := list(islice(rows, AT_ONCE)):
        yield ("\n".join(some) + "\n").encode()


def snapshot(books: OpenBooks, at: datetime) -> str:
    """Return the hash (SHA-256) of what a run reads, as it is written.

    Source: docs/rules.md, R9.
    """
    return _sealed(written(books, at))


def stored_name(sha256: str, run: UUID) -> str:
    """Return the name that the rows of a run have in our folder: their hash, and whose they are."""
    return f"{sha256}-{run.hex}.jsonl.gz"


def find_snapshot(session: Session, name: str) -> KeptSnapshot:
    """Return what is kept of a run that is named by the first signs of its id.

    Raises: UnknownKey, SeveralFound, BadValue.
    """
    found = find_by_signs(session, ReconciliationRun, "run", name, _DONE)
    return KeptSnapshot(found.id, found.ended_at, found.snapshot_stored, found.snapshot_sha256)


def read_snapshot(kept: KeptSnapshot, folder: Path) -> Iterator[bytes]:
    """Yield the rows of a run, in pieces, once all of them have been compared with their hash.

    Raises: EvidenceDamaged when they are missing or have changed.
    Source: docs/rules.md, R20.
    """
    stored = kept.stored or stored_name(kept.sha256, kept.run)
    _check(stored, kept.sha256, folder)
    return _pieces(folder / stored)


def verify_snapshots(session: Session, folder: Path) -> tuple[FileProblem, ...]:
    """Compare the folder of snapshots with the books; return what is damaged, missing or unknown.

    The rows of a run that is at work lie in the folder before they are in the books.
    Raises: FolderUnavailable.
    Source: docs/rules.md, R20.
    """
    lying = stored_names(folder)
    query = select(col(ReconciliationRun.snapshot_stored), col(ReconciliationRun.snapshot_sha256))
    rows = session.exec(query.where(col(ReconciliationRun.snapshot_stored) != "")).all()
    problems = []
    for stored, sha256 in sorted(rows):
        try:
            _check(stored, sha256, folder)
        except EvidenceDamaged as damage:
            problems.append(FileProblem(stored, str(damage.details["problem"])))
    unknown = sorted(lying - {stored for stored, _sha256 in rows})
    return (*problems, *(FileProblem(stored, "file_unknown") for stored in unknown))


_DONE = col(ReconciliationRun.state) == ReconciliationState.DONE


def _check(stored: str, sha256: str, folder: Path) -> None:
    place = folder / stored
    if not _STORED.fullmatch(stored) or not place.is_file():
        raise EvidenceDamaged(file=stored, problem="file_missing")
    try:
        found = _sealed(_pieces(place))
    except (OSError, EOFError, zlib.error):
        found = ""
    if found != sha256:
        raise EvidenceDamaged(file=stored, problem="file_changed")


def _pieces(place: Path) -> Iterator[bytes]:
    with gzip.open(place, "rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def _sealed(pieces: Iterable[bytes]) -> str:
    seal = hashlib.sha256()
    for piece in pieces:
        seal.update(piece)
    return seal.hexdigest()


def _rows(books: OpenBooks, day: date) -> Iterator[str]:
    yield from _table("run", [(FORMAT, day)])
    for table, facts in (
        ("account", books.accounts),
        ("file", books.files),
        ("line", books.lines),
        ("target", books.targets),
    ):
        yield from _table(table, map(attrgetter(*TABLES[table]), facts))
    yield from _table("party", books.parties.items())
    names = books.project_names
    yield from _table("project", ((id_, key, names.get(id_, ())) for id_, key in books.projects.items()))
    yield from _table("rate", books.rates)
    yield from _table("lesson", map(attrgetter(*TABLES["lesson"]), books.lessons))


def _table(table: str, rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Write rows by hand where it can be: they are many, and this is twice as fast as a library."""
    keys = [f',"{name}":' for name in TABLES[table]]
    for row in rows:
        values = [key + _TEXT.get(type(one), _other)(one) for key, one in zip(keys, row, strict=True)]
        yield f'{{"table":"{table}"{"".join(values)}}}'


def _other(value: Any) -> str:
    if isinstance(value, StrEnum):
        value = str(value)
    return dumps(value, ensure_ascii=False, separators=(",", ":"))


_TEXT: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: int.__repr__,
    UUID: lambda one: f'"{one}"',
    date: lambda one: f'"{one.isoformat()}"',
}
