"""The inbox of statements, as a step of a flow."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE

from intake.statements.inbox import TakenIn
from intake.templates import FileNotWritten
from models.rules.errors import CentreError
from models.storage import FolderUnavailable
from notifications.words import say, shown
from tasks.taking_in import take_in_all
from tasks.transient import WAITS, is_transient

__all__ = ["leave_taken", "take_in_all", "take_statements_in"]


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def take_statements_in(at: datetime) -> list[TakenIn] | CentreError:
    """Take in what lies in the inbox; the same again takes in nothing.

    A folder that cannot be used is an answer; a lost connection is tried again.
    """
    try:
        return await asyncio.to_thread(take_in_all, at)
    except (FolderUnavailable, FileNotWritten) as error:
        return error


@task(cache_policy=NO_CACHE)
async def leave_taken(taken: Sequence[TakenIn], language: str) -> None:
    """Leave the list of the files that were taken in or refused."""
    rows = [
        {
            say("field.account", language): one.account,
            say("field.file", language): one.name,
            say("field.status", language): shown(one.outcome, language),
        }
        for one in taken
    ]
    if rows:
        await acreate_table_artifact(rows, key="statements-taken-in", description=str(len(rows)))
