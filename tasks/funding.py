"""The morning's look at partners' money."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from models import db
from models.clock import now
from models.operations import funding_watch
from models.operations.funding_watch import FundingReport
from tasks.transient import WAITS, is_transient


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def watch() -> FundingReport:
    """Draft the calls that are due, flag those in doubt, remind of those that are overdue."""
    with db.transaction() as session:
        return funding_watch.watch(session, at=now())
