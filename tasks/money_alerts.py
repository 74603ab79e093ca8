"""The morning's look at what is amiss with money."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from models import db
from models.clock import now
from models.operations import money_alerts
from models.operations.money_alerts import AlertReport
from tasks.transient import WAITS, is_transient


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def raise_alerts() -> AlertReport:
    """Put into the outbox what is amiss with the money of projects, each thing once."""
    with db.transaction() as session:
        return money_alerts.raise_alerts(session, at=now())
