"""The night's controls of the books."""

from collections.abc import Sequence

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE

from models import db
from models.clock import now
from models.operations import controlling
from models.operations.controlling import ControlReport
from models.rules.controls import Offence
from notifications.control_report import as_rows
from tasks.transient import WAITS, is_transient


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def control() -> ControlReport:
    """Run every control, and put what is news into the outbox."""
    with db.transaction() as session:
        return controlling.control(session, at=now())


@task(cache_policy=NO_CACHE)
async def leave_offences(offences: Sequence[Offence], language: str) -> None:
    """Leave the list of what breaks a control, with amounts."""
    rows = as_rows(offences, language)
    await acreate_table_artifact(rows, key="nightly-controls", description=str(len(offences)))
