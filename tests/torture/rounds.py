"""Killing the dispatcher at chosen points and at random moments, and looking at what is left."""

import os
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import col, func, select

from bench.portfolio import fill, start_of_day
from models import db, schema
from models.clock import now
from models.operations import moves
from models.queries import trail
from models.rules.stages import Stage
from models.tables import (
    Delivery,
    DeliveryState,
    Door,
    FeedMessage,
    Milestone,
    MoveRequest,
    Outcome,
    Parcel,
    Project,
    StageChange,
)

POINTS = ("before_commit", "after_commit", "during_delivery", "after_delivery")
RANDOM_MOMENT = "random"
PROJECTS = 3
LONGEST_SECONDS = 240
LATEST_KILL_SECONDS = 6.0
EARLIEST_KILL_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: where the process died, and whether it did die."""

    number: int
    point: str
    died: bool


class Torture:
    """Rounds on copies of one prepared database, against one orchestrator."""

    def __init__(self, folder: Path, api_url: str, home: Path, seed: int) -> None:
        self.folder = folder
        self.api_url = api_url
        self.home = home
        self.chance = random.Random(seed)  # noqa: S311  (a seeded choice, not a secret)
        self.template = folder / "template.db"
        engine = db.open_engine(f"sqlite:///{self.template}")
        schema.upgrade(engine)
        fill(engine, PROJECTS, at=start_of_day(), ready=True)
        with db.transaction(engine) as session:
            for number in range(PROJECTS):
                moves.ask(
                    session,
                    request=_uuid(self.chance),
                    project=f"centre-{number:06}",
                    entered=Stage.CONSTRUCTION,
                    asked_by="officer",
                    door=Door.TERMINAL,
                    at=now(),
                )
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    def play(self, number: int) -> Round:
        """Kill a dispatcher once, perhaps twice, let another one finish, and check what is left."""
        file = self.folder / f"round-{number}.db"
        shutil.copy(self.template, file)
        point = self.chance.choice((*POINTS, RANDOM_MOMENT))
        died = False
        for _ in range(self.chance.randint(1, 2)):
            died = self._work(file, point) != 0 or died
        ended = self._work(file, "")
        if ended != 0:
            raise AssertionError(f"round {number}, {point}: the last dispatcher ended with {ended}")
        engine = db.open_engine(f"sqlite:///{file}")
        check(engine, f"round {number}, {point}")
        engine.dispose()
        file.unlink()
        return Round(number, point, died)

    def _work(self, file: Path, point: str) -> int:
        environment = os.environ | {
            "TADSHIN_DATABASE_URL": f"sqlite:///{file}",
            "TADSHIN_HOME": str(self.home),
            "TADSHIN_CRASH_AT": point if point in POINTS else "",
        }
        command = [sys.executable, "-m", "tests.torture.worker", self.api_url]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as worker:
            if point == RANDOM_MOMENT:
                try:
                    return worker.wait(self.chance.uniform(EARLIEST_KILL_SECONDS, LATEST_KILL_SECONDS))
                except subprocess.TimeoutExpired:
                    worker.send_signal(signal.SIGKILL)
            return worker.wait(LONGEST_SECONDS)


def check(engine: Engine, where: str) -> None:
    """Each project in one legal stage, each committed transition told once in each channel, none lost."""
    with db.reading(engine) as session:
        stages = session.exec(select(Project.stage)).all()
        assert stages == [Stage.CONSTRUCTION] * PROJECTS, where
        assert session.exec(select(func.count()).select_from(StageChange)).one() == PROJECTS, where
        outcomes = session.exec(select(MoveRequest.outcome)).all()
        assert outcomes == [Outcome.MOVED] * PROJECTS, where
        entered = select(func.count()).select_from(Milestone).where(Milestone.stage == Stage.CONSTRUCTION)
        codes = select(Milestone.code).where(Milestone.stage == Stage.CONSTRUCTION).distinct()
        assert session.exec(entered).one() == PROJECTS * len(session.exec(codes).all()) > 0, where
        parcels = session.exec(select(func.count()).select_from(Parcel)).one()
        assert parcels >= PROJECTS, where
        deliveries = session.exec(select(Delivery)).all()
        assert all(delivery.state is DeliveryState.SENT for delivery in deliveries), where
        posted = session.exec(select(FeedMessage.id).order_by(col(FeedMessage.id))).all()
        assert sorted(posted) == sorted(delivery.id for delivery in deliveries), where
        channels = {(delivery.channel, delivery.language) for delivery in deliveries}
        assert len(deliveries) == parcels * len(channels), where
        assert not trail.verify(session).breaks, where


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
