"""`tadshin contract plan|bill|template`: tables of a contract, shown, or taken from options and files."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.contracts import ContractTable
from models.rules.errors import BadValue
from models.rules.money import Money
from tadshin.terminal import contract_pages, paper
from tadshin.terminal.choices import OneOf
from tadshin.terminal.contracts import contract
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.figures import Planned, quantity
from tadshin.terminal.grammar import argument, option
from tadshin.terminal.language import _, _n, fill, spoken
from tadshin.terminal.works import contract_reference, given_file, month, reading, refuse_sheet

if TYPE_CHECKING:
    from models.queries.contract_facts import BillLine


@contract.command(
    "plan",
    examples=(
        "tadshin contract plan M-1/2026",
        "tadshin contract plan M-1/2026 --month 2026-05=400000 --month 2026-06=600000 --as LOGIN",
        "tadshin contract plan M-1/2026 --file plan.csv --as LOGIN",
    ),
)
@contract_reference
@option(
    "--month",
    "months",
    type=Planned(),
    multiple=True,
    metavar="MONTH=AMOUNT",
    help="What is expected to be paid in a month, such as 2026-05=1500000; repeated for each month.",
)
@given_file("The months and amounts in a table, .csv or .xlsx, in place of --month.")
@click.pass_obj
def plan(
    desk: Desk, contract: str, months: tuple[tuple[date, Money], ...], file: Path | None
) -> Exit | None:
    """State what a contract is expected to cost in each month; without months, show what stands.

    Together the months are the contract's amount with its amendments. The plan before is kept.
    """
    if months and file:
        raise BadValue(field="month", value="", reason="options_or_file")
    if file is not None:
        sheet = _sheet(desk, file, ContractTable.PLAN)
        if sheet.problem_count:
            refuse_sheet(desk, {"contract": contract}, sheet)
            return Exit.BAD_ARGUMENTS
        months = tuple((row["month"], Money(row["amount"])) for row in sheet.rows)
    if months:
        _write_plan(desk, contract, months)
    else:
        _show_plan(desk, contract)
    return None


@contract.command(
    "bill",
    examples=(
        "tadshin contract bill M-1/2026",
        "tadshin contract bill M-1/2026 --file bill.xlsx --as LOGIN",
    ),
)
@contract_reference
@given_file("The lines of the bill, .csv or .xlsx; `tadshin contract template bill` writes an empty one.")
@click.pass_obj
def bill(desk: Desk, contract: str, file: Path | None) -> Exit | None:
    """Write the lines of a contract's bill from a file; without one, show the bill and what is measured.

    Lines that the file does not name stay as they are. What is measured keeps its price.
    """
    if file is None:
        _show_bill(desk, contract)
        return None
    sheet = _sheet(desk, file, ContractTable.BILL)
    if sheet.problem_count:
        refuse_sheet(desk, {"contract": contract}, sheet)
        return Exit.BAD_ARGUMENTS
    _write_bill(desk, contract, sheet.rows)
    return None


@contract.command(
    "template",
    examples=(
        "tadshin contract template bill bill.xlsx",
        "tadshin contract template quantities quantities.csv --lang ar",
    ),
)
@argument(
    "table",
    metavar="TABLE",
    type=OneOf(ContractTable, "contract_table"),
    help="bill, quantities or plan.",
)
@argument(
    "file", type=click.Path(path_type=Path), metavar="FILE", help="The file to write: .csv, or .xlsx."
)
@click.pass_obj
def template(desk: Desk, table: ContractTable, file: Path) -> None:
    """Write an empty table of a contract to fill in, with headings in the language spoken."""
    from intake.contract_tables import contract_vocabulary
    from intake.templates import write_template

    write_template(file, spoken(), contract_vocabulary(table))
    data = {"file": str(file), "table": table, "language": spoken()}
    desk.done(data, fill(_("{file} is written."), file=str(file)))


def _sheet(desk: Desk, file: Path, table: ContractTable) -> Any:
    from intake.contract_tables import read_contract_table

    desk.arrive()
    return read_contract_table(file, table)


def _write_plan(desk: Desk, contract: str, months: Sequence[tuple[date, Money]]) -> None:
    from models.operations.contracts import plan_payments

    curve = dict(months)
    if len(curve) < len(months):
        twice = next(one for one in curve if [named for named, _ in months].count(one) > 1)
        raise BadValue(field="month", value=month(twice), reason="taken")
    with desk.writing() as session:
        made = plan_payments(session, contract=contract, months=curve, by=desk.login(), at=desk.now)
    counted = _n("{count} month", "{count} months", len(curve))
    sentence = _("The payments of {contract} are planned over {months} (version {version}).")
    if not made.changed:
        sentence = _(
            "The payments of {contract} were planned so already, over {months} (version {version})."
        )
    data = {"contract": contract, "version": made.version, "changed": made.changed, "months": _curve(curve)}
    desk.done(data, fill(sentence, contract=contract, months=counted, version=made.version))


def _show_plan(desk: Desk, contract: str) -> None:
    from models.queries.contracts import payment_curve

    with reading(desk, contract) as read:
        months = payment_curve(read.session, read.contract.id, read.currency)
    data = {"contract": contract, "months": _curve({one.month: one.amount for one in months})}
    if months:
        desk.answer(data, lambda: contract_pages.show_plan(months))
    else:
        desk.answer(data, lambda: paper.line(_("No payments are planned yet: --month states them.")))


def _curve(months: Mapping[date, Money]) -> list[dict[str, Any]]:
    return [{"month": month(one), "amount": amount} for one, amount in sorted(months.items())]


def _write_bill(desk: Desk, contract: str, rows: Sequence[Mapping[str, Any]]) -> None:
    from models.operations.bills import NewItem, set_bill

    items = [NewItem(**{**row, "price": Money(row["price"])}) for row in rows]
    with desk.writing() as session:
        made = set_bill(session, contract=contract, items=items, by=desk.login(), at=desk.now)
    counted = {
        "new": _n("{count} new line", "{count} new lines", made.added),
        "changed": _n("{count} changed", "{count} changed", made.changed),
    }
    sentence = _("The bill of {contract}: {new}, {changed}; all of it comes to {amount}.")
    data = {"contract": contract, "added": made.added, "changed": made.changed, "total": made.total}
    desk.done({**data, "written": True}, fill(sentence, contract=contract, amount=made.total, **counted))


def _show_bill(desk: Desk, contract: str) -> None:
    from models.queries.contract_facts import list_bill

    with reading(desk, contract) as read:
        lines = list_bill(read.session, read.contract, read.currency)
        total = Money(sum(line.amount.centimes for line in lines), read.currency)
    data = {"contract": contract, "items": paper.plain(lines), "total": total}
    desk.answer(data, lambda: _print_bill(lines, total))


def _print_bill(lines: "Sequence[BillLine]", total: Money) -> None:
    from notifications.words import shown

    if not lines:
        paper.line(_("The bill is empty: --file writes its lines."))
        return
    columns = [
        paper.Column(_("Code"), whole=True),
        paper.Column(_("What it is")),
        paper.Column(_("Unit"), whole=True),
        paper.Column(_("Quantity"), whole=True, right=True),
        paper.Column(_("Price"), whole=True, right=True, spare=True),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Done"), whole=True, right=True),
    ]
    rows = [
        (
            line.code,
            line.label,
            line.unit,
            quantity(line.quantity),
            shown(line.price, spoken()),
            shown(line.amount, spoken()),
            quantity(line.measured),
        )
        for line in lines
    ]
    paper.table(columns, rows)
    paper.line(fill(_("All of it: {amount}."), amount=total), style="bold")
