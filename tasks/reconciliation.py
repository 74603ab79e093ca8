"""Runs over the books, as steps of a flow."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date, datetime
from uuid import UUID

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE

from models import db
from models.clock import local_day, now
from models.nights import RECONCILING
from models.operations.looks import note_look
from models.operations.reconciliation_runs import RunAnswer
from models.queries.looks import last_look
from models.queries.run_digests import RunDigest, read_digest
from models.rules.authority import NotAllowed
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.reconciliation import RunBusy, RunOvertaken, Scope
from models.rules.spans import Span, scope_days
from notifications.reconciliation_report import as_rows
from tasks import points, reports
from tasks.reconciling import Step, run_reconciliation
from tasks.transient import WAITS, is_transient

__all__ = ["reconcile", "run_reconciliation"]

STEPS = ("reading", "matching", "booking")
_SECONDS_FOR_THE_BAR = 5.0


async def scope_of(
    period: Span,
    first_day: date | None,
    before: date | None,
    project: str | None,
    partner: str | None,
    account: str | None,
) -> Scope | BadValue:
    """Return what a form asks for, or why it cannot be; what is left empty asks for nothing."""
    try:
        starts, ends_before = scope_days(period, first_day, before, local_day(now()))
    except BadValue as error:
        return error
    return Scope(starts, ends_before, partner or None, project or None, account or None)


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def was_done_since(planned: datetime) -> bool:
    """Tell whether a run over everything has begun since a moment: one night makes up for several."""
    with db.reading() as session:
        looked = last_look(session, RECONCILING)
    return looked is not None and looked >= planned


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def reconcile(scope: Scope, bar: UUID | None = None) -> RunAnswer | CentreError:
    """Book what is certain, suggest the rest; the same again changes nothing.

    A refusal comes back as it is: time does not heal it, and it is no failure. `bar`: where the steps show.
    """
    at = now()
    step = _shown_on(bar, asyncio.get_running_loop())
    try:
        answer = await asyncio.to_thread(run_reconciliation, db.engine(), scope, "", at, step)
    except (RunBusy, RunOvertaken, UnknownKey, BadValue, NotAllowed) as error:
        return error
    if not scope.as_json():
        with db.transaction() as session:
            note_look(session, name=RECONCILING, at=at)
    return answer


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def read_results(answer: RunAnswer) -> RunDigest:
    """Read what a run did, and how the books stand after it."""
    with db.reading() as session:
        return read_digest(session, answer.run if answer.changed else None)


@task(cache_policy=NO_CACHE)
async def leave_results(digest: RunDigest, language: str) -> None:
    """Leave what was booked, suggested and left, and the open cases."""
    rows = as_rows(digest, language)
    await acreate_table_artifact(rows, key="reconcile-books", description=str(len(rows)))


def _shown_on(bar: UUID | None, loop: asyncio.AbstractEventLoop) -> Step:
    """Let each step of a run move its bar on. A bar that cannot be moved stops no run."""

    @contextmanager
    def begin(name: str) -> Iterator[None]:
        points.reach(f"reconcile_{name}")
        if bar is not None and name in STEPS:
            moving = reports.show_progress(bar, STEPS.index(name), len(STEPS))
            with suppress(Exception):
                asyncio.run_coroutine_threadsafe(moving, loop).result(_SECONDS_FOR_THE_BAR)
        yield

    def step(name: str) -> AbstractContextManager[None]:
        return begin(name)

    return step
