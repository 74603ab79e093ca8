"""The nightly controls: what breaks a rule of the books is told to chat, each breach once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models.clock import local_day
from models.operations.additions import add_missing
from models.queries.controls import run_controls
from models.rules.controls import Control, Offence
from models.rules.trail import canonical
from models.tables import Parcel

_TOLD_BY_MORNING = frozenset({Control.LINE_OVER})
"""Breaches that the morning's watch tells, and tells anew as they grow (docs/rules.md, B45)."""


@dataclass(frozen=True, slots=True)
class ControlReport:
    """Everything that breaks a control today; `told` is how much of it is news."""

    offences: tuple[Offence, ...]
    told: int


def control(session: Session, *, at: datetime) -> ControlReport:
    """Run every control over all projects, and put each breach into the outbox once, for good.

    A breach that has an alert of its own is listed alone.
    Source: docs/rules.md, B37.
    """
    offences = run_controls(session, today=local_day(at))
    parcels = {
        offence.key: _parcel(offence, at) for offence in offences if offence.control not in _TOLD_BY_MORNING
    }
    written = add_missing(session, Parcel, [parcels[key] for key in sorted(parcels)], "key")
    return ControlReport(offences, len(written))


def _parcel(offence: Offence, at: datetime) -> dict[str, Any]:
    payload = {
        "control": offence.control,
        "number": offence.number,
        "severity": offence.severity,
        "reference": offence.reference or offence.project,
        "amount": offence.amount,
        "limit": offence.limit,
    }
    return {
        "key": offence.key,
        "kind": "control_failed",
        "project_id": offence.project_id,
        "payload": canonical(payload),
        "created_at": at,
    }
