"""`tadshin money controls`: every row of the books that breaks a rule of them."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.controls import Severity
from tadshin.terminal.choices import OneOf
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import option
from tadshin.terminal.language import _, named, spoken
from tadshin.terminal.money import money
from tadshin.terminal.money_scope import Scope, on_day, open_scope, some_projects
from tadshin.terminal.money_tables import serve

if TYPE_CHECKING:
    from models.rules.controls import Offence

_HEADINGS = ("number", "severity", "control", "reference", "amount", "limit", "difference")


@money.command(
    "controls",
    examples=("tadshin money controls", "tadshin money controls tamesna-complex --severity block --json"),
)
@some_projects
@on_day
@option("--severity", type=OneOf(Severity, "severity"), metavar="SEVERITY", help="Only of this severity.")
@click.pass_obj
def controls(
    desk: Desk, key: str | None, out: Path | None, on: date | None, severity: Severity | None
) -> Exit:
    """Run the controls of the books, and list every breach with its amounts.

    The call ends with 3 when a blocking breach is listed.
    """
    from models.queries.controls import run_controls
    from reports.listings import Listing, Report

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        found = run_controls(session, project=key, today=scope.day)
    kept = [
        one for one in found if scope.covers(one.project) and (severity is None or one.severity is severity)
    ]
    rows = [_row(scope, one) for one in kept]
    listing = Listing(
        _("Breaches"),
        {**scope.whose(out), **_headings()},
        [scope.cells(row) for row in rows],
        unsummed=_HEADINGS,
    )
    report = Report(
        title=scope.title(_("Controls of the books")),
        day=scope.day,
        language=spoken(),
        listings=[listing],
        sample=scope.has_samples,
    )
    blocking = sum(1 for one in kept if one.severity is Severity.BLOCK)
    counted = {"blocking": blocking, "warnings": len(kept) - blocking}
    serve(desk, {"on": scope.day, "breaches": rows, **counted}, report, out)
    return Exit.REFUSED if blocking else Exit.DONE


def _headings() -> dict[str, str]:
    titles = (
        *(_("Rule"), _("Gravity"), _("Breach"), _("Reference")),
        *(_("Amount"), _("Limit"), _("Difference")),
    )
    return dict(zip(_HEADINGS, titles, strict=True))


def _row(scope: Scope, one: "Offence") -> dict[str, Any]:
    return {
        **scope.of_project(one.project),
        "number": one.number,
        "severity": one.severity,
        "control": one.control,
        "text": named("control", one.control),
        "reference": one.reference,
        "row": str(one.row),
        "amount": one.amount,
        "limit": one.limit,
        "difference": one.difference,
    }
