"""`tadshin reconcile report`: a bank account in a period, its balance tied to the ledger's."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.rules.authority import Action
from models.rules.errors import BadValue
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import argument, option
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.values import Day, NewFile

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.rules.spans import DaySpan
    from models.tables import StatementAccount

_TWO = 2


@reconcile.command(
    "report",
    examples=(
        "tadshin reconcile report 2026-03",
        "tadshin reconcile report 2026-Q1 --account bank-1 --lang ar --out report.pdf",
        "tadshin reconcile report 2026-01-01 2026-04-01 --account bank-1 --out report.xlsx",
    ),
)
@argument(
    "period",
    metavar="PERIOD",
    nargs=-1,
    required=True,
    help="A month (2026-03), a quarter (2026-Q1), a year (2026), or two dates: the second is not in it.",
)
@option("--account", metavar="KEY", help="The bank account; not needed where there is one.")
@option(
    "--out",
    type=NewFile(),
    metavar="FILE",
    help="Write it into a new file as its ending says: .xlsx, .html, .pdf or .csv.",
)
@click.pass_obj
def report(desk: Desk, period: Sequence[str], account: str | None, out: Path | None) -> Exit:
    """Report on a bank account in a period.

    The bank's balance at its end is tied to that of the ledger by items that are listed: in the bank and
    not in the ledger, in the ledger and not in the bank, amounts that differ. Then what was booked,
    suggested and left, what people decided, cases, runs with their thresholds and hashes, and files with
    theirs. The call ends with 3 when the balances do not tie.
    """
    from models.queries.bank_reports import read_bank_report
    from tadshin.terminal.money_tables import serve
    from tadshin.terminal.reconcile_report_pages import as_data, as_report

    days = days_asked(period)
    with desk.reading() as session:
        desk.allow(session, Action.READ)
        found = read_bank_report(session, _bank(session, account), days)
    serve(desk, as_data(found), as_report(found), out)
    return Exit.REFUSED if found.tie is not None and found.tie.rest else Exit.DONE


def days_asked(period: Sequence[str]) -> "DaySpan":
    """Return the days that somebody asks for, by a name or by two dates.

    Raises: BadValue.
    Source: docs/rules.md, R41.
    """
    from models.rules.spans import days_between, read_days
    from models.rules.text import visible

    said = [part for one in period for part in one.split("..") if part]
    if len(said) == _TWO:
        context = click.get_current_context(silent=True)
        first, end = (Day().convert(one, None, context) for one in said)
        return days_between(first, end)
    days = read_days(said[0]) if len(said) == 1 else None
    if days is None:
        raise BadValue(field="period", value=visible(" ".join(period)[:60]), reason="not_a_period")
    return days


def _bank(session: "Session", key: str | None) -> "StatementAccount":
    """Return the account asked for, or the only one of a bank.

    Raises: UnknownKey, BadValue.
    """
    from models.queries.statements import find_account, only_account
    from models.rules.statements import AccountKind

    account = find_account(session, key) if key else only_account(session, AccountKind.BANK)
    if account.kind is not AccountKind.BANK:
        raise BadValue(field="account", value=account.key, reason="not_a_bank")
    return account
