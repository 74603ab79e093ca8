"""`tadshin period ...`: up to when the books are closed."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from models.rules.authority import Action
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.values import Day

if TYPE_CHECKING:
    from models.tables import ClosedPeriod


@click.group("period", cls=Noun)
def period() -> None:
    """Up to when the books are closed; a correction is a new entry after that."""


@period.command("list", examples=("tadshin period list", "tadshin period list --json"))
@click.pass_obj
def list_all(desk: Desk) -> None:
    """List each time the books were closed, the latest first."""
    from models.queries.periods import list_closings

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        closings = list_closings(session)
    listed = [
        {"until": one.until, "closed_by": one.closed_by, "closed_at": one.closed_at} for one in closings
    ]
    first_open = closings[0].until if closings else None
    desk.answer({"first_open_day": first_open, "closings": listed}, lambda: _show(closings))


@period.command("close", examples=("tadshin period close 2026-01-01 --as LOGIN",))
@argument("until", type=Day(), metavar="DATE", help="The first day that stays open; not after today.")
@click.pass_obj
def close(desk: Desk, until: date) -> None:
    """Close the books of the whole portfolio before a day. Nothing opens them again.

    Nothing dated before that day is written any more: a correction is a new entry of a later day.
    """
    from models.operations import periods

    with desk.writing() as session:
        made = periods.close_period(session, until=until, by=desk.login(), at=desk.now)
    sentence = _("The books are closed before {day}; the day itself is open.")
    if not made.changed:
        sentence = _("The books were closed before {day} already; the day itself is open.")
    data = {"first_open_day": made.until, "before": made.before, "changed": made.changed}
    desk.done(data, fill(sentence, day=made.until))


def _show(closings: Sequence["ClosedPeriod"]) -> None:
    from notifications.words import shown

    if not closings:
        paper.line(_("The books were never closed: every day is open."))
        return
    columns = [
        paper.Column(_("Closed before"), whole=True),
        paper.Column(_("By")),
        paper.Column(_("When"), whole=True),
    ]
    rows = [(one.until.isoformat(), one.closed_by, shown(one.closed_at, spoken())) for one in closings]
    paper.table(columns, rows)
    paper.line(fill(_("The first open day is {day}."), day=closings[0].until), style="bold")
