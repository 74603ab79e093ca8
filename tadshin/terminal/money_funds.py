"""`tadshin money position|partners`: both sides of the money, and each partner's part of it."""

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tadshin.terminal.desk import Desk
from tadshin.terminal.language import _, spoken
from tadshin.terminal.money import money
from tadshin.terminal.money_scope import Scope, on_day, open_scope, some_projects
from tadshin.terminal.money_tables import serve, totals_as_data

if TYPE_CHECKING:
    from models.queries.position import PartnerFunds, Position

FUNDS = (
    *("committed", "unsigned", "planned", "called", "received", "allocated"),
    *("outstanding", "advance", "not_yet_due"),
)
WORKS = (
    *("budget", "share", "engaged", "certified", "paid", "owed", "retention_held"),
    *("advance_to_recover", "available", "gap", "stated_gap"),
)


def funds_headings() -> dict[str, str]:
    """Return the columns of the partners' side."""
    return {
        "committed": _("Committed"),
        "unsigned": _("Of it unsigned"),
        "called": _("Called"),
        "received": _("Received"),
        "outstanding": _("Outstanding"),
        "advance": _("Advance"),
        "not_yet_due": _("Not yet due"),
    }


@money.command(
    "position",
    examples=(
        "tadshin money position tamesna-complex",
        "tadshin money position --on 2026-03-31 --out position.xlsx",
    ),
)
@some_projects
@on_day
@click.pass_obj
def position(desk: Desk, key: str | None, out: Path | None, on: date | None) -> None:
    """Show both sides: what partners promised, called and paid; what is engaged, certified and paid."""
    from models.queries.position import positions
    from reports.listings import Listing, Report

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        found = positions(session, on=scope.day, projects=scope.keys)
    rows = [_position_row(scope, one) for one in found]
    cells = [scope.cells(row) for row in rows]
    whose, works = scope.whose(out), _works_headings()
    listings = [
        Listing(_("Partners"), {**whose, **funds_headings()}, cells),
        Listing(_("Project"), {**whose, **works}, cells),
    ]
    report = Report(
        title=scope.title(_("Position of the money")),
        day=scope.day,
        language=spoken(),
        listings=listings,
        sample=scope.has_samples,
        flat=Listing(_("Position"), {**whose, **funds_headings(), **works}, cells),
    )
    data = {"on": scope.day, "projects": rows, "totals": totals_as_data(rows, (*FUNDS, *WORKS))}
    serve(desk, data, report, out)


def _works_headings() -> dict[str, str]:
    return {
        "budget": _("Budget"),
        "share": _("Foundation's share"),
        "engaged": _("Engaged"),
        "certified": _("Certified"),
        "paid": _("Paid"),
        "owed": _("Owed"),
        "retention_held": _("Retention held"),
        "advance_to_recover": _("Advance to recover"),
        "available": _("Available"),
        "gap": _("Gap"),
        "stated_gap": _("Stated gap"),
    }


def _position_row(scope: Scope, one: "Position") -> dict[str, Any]:
    amounts = {name: getattr(one, name) for name in (*FUNDS, *WORKS)}
    return {**scope.of_project(one.project), "name": scope.names[one.project], **amounts}


@money.command("partners", examples=("tadshin money partners tamesna-complex", "tadshin money partners"))
@some_projects
@on_day
@click.pass_obj
def partners(desk: Desk, key: str | None, out: Path | None, on: date | None) -> None:
    """Show what each partner promised, was called for, has paid and owes."""
    from models.queries.position import partner_funds
    from reports.listings import Listing, Report

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        found = partner_funds(session, on=scope.day, projects=scope.keys)
    rows = [_partner_row(scope, one) for one in found]
    whole = by_partner(scope, rows, FUNDS)
    headings = {"partner": _("Partner"), **funds_headings()}
    listings = [Listing(_("By project"), {**scope.whose(out), **headings}, [scope.cells(r) for r in rows])]
    if scope.one is None:
        listings.append(Listing(_("By partner"), headings, [scope.cells(row) for row in whole]))
    report = Report(
        title=scope.title(_("Money of the partners")),
        day=scope.day,
        language=spoken(),
        listings=listings,
        sample=scope.has_samples,
    )
    totals = totals_as_data(rows, FUNDS)
    serve(desk, {"on": scope.day, "partners": rows, "by_partner": whole, "totals": totals}, report, out)


def _partner_row(scope: Scope, one: "PartnerFunds") -> dict[str, Any]:
    amounts = {name: getattr(one, name) for name in FUNDS}
    who = {"partner": one.partner, "name": scope.partners[one.partner]}
    return {**scope.of_project(one.project), **who, **amounts}


def by_partner(
    scope: Scope, rows: Iterable[dict[str, Any]], fields: Collection[str]
) -> list[dict[str, Any]]:
    """Return the sums of each partner over its projects, by currency."""
    from reports.listings import sums_of

    of_one: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        of_one.setdefault(row["partner"], []).append(row)
    return [
        {"partner": key, "name": scope.partners[key], "currency": currency, **sums}
        for key in sorted(of_one)
        for currency, sums in sums_of(of_one[key], fields).items()
    ]
