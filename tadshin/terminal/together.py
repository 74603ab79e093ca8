"""`tadshin portfolio advance ...`: the same move of many projects, in one run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from models.rules.errors import CentreError
from models.rules.stages import Stage
from tadshin.terminal import moves, paper
from tadshin.terminal.choices import project_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit, exit_of
from tadshin.terminal.grammar import argument
from tadshin.terminal.language import _, _n, named, spoken
from tadshin.terminal.portfolio import portfolio
from tadshin.terminal.values import stage_entered

if TYPE_CHECKING:
    from models.operations.moves import MoveAnswer
    from tadshin.orchestration import Accepted

Told = Mapping[str, "MoveAnswer | Accepted | CentreError"]


@portfolio.command(
    "advance",
    examples=("tadshin portfolio advance rahma-cmp tighat-chronic --to equipment --as LOGIN",),
)
@argument(
    "keys", nargs=-1, required=True, metavar="KEY...", shell_complete=project_keys, help="The projects."
)
@stage_entered("The stage to enter: the one that follows for each of them.")
@moves.waiting
@click.pass_obj
def advance(desk: Desk, keys: tuple[str, ...], entered: Stage, seconds: int | None) -> Exit:
    """Move many projects to the same stage, in one run; one refusal stops no other.

    Each project has a transaction and an answer of its own. The exit code is 0 when all have moved,
    otherwise that of the first project that has not.
    """
    from models.tables import Door

    desk.arrive()
    from tadshin import orchestration

    told = orchestration.move_many(
        projects=keys,
        entered=entered,
        by=desk.login(),
        door=Door.TERMINAL,
        wait=moves.patience(seconds),
        on_wait=moves.hear(desk),
    )
    answers = {key: _as_data(key, told[key]) for key in dict.fromkeys(keys)}
    desk.answer({"to": entered, "answers": list(answers.values())}, lambda: _show(answers))
    return next((exit_ for key in answers if (exit_ := _exit(told[key])) is not Exit.DONE), Exit.DONE)


def _as_data(key: str, answer: "MoveAnswer | Accepted | CentreError") -> dict[str, Any]:
    from notifications.words import sentence
    from tadshin.orchestration import Accepted

    if isinstance(answer, CentreError):
        return {
            "project": key,
            "error": answer.code,
            "message": sentence(answer, spoken()),
            **answer.details,
        }
    if isinstance(answer, Accepted):
        return moves.accepted_as_data(answer)
    return moves.move_as_data(answer)


def _exit(answer: "MoveAnswer | Accepted | CentreError") -> Exit:
    from tadshin.orchestration import Accepted

    if isinstance(answer, CentreError):
        return exit_of(type(answer))
    return Exit.WAITING if isinstance(answer, Accepted) else moves.EXITS[answer.outcome]


def _show(answers: Mapping[str, Mapping[str, Any]]) -> None:
    columns = (
        paper.Column(_("Project"), whole=True),
        paper.Column(_("Answer"), whole=True),
        paper.Column(_("Why")),
    )
    paper.table(columns, [_row(key, data) for key, data in answers.items()])
    moved = sum(data.get("outcome") == "moved" for data in answers.values())
    paper.line(_n("{count} project has moved.", "{count} projects have moved.", moved))


def _row(key: str, data: Mapping[str, Any]) -> tuple[str, str, str]:
    missing = [item["rule"] for item in data.get("criteria", ()) if not (item["met"] or item["waived"])]
    outcome = named("outcome", str(data["outcome"])) if "outcome" in data else _("not asked for")
    return key, outcome, ", ".join(missing) or str(data["message"])
