"""`tadshin reconcile rate ...`: rates of exchange by day, entered by finance or brought in by a file."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.rules.rates import PARTS
from tadshin.terminal import faults, paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill, spoken
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.values import Currency, Day, Rate, Whole

if TYPE_CHECKING:
    from models.operations.rates import RatesEntered
    from models.queries.rates import RateLine

_USUALLY, _MOST = 50, 10_000


@reconcile.group("rate", cls=Noun)
def rate() -> None:
    """Rates of exchange by day, by which lines meet promises in another currency."""


@rate.command("set", examples=("tadshin reconcile rate set EUR 10.8512 --on 2026-03-02 --as LOGIN",))
@argument("currency", type=Currency(), metavar="CURRENCY", help="The code of a currency, such as EUR.")
@argument(
    "value", type=Rate(), metavar="RATE", help="Dirhams for one unit of it, with up to four decimals."
)
@option("--on", "day", type=Day(), metavar="DATE", required=True, help="The day that it is of.")
@click.pass_obj
def set_rate(desk: Desk, currency: str, value: Decimal, day: date) -> None:
    """Enter the rate of a day; the same again changes nothing, another one takes its place.

    A run reads the rate of a line's day, or the last one before it. Rates of promises count for the days
    before the first one that is entered.
    """
    from models.operations.rates import enter_rates

    with desk.writing() as session:
        done = enter_rates(session, [(currency, value, day)], by=desk.login(), at=desk.now)
    words = _("On {day} one {currency} was {value} dirhams already.")
    if not done.same:
        words = _("On {day} one {currency} is {value} dirhams.")
    data = {"currency": currency, "day": day, "rate": value, "changed": not done.same}
    desk.done(data, fill(words, day=day, currency=currency, value=_written(value)))


@rate.command("import", examples=("tadshin reconcile rate import rates.csv --as LOGIN",))
@argument("file", type=click.Path(path_type=Path), metavar="FILE", help="date, currency, mad_per_unit.")
@click.pass_obj
def import_rates(desk: Desk, file: Path) -> Exit:
    """Bring in rates from a file with the columns date, currency and mad_per_unit: all of them, or none.

    Everything that is wrong is listed by row and field. The same file again changes nothing.
    """
    from intake.rates import read_rates
    from models.clock import local_day
    from models.operations.rates import RatesEntered, enter_rates

    sheet = read_rates(file, local_day(desk.now))
    done = RatesEntered()
    if not sheet.problem_count:
        with desk.writing() as session:
            done = enter_rates(session, sheet.rates, by=desk.login(), at=desk.now)
    data = {
        "file": str(file),
        "new": done.new,
        "changed": done.changed,
        "same": done.same,
        **faults.problems_as_data(sheet.problems, sheet.problem_count),
    }
    if sheet.problem_count:
        desk.answer(data, lambda: faults.show_problems(sheet.problems, sheet.problem_count))
        return Exit.BAD_ARGUMENTS
    desk.answer(data, lambda: _show_entered(done))
    return Exit.DONE


@rate.command("list", examples=("tadshin reconcile rate list", "tadshin reconcile rate list EUR"))
@argument("currency", type=Currency(), metavar="[CURRENCY]", required=False, help="Of one currency alone.")
@option("--most", type=Whole(1, _MOST), metavar="NUMBER", default=_USUALLY, help="Show this many at most.")
@click.pass_obj
def list_all(desk: Desk, currency: str | None, most: int) -> None:
    """List the rates that were entered, the newest first."""
    from models.queries.rates import list_rates
    from models.rules.authority import Action

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        found = list_rates(session, currency, most=most)
    rates = [
        {
            "currency": one.currency,
            "day": one.day,
            "rate": Decimal(one.rate) / PARTS,
            "entered_by": one.entered_by,
            "entered_at": one.entered_at,
        }
        for one in found
    ]
    desk.answer({"rates": rates}, lambda: _show(found))


def _written(rate: Decimal) -> str:
    """Write a rate with its four decimals, which numbers elsewhere do not have, and the language's sign."""
    figures = f"{rate:.4f}"
    return figures if spoken() == "en" else figures.replace(".", ",")


def _show_entered(done: "RatesEntered") -> None:
    paper.line(_n("{count} rate is new.", "{count} rates are new.", done.new), style="green")
    if done.changed:
        paper.line(_n("{count} rate is replaced.", "{count} rates are replaced.", done.changed))
    if done.same:
        paper.line(_n("{count} rate was there already.", "{count} rates were there already.", done.same))


def _show(found: "Sequence[RateLine]") -> None:
    from notifications.words import shown

    if not found:
        paper.line(_("No rate is entered yet: tadshin reconcile rate set."))
        return
    columns = [
        paper.Column(_("Day"), whole=True),
        paper.Column(_("Currency"), whole=True),
        paper.Column(_("Dirhams"), whole=True, right=True),
        paper.Column(_("Entered by")),
    ]
    rows = [
        (shown(one.day, spoken()), one.currency, _written(Decimal(one.rate) / PARTS), one.entered_by)
        for one in found
    ]
    paper.table(columns, rows)
