"""`tadshin certificate ...`: accounts of works, advances, retention given back, each deduction told."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.contracts import ContractTable
from models.rules.errors import BadValue
from models.rules.money import Money
from tadshin.terminal import account_pages, paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.figures import Measured, Month
from tadshin.terminal.grammar import Noun, argument, likewise, option
from tadshin.terminal.language import _, fill
from tadshin.terminal.money_works import certificates
from tadshin.terminal.values import Amount, SignedAmount, Whole
from tadshin.terminal.works import contract_reference, dated, given_file, reading, referred, refuse_sheet

if TYPE_CHECKING:
    from models.operations.certificates import Certified
    from models.queries.accounts import AccountStatement

_REFERENCE = "The account's own reference; the same again changes nothing."


@click.group("certificate", cls=Noun, order=("list",))
def certificate() -> None:
    """Payment certificates: accounts of works, advances, retention given back."""


certificate.add_command(
    likewise(certificates, "tadshin certificate list rahma-cmp", "tadshin certificate list --json"), "list"
)


@certificate.command(
    "enter",
    examples=(
        "tadshin certificate enter M-1/2026 --reference D1 --on 2026-05-31 --amount 400000 --dry-run"
        " --as LOGIN",
        "tadshin certificate enter M-1/2026 --reference D1 --on 2026-05-31 --item 1.1=50 --item 1.2=10,05"
        " --as LOGIN",
        "tadshin certificate enter M-1/2026 --reference D1 --on 2026-05-31 --file done.xlsx --as LOGIN",
    ),
)
@contract_reference
@referred(_REFERENCE)
@dated("The day of the account.")
@option(
    "--amount",
    "gross",
    type=SignedAmount(),
    metavar="AMOUNT",
    help="What this account alone certifies, all taxes included; with a minus in the last one alone.",
)
@option(
    "--item",
    "items",
    type=Measured(),
    multiple=True,
    metavar="CODE=QUANTITY",
    help="All that is done so far of a bill item, in place of an amount; repeated for each item.",
)
@given_file("The codes and quantities in a table, .csv or .xlsx, in place of --item.")
@option("--last", is_flag=True, help="It is the last account: it takes all that is left to take.")
@option(
    "--worked-in",
    type=Month(),
    metavar="MONTH",
    help="The month whose index revises prices; that of the account otherwise.",
)
@option(
    "--special-penalty",
    type=Amount(),
    metavar="AMOUNT",
    help="A penalty for another reason than delay, which is worked out by itself.",
)
@option("--number", type=Whole(1, 100_000), metavar="NUMBER", help="Refused unless it is the next one.")
@option("--dry-run", is_flag=True, help="Show what the account would come to; write nothing.")
@click.pass_obj
def enter(
    desk: Desk,
    /,
    contract: str,
    items: tuple[tuple[str, int], ...],
    file: Path | None,
    dry_run: bool,
    **described: Any,
) -> Exit | None:
    """Certify an account, from an amount or from measured quantities, with every deduction.

    Quantities are cumulative: all that is done so far. An item that is not named stays as last
    measured. Retention, advance, penalties and VAT are worked out from the contract.
    """
    from models.operations.certificates import NewAccount

    if items and file:
        raise BadValue(field="quantity", value="", reason="options_or_file")
    quantities: Mapping[str, int] | None = _once(items) if items else None
    if file is not None:
        sheet = _sheet(desk, file)
        if sheet.problem_count:
            refuse_sheet(desk, {"contract": contract, "dry_run": dry_run}, sheet)
            return Exit.BAD_ARGUMENTS
        quantities = {row["code"]: row["quantity"] for row in sheet.rows}
    _certify(desk, contract, NewAccount(quantities=quantities, **described), dry_run)
    return None


@certificate.command(
    "advance",
    examples=("tadshin certificate advance M-1/2026 100000 --on 2026-02-10 --reference AV-1 --as LOGIN",),
)
@contract_reference
@argument("amount", type=Amount(), metavar="AMOUNT", help="The amount in dirhams.")
@dated("The day of the certificate.")
@referred(_REFERENCE)
@click.pass_obj
def advance(desk: Desk, contract: str, amount: Money, dated: date, reference: str) -> None:
    """Certify an advance, which the accounts that follow recover."""
    from models.operations.certificates import give_advance

    with desk.writing() as session:
        made = give_advance(
            session,
            contract=contract,
            reference=reference,
            dated=dated,
            amount=amount,
            by=desk.login(),
            at=desk.now,
        )
        told = _stated(session, made)
    _tell(desk, told, made)


@certificate.command(
    "release-retention",
    examples=(
        "tadshin certificate release-retention M-1/2026 --on 2028-02-10 --reference RG-1 --as LOGIN",
    ),
)
@contract_reference
@dated("The day of the certificate.")
@referred(_REFERENCE)
@option("--amount", type=Amount(), metavar="AMOUNT", help="All that may be given back otherwise.")
@click.pass_obj
def release_retention(desk: Desk, contract: str, dated: date, reference: str, amount: Money | None) -> None:
    """Certify retention that is given back.

    What a bond stands for may be given back at once, all of it after the definitive acceptance.
    """
    from models.operations import certificates

    with desk.writing() as session:
        made = certificates.release_retention(
            session,
            contract=contract,
            reference=reference,
            dated=dated,
            amount=amount,
            by=desk.login(),
            at=desk.now,
        )
        told = _stated(session, made)
    _tell(desk, told, made)


@certificate.command("show", examples=("tadshin certificate show M-1/2026 2",))
@contract_reference
@argument("number", metavar="NUMBER", type=Whole(1, 100_000), help="The certificate's number: 1, 2, 3…")
@click.pass_obj
def show(desk: Desk, contract: str, number: int) -> None:
    """Show a certificate with every deduction: what it is, and what led to it."""
    from models.queries.accounts import account_statement

    with reading(desk, contract) as read:
        told = account_statement(read.session, read.contract.reference, number)
    desk.answer(paper.plain(told), lambda: account_pages.show(told))


def _sheet(desk: Desk, file: Path) -> Any:
    from intake.contract_tables import read_contract_table

    desk.arrive()
    return read_contract_table(file, ContractTable.QUANTITIES)


def _once(items: Sequence[tuple[str, int]]) -> dict[str, int]:
    found = dict(items)
    if len(found) < len(items):
        codes = [code for code, _done in items]
        twice = next(code for code in found if codes.count(code) > 1)
        raise BadValue(field="code", value=twice, reason="taken")
    return found


def _certify(desk: Desk, contract: str, new: Any, dry_run: bool) -> None:
    from models.operations.certificates import certify

    with desk.writing() as session:
        made = certify(session, contract=contract, new=new, by=desk.login(), at=desk.now, dry_run=dry_run)
        told = _stated(session, made)
    _tell(desk, told, made, dry_run)


def _stated(session: Any, made: "Certified") -> "AccountStatement":
    """Return the statement of what was certified just now, or stands in the books already."""
    from models.queries.accounts import account_statement, statement_of
    from models.tables import Contract

    if made.changed:
        return statement_of(session, made.certificate, made.measured)
    contract = session.get_one(Contract, made.certificate.contract_id)
    return account_statement(session, contract.reference, made.certificate.number)


def _tell(desk: Desk, told: "AccountStatement", made: "Certified", dry_run: bool = False) -> None:
    """Answer with the whole statement, and with what became of it."""
    data = {**paper.plain(told), "changed": made.changed, "dry_run": dry_run}
    data |= {"near_cap": made.near_cap, "at_cap": made.at_cap}
    desk.answer(data, lambda: _show_told(told, made, dry_run))


def _show_told(told: "AccountStatement", made: "Certified", dry_run: bool) -> None:
    account_pages.show(told)
    paper.line()
    sentence = _("Certificate {number} of {contract} is written.")
    if not made.changed:
        sentence = _("Certificate {number} of {contract} was written already.")
    elif dry_run:
        sentence = _("A dry run: certificate {number} of {contract} is not written.")
    words = fill(sentence, number=told.number, contract=told.contract)
    paper.line(words, style="yellow" if dry_run and made.changed else "green")
    if made.at_cap:
        paper.line(_("The penalty for delay has reached its cap: the contract may be ended."), style="red")
    elif made.near_cap:
        paper.line(_("The penalty for delay is near its cap."), style="yellow")
