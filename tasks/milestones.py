"""The morning's look at milestones and at proposals whose time is over."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from models import db
from models.clock import local_day, now
from models.operations import approvals, watching
from models.operations.watching import WatchReport
from models.queries.calendar import load_calendar
from tasks.transient import WAITS, is_transient


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def is_working_day() -> bool:
    """Tell whether the administration works today."""
    today = local_day(now())
    with db.reading() as session:
        return load_calendar(session, today.year, today.year).is_working(today)


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def watch() -> WatchReport:
    """Put the alerts that today calls for into the outbox, each once."""
    with db.transaction() as session:
        return watching.watch(session, at=now())


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def lapse_proposals() -> int:
    """Close the proposals that nobody decided in time."""
    with db.transaction() as session:
        return approvals.lapse(session, at=now())
