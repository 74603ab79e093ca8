"""`tadshin index ...`: published indices, by which prices are revised."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.figures import Month
from tadshin.terminal.grammar import Noun, argument
from tadshin.terminal.language import _, _n, fill, spoken
from tadshin.terminal.values import Hundredths
from tadshin.terminal.works import month

if TYPE_CHECKING:
    from models.queries.indices import IndexLine


@click.group("index", cls=Noun)
def index() -> None:
    """Published indices, by which the prices of contracts are revised."""


@index.command("state", examples=("tadshin index state BAT6 2026-05 220.4 --as LOGIN",))
@argument("name", metavar="NAME", help="The index's name, as contracts name it.")
@argument("of", type=Month(), metavar="MONTH", help="The month it is published for, such as 2026-05.")
@argument("value", type=Hundredths(), metavar="VALUE", help="Its value, with up to two decimals.")
@click.pass_obj
def state(desk: Desk, name: str, of: date, value: int) -> None:
    """Write a published index for a month; the same again changes nothing."""
    from models.operations.bills import state_index

    with desk.writing() as session:
        changed = state_index(session, name=name, month=of, value=value, by=desk.login(), at=desk.now)
    sentence = _("The index {name} of {month} is {value}.")
    if not changed:
        sentence = _("The index {name} of {month} was {value} already.")
    data = {"name": name, "month": month(of), "value": value, "changed": changed}
    said = {"name": name, "month": month(of), "value": Decimal(value) / 100}
    desk.done(data, fill(sentence, **said))


@index.command("list", examples=("tadshin index list", "tadshin index list BAT6"))
@argument("name", metavar="[NAME]", required=False, help="One index; all of them otherwise.")
@click.pass_obj
def list_all(desk: Desk, name: str | None) -> None:
    """List the published indices, month by month."""
    from models.queries.indices import list_indices
    from models.rules.authority import Action

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        lines = list_indices(session, name)
    listed = [{"name": line.name, "month": month(line.month), "value": line.value} for line in lines]
    desk.answer({"indices": listed}, lambda: _show(lines))


def _show(lines: "Sequence[IndexLine]") -> None:
    from notifications.words import shown

    if not lines:
        paper.line(_("No index is written yet: tadshin index state."))
        return
    columns = [
        paper.Column(_("Index")),
        paper.Column(_("Month"), whole=True),
        paper.Column(_("Value"), whole=True, right=True),
    ]
    rows = [(line.name, month(line.month), shown(Decimal(line.value) / 100, spoken())) for line in lines]
    paper.table(columns, rows)
    paper.line(_n("{count} value.", "{count} values.", len(lines)), style="bold")
