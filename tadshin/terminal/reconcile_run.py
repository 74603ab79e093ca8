"""`tadshin reconcile run`: books what is certain, suggests the rest, opens and closes cases."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from models.rules.errors import BadValue
from tadshin.terminal import paper
from tadshin.terminal.choices import partner_keys, project_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.values import Day

if TYPE_CHECKING:
    from models.operations.reconciliation_runs import RunAnswer
    from models.queries.run_digests import Tally


def period(command: F) -> F:
    """Add the two options that say of which days lines are."""
    until = option("--to", "last", type=Day(), metavar="DATE", help="Only lines of this day or before.")
    since = option("--from", "first", type=Day(), metavar="DATE", help="Only lines of this day or after.")
    return since(until(command))


def of_account(command: F) -> F:
    """Add the option that names a bank account."""
    return option("--account", metavar="KEY", help="Only lines of this account.")(command)


def day_after(last: date | None, first: date | None) -> date | None:
    """Return the exclusive end of a period whose last day is given.

    Raises: BadValue where that lies before the first one.
    """
    if last is not None and first is not None and last < first:
        raise BadValue(field="period", value=last, reason="ends_before_start", limit=first)
    return last + timedelta(days=1) if last is not None else None


@reconcile.command(
    "run",
    examples=(
        "tadshin reconcile run --as LOGIN",
        "tadshin reconcile run --from 2026-01-01 --to 2026-03-31 --as LOGIN",
        "tadshin reconcile run --project tamesna-complex --as LOGIN --json",
    ),
)
@period
@option("--partner", metavar="KEY", help="Only what this partner owes.", shell_complete=partner_keys)
@option("--project", metavar="KEY", help="Only what is of this project.", shell_complete=project_keys)
@of_account
@click.pass_obj
def run(
    desk: Desk,
    first: date | None,
    last: date | None,
    partner: str | None,
    project: str | None,
    account: str | None,
) -> None:
    """Match the open lines with what was called and certified.

    Only what is certain is booked; of the rest up to three suggestions are kept for each line. What a
    person has decided is never touched. All lines are looked at, whatever is asked for: the options say
    about which of them this run decides. The same again changes nothing.
    """
    from models import db
    from models.queries.partners import match_partner
    from models.rules.reconciliation import Scope
    from tasks.reconciling import run_reconciliation

    desk.arrive()
    with desk.reading() as session:
        body = match_partner(session, partner, project).key if partner is not None else None
    scope = Scope(first, day_after(last, first), body, project, account)
    steps = {"reading": _("Reading"), "matching": _("Matching"), "booking": _("Booking")}
    answer = run_reconciliation(
        db.engine(), scope, desk.login(), desk.now, lambda name: desk.progress(steps[name])
    )
    desk.answer(_as_data(answer), lambda: _show(answer))


def _as_data(answer: "RunAnswer") -> dict[str, Any]:
    return {
        "run": answer.run,
        "changed": answer.changed,
        "booked": answer.booked,
        "suggested": answer.suggested,
        "left": answer.left,
        "cases": answer.cases,
        "opened": answer.opened,
        "closed": answer.closed,
        "hindered": answer.hindered,
        "learnt": answer.learnt,
        "careful": answer.careful,
        "rules_version": answer.rules_version,
        "snapshot": answer.snapshot_sha256,
        "outcome": answer.outcome_sha256,
    }


def _show(answer: "RunAnswer") -> None:
    from notifications.words import listed

    if answer.changed:
        _table(_("Booked"), "match_kind", answer.booked)
    else:
        paper.line(_("There was nothing new: nothing was written."), style="green")
    _table(_("Open cases"), "case_kind", answer.cases)
    left = _n("{count} line is open still.", "{count} lines are open still.", answer.left.count)
    if answer.left.amounts:
        left += " " + fill(_("They come to {amount}."), amount=listed(answer.left.amounts, spoken()))
    paper.line(left)
    if answer.left.count:
        paper.line(_suggested(answer.suggested))
    if answer.hindered:
        words = _n(
            "{count} match is not booked, because the books do not take it: tadshin reconcile cases",
            "{count} matches are not booked, because the books do not take them: tadshin reconcile cases",
            answer.hindered,
        )
        paper.line(words, style="yellow")
    if answer.careful and (answer.left.count or answer.booked):
        paper.line(_("These books prove little: only the surest matches are booked."), style="yellow")


def _suggested(count: int) -> str:
    if not count:
        return _("None of them has a suggestion.")
    return _n(
        "{count} of them has suggestions: tadshin reconcile lines --state suggested",
        "{count} of them have suggestions: tadshin reconcile lines --state suggested",
        count,
    )


def _table(title: str, family: str, sums: Mapping[str, "Tally"]) -> None:
    from notifications.words import listed

    if not sums:
        return
    columns = [
        paper.Column(title),
        paper.Column(_("How many"), whole=True, right=True),
        paper.Column(_("Amount"), whole=True, right=True),
    ]
    rows = [
        (named(family, kind), str(one.count), listed(one.amounts, spoken()) if one.amounts else "")
        for kind, one in sums.items()
    ]
    paper.table(columns, rows)
