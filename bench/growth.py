"""How the portfolio's list and the morning's watch grow with the number of projects."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from bench.portfolio import fill, start_of_day
from models import db, schema
from models.operations import watching
from models.queries.projects import list_projects, totals

SIZES = (10, 1_000, 10_000)


@dataclass(frozen=True, slots=True)
class Size:
    """Seconds for one size of portfolio; `floor` is one pass of plain SQL over the same rows."""

    projects: int
    listing: float
    listing_floor: float
    watch: float
    watch_again: float
    watch_floor: float
    told: int


def measure(folder: Path) -> list[Size]:
    """Measure each size on a database of its own."""
    return [_measure(folder / f"{size}.db", size) for size in SIZES]


def exponent(sizes: Sequence[Any], name: str) -> float:
    """Return the growth exponent between the two largest sizes: 1 is in step with the projects."""
    smaller, larger = sizes[-2], sizes[-1]
    ratio: float = getattr(larger, name) / getattr(smaller, name)
    return math.log(ratio) / math.log(larger.projects / smaller.projects)


def _measure(file: Path, size: int) -> Size:
    engine, at = db.open_engine(f"sqlite:///{file}"), start_of_day()
    schema.upgrade(engine)
    fill(engine, size, at=at)
    listing = _fastest(lambda: _list(engine))
    listing_floor = _fastest(lambda: _scan(engine, "SELECT * FROM project ORDER BY key"))
    watch_floor = _fastest(lambda: _scan(engine, "SELECT * FROM milestone WHERE actual IS NULL"))
    start = time.perf_counter()
    with db.transaction(engine) as session:
        told = watching.watch(session, at=at).told
    watch = time.perf_counter() - start
    start = time.perf_counter()
    with db.transaction(engine) as session:
        watching.watch(session, at=at)
    again = time.perf_counter() - start
    engine.dispose()
    return Size(size, listing, listing_floor, watch, again, watch_floor, told)


def _list(engine: Engine) -> None:
    with db.reading(engine) as session:
        totals(list_projects(session))


def _scan(engine: Engine, query: str) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(query).fetchall()


def _fastest(work: Callable[[], None]) -> float:
    took = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)
