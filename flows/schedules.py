"""When a run was to begin, where a schedule asked for it."""

from datetime import datetime

from prefect.context import FlowRunContext


def planned_for() -> datetime | None:
    """Return the moment for which a schedule had planned this run; None where a person asked for it."""
    context = FlowRunContext.get()
    run = context.flow_run if context is not None else None
    if run is None or not run.auto_scheduled or run.expected_start_time is None:
        return None
    return datetime.fromisoformat(run.expected_start_time.isoformat())
