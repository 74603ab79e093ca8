"""Sending what the outbox holds."""

import socket

from prefect import task
from prefect.cache_policies import NO_CACHE

from models import db
from models.clock import now
from models.settings import load_settings
from notifications.deliver import DeliveryReport, deliver_pending
from notifications.senders import open_sender
from tasks import points
from tasks.transient import WAITS, is_transient

MOST_AT_ONCE = 200


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def deliver() -> DeliveryReport:
    """Send everything that is due; what chat does not take now stays for a later pass."""
    return await deliver_now()


async def deliver_now() -> DeliveryReport:
    """Do what `deliver` does, for callers that are not inside a run."""
    settings = load_settings()
    return await deliver_pending(
        db.engine(),
        open_sender(settings, db.engine()),
        settings.channels,
        worker=worker_name(),
        clock=now,
        limit=MOST_AT_ONCE,
        at_point=points.reach,
    )


def worker_name() -> str:
    """Return the name under which this machine holds deliveries while it sends them."""
    return f"outbox@{socket.gethostname()}"[:64]
