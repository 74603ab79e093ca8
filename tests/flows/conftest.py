"""A real Prefect server for the flows: the embedded one, started once."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from models.settings import Settings
from tadshin import orchestrator
from tadshin.orchestrator import Running


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def orchestra_settings() -> Iterator[Settings]:
    # Not in pytest's own folder: another run closes it to the account that the database runs as.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Settings(home=Path(folder), prefect_port=free_port(), prefect_api_url="")


@pytest.fixture(scope="session")
def orchestra(orchestra_settings: Settings) -> Iterator[Running]:
    """The embedded orchestrator, with this process as its client."""
    with ExitStack() as stack:
        running = stack.enter_context(orchestrator.running(orchestra_settings))
        from prefect.settings import (
            PREFECT_API_AUTH_STRING,
            PREFECT_API_URL,
            PREFECT_LOGGING_LEVEL,
            PREFECT_LOGGING_TO_API_ENABLED,
            temporary_settings,
        )

        environment = orchestrator.client_environment(orchestra_settings, running.api_url)
        stack.enter_context(
            temporary_settings(
                {
                    PREFECT_API_URL: running.api_url,
                    PREFECT_API_AUTH_STRING: environment["PREFECT_API_AUTH_STRING"],
                    PREFECT_LOGGING_LEVEL: "ERROR",
                    PREFECT_LOGGING_TO_API_ENABLED: False,
                }
            )
        )
        yield running


@pytest.fixture
def house(orchestra: Running, database_url: str, settings_env: Callable[..., None], tmp_path: Path) -> str:
    """A prepared database that the flows of this test work on; gives its URL."""
    settings_env(database_url=database_url, home=tmp_path / "home", language="en")
    return database_url
