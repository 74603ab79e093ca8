"""A night over a large database: new lines matched and booked beside a million settled ones."""

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    MetaData,
    Table,
    create_engine,
    func,
    insert,
    select,
    text,
)
from sqlmodel import SQLModel

from bench.portfolio import start_of_day
from bench.settled_books import build
from models import db
from models.rules.reconciliation import Scope
from models.settings import load_settings
from models.tables import (
    Allocation,
    Case,
    CaseEvent,
    Match,
    MatchPart,
    Payment,
    Receipt,
    ReconciliationRun,
    TrailEntry,
)
from models.tables.columns import table_of
from tadshin.postgres import running

LINES, NEW = 1_000_000, 2_000
AIM = 5
"""Seconds that are aimed at, for so many lines."""

_WRITTEN: tuple[type[SQLModel], ...] = (
    *(ReconciliationRun, Match, MatchPart, Receipt, Allocation, Payment),
    *(TrailEntry, Case, CaseEvent),
)
_OPEN = (
    "SELECT * FROM statement_line WHERE state = 'open'",
    "SELECT * FROM funding_call WHERE id IN (SELECT c.id FROM funding_call AS c LEFT JOIN allocation AS a "
    "ON a.call_id = c.id WHERE c.state = 'issued' "
    "GROUP BY c.id HAVING c.amount_centimes > coalesce(sum(a.amount_centimes), 0))",
    "SELECT * FROM certificate WHERE id IN (SELECT c.id FROM certificate AS c LEFT JOIN payment AS p "
    "ON p.certificate_id = c.id "
    "GROUP BY c.id HAVING c.net_centimes > coalesce(sum(p.amount_centimes), 0))",
)
"""What is open, read by the plainest statements."""

_KILO = 1024


@dataclass(frozen=True, slots=True)
class Night:
    """One night on one database. Units: seconds; `busy` of our processor; `peak`: GiB of our process.

    `again`: the same a second time. `floor`: the plain reads of what is open and one commit of as many
    rows as the night wrote, of which `reads`.
    """

    database: str
    settled: int
    new: int
    targets: int
    booked: int
    left: int
    rows: int
    took: float
    busy: float
    steps: dict[str, float]
    again: float
    peak: float
    reads: float
    floor: float


def measure(folder: Path, lines: int = LINES, new: int = NEW) -> list[Night]:
    """Measure a night on SQLite and on PostgreSQL, each in a process of its own."""
    folder.mkdir(exist_ok=True)
    nights = [_apart(f"sqlite:///{folder / 'night.db'}", folder, lines, new)]
    with running(folder / "postgres") as url_of:
        admin = create_engine(url_of("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE night"))
        admin.dispose()
        return [*nights, _apart(url_of("night"), folder, lines, new)]


def _apart(url: str, folder: Path, lines: int, new: int) -> Night:
    """Build a database, then live through its night: two processes, so that memory is the night's own."""
    os.environ["TADSHIN_HOME"] = str(folder)
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        pool.apply(build, (url, lines, new))
        return pool.apply(_night, (url,))


def _night(url: str) -> Night:
    # The engine stands on numpy and pandas: what is loaded once a day is no part of a night.
    import reconcile.open_books  # noqa: F401
    from tasks.reconciling import run_reconciliation

    load_settings.cache_clear()
    engine, at = db.open_engine(url), start_of_day()
    settled, open_lines = _count(engine, "state <> 'open'"), _count(engine, "state = 'open'")
    reads, targets = min(_timed(lambda: _read(engine)) for _ in range(2))
    before, steps = _rows(engine), dict[str, float]()
    busy = time.process_time()
    took, answer = _timed(lambda: run_reconciliation(engine, Scope(), "", at, _noted(steps)))
    busy = time.process_time() - busy
    again, second = _timed(lambda: run_reconciliation(engine, Scope(), "", at))
    if second.changed or not answer.booked:
        raise RuntimeError(f"A night that books nothing, or the same twice: {answer}, {second}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILO / _KILO
    after = _rows(engine)
    written = {model: after[model] - count for model, count in before.items()}
    writes = _write(engine, written)
    engine.dispose()
    return Night(
        database={"sqlite": "SQLite"}.get(engine.dialect.name, "PostgreSQL"),
        settled=settled,
        new=open_lines,
        targets=targets,
        booked=sum(one.count for one in answer.booked.values()),
        left=answer.left.count,
        rows=sum(written.values()),
        took=took,
        busy=busy,
        steps=steps,
        again=again,
        peak=peak,
        reads=reads,
        floor=reads + writes,
    )


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def _noted(steps: dict[str, float]) -> Callable[[str], Any]:
    @contextmanager
    def step(name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        steps[name] = time.perf_counter() - start

    return step


def _count(engine: Engine, where: str) -> int:
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM statement_line WHERE {where}"))  # noqa: S608
        return int(found.scalar_one())


def _rows(engine: Engine) -> dict[type[SQLModel], int]:
    with engine.connect() as connection:
        return {
            model: connection.execute(select(func.count()).select_from(table_of(model))).scalar_one()
            for model in _WRITTEN
        }


def _read(engine: Engine) -> int:
    """Read what is open; return how many calls and certificates are."""
    with engine.connect() as connection:
        found = [len(connection.exec_driver_sql(statement).fetchall()) for statement in _OPEN]
    return sum(found[1:])


def _write(engine: Engine, written: dict[type[SQLModel], int]) -> float:
    """Write as many rows as a night did, into bare tables, in one commit; return the seconds."""
    bare = MetaData()
    rows = []
    with engine.begin() as connection:
        for model, count in written.items():
            table = table_of(model)
            columns = (Column(column.name, column.type) for column in table.columns)
            copy = Table(f"bench_{table.name}", bare, *columns)
            some = connection.execute(select(table).limit(count)).mappings().all()
            rows.append((insert(copy), [dict(row) for row in some]))
        bare.create_all(connection)

    def write() -> None:
        with db.transaction(engine) as session:
            for statement, some in rows:
                if some:
                    session.connection().execute(statement, some)

    return _timed(write)[0]


def report(nights: list[Night]) -> list[str]:
    """Return the lines of docs/performance.md."""
    first = nights[0]
    lines = [
        "## A night over a large database",
        "",
        f"{first.new:,} new lines over {first.settled:,} settled ones with their matches, "
        "calls, receipts, certificates and payments; each database in a process of its own. `again`: the "
        "same a second time, which writes nothing. `processor` and `memory` are our own process's, "
        "without the server. Floor: the plain reads of what is open, and one commit of as many rows.",
        "",
        "| | open targets | booked | rows | time | aim | processor | lines a second | again | memory "
        "| floor | ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.database} | {one.targets:,} | {one.booked:,} | {one.rows:,} | {one.took:.1f} s | {AIM} s "
        f"| {one.busy:.1f} s | {one.new / one.took:,.0f} | {one.again:.2f} s | {one.peak:.2f} GiB "
        f"| {one.floor:.2f} s | {one.took / one.floor:.1f} |"
        for one in nights
    ]
    steps = (
        f"{one.database} {', '.join(f'{name} {took:.2f} s' for name, took in one.steps.items())}"
        for one in nights
    )
    return [*lines, "", f"Of which: {'; '.join(steps)}.", ""]


if __name__ == "__main__":
    import tempfile

    asked = [int(number) for number in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as place:
        print("\n".join(report(measure(Path(place), *asked))))
