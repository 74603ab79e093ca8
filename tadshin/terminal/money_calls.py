"""`tadshin money calls|ageing`: what partners were called for, and how long they have owed it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.ageing import Age, age_of
from models.rules.money import Money
from models.rules.tranches import CallFlag, CallState
from tadshin.terminal.choices import OneOf
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import option
from tadshin.terminal.language import _, named, spoken
from tadshin.terminal.money import money
from tadshin.terminal.money_funds import by_partner
from tadshin.terminal.money_scope import Scope, on_day, open_scope, some_projects
from tadshin.terminal.money_tables import serve, totals_as_data

if TYPE_CHECKING:
    from models.queries.funding import AgeingLine, CallLine

_AMOUNTS = ("amount", "paid", "outstanding")
_OWED = (*Age, "total")


@money.command(
    "calls",
    examples=("tadshin money calls tamesna-complex", "tadshin money calls --state draft --json"),
)
@some_projects
@option("--state", type=OneOf(CallState, "call"), metavar="STATE", help="Only calls in this state.")
@click.pass_obj
def calls(desk: Desk, key: str | None, out: Path | None, state: CallState | None) -> None:
    """List the calls for funds: their state, what was paid, how long they are overdue.

    A call in doubt says why: what let it be made is true no more.
    """
    from models.queries.funding import list_calls
    from reports.listings import Listing, Report

    states = tuple(CallState) if state is None else (state,)
    with desk.reading() as session:
        scope = open_scope(desk, session, key, None)
        found = [
            call for call in list_calls(session, project=key, states=states) if scope.covers(call.project)
        ]
    rows = [_call_row(scope, call) for call in found]
    listing = Listing(
        _("Calls for funds"),
        {**scope.whose(out), **_call_headings()},
        [_call_cells(scope, row) for row in rows],
    )
    report = Report(
        title=scope.title(_("Calls for funds")),
        day=scope.day,
        language=spoken(),
        listings=[listing],
        sample=scope.has_samples,
    )
    serve(desk, {"on": scope.day, "calls": rows, "totals": totals_as_data(rows, _AMOUNTS)}, report, out)


def _call_headings() -> dict[str, str]:
    return {
        "number": _("Number"),
        "partner": _("Partner"),
        "commitment": _("Commitment"),
        "tranche": _("Tranche"),
        "state": _("State"),
        "amount": _("Amount"),
        "paid": _("Paid"),
        "outstanding": _("Outstanding"),
        "issued_on": _("Issued on"),
        "due_on": _("Due on"),
        "days_overdue": _("Days overdue"),
        "flag": _("In doubt"),
        "snoozed_until": _("Rests until"),
    }


def _call_row(scope: Scope, call: "CallLine") -> dict[str, Any]:
    """Return a call as scripts read it; only one that has gone out is owed, and grows old."""
    issued = call.state is CallState.ISSUED
    owed = call.outstanding if issued else Money(0, call.amount.currency)
    aged = issued and call.due_on is not None and owed.centimes > 0
    return {
        **scope.of_project(call.project),
        "id": str(call.id),
        "number": call.number,
        "partner": call.partner,
        "name": scope.partners[call.partner],
        "commitment": call.commitment,
        "tranche": call.tranche,
        "state": call.state,
        "amount": call.amount,
        "paid": call.paid,
        "outstanding": owed,
        "issued_on": call.issued_on,
        "due_on": call.due_on,
        "age": age_of(call.due_on, scope.day) if aged and call.due_on else None,
        "days_overdue": max(0, (scope.day - call.due_on).days) if aged and call.due_on else None,
        "flag": call.flag or None,
        "snoozed_until": call.snoozed_until,
    }


def _call_cells(scope: Scope, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call as people read it; one without a number is known by its id, as commands take it."""
    flag = row["flag"]
    known = flag in {member.value for member in CallFlag}
    return {
        **scope.cells(row),
        "number": row["number"] or row["id"],
        "flag": named("call_flag", flag) if known else flag or "",
    }


@money.command("ageing", examples=("tadshin money ageing", "tadshin money ageing --out ageing.xlsx"))
@some_projects
@on_day
@click.pass_obj
def ageing(desk: Desk, key: str | None, out: Path | None, on: date | None) -> None:
    """Show what each partner owes for each project, by how long it has been overdue."""
    from models.queries.funding import ageing as aged
    from reports.listings import Listing, Report

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        found = aged(session, on=scope.day, projects=scope.keys)
    rows = [_age_row(scope, one) for one in found]
    whole = by_partner(scope, rows, _OWED)
    headings = {
        "partner": _("Partner"),
        **{age.value: named("age", age) for age in Age},
        "total": _("Total owed"),
    }
    listings = [Listing(_("By project"), {**scope.whose(out), **headings}, [scope.cells(r) for r in rows])]
    if scope.one is None:
        listings.append(Listing(_("By partner"), headings, [scope.cells(row) for row in whole]))
    report = Report(
        title=scope.title(_("Ageing of what partners owe")),
        day=scope.day,
        language=spoken(),
        listings=listings,
        sample=scope.has_samples,
    )
    totals = totals_as_data(rows, _OWED)
    serve(desk, {"on": scope.day, "ageing": rows, "by_partner": whole, "totals": totals}, report, out)


def _age_row(scope: Scope, one: "AgeingLine") -> dict[str, Any]:
    owed = {age.value: Money(amount, one.currency) for age, amount in one.owed.items()}
    who = {"partner": one.partner, "name": scope.partners[one.partner]}
    return {**scope.of_project(one.project), **who, **owed, "total": Money(one.total, one.currency)}
