"""How long a move takes on the embedded defaults, and how many go through in one run."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

from sqlmodel import col, func, select

from bench.portfolio import fill, start_of_day
from models import db, schema
from models.clock import now
from models.operations import moves
from models.queries.moves import dispatcher_state
from models.rules.stages import Stage
from models.settings import load_settings
from models.tables import Delivery, DeliveryState, Door, MoveRequest, Orchestrator, Outcome, Project
from tadshin import orchestration

SINGLE = 60
WARM_UP = 5
BATCH = 1000
START_SECONDS = 120
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Moves:
    """Seconds, medians and 95th percentiles; moves a second in one run."""

    shown: float
    shown_p95: float
    alert: float
    alert_p95: float
    a_second: float


def measure(folder: Path) -> Moves:
    """Serve a made-up portfolio on the embedded defaults and move its centres."""
    os.environ |= {"TADSHIN_HOME": str(folder), "TADSHIN_PREFECT_PORT": "4299"}
    os.environ.pop("TADSHIN_DATABASE_URL", None)
    load_settings.cache_clear()
    schema.upgrade(db.engine())
    fill(db.engine(), WARM_UP + SINGLE + BATCH, at=start_of_day(), ready=True)
    with _serving():
        took = [_one(f"centre-{number:06}") for number in range(WARM_UP + SINGLE)][WARM_UP:]
        a_second = _many(range(WARM_UP + SINGLE, WARM_UP + SINGLE + BATCH))
    shown, alert = [one[0] for one in took], [one[1] for one in took]
    return Moves(median(shown), _p95(shown), median(alert), _p95(alert), a_second)


def _one(project: str) -> tuple[float, float]:
    time.sleep(PAUSE_SECONDS)  # a person's pace: the run before has ended
    start, request = time.perf_counter(), uuid4()
    answer = orchestration.move(
        project=project,
        entered=Stage.CONSTRUCTION,
        by="officer",
        request=request,
        door=Door.TERMINAL,
        wait=30,
    )
    shown = time.perf_counter() - start
    if getattr(answer, "outcome", None) is not Outcome.MOVED:
        raise RuntimeError(f"{project} did not move: {answer}")
    while not _told(project):
        time.sleep(0.01)
    return shown, time.perf_counter() - start


def _told(project: str) -> bool:
    with db.reading() as session:
        states = session.exec(
            select(Delivery.state)
            .join(Project, col(Project.id) == col(Delivery.project_id))
            .where(Project.key == project)
        ).all()
    return bool(states) and all(state is DeliveryState.SENT for state in states)


def _many(numbers: range) -> float:
    with db.transaction() as session:
        for number in numbers:
            moves.ask(
                session,
                request=uuid4(),
                project=f"centre-{number:06}",
                entered=Stage.CONSTRUCTION,
                asked_by="officer",
                door=Door.TERMINAL,
                at=now(),
            )
        start = time.perf_counter()
    while _still_waiting():
        time.sleep(0.02)
    return len(numbers) / (time.perf_counter() - start)


def _still_waiting() -> bool:
    with db.reading() as session:
        query = select(func.count()).select_from(MoveRequest).where(MoveRequest.outcome == Outcome.WAITING)
        return session.exec(query).one() > 0


@contextmanager
def _serving() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "tadshin", "serve"], stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with db.reading() as session:
                if dispatcher_state(session, now()) is Orchestrator.READY:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
