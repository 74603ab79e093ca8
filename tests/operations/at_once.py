"""Two people at the same moment: the same thing done in several threads, each in its own transaction."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from models import db
from models.rules.errors import CentreError

Work = Callable[[Session], Any]


def together(database: Engine, works: Sequence[Work]) -> list[Any]:
    """Do each work in a thread of its own, all starting together; an error is its answer."""
    start = Barrier(len(works))

    def do(work: Work) -> Any:
        start.wait(timeout=30)
        try:
            with db.transaction(database) as session:
                return work(session)
        except CentreError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(do, works))
