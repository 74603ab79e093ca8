"""Runs over the books, as a step of a flow."""

import asyncio
from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from models import db
from models.operations.reconciliation_runs import RunAnswer
from models.rules.reconciliation import Scope
from tasks.reconciling import run_reconciliation
from tasks.transient import WAITS, is_transient

__all__ = ["reconcile", "run_reconciliation"]


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def reconcile(scope: Scope, asked_by: str, at: datetime) -> RunAnswer:
    """Book what is certain, suggest the rest; the same again changes nothing."""
    return await asyncio.to_thread(run_reconciliation, db.engine(), scope, asked_by, at)
