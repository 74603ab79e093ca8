"""The only place that asks for a move: the inbox first, then whoever carries requests out."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from models import db
from models.clock import now
from models.operations import moves
from models.operations.moves import MoveAnswer
from models.queries.moves import any_waiting, dispatcher_state
from models.rules.errors import CentreError
from models.rules.stages import Stage
from models.settings import load_settings
from models.tables import Door, MoveRequest, Orchestrator, Outcome, Project
from tadshin import orchestrator, place
from tadshin.orchestrator import OrchestratorFailed, PortTaken

POLL_SECONDS = 0.01

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request is kept and will be carried out once, when the orchestrator is back.

    `because` is what kept it from being carried out here and now, when it was tried.
    """

    request: UUID
    project: str
    entered: Stage
    because: CentreError | None = None


def move(
    *,
    project: str,
    entered: Stage,
    by: str,
    request: UUID,
    door: Door,
    wait: float,
    on_wait: Say | None = None,
) -> MoveAnswer | Accepted:
    """Ask for a move and wait a while for its answer.

    Units: `wait` in seconds. `on_wait` hears the code of each step that takes long.
    Raises: what `models.operations.moves.ask` raises; nothing is written then.
    """
    with db.transaction() as session:
        moves.ask(
            session,
            request=request,
            project=project,
            entered=entered,
            asked_by=by,
            door=door,
            at=now(),
        )
    return settle(request, wait, on_wait)


def move_many(
    *,
    projects: Sequence[str],
    entered: Stage,
    by: str,
    door: Door,
    wait: float,
    on_wait: Say | None = None,
) -> Mapping[str, MoveAnswer | Accepted | CentreError]:
    """Ask for the same move of many projects, which then go together in one run.

    Each project has an answer of its own, an error of asking included; one refusal stops no other.
    """
    asked: dict[str, UUID] = {}
    answers: dict[str, MoveAnswer | Accepted | CentreError] = {}
    with db.transaction() as session:
        for project in dict.fromkeys(projects):
            request = uuid4()
            try:
                moves.ask(
                    session,
                    request=request,
                    project=project,
                    entered=entered,
                    asked_by=by,
                    door=door,
                    at=now(),
                )
            except CentreError as error:
                answers[project] = error
            else:
                asked[project] = request
    because = _settle(list(asked.values()), wait, on_wait)
    return answers | {project: _answer(request, because) for project, request in asked.items()}


def settle(request: UUID, wait: float, on_wait: Say | None = None) -> MoveAnswer | Accepted:
    """Wait for the answer to a request of the inbox, carrying it out here when nobody else does."""
    return _answer(request, _settle([request], wait, on_wait))


def _settle(requests: Sequence[UUID], wait: float, on_wait: Say | None) -> CentreError | None:
    """Wait for answers; return what kept the requests, which stay in the inbox, from being carried out."""
    say = on_wait or (lambda _code: None)
    until = time.monotonic() + wait
    try:
        while _any_open(requests, until) and not _carried_out_here(requests, say):
            time.sleep(POLL_SECONDS)
    except (PortTaken, OrchestratorFailed) as error:
        return error
    return None


def wait_until_opened(request: UUID, wait: float) -> bool:
    """Wait until the work that a move opens is set up; tell whether it is. Units: seconds."""
    until = time.monotonic() + wait
    while time.monotonic() < until:
        with db.reading() as session:
            if session.get_one(MoveRequest, request).opened_at is not None:
                return True
        time.sleep(POLL_SECONDS)
    return False


def _any_open(requests: Sequence[UUID], until: float) -> bool:
    """Tell whether waiting for an answer still makes sense."""
    with db.reading() as session:
        if not any_waiting(session, requests):
            return False
        away = dispatcher_state(session, now()) is Orchestrator.AWAY
    return not away and time.monotonic() < until


def _carried_out_here(requests: Sequence[UUID], say: Say) -> bool:
    """Run the flow in this process, unless a dispatcher lives or another process is at it."""
    with db.reading() as session:
        if dispatcher_state(session, now()) is not None:
            return False
    settings = load_settings()
    if settings.prefect_api_url and not orchestrator.is_healthy(settings.prefect_api_url):
        return True
    with place.held(settings) as ours:
        if not ours:
            return False
        with orchestrator.running(settings, say) as running:
            orchestrator.use(settings, running.api_url)
            from tadshin.dispatcher import carry_out_only

            asyncio.run(carry_out_only(requests))
    return True


def _answer(request: UUID, because: CentreError | None) -> MoveAnswer | Accepted:
    with db.reading() as session:
        row = session.get_one(MoveRequest, request)
        project = session.get_one(Project, row.project_id)
        if row.outcome is Outcome.WAITING:
            return Accepted(request, project.key, row.entered, because)
        return moves.recorded(row, project)
