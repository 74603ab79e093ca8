"""`tadshin budget ...`: a project's budget lines, and what changes them once they are complete."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.budgets import Nature
from models.rules.money import Money
from models.rules.stages import Stage
from tadshin.terminal import paper
from tadshin.terminal.choices import OneOf
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill, spoken
from tadshin.terminal.proposing import answer_proposed
from tadshin.terminal.values import Amount, Day, project_key, reason

if TYPE_CHECKING:
    from models.queries.budgets import EntryLine
    from models.tables import MoneyProposal

_AMOUNT = 'The amount in dirhams: 1250.50 or "1 250,50".'
_LINE = "The code of the line."


@click.group("budget", cls=Noun)
def budget() -> None:
    """The budget lines of a project, their revisions and transfers."""


@budget.command(
    "add",
    examples=(
        "tadshin budget add tamesna-complex WORKS 85000000 --stage construction --nature works --as LOGIN",
    ),
)
@project_key
@argument("line", metavar="LINE", help="The code of the line, such as WORKS.")
@argument("amount", type=Amount(), metavar="AMOUNT", help=_AMOUNT)
@option(
    "--stage", type=OneOf(Stage, "stage"), metavar="STAGE", required=True, help="The stage it pays for."
)
@option(
    "--nature",
    type=OneOf(Nature, "nature"),
    metavar="NATURE",
    required=True,
    help="studies, land, works, supervision, equipment, connections, commissioning, contingency or other.",
)
@option("--label", default="", metavar="TEXT", help="What the line is, in a few words.")
@option("--decided", "decided_on", type=Day(), metavar="DATE", help="When it was decided; today otherwise.")
@click.pass_obj
def add(
    desk: Desk,
    /,
    key: str,
    line: str,
    amount: Money,
    stage: Stage,
    nature: Nature,
    label: str,
    decided_on: date | None,
) -> None:
    """Write a budget line with its first amount, or correct that amount.

    Once the lines are declared complete, a new line opens with 0, for transfers and revisions to fill.
    """
    from models.operations import budgets

    with desk.writing() as session:
        made = budgets.add_line(
            session,
            project=key,
            code=line,
            stage=stage,
            nature=nature,
            amount=amount,
            label=label,
            decided_on=decided_on,
            by=desk.login(),
            at=desk.now,
        )
        code = made.line.code
    sentence = _("Line {line} of {project} is written: {amount}. The lines sum to {planned} of {budget}.")
    if not made.changed:
        sentence = _(
            "Line {line} of {project} stood so already: {amount}. The lines sum to {planned} of {budget}."
        )
    data = {"project": key, "line": code, "stage": stage, "nature": nature, "amount": amount}
    data |= {"changed": made.changed, "planned": made.planned, "budget": made.budget}
    words = fill(sentence, line=code, project=key, amount=amount, planned=made.planned, budget=made.budget)
    desk.done(data, words)


@budget.command("complete", examples=("tadshin budget complete tamesna-complex --as LOGIN",))
@project_key
@click.pass_obj
def complete(desk: Desk, key: str) -> None:
    """Declare the lines of a project complete: they sum to its budget, to the centime.

    From then on a line changes by a revision or a transfer only, which another person approves.
    """
    from models.operations import budgets

    with desk.writing() as session:
        plan = budgets.complete_plan(session, project=key, by=desk.login(), at=desk.now)
        by, on = plan.completed_by, plan.completed_on
    sentence = fill(
        _("The lines of {project} are complete, declared by {by} on {day}."), project=key, by=by, day=on
    )
    desk.done({"project": key, "completed_on": on, "completed_by": by}, sentence)


@budget.command(
    "revise",
    examples=('tadshin budget revise tamesna-complex WORKS 500000 --up --reason "..." --as LOGIN',),
)
@project_key
@argument("line", metavar="LINE", help=_LINE)
@argument("amount", type=Amount(), metavar="AMOUNT", help=_AMOUNT)
@option(
    "--up", "rises", is_flag=True, help="The line, and the project's budget with it, rises by the amount."
)
@option("--down", "falls", is_flag=True, help="They fall by the amount.")
@reason
@click.pass_obj
def revise(desk: Desk, key: str, line: str, amount: Money, rises: bool, falls: bool, reason: str) -> None:
    """Propose that a line and the project's budget rise or fall; another person decides.

    Say which with --up or --down.
    """
    from models.operations import four_eyes

    if rises is falls:
        raise click.UsageError(_("Say whether the line rises or falls: --up or --down, one of them."))
    change = amount if rises else Money(-amount.centimes, amount.currency)
    _propose(desk, four_eyes.propose_revision, project=key, line=line, amount=change, reason=reason)


@budget.command(
    "transfer",
    examples=(
        "tadshin budget transfer tamesna-complex 250000 --from EQUIPMENT --to WORKS"
        ' --reason "..." --as LOGIN',
    ),
)
@project_key
@argument("amount", type=Amount(), metavar="AMOUNT", help=_AMOUNT)
@option("--from", "source", metavar="LINE", required=True, help="The line that gives.")
@option("--to", "target", metavar="LINE", required=True, help="The line that takes.")
@reason
@click.pass_obj
def transfer(desk: Desk, key: str, amount: Money, source: str, target: str, reason: str) -> None:
    """Propose that an amount goes from one line of a project to another; another person decides.

    A line never gives what contracts engage on it.
    """
    from models.operations import four_eyes

    _propose(
        desk,
        four_eyes.propose_transfer,
        project=key,
        source=source,
        target=target,
        amount=amount,
        reason=reason,
    )


@budget.command("history", examples=("tadshin budget history tamesna-complex --line WORKS",))
@project_key
@option("--line", metavar="LINE", help="Only this line.")
@click.pass_obj
def history(desk: Desk, key: str, line: str | None) -> None:
    """List every entry of a project's budget lines: when, how much, by whom and why."""
    from models.queries.budgets import line_history
    from models.queries.projects import find_project, place_of

    with desk.reading() as session:
        desk.allow(session, Action.READ, place_of(find_project(session, key)))
        entries = line_history(session, key, line)
    desk.answer({"project": key, "entries": entries}, lambda: _show(entries))


def _propose(desk: Desk, operation: Callable[..., "MoneyProposal"], **asked: Any) -> None:
    """Propose one change of a project's budget as the person who acts, and say who decides."""
    from models.queries.four_eyes import find_change

    at = desk.now
    with desk.writing() as session:
        made = operation(session, by=desk.login(), at=at, **asked)
        line = find_change(session, made.id.hex)
    answer_proposed(desk, line, at)


def _show(entries: Sequence["EntryLine"]) -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("Day"), whole=True),
        paper.Column(_("Line")),
        paper.Column(_("Change")),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Proposed by")),
        paper.Column(_("Approved by")),
        paper.Column(_("Reason"), spare=True),
    ]
    rows = [
        (
            one.decided_on.isoformat(),
            one.line,
            shown(one.change, spoken()),
            shown(one.amount, spoken()),
            one.proposed_by,
            one.approved_by or "",
            one.reason,
        )
        for one in entries
    ]
    paper.table(columns, rows)
    paper.line(_n("{count} entry.", "{count} entries.", len(entries)), style="bold")
