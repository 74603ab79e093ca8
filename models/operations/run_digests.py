"""The digest of a run: handed to the outbox in the transaction of the run, so that it is told once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from models.clock import local_day
from models.operations import outbox
from models.queries.run_digests import CaseTally, RunDigest, Tally, read_digest
from models.rules.money import Money

KIND = "books_reconciled"


def tell_run(session: Session, *, run: UUID, at: datetime, careful: bool) -> None:
    """Leave one message about a run that changed something.

    Source: docs/rules.md, R44.
    """
    digest = read_digest(session, run)
    outbox.tell(
        session,
        key=f"{KIND}:{run.hex}",
        kind=KIND,
        project=None,
        at=at,
        payload=_payload(digest, at, careful),
    )


def _payload(digest: RunDigest, at: datetime, careful: bool) -> dict[str, Any]:
    before = digest.left_before
    return {
        "booked": _tally(digest.whole),
        "suggested": _tally(digest.suggested),
        "left": _tally(digest.left),
        "change": None if before is None else digest.left.count - before,
        "opened": digest.opened,
        "closed": digest.closed,
        "careful": careful,
        "sample": digest.sample,
        "cases": [_case(one, at) for one in sorted(digest.cases, key=_weight)],
    }


def _weight(one: CaseTally) -> int:
    """The heaviest first, by its largest sum in one currency: a long list is cut at its end."""
    return -max((amount.centimes for amount in one.amounts), default=0)


def _case(one: CaseTally, at: datetime) -> dict[str, Any]:
    return {
        "case": one.kind,
        "count": one.count,
        "amounts": _amounts(one.amounts),
        "days": (local_day(at) - one.oldest).days,
        "change": one.count - one.before,
        "owner": one.owner,
        "step": one.step,
    }


def _tally(tally: Tally) -> Mapping[str, Any]:
    return {"count": tally.count, "amounts": _amounts(tally.amounts)}


def _amounts(amounts: Sequence[Money]) -> list[str]:
    return [str(amount) for amount in amounts]
