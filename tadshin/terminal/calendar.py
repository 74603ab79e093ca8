"""`tadshin calendar ...`: feasts, and what officers know better than the estimate."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.values import Day, Whole

if TYPE_CHECKING:
    from models.operations.calendar import CalendarChange
    from models.operations.forecasts import Moved


@click.group("calendar", cls=Noun)
def calendar() -> None:
    """The working calendar: feasts, Ramadan, and corrections to both."""


@calendar.command("show", examples=("tadshin calendar show 2026",))
@argument(
    "year", type=Whole(1999, 2100), required=False, metavar="[YEAR]", help="The year; this one otherwise."
)
@click.pass_obj
def show(desk: Desk, year: int | None) -> None:
    """Show the feasts of a year, and which of them are estimated or corrected."""
    from models.clock import local_day
    from models.queries.calendar import list_feasts
    from notifications.words import shown

    with desk.reading() as session:
        feasts = list_feasts(session, year or local_day(desk.now).year, spoken())
    columns = [paper.Column(_("Day"), whole=True), paper.Column(_("Name")), paper.Column(_("Standing"))]
    rows = []
    for line in feasts:
        standing = [] if line.feast else [_("working day")]
        standing += [_("estimated")] if line.estimated else []
        standing += [fill(_("corrected by {login}"), login=line.set_by)] if line.set_by else []
        rows.append((shown(line.day, spoken()), line.name, ", ".join(standing)))
    desk.answer({"days": feasts}, lambda: paper.table(columns, rows))


@calendar.command(
    "override",
    examples=(
        'tadshin calendar override 2026-05-28 --name "..." --as LOGIN',
        'tadshin calendar override 2026-05-27 --working --name "..." --as LOGIN',
    ),
)
@argument("day", type=Day(), metavar="DATE", help="The day to correct.")
@option("--name", metavar="TEXT", required=True, help="What the day is called, or why it changes.")
@option("--working", is_flag=True, help="Make it a working day; a feast otherwise.")
@click.pass_obj
def override(desk: Desk, day: date, name: str, working: bool) -> None:
    """Make a day a feast, or a working day, against the estimate.

    Open milestones on a day that becomes a feast move to the next working day, and say so.
    """
    from models.operations.calendar import override_feast

    with desk.writing() as session:
        change = override_feast(
            session, day=day, feast=not working, name=name, by=desk.login(), at=desk.now
        )
    _answer(desk, change)


@calendar.command("remove", examples=("tadshin calendar remove 2026-05-28 --as LOGIN",))
@argument("day", type=Day(), metavar="DATE", help="The day whose correction is taken back.")
@click.pass_obj
def remove(desk: Desk, day: date) -> None:
    """Take a correction back: the day is again what the calendar estimates."""
    from models.operations.calendar import remove_override

    with desk.writing() as session:
        change = remove_override(session, day=day, by=desk.login(), at=desk.now)
    _answer(desk, change)


@calendar.command("ramadan", examples=("tadshin calendar ramadan 2027-02-08 2027-03-09 --as LOGIN",))
@argument("first", type=Day(), metavar="FIRST", help="The first day, as it was sighted.")
@argument("last", type=Day(), metavar="LAST", help="The last day.")
@click.pass_obj
def ramadan(desk: Desk, first: date, last: date) -> None:
    """Write down a Ramadan as it was sighted; the shorter office hours follow it."""
    from models.operations.calendar import override_ramadan

    with desk.writing() as session:
        change = override_ramadan(session, first=first, last=last, by=desk.login(), at=desk.now)
    words = fill(
        _("Ramadan {year} is from {first} to {last}."),
        year=str(change.year),
        first=change.first,
        last=change.last,
    )
    desk.done(
        {"year": change.year, "first": change.first, "last": change.last, "changed": change.changed}, words
    )


def _answer(desk: Desk, change: "CalendarChange") -> None:
    if not change.changed:
        sentence = _("{day} stood so already.")
    elif change.feast:
        sentence = _("{day} is a feast.")
    else:
        sentence = _("{day} is a working day.")
    words = [fill(sentence, day=change.day)]
    if change.moved:
        words.append(
            _n(
                "{count} open milestone has moved.",
                "{count} open milestones have moved.",
                len(change.moved),
            )
        )
    data: dict[str, Any] = {
        "day": change.day,
        "feast": change.feast,
        "changed": change.changed,
        "moved": change.moved,
    }
    desk.answer(data, lambda: _show(" ".join(words), change.moved))


def _show(words: str, moved: Sequence["Moved"]) -> None:
    paper.line(words, style="green")
    if moved:
        paper.lists(
            [
                (
                    one.project,
                    named("milestone", one.code),
                    f"{one.previous.isoformat()} → {one.forecast.isoformat()}",
                )
                for one in moved
            ]
        )
