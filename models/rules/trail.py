"""The hash chain of the trail: each entry seals the one before it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the books. `payload` is canonical JSON."""

    sequence: int
    at: datetime
    actor: str
    kind: str
    project: UUID | None
    payload: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold. `problem` is a code."""

    sequence: int
    problem: str


def canonical(payload: Mapping[str, Any]) -> str:
    """Write a payload so that equal content always gives equal bytes."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def seal(
    sequence: int, at: datetime, actor: str, kind: str, project: UUID | None, payload: str, previous: str
) -> str:
    """Return the hash (SHA-256, hex) that ties an entry to the one before it."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [sequence, instant, actor, kind, str(project or ""), payload, previous]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def find_breaks(entries: Iterable[Entry], head_sequence: int, head_hash: str) -> Iterator[Break]:
    """Check a whole chain, in order, against its recorded end; entries are read one at a time.

    Source: docs/rules.md, T1.
    """
    expected, previous = 1, GENESIS
    for entry in entries:
        if entry.sequence != expected:
            yield Break(expected, "entry_missing")
        if entry.previous != previous:
            yield Break(entry.sequence, "link_broken")
        sealed = seal(
            entry.sequence, entry.at, entry.actor, entry.kind, entry.project, entry.payload, entry.previous
        )
        if sealed != entry.hash:
            yield Break(entry.sequence, "entry_changed")
        expected, previous = entry.sequence + 1, entry.hash
    if (expected - 1, previous) != (head_sequence, head_hash):
        yield Break(expected, "end_cut")
