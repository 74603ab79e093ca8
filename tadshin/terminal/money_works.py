"""`tadshin money lines|contracts|certificates`: what is engaged, certified and paid."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
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
    from models.queries.account_lines import AccountLine
    from models.queries.budgets import LinePosition
    from models.queries.contracts import ContractPosition

_OF_LINES = ("initial", "budget", "engaged", "certified", "paid", "available")
_OF_CONTRACTS = (
    *("amount", "amendments", "total", "certified", "revision", "retention_held", "advance_left"),
    *("penalty", "net", "paid", "owed", "overdue"),
)
_OF_ACCOUNTS = ("revision", "retention", "recovered", "penalty", "vat_withheld", "net", "paid", "owed")
"""What may be summed over accounts: the gross of an advance is no works, and would be counted twice."""


@money.command("lines", examples=("tadshin money lines tamesna-complex", "tadshin money lines --json"))
@some_projects
@on_day
@click.pass_obj
def lines(desk: Desk, key: str | None, out: Path | None, on: date | None) -> None:
    """List the budget lines: their first amount, what it became, what is engaged, certified and paid."""
    from models.queries.budgets import list_lines

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        rows = [_line_row(scope, one) for one in list_lines(session, on=scope.day, projects=scope.keys)]
    headings = {
        "code": _("Line"),
        "stage": _("Stage"),
        "nature": _("Nature"),
        "label": _("Label"),
        "initial": _("Initial"),
        "budget": _("Revised"),
        "engaged": _("Engaged"),
        "certified": _("Certified"),
        "paid": _("Paid"),
        "available": _("Available"),
    }
    _serve(desk, scope, out, ("lines", _("Budget lines")), headings, rows, _OF_LINES)


def _line_row(scope: Scope, one: "LinePosition") -> dict[str, Any]:
    described = {name: getattr(one, name) for name in ("code", "stage", "nature", "label")}
    amounts = {name: getattr(one, name) for name in _OF_LINES}
    return {**scope.of_project(one.project), **described, **amounts}


@money.command(
    "contracts",
    examples=("tadshin money contracts tamesna-complex", "tadshin money contracts --out contracts.xlsx"),
)
@some_projects
@on_day
@click.pass_obj
def contracts(desk: Desk, key: str | None, out: Path | None, on: date | None) -> None:
    """List the contracts: what they come to, what is certified, held, owed and late."""
    from models.queries.contracts import contract_positions

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        found = contract_positions(session, on=scope.day, project=key)
        rows = [_contract_row(scope, one) for one in found if scope.covers(one.project)]
    headings = {
        "reference": _("Contract"),
        "contractor": _("Contractor"),
        "total": _("With amendments"),
        "certified": _("Certified"),
        "retention_held": _("Retention held"),
        "penalty": _("Penalty for delay"),
        "paid": _("Paid"),
        "owed": _("Owed"),
        "overdue": _("Of it overdue"),
        "ends_on": _("Ends on"),
        "days_late": _("Days late"),
    }
    _serve(desk, scope, out, ("contracts", _("Contracts")), headings, rows, _OF_CONTRACTS)


def _contract_row(scope: Scope, one: "ContractPosition") -> dict[str, Any]:
    told = {field.name: getattr(one, field.name) for field in fields(one) if field.name != "on"}
    over = [{"limit": name, "amount": excess} for name, excess in one.over_limits]
    sample = one.sample or one.project in scope.samples
    return {**told, "total": one.total, "over_limits": over, "sample": sample}


@money.command(
    "certificates",
    examples=(
        "tadshin money certificates tamesna-complex",
        "tadshin money certificates --out accounts.csv",
    ),
)
@some_projects
@on_day
@click.pass_obj
def certificates(desk: Desk, key: str | None, out: Path | None, on: date | None) -> None:
    """List the payment certificates with each deduction, and what of them was paid.

    `tadshin certificate show` shows one of them.
    """
    from models.queries.account_lines import list_accounts

    with desk.reading() as session:
        scope = open_scope(desk, session, key, on)
        rows = [
            _account_row(scope, one) for one in list_accounts(session, on=scope.day, projects=scope.keys)
        ]
    headings = {
        "contract": _("Contract"),
        "number": _("Number"),
        "kind": _("Kind"),
        "dated": _("Dated"),
        "gross": _("Gross"),
        "revision": _("Price revision"),
        "retention": _("Retention"),
        "recovered": _("Advance recovered"),
        "penalty": _("Penalties"),
        "vat_withheld": _("VAT withheld"),
        "net": _("Net"),
        "paid": _("Paid"),
        "owed": _("Owed"),
        "due_on": _("Due on"),
    }
    _serve(desk, scope, out, ("certificates", _("Payment certificates")), headings, rows, _OF_ACCOUNTS)


def _account_row(scope: Scope, one: "AccountLine") -> dict[str, Any]:
    described = ("contract", "number", "kind", "reference", "dated", "due_on", "gross", *_OF_ACCOUNTS)
    return {**scope.of_project(one.project), **{name: getattr(one, name) for name in described}}


def _serve(
    desk: Desk,
    scope: Scope,
    out: Path | None,
    table: tuple[str, str],
    headings: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    summed: Sequence[str],
) -> None:
    """Answer with one table; `table` is its name for scripts and its title for people."""
    from reports.listings import Listing, Report

    name, title = table
    cells = [scope.cells(row) for row in rows]
    report = Report(
        title=scope.title(title),
        day=scope.day,
        language=spoken(),
        listings=[Listing(title, {**scope.whose(out), **headings}, cells, unsummed=("gross",))],
        sample=scope.has_samples,
    )
    serve(desk, {"on": scope.day, name: rows, "totals": totals_as_data(rows, summed)}, report, out)
