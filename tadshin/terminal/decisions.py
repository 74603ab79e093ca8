"""`tadshin project ...`: what a director decides about a project, each time with a reason."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from models.rules.stages import AlreadyInStatus, IllegalStatus, Stage, Status
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import argument, option
from tadshin.terminal.language import _, _n, fill
from tadshin.terminal.projects import project
from tadshin.terminal.values import Day, project_key, reason, stage_entered

if TYPE_CHECKING:
    from sqlmodel import Session

Made = TypeVar("Made")

_WRITTEN_AS = {Status.ACTIVE: "resumed", Status.SUSPENDED: "suspended", Status.CANCELLED: "cancelled"}
"""How the trail calls the change to each status."""


@project.command("duty", examples=("tadshin project duty tamesna-complex officer LOGIN --as LOGIN",))
@project_key
@argument("duty", metavar="DUTY", help="officer, or finance for the finance correspondent.")
@argument("person", metavar="LOGIN", help="The person to name, who must hold the role there.")
@click.pass_obj
def name_duty(desk: Desk, key: str, duty: str, person: str) -> None:
    """Name the officer or the finance correspondent of a project."""
    from models.operations import people

    _decide(desk, people.name_duty, project=key, duty=duty, person=person)
    sentence = fill(_("{person} is named for {project}."), person=person, project=key)
    desk.done({"project": key, "duty": duty, "person": person}, sentence)


@project.command(
    "waive",
    examples=('tadshin project waive rahma-cmp G2.1c --until 2026-12-31 --reason "..." --as LOGIN',),
)
@project_key
@argument("rule", metavar="RULE", help="The number of a soft criterion, such as G2.1c.")
@option(
    "--until",
    "expires_on",
    type=Day(),
    metavar="DATE",
    required=True,
    help="The first day on which the waiver no longer counts.",
)
@reason
@click.pass_obj
def waive(desk: Desk, key: str, rule: str, expires_on: date, reason: str) -> None:
    """Set a soft criterion of the next gate aside, until a day.

    Only a director may, and only for a soft criterion. A waiver that has run out counts as none.
    """
    from models.operations import waivers

    _decide(desk, waivers.grant_waiver, project=key, rule=rule, reason=reason, expires_on=expires_on)
    sentence = fill(
        _("{rule} is waived for {project}; from {day} on the waiver no longer counts."),
        rule=rule,
        project=key,
        day=expires_on,
    )
    desk.done({"project": key, "rule": rule, "waived": True, "expires_on": expires_on}, sentence)


@project.command("unwaive", examples=('tadshin project unwaive rahma-cmp G2.1c --reason "..." --as LOGIN',))
@project_key
@argument("rule", metavar="RULE", help="The number of the criterion that was waived.")
@reason
@click.pass_obj
def unwaive(desk: Desk, key: str, rule: str, reason: str) -> None:
    """Take a waiver back: it ends at once and stays in the books."""
    from models.operations import waivers

    _decide(desk, waivers.revoke_waiver, project=key, rule=rule, reason=reason)
    sentence = fill(_("{rule} is no longer waived for {project}."), rule=rule, project=key)
    desk.done({"project": key, "rule": rule, "waived": False}, sentence)


@project.command("suspend", examples=('tadshin project suspend rahma-cmp --reason "..." --as LOGIN',))
@project_key
@reason
@click.pass_obj
def suspend(desk: Desk, key: str, reason: str) -> None:
    """Stop work on a project; its stage stays, and nothing moves until it is resumed."""
    from models.operations import projects

    _decide(desk, projects.suspend, project=key, reason=reason)
    sentence = fill(
        _("{project} is suspended. Its milestones will move by the days it rests."), project=key
    )
    desk.done({"project": key, "status": "suspended"}, sentence)


@project.command("resume", examples=('tadshin project resume rahma-cmp --reason "..." --as LOGIN',))
@project_key
@reason
@click.pass_obj
def resume(desk: Desk, key: str, reason: str) -> None:
    """Take work up again; the open milestones move by the days of the suspension."""
    from models.operations import projects

    days = _decide(desk, projects.resume, project=key, reason=reason)
    shift = _n(
        "{project} is resumed; its open milestones have moved by {count} day.",
        "{project} is resumed; its open milestones have moved by {count} days.",
        days,
    )
    desk.done({"project": key, "status": "active", "days": days}, fill(shift, project=key))


@project.command("cancel", examples=('tadshin project cancel rahma-cmp --reason "..." --as LOGIN',))
@project_key
@reason
@click.pass_obj
def cancel(desk: Desk, key: str, reason: str) -> None:
    """End a project for good. A cancelled project cannot be taken up again."""
    from models.operations import projects

    _decide(desk, projects.cancel, project=key, reason=reason)
    sentence = fill(_("{project} is cancelled."), project=key)
    desk.done({"project": key, "status": "cancelled"}, sentence)


@project.command(
    "step-back",
    examples=('tadshin project step-back rahma-cmp --to study --reason "..." --as LOGIN',),
)
@project_key
@stage_entered("The stage to return to: the one just before.")
@reason
@click.pass_obj
def step_back(desk: Desk, key: str, entered: Stage, reason: str) -> None:
    """Return a project to the stage before."""
    from models.operations import projects

    change = _decide(desk, projects.step_back, project=key, entered=entered, reason=reason)
    sentence = fill(
        _("{project} has gone back from {left} to {entered}."),
        project=key,
        left=change.left,
        entered=entered,
    )
    desk.done({"project": key, "from": change.left, "to": entered}, sentence)


def _decide(desk: Desk, operation: Callable[..., Made], **asked: Any) -> Made:
    """Carry out one operation, now, as the person who acts; return what it made of it."""
    with desk.writing() as session:
        try:
            return operation(session, by=desk.login(), at=desk.now, **asked)
        except IllegalStatus as error:
            if error.details["status"] is not error.details["asked"]:
                raise
            raise _already(session, asked["project"], error.details["status"]) from None


def _already(session: "Session", key: str, status: Any) -> AlreadyInStatus:
    """Return the answer to a change to the status that a project has: who made it, and when."""
    from models.queries.trail import history

    written = [entry for entry in history(session, key, None) if entry.kind == _WRITTEN_AS[status]]
    at, by = (written[-1].at, written[-1].actor) if written else (None, None)
    return AlreadyInStatus(project=key, status=status, at=at, by=by)
