"""`tadshin money gap`: what nobody pays for, what nobody has signed, and what comes too late."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.money import Money
from tadshin.terminal.desk import Desk
from tadshin.terminal.language import _, spoken
from tadshin.terminal.money import money
from tadshin.terminal.money_scope import Scope, on_day, open_scope, some_projects
from tadshin.terminal.money_tables import serve, totals_as_data

if TYPE_CHECKING:
    from models.queries.gaps import ProjectGap
    from models.rules.payment_curve import Shortfall
    from reports.listings import Listing

_AMOUNTS = ("budget", "committed", "unsigned", "share", "gap", "stated_gap", "unstated", "short")


@money.command("gap", examples=("tadshin money gap tamesna-complex", "tadshin money gap --out gap.pdf"))
@some_projects
@on_day
@click.pass_obj
def gap(desk: Desk, key: str | None, out: Path | None, on: date | None) -> None:
    """Show what of the budget nobody pays for, and what is missing month by month.

    The gap stands beside what was stated of it, with the plan; then come the promises that nobody has
    signed, the contracts whose payments are not planned whole, and each month that the money at hand
    and the tranches in time do not cover, with the partner whose tranche comes too late.
    """
    from models.queries.gaps import project_gaps
    from reports.listings import Report

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        found = project_gaps(session, on=scope.day, projects=scope.keys)
    rows = [_row(scope, one) for one in found]
    report = Report(
        title=scope.title(_("Funding gap")),
        day=scope.day,
        language=spoken(),
        listings=[
            _gaps(scope, rows, out),
            _inside(
                scope, rows, out, "promises_unsigned", _("Promises that nobody has signed"), _signing()
            ),
            _inside(scope, rows, out, "unplanned", _("Contracts without planned payments"), _planning()),
            _inside(scope, rows, out, "shortfalls", _("Missing month by month"), _missing()),
        ],
        sample=scope.has_samples,
    )
    serve(desk, {"on": scope.day, "projects": rows, "totals": totals_as_data(rows, _AMOUNTS)}, report, out)


def _listings(scope: Scope, rows: Sequence[Mapping[str, Any]], out: Path | None) -> list["Listing"]:
    unsigned, unplanned = _("Promises that nobody has signed"), _("Contracts without planned payments")
    return [
        _gaps(scope, rows, out),
        _inside(scope, rows, out, "promises_unsigned", unsigned, _signing()),
        _inside(scope, rows, out, "unplanned", unplanned, _planning()),
        _inside(scope, rows, out, "shortfalls", _("Missing month by month"), _missing()),
    ]


def _gaps(scope: Scope, rows: Sequence[Mapping[str, Any]], out: Path | None) -> "Listing":
    from reports.listings import Listing

    headings = {
        "budget": _("Budget"),
        "committed": _("Committed"),
        "unsigned": _("Of it unsigned"),
        "share": _("Foundation's share"),
        "gap": _("Gap"),
        "stated_gap": _("Stated gap"),
        "stated_on": _("Stated on"),
        "plan": _("Plan for the gap"),
        "short": _("Most missing in a month"),
    }
    return Listing(_("Gap"), {**scope.whose(out), **headings}, [scope.cells(row) for row in rows])


def _inside(
    scope: Scope,
    rows: Sequence[Mapping[str, Any]],
    out: Path | None,
    name: str,
    title: str,
    headings: Mapping[str, str],
) -> "Listing":
    """Return the rows that stand inside those of the projects as a table of their own."""
    from notifications.writing import write_month
    from reports.listings import Listing

    cells = []
    for row in rows:
        for one in row[name]:
            cell = scope.cells({"project": row["project"], **one})
            if "month" in one:
                cell["month"] = write_month(date.fromisoformat(f"{one['month']}-01"), spoken())
                cell["partner"] = cell["partner"] or _("promised by nobody")
            cells.append(cell)
    # What is missing of a month is missing of the next one too: no sum of it means anything.
    return Listing(title, {**scope.whose(out), **headings}, cells, unsummed=("missing",))


def _signing() -> dict[str, str]:
    return {"partner": _("Partner"), "reference": _("Reference"), "amount": _("Amount")}


def _planning() -> dict[str, str]:
    return {"contract": _("Contract"), "amount": _("Amount")}


def _missing() -> dict[str, str]:
    return {
        "month": _("Month"),
        "missing": _("Missing"),
        "partner": _("Partner"),
        "tranche": _("Tranche"),
        "expected_on": _("Expected on"),
    }


def _row(scope: Scope, one: "ProjectGap") -> dict[str, Any]:
    standing = one.position
    return {
        **scope.of_project(standing.project),
        "name": scope.names[standing.project],
        "budget": standing.budget,
        "committed": standing.committed,
        "unsigned": standing.unsigned,
        "share": standing.share,
        "gap": standing.gap,
        "stated_gap": standing.stated_gap,
        "unstated": one.unstated,
        "stated_on": one.stated_on,
        "plan": one.plan,
        "short": one.short,
        "promises_unsigned": [
            {
                "partner": promise.partner,
                "name": scope.partners[promise.partner],
                "reference": promise.reference,
                "amount": promise.amount,
            }
            for promise in one.unsigned
        ],
        "unplanned": [{"contract": reference, "amount": amount} for reference, amount in one.unplanned],
        "shortfalls": [_shortfall(hole, standing.budget.currency) for hole in one.shortfalls],
    }


def _shortfall(hole: "Shortfall", currency: str) -> dict[str, Any]:
    source = hole.source
    return {
        "month": f"{hole.month:%Y-%m}",
        "missing": Money(hole.missing, currency),
        "partner": source.payer.key if source else None,
        "tranche": source.tranche if source else None,
        "expected_on": source.on if source else None,
    }
