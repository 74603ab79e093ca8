"""The embedded orchestrator: a Prefect server on loopback, on a PostgreSQL of its own.

Where TADSHIN_PREFECT_API_URL is set nothing is started here: that server is used instead.
"""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
from sqlalchemy import make_url

from models.rules.errors import CentreError
from models.settings import ROOT, Settings
from tadshin import postgres

START_SECONDS = 180.0
STOP_SECONDS = 15.0
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_LEASES = "prefect.server.concurrency.lease_storage.filesystem"

Say = Callable[[str], None]


class PortTaken(CentreError):
    """Another program listens on the orchestrator's port. Details: port, setting."""

    code = "port_taken"


class OrchestratorFailed(CentreError):
    """The orchestrator did not start. Details: log (its file)."""

    code = "orchestrator_failed"


def use(settings: Settings, api_url: str = "") -> None:
    """Point Prefect's client in this process at a server; call it before Prefect is imported."""
    os.environ.update(client_environment(settings, api_url or settings.prefect_api_url))


def client_environment(settings: Settings, api_url: str) -> dict[str, str]:
    """Return the variables that a process needs to speak with the server."""
    plain = api_url.startswith("http://")
    return {
        "PREFECT_HOME": str(settings.home.resolve() / "prefect"),
        "PREFECT_API_URL": api_url,
        "PREFECT_API_AUTH_STRING": _auth(settings),
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        # A run that lives must say so well within the time after which the catalogue takes it for dead.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        # Without TLS there is nothing to verify; yet the client loads all the world's certificates,
        # 50 ms, for each run. An https address is verified.
        "PREFECT_API_TLS_INSECURE_SKIP_VERIFY": "true" if plain else "false",
        "DO_NOT_TRACK": "1",
    }


def local_api_url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.prefect_port}/api"


def is_healthy(api_url: str, seconds: float = 2.0) -> bool:
    """Tell whether a server answers under this URL."""
    try:
        return (
            httpx.get(f"{api_url}/health", timeout=seconds, trust_env=False).status_code == httpx.codes.OK
        )
    except httpx.HTTPError:
        return False


def plans_runs(settings: Settings, api_url: str, seconds: float = 5.0) -> bool:
    """Tell whether the server has made runs of the schedules, as it does within seconds of their coming."""
    user, _colon, password = _auth(settings).partition(":")
    wanted = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    try:
        with httpx.Client(auth=(user, password), timeout=seconds, trust_env=False) as client:
            answer = client.post(f"{api_url}/flow_runs/count", json=wanted)
            return answer.status_code == httpx.codes.OK and int(answer.json()) > 0
    except (httpx.HTTPError, ValueError, TypeError):
        return False


@dataclass(frozen=True, slots=True)
class Running:
    """An orchestrator in reach. `server` is our own child, or None where it is somebody else's."""

    api_url: str
    server: "Child | None" = None


@contextmanager
def running(settings: Settings, say: Say = lambda _code: None) -> Iterator[Running]:
    """Run the embedded orchestrator for the time of the block, or name the one that is set.

    `say` hears the codes of the steps as they begin.
    Raises: PortTaken, OrchestratorFailed.
    """
    if settings.prefect_api_url:
        yield Running(settings.prefect_api_url)
        return
    home = settings.home.resolve()
    check_port(settings.prefect_port)
    say("starting_postgres")
    with postgres.running(home / "postgres") as url_of:
        _create_database(url_of("postgres"))
        say("starting_prefect")
        database = make_url(url_of("prefect")).set(drivername="postgresql+asyncpg")
        environment = _server_environment(settings, database.render_as_string(hide_password=False))
        command = [sys.executable, "-m", "tadshin.prefect_server", "server", "start"]
        command += ["--host", "127.0.0.1", "--port", str(settings.prefect_port)]
        with Child(command, environment, home / "logs" / "prefect.log") as server:
            _wait_until_healthy(local_api_url(settings), server)
            yield Running(local_api_url(settings), server)


class Child:
    """A child process in a group of its own; it ends with the block, and if we are killed."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Child":
        self._start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._process is not None:
            _end(self._process)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def revive(self) -> bool:
        """Start the process again if it has died; tell whether that was needed."""
        if self.alive:
            return False
        self._start()
        return True

    def _start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and arguments)
                self._command,
                env={**os.environ, **self._environment},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  (one prctl)
            )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a child and everything it started, kindly first."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            break
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def check_port(port: int) -> None:
    """Make sure that nobody listens on the port.

    Raises: PortTaken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(port=port, setting="TADSHIN_PREFECT_PORT") from None


def _create_database(admin_url: str) -> None:
    plain = make_url(admin_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'prefect'").fetchone()
        if there is None:
            connection.execute("CREATE DATABASE prefect")


def _server_environment(settings: Settings, database: str) -> dict[str, str]:
    return client_environment(settings, local_api_url(settings)) | {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
        "PREFECT_SERVER_API_AUTH_STRING": _auth(settings),
        # The password travels in a header that no other page can send, never in a cookie; and the
        # client's own tokens fail it (403, then waits of seconds) when runs start side by side.
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # The second interface makes the browser call an outside host; the first one does not.
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_API_URL": local_api_url(settings),
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": _LEASES,
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    }


def _auth(settings: Settings) -> str:
    """Return the shared password of the server: the one that is set, or one made on the first start."""
    given = settings.prefect_auth.get_secret_value()
    if given:
        return given
    if settings.prefect_api_url:
        return ""
    file = settings.home.resolve() / "prefect" / "auth"
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as fresh:
            fresh.write(f"tadshin:{secrets.token_urlsafe(24)}")
    return file.read_text()


def _wait_until_healthy(api_url: str, server: Child) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.alive:
        if is_healthy(api_url):
            return
        time.sleep(0.1)
    raise OrchestratorFailed(log=str(server.log))
