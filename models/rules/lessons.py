"""What is learnt of how parties are called, per bank and party."""

import hashlib
from enum import StrEnum
from uuid import UUID

LONGEST_LESSON = 300


class LessonKind(StrEnum):
    """What is learnt of a party: a spelling banks use, or how it refers to its agreements."""

    SPELLING = "spelling"
    REFERENCE = "reference"


class LessonSource(StrEnum):
    """Who taught it: a certain match of a run, or a person's decision."""

    RUN = "run"
    PERSON = "person"


def fingerprint(account: UUID | None, kind: LessonKind, party: str, value: str) -> str:
    """Return what makes a lesson one: its bank, its party (a partner's id, or a contractor), its text.

    Source: docs/rules.md, R15.
    """
    told = [account.hex if account else "", kind, party, value]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
