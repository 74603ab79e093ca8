"""One run: what is open is read, matched by the engine, and written in one transaction."""

import os
import socket
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from models import db
from models.db import StoreUnavailable
from models.operations import reconciliation_runs as runs
from models.operations.reconciliation_runs import SETTLED_DAYS, RunAnswer
from models.queries.open_books import read_open_books
from models.rules.reconciliation import RunOvertaken, Scope
from models.settings import load_settings
from reconcile.version import RULES_VERSION

_LONGEST_HOST = 80

Step = Callable[[str], Any]
"""Says which step begins, for as long as it lasts."""


def run_reconciliation(
    engine: Engine,
    scope: Scope,
    asked_by: str,
    at: datetime,
    step: Step = lambda _name: nullcontext(),
) -> RunAnswer:
    """Book what is certain, suggest the rest, open and close cases. `asked_by` "" is the schedule.

    Raises: RunBusy, RunOvertaken, NotAllowed, UnknownKey.
    Source: docs/rules.md, R9.
    """
    holder = _holder()
    _AT_WORK.add(holder)
    try:
        with db.transaction(engine) as session:
            run = runs.begin(
                session, scope=scope, asked_by=asked_by, holder=holder, is_alive=_is_alive, at=at
            )
        try:
            return _run(engine, run, scope, at, step)
        except BaseException:
            _give_up(engine, run, at)
            raise
    finally:
        _AT_WORK.discard(holder)


def _run(engine: Engine, run: UUID, scope: Scope, at: datetime, step: Step) -> RunAnswer:
    with step("reading"), db.reading(engine) as session:
        books = read_open_books(session, settled_days=SETTLED_DAYS)
        read = runs.snapshot(books, at)
        last = runs.last_left(session, read, scope, RULES_VERSION)
    if last is not None:
        with db.transaction(engine) as session:
            runs.leave_no_trace(session, run=run)
        return last
    # The engine stands on numpy and pandas, which nothing else of a task needs.
    from reconcile.open_books import decide

    with step("matching"):
        outcome = decide(books, scope, read, load_settings().reconciliation_words)
    with step("booking"), db.transaction(engine) as session:
        return runs.record(session, run=run, outcome=outcome, at=at)


_numbers = count(1)
_AT_WORK: set[str] = set()
"""The runs of this process: one whose connection broke is over, though the process lives on."""


def _holder() -> str:
    return f"{_host()}:{os.getpid()}:{next(_numbers)}"


def _host() -> str:
    return socket.gethostname()[:_LONGEST_HOST].replace(":", "-")


def _is_alive(holder: str) -> bool:
    """Tell whether a run may go on still; one of another machine is taken to."""
    host, _colon, rest = holder.partition(":")
    process = rest.partition(":")[0]
    if host != _host():
        return True
    if process == str(os.getpid()):
        return holder in _AT_WORK
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _give_up(engine: Engine, run: UUID, at: datetime) -> None:
    with suppress(RunOvertaken, StoreUnavailable), db.transaction(engine) as session:
        runs.give_up(session, run=run, at=at)
