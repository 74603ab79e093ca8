"""The story that the demonstration plays on the real portfolio, scene by scene.

Each scene goes by the same doors as people do, and can be played again after an interruption: what
is already so stays so, and every request has an id of its own.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from models import db
from models.clock import local_day, now
from models.operations import approvals, milestones, samples
from models.operations.moves import MoveAnswer
from models.queries.dossiers import live_proposal
from models.queries.milestones import list_milestones
from models.queries.projects import find_project
from models.rules.approvals import AlreadySigned, ProposalExists
from models.rules.authority import NotAllowed
from models.rules.gates import Verdict
from models.rules.stages import Stage
from models.tables import Door, Outcome
from tadshin import orchestration
from tadshin.orchestration import Accepted

TAMESNA = "tamesna-complex"
RAHMA = "rahma-cmp"
OFFICER, FINANCE, DIRECTOR, AUDITOR = "officer", "finance", "director", "auditor"
WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What one step showed. `said` is a code of the demonstration's words; `values` fill its places."""

    said: str
    values: dict[str, object]
    missing: tuple[Verdict, ...] = ()


class StoryStopped(Exception):
    """The orchestrator did not carry a request of the story out; the next start goes on from here."""


def play() -> Iterator[Scene]:
    """Play the scenes in order, each as it happens."""
    yield from _refused_for_want_of_everything()
    yield from _completed_and_moved(TAMESNA, Stage.CONSTRUCTION)
    yield from _completed_and_moved(RAHMA, Stage.EQUIPMENT)
    yield from _completed_and_moved(RAHMA, Stage.LAUNCH)
    yield _commissioned()
    yield from _answered_kindly()


def _refused_for_want_of_everything() -> Iterator[Scene]:
    if _stage(TAMESNA).reaches(Stage.CONSTRUCTION):
        return
    answer = _move(TAMESNA, Stage.CONSTRUCTION, OFFICER, "first-try")
    missing = tuple(verdict for verdict in answer.verdicts if not verdict.passes)
    values = {"project": TAMESNA, "entered": Stage.CONSTRUCTION, "count": len(missing)}
    yield Scene("refused", values, missing)


def _completed_and_moved(project: str, entered: Stage) -> Iterator[Scene]:
    if _stage(project).reaches(entered):
        return
    request = _approved_before(project, entered)
    if request is None:
        with db.transaction() as session:
            added = samples.complete_dossier(session, project=project, at=now())
        yield Scene("completed", {"project": project, "count": added})
        request = _signed_by_three(project, entered)
        yield Scene("signed", {"project": project, "entered": entered})
    answer = _needed(orchestration.settle(request, WAIT_SECONDS))
    if answer.outcome is not Outcome.MOVED:
        raise StoryStopped(f"{project}: {answer.code}")
    orchestration.wait_until_opened(request, WAIT_SECONDS)
    with db.reading() as session:
        lines = list_milestones(session, find_project(session, project).id)
    opened = [line for line in lines if line.stage is entered]
    yield Scene("moved", {"project": project, "entered": entered, "count": len(opened)})


def _signed_by_three(project: str, entered: Stage) -> UUID:
    """Put the three hands under a move; one that stands there from an interrupted start is left."""
    with suppress(ProposalExists), db.transaction() as session:
        approvals.propose(session, project=project, entered=entered, by=OFFICER, at=now())
    with suppress(AlreadySigned), db.transaction() as session:
        approvals.certify(session, project=project, by=FINANCE, at=now())
    with db.transaction() as session:
        return approvals.approve(session, project=project, by=DIRECTOR, at=now()).proposal


def _commissioned() -> Scene:
    with db.transaction() as session:
        today = local_day(now())
        milestones.meet(session, project=RAHMA, code="commissioning", on=today, by=OFFICER, at=now())
    return Scene("commissioned", {"project": RAHMA, "day": today})


def _answered_kindly() -> Iterator[Scene]:
    again = _move(TAMESNA, Stage.CONSTRUCTION, OFFICER, "second-try")
    by, at = str(again.details["by"]), datetime.fromisoformat(str(again.details["at"]))
    yield Scene("again", {"project": TAMESNA, "by": by, "at": at})
    try:
        _move(TAMESNA, Stage.EQUIPMENT, AUDITOR, "without-right")
    except NotAllowed:
        yield Scene("stranger", {"project": TAMESNA, "login": AUDITOR})


def _move(project: str, entered: Stage, by: str, name: str) -> MoveAnswer:
    answer = orchestration.move(
        project=project,
        entered=entered,
        by=by,
        request=_request(project, name),
        door=Door.TERMINAL,
        wait=WAIT_SECONDS,
    )
    return _needed(answer)


def _approved_before(project: str, entered: Stage) -> UUID | None:
    """Return the request of a quorum that an interrupted start completed, if there is one."""
    with db.reading() as session:
        found = find_project(session, project)
        proposal = live_proposal(session, found.id, entered, local_day(now()))
    return proposal.id if proposal is not None and proposal.approved_by else None


def _needed(answer: MoveAnswer | Accepted) -> MoveAnswer:
    if isinstance(answer, Accepted):
        raise StoryStopped(f"{answer.project} waits for the orchestrator")
    return answer


def _stage(project: str) -> Stage:
    with db.reading() as session:
        return find_project(session, project).stage


def _request(project: str, name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"tadshin:story:{project}:{name}")
