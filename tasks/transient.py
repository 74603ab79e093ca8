"""Which failures time may heal."""

from typing import Any

from prefect.client.schemas.objects import State

from models.db import StoreUnavailable

WAITS: list[float] = [1, 5, 20]


async def is_transient(_task: Any, _run: Any, state: State[Any]) -> bool:
    """Retry a lost connection or a locked database; never an answer such as a shut gate."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, StoreUnavailable | ConnectionError | TimeoutError)
