"""`tadshin milestone ...`: dated expectations, their forecasts and what happened."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.stages import Stage
from tadshin.terminal import paper
from tadshin.terminal.choices import OneOf, project_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.values import Day, Whole, project_key

if TYPE_CHECKING:
    from models.operations.milestones import MilestoneAnswer
    from models.queries.milestones import DueLine, MilestoneLine

USUAL_DAYS = 30


@click.group("milestone", cls=Noun)
def milestone() -> None:
    """The dates a project is held to: first promised, expected now, met."""


@milestone.command(
    "list",
    examples=("tadshin milestone list rahma-cmp", "tadshin milestone list --within 7 --stage construction"),
)
@argument(
    "key",
    metavar="[KEY]",
    required=False,
    help="One project; without it, what is near or late across the portfolio.",
    shell_complete=project_keys,
)
@option(
    "--within",
    "days",
    type=Whole(0, 3650),
    default=USUAL_DAYS,
    show_default=True,
    metavar="DAYS",
    help="Across the portfolio: how many days to look ahead.",
)
@option("--stage", type=OneOf(Stage, "stage"), metavar="STAGE", help="Across the portfolio: of this stage.")
@click.pass_obj
def list_them(desk: Desk, key: str | None, days: int, stage: Stage | None) -> None:
    """List the milestones of a project, or what is near or late across the portfolio."""
    if key is not None:
        _list_of_project(desk, key)
    else:
        _list_due(desk, days, stage)


@milestone.command(
    "set",
    examples=(
        'tadshin milestone set rahma-cmp works_complete --forecast 2026-09-30 --reason "..." --as LOGIN',
    ),
)
@project_key
@argument("code", metavar="MILESTONE", help="A code of `tadshin milestone list KEY`.")
@option("--forecast", type=Day(), metavar="DATE", required=True, help="The date that is expected now.")
@option("--reason", metavar="TEXT", required=True, help="Why it moves; kept and told with the new date.")
@click.pass_obj
def set_forecast(desk: Desk, key: str, code: str, forecast: date, reason: str) -> None:
    """Give an open milestone a new forecast date; the baseline stays, and the delay shows."""
    from models.operations import milestones

    with desk.writing() as session:
        answer = milestones.set_forecast(
            session,
            project=key,
            code=code,
            forecast=forecast,
            reason=reason,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("“{milestone}” of {project} is now expected on {day} ({delay}).")
    if not answer.changed:
        sentence = _("“{milestone}” of {project} was expected on {day} already ({delay}).")
    _answer(desk, answer, sentence, forecast)


@milestone.command(
    "met",
    examples=("tadshin milestone met rahma-cmp commissioning --on 2026-03-02 --as LOGIN",),
)
@project_key
@argument("code", metavar="MILESTONE", help="A code of `tadshin milestone list KEY`.")
@option("--on", "on", type=Day(), metavar="DATE", required=True, help="The day on which it was met.")
@option("--reason", default="", metavar="TEXT", help="Needed to correct a day that is written already.")
@click.pass_obj
def meet(desk: Desk, key: str, code: str, on: date, reason: str) -> None:
    """Write down the day on which a milestone was met."""
    from models.operations import milestones

    with desk.writing() as session:
        answer = milestones.meet(
            session, project=key, code=code, on=on, reason=reason, by=desk.login(), at=desk.now
        )
    sentence = _("“{milestone}” of {project} was met on {day} ({delay}).")
    if not answer.changed:
        sentence = _("“{milestone}” of {project} was written as met on {day} already ({delay}).")
    _answer(desk, answer, sentence, on)


def _list_of_project(desk: Desk, key: str) -> None:
    from models.queries.milestones import list_milestones
    from models.queries.projects import find_project, place_of

    with desk.reading() as session:
        found = find_project(session, key)
        desk.allow(session, Action.READ, place_of(found))
        lines = list_milestones(session, found.id)
    data = {"project": key, "milestones": lines}
    desk.answer(data, lambda: show(lines))


def show(lines: Sequence["MilestoneLine"]) -> None:
    """Print the milestones of one project."""
    from notifications.words import shown

    if not lines:
        paper.line(_("No milestones yet: each stage opens its own when it is entered."))
        return
    columns = [
        paper.Column(_("Stage"), spare=True),
        paper.Column(_("Code"), whole=True),
        paper.Column(_("Milestone")),
        paper.Column(_("Baseline"), whole=True),
        paper.Column(_("Forecast"), whole=True),
        paper.Column(_("Met on"), whole=True),
        paper.Column(_("Delay")),
    ]
    rows: list[tuple[paper.Cell, ...]] = [
        (
            named("stage", line.stage),
            line.code,
            named("milestone", line.code),
            line.baseline.isoformat(),
            line.forecast.isoformat(),
            line.actual.isoformat() if line.actual else shown(None, spoken()),
            (delay_words(line.delay), "red" if line.delay > 0 else ""),
        )
        for line in lines
    ]
    paper.table(columns, rows)


def _list_due(desk: Desk, days: int, stage: Stage | None) -> None:
    from models.clock import local_day
    from models.queries.milestones import list_due

    with desk.reading() as session:
        lines = [
            line
            for line in list_due(session, today=local_day(desk.now), days_ahead=days, stage=stage)
            if desk.may_read(session, line.project, line.region)
        ]
    desk.answer({"milestones": lines}, lambda: _show_due(lines))


def _show_due(lines: Sequence["DueLine"]) -> None:
    if not lines:
        paper.line(_("Nothing is late, and nothing is due in this time."))
        return
    columns = [
        paper.Column(_("Project"), whole=True),
        paper.Column(_("Code"), whole=True),
        paper.Column(_("Milestone")),
        paper.Column(_("Forecast"), whole=True),
        paper.Column(_("When")),
        paper.Column(_("Delay")),
    ]
    rows: list[tuple[paper.Cell, ...]] = [
        (
            line.project,
            line.code,
            named("milestone", line.code),
            line.forecast.isoformat(),
            (_when(line), "red" if line.overdue else ""),
            delay_words(line.delay),
        )
        for line in lines
    ]
    paper.table(columns, rows)


def _when(line: "DueLine") -> str:
    if line.overdue:
        return _n("{count} day late", "{count} days late", -line.days)
    if line.days == 0:
        return _("today")
    return _n("in {count} day", "in {count} days", line.days)


def delay_words(days: int) -> str:
    """Say how far something is behind its baseline."""
    if days == 0:
        return _("on time")
    if days < 0:
        return _n("{count} day ahead", "{count} days ahead", -days)
    return _n("{count} day behind", "{count} days behind", days)


def _answer(desk: Desk, answer: "MilestoneAnswer", sentence: str, day: date) -> None:
    data: dict[str, Any] = {
        "project": answer.project,
        "stage": answer.stage,
        "code": answer.code,
        "baseline": answer.baseline,
        "forecast": answer.forecast,
        "actual": answer.actual,
        "delay": answer.delay,
        "changed": answer.changed,
    }
    words = fill(
        sentence,
        milestone=named("milestone", answer.code),
        project=answer.project,
        day=day,
        delay=delay_words(answer.delay),
    )
    desk.done(data, words)
