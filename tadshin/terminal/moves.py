"""`tadshin project ...`: what a gate asks, the three hands, and the move itself."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import click

from models.rules.authority import Action
from models.rules.gates import Verdict
from models.rules.stages import IllegalStep, NotActive, Stage, Status, check_step
from tadshin.terminal import gates, paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import option
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.projects import project
from tadshin.terminal.values import RequestId, Whole, project_key, reason, stage_entered

if TYPE_CHECKING:
    from models.operations.approvals import Decision
    from models.operations.moves import MoveAnswer
    from models.tables import Project
    from tadshin.orchestration import Accepted

EXITS = {
    "moved": Exit.DONE,
    "refused": Exit.REFUSED,
    "conflict": Exit.CONFLICT,
    "not_allowed": Exit.NOT_ALLOWED,
}

waiting = option(
    "--wait",
    "seconds",
    type=Whole(0, 3600),
    metavar="SECONDS",
    help="How long to wait for the answer; TADSHIN_WAIT_SECONDS otherwise.",
)


@project.command(
    "gates",
    examples=(
        "tadshin project gates tamesna-complex --to construction",
        "tadshin project gates tamesna-complex --to construction --json",
    ),
)
@project_key
@stage_entered("The stage to enter; the one that follows otherwise.", required=False)
@option("--all", "every", is_flag=True, help="Show what is met too.")
@click.pass_obj
def show_gate(desk: Desk, key: str, entered: Stage | None, every: bool) -> Exit:
    """Show what the gate before the next stage asks, and what is missing.

    Every criterion is asked at once: a hard one must be met, a soft one may be waived by a director.
    The exit code is 0 when the gate is open, 3 when it is shut.
    """
    from models.clock import local_day
    from models.queries.dossiers import load_dossier
    from models.queries.projects import find_project, place_of
    from models.rules.gates import ask_gate

    with desk.reading() as session:
        found = find_project(session, key)
        desk.allow(session, Action.READ, place_of(found))
        target = entered or found.stage.following
        if target is None:
            raise IllegalStep(left=found.stage, asked=found.stage, legal=None)
        check_step(found.stage, target)
        verdicts = ask_gate(load_dossier(session, found, local_day(desk.now)))
    is_open = gates.is_open(found, verdicts)
    desk.answer(gates.report(found, target, verdicts), lambda: _show_gate(found, target, verdicts, every))
    return Exit.DONE if is_open else Exit.REFUSED


def _show_gate(found: "Project", target: Stage, verdicts: Sequence[Verdict], every: bool) -> None:
    from notifications.words import sentence

    if found.status is not Status.ACTIVE:
        paper.warn(sentence(NotActive(project=found.key, status=found.status), spoken()))
    gates.show(found.key, found.stage, target, verdicts, every)


@project.command(
    "propose", examples=("tadshin project propose tamesna-complex --to construction --as LOGIN",)
)
@project_key
@stage_entered("The stage to enter: the one that follows.")
@click.pass_obj
def propose(desk: Desk, key: str, entered: Stage) -> None:
    """Propose the next move of a project: an officer's hand, the first of three.

    Finance certifies the funds next, then a director approves: three different persons.
    A proposal lapses after sixty days.
    """
    from models.operations import approvals

    with desk.writing() as session:
        made = approvals.propose(session, project=key, entered=entered, by=desk.login(), at=desk.now)
    sentence = _("The move of {project} to {entered} is proposed. Finance certifies next.")
    desk.done(_as_data(made), fill(sentence, project=key, entered=entered))


@project.command("certify", examples=("tadshin project certify tamesna-complex --as LOGIN",))
@project_key
@click.pass_obj
def certify(desk: Desk, key: str) -> None:
    """Certify the funds of the move that waits: finance's hand, the second of three."""
    from models.operations import approvals

    with desk.writing() as session:
        made = approvals.certify(session, project=key, by=desk.login(), at=desk.now)
    sentence = _(
        "The funds for the move of {project} to {entered} are certified. A director approves next."
    )
    desk.done(_as_data(made), fill(sentence, project=key, entered=made.entered))


@project.command("approve", examples=("tadshin project approve tamesna-complex --as LOGIN",))
@project_key
@waiting
@click.pass_obj
def approve(desk: Desk, key: str, seconds: int | None) -> Exit:
    """Approve the move that waits: a director's hand, the third; the move is then made.

    The gate is asked again on the facts of the moment: an approval is one of its criteria, not a
    way around it. The exit code is the move's, as of `tadshin project advance`.
    """
    from models.operations import approvals

    with desk.writing() as session:
        made = approvals.approve(session, project=key, by=desk.login(), at=desk.now)
    if made.move is None:
        desk.done(_as_data(made), fill(_("The move of {project} is approved."), project=key))
        return Exit.DONE
    from tadshin import orchestration

    return _tell(desk, orchestration.settle(made.move, patience(seconds), hear(desk)))


@project.command("reject", examples=('tadshin project reject tamesna-complex --reason "..." --as LOGIN',))
@project_key
@reason
@click.pass_obj
def reject(desk: Desk, key: str, reason: str) -> None:
    """Reject the move that waits; the proposal and its hands stay in the books."""
    from models.operations import approvals

    with desk.writing() as session:
        made = approvals.reject(session, project=key, by=desk.login(), reason=reason, at=desk.now)
    sentence = _("The proposed move of {project} to {entered} is rejected.")
    desk.done(_as_data(made), fill(sentence, project=key, entered=made.entered))


@project.command(
    "advance",
    examples=(
        "tadshin project advance tamesna-complex --to construction --as LOGIN",
        "tadshin project advance tamesna-complex --to construction --as LOGIN --request $(uuidgen) --json",
    ),
)
@project_key
@stage_entered("The stage to enter: the one that follows.")
@option(
    "--request",
    type=RequestId(),
    metavar="ID",
    help="An id of your own, such as a UUID: the same id twice is one request, with one answer.",
)
@waiting
@click.pass_obj
def advance(desk: Desk, key: str, entered: Stage, request: UUID | None, seconds: int | None) -> Exit:
    """Move a project to the next stage, if its gate is open.

    The request goes to the inbox and is carried out by `tadshin serve`, or here when that does not
    run. The exit code is 0 moved, 3 refused, 4 not allowed, 5 overtaken by somebody else, 6
    accepted and waiting for the orchestrator.
    """
    from models.tables import Door

    desk.arrive()
    from tadshin import orchestration

    answer = orchestration.move(
        project=key,
        entered=entered,
        by=desk.login(),
        request=request or uuid4(),
        door=Door.TERMINAL,
        wait=patience(seconds),
        on_wait=hear(desk),
    )
    return _tell(desk, answer)


def patience(seconds: int | None) -> float:
    """Return how long to wait for an answer, in seconds: what was said, or what the settings say."""
    from models.settings import load_settings

    return load_settings().wait_seconds if seconds is None else seconds


def hear(desk: Desk) -> Callable[[str], None]:
    """Return what notes the steps of long work for whoever watches."""
    from notifications.words import say

    return lambda code: desk.note(say(f"step.{code}", spoken()))


def _tell(desk: Desk, answer: "MoveAnswer | Accepted") -> Exit:
    """Answer what became of a move; return how the call ends."""
    from tadshin.orchestration import Accepted

    if isinstance(answer, Accepted):
        return _tell_accepted(desk, answer)
    data = move_as_data(answer)
    if answer.outcome == "refused" and answer.verdicts:
        desk.answer(data, lambda: gates.show(answer.project, answer.left, answer.entered, answer.verdicts))
    elif answer.outcome == "moved":
        desk.done(data, data["message"])
    else:
        desk.answer(data, lambda: paper.warn(data["message"]))
    return EXITS[answer.outcome]


def move_as_data(answer: "MoveAnswer") -> dict[str, Any]:
    """Return what became of a move as scripts read it."""
    from notifications.words import answered

    data: dict[str, Any] = {
        "message": answered(answer, spoken()),
        "project": answer.project,
        "from": answer.left,
        "to": answer.entered,
        "outcome": answer.outcome,
        "request": answer.request,
        **answer.details,
    }
    if answer.outcome != "moved":
        data = {"error": answer.code, **data}
    if answer.verdicts:
        is_open = all(verdict.passes for verdict in answer.verdicts)
        data |= {"open": is_open, "criteria": gates.as_data(answer.verdicts)}
    return data


def accepted_as_data(answer: "Accepted") -> dict[str, Any]:
    """Return a request that waits as scripts read it."""
    sentence = fill(
        _("Accepted: {project} waits for the orchestrator; the move is made once. Request {request}."),
        project=answer.project,
        request=str(answer.request),
    )
    data = {
        "message": sentence,
        "project": answer.project,
        "to": answer.entered,
        "outcome": "waiting",
        "request": answer.request,
    }
    if answer.because is not None:
        from notifications.words import sentence as said

        data["message"] = f"{sentence} {said(answer.because, spoken())}"
        data["because"] = answer.because.code
    return data


def _tell_accepted(desk: Desk, answer: "Accepted") -> Exit:
    data = accepted_as_data(answer)
    desk.answer(data, lambda: paper.line(data["message"], style="yellow"))
    return Exit.WAITING


def _as_data(made: "Decision") -> dict[str, Any]:
    return {
        "project": made.project,
        "to": made.entered,
        "proposal": made.proposal,
        "state": made.state,
    }
