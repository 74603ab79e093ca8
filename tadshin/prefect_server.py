"""`python -m tadshin.prefect_server server start`: Prefect's own server, which makes runs of schedules.

Prefect 3.8 hands SQLAlchemy the state of each scheduled run beside its columns and stores it in a step of
its own. SQLAlchemy 2.0 passes over it; 2.1 asks what to do with it, and without an answer no schedule ever
becomes a run.
"""

from collections.abc import MutableMapping
from typing import Any

import sqlalchemy
from prefect.cli import app
from prefect.server.database import orm_models


def keep_schedules_running() -> None:
    """Answer SQLAlchemy that the state of a flow run needs no column when many are inserted at once."""
    state: Any = sqlalchemy.inspect(orm_models.FlowRun).all_orm_descriptors["state"]
    state.bulk_dml_setter = _leave_out


def _leave_out(_flow_run: type[Any], _row: MutableMapping[str, Any], _state: Any) -> None:
    """Set no column: the row keeps its state for the step that stores it."""


if __name__ == "__main__":
    keep_schedules_running()
    app()
