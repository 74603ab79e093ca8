"""`tadshin contract ...`: what was signed, its figures, its orders and amendments."""

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from models.rules.contracts import AmendmentKind, ContractKind, OrderKind
from models.rules.terms import DEFAULTS
from tadshin.terminal import paper
from tadshin.terminal.choices import Coded, OneOf
from tadshin.terminal.desk import Desk
from tadshin.terminal.figures import Month, Term, read_figure, show_figure
from tadshin.terminal.grammar import Noun, argument, likewise, option
from tadshin.terminal.language import _, fill, named
from tadshin.terminal.money_works import contracts
from tadshin.terminal.values import Amount, Day, SignedAmount, Whole, project_key, reason
from tadshin.terminal.works import contract_reference, dated, day, passed_limits, reading, referred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.queries.contract_facts import TermLine

_AMOUNT = 'In dirhams, all taxes included: 1250.50 or "1 250,50".'


@click.group("contract", cls=Noun, order=("list",))
def contract() -> None:
    """Works, supply and service contracts: what was signed, and what became of it."""


contract.add_command(
    likewise(contracts, "tadshin contract list rahma-cmp", "tadshin contract list --out contracts.xlsx"),
    "list",
)


@contract.command(
    "show", examples=("tadshin contract show M-1/2026", "tadshin contract show M-1/2026 --on 2026-06-30")
)
@contract_reference
@option(
    "--on", "on", type=Day(), metavar="DATE", help="As it stood at the end of that day; today otherwise."
)
@click.pass_obj
def show(desk: Desk, contract: str, on: date | None) -> None:
    """Show a contract: amounts, time, what is certified, held and owed, and what was written of it."""
    from models.clock import local_day
    from models.queries.contract_facts import contract_file
    from tadshin.terminal import contract_pages

    with reading(desk, contract) as read:
        found = contract_file(read.session, read.contract, read.currency, on=on or local_day(desk.now))
    desk.answer(paper.plain(found), lambda: contract_pages.show(found))


@contract.command(
    "sign",
    examples=(
        'tadshin contract sign rahma-cmp M-1/2026 --line T1 --kind works --contractor "..."'
        " --amount 1000000 --days 365 --signed 2026-01-10 --as LOGIN",
    ),
)
@project_key
@argument("contract", metavar="CONTRACT", help="The contract's reference; the same again changes nothing.")
@option("--line", metavar="CODE", required=True, help="The budget line that it is on.")
@option(
    "--kind",
    type=OneOf(ContractKind, "contract_kind"),
    metavar="KIND",
    default=ContractKind.WORKS,
    help="works, supply or services; works otherwise.",
)
@option("--contractor", metavar="TEXT", required=True, help="Who carries it out.")
@option("--subject", metavar="TEXT", default="", help="What it is for.")
@option("--amount", type=Amount(), metavar="AMOUNT", required=True, help=_AMOUNT)
@option(
    "--days",
    "period_days",
    type=Whole(1, 3650),
    metavar="DAYS",
    required=True,
    help="The time for completion, in calendar days.",
)
@option("--signed", "signed_on", type=Day(), metavar="DATE", required=True, help="The day it was signed.")
@option("--notified", "notified_on", type=Day(), metavar="DATE", help="The day it was notified.")
@option("--index", "price_index", metavar="TEXT", default="", help="The index that revises its prices.")
@option(
    "--index-month",
    type=Month(),
    metavar="MONTH",
    help="The month that its prices are of, such as 2025-12.",
)
@option(
    "--term",
    "terms",
    type=Term(),
    multiple=True,
    metavar="NAME=VALUE",
    help="A figure that differs from the usual one, such as “retention_cap=5 %”; may be repeated.",
)
@click.pass_obj
def sign(
    desk: Desk, /, key: str, contract: str, line: str, terms: tuple[tuple[str, int], ...], **new: Any
) -> None:
    """Write a contract on a budget line of a project, with the figures of the day it was signed.

    Its figures are its own from then on (tadshin contract terms): a default that changes later does not
    change it. A budget line that is passed is said.
    """
    from models.operations.contracts import NewContract, sign_contract

    signed = NewContract(reference=contract, terms=dict(terms), **new)
    with desk.writing() as session:
        made = sign_contract(session, project=key, line=line, new=signed, by=desk.login(), at=desk.now)
    sentence = _("The contract {contract} with {contractor} is written: {amount}.")
    if not made.changed:
        sentence = _("The contract {contract} with {contractor} was written already: {amount}.")
    words = fill(
        sentence,
        contract=made.contract.reference,
        contractor=made.contract.contractor,
        amount=signed.amount,
    )
    data = {"contract": made.contract.reference, "project": key, "line": line, "changed": made.changed}
    _done(desk, {**data, "amount": signed.amount, "over_line": made.over_line}, words)


@contract.command("terms", examples=("tadshin contract terms M-1/2026",))
@contract_reference
@option("--on", "on", type=Day(), metavar="DATE", help="The figures of that day; of today otherwise.")
@option("--all", "every", is_flag=True, help="Show what held before and what will hold, too.")
@click.pass_obj
def terms(desk: Desk, contract: str, on: date | None, every: bool) -> None:
    """List the figures of a contract, each with the day since which it holds."""
    from models.clock import local_day
    from models.queries.contract_facts import list_terms

    asked = on or local_day(desk.now)
    with reading(desk, contract) as read:
        told = max(asked, read.contract.signed_on)
        lines = [line for line in list_terms(read.session, read.contract) if every or line.holds(told)]
    data = {"contract": contract, "on": told, "terms": [_term(line, told) for line in lines]}
    desk.answer(data, lambda: _show_terms(lines, told))


@contract.command(
    "set-term",
    examples=(
        'tadshin contract set-term M-1/2026 delay_cap "10 %" --since 2026-03-01 --reason "..." --as LOGIN',
        "tadshin contract set-term M-1/2026 delay_penalty_per_mille 1/2000 --since 2026-03-01"
        ' --reason "..." --as LOGIN',
    ),
)
@contract_reference
@argument(
    "name",
    metavar="NAME",
    type=Coded(DEFAULTS, "contract_term"),
    help="The figure: a code or a word of `tadshin contract terms`.",
)
@argument("value", metavar="VALUE", help="As people write it: “10 %”, 1/1000, 30, 500000.")
@option("--since", type=Day(), metavar="DATE", required=True, help="The first day on which it holds.")
@reason
@click.pass_obj
def set_term(desk: Desk, /, contract: str, name: str, value: str, since: date, reason: str) -> None:
    """State a figure of a contract from a day on; what held before that day goes on to hold for it."""
    from models.operations import contracts

    figure = read_figure(name, value)
    with desk.writing() as session:
        changed = contracts.set_term(
            session,
            contract=contract,
            name=name,
            value=figure,
            since=since,
            reason=reason,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("From {day} on, “{term}” of {contract} is {value}.")
    if not changed:
        sentence = _("“{term}” of {contract} was {value} from {day} on already.")
    said = {"term": named("contract_term", name), "value": show_figure(name, figure)}
    data = {"contract": contract, "name": name, "value": figure, "since": since, "changed": changed}
    desk.done(data, fill(sentence, contract=contract, day=since, **said))


@contract.command(
    "order",
    examples=(
        "tadshin contract order M-1/2026 start --on 2026-02-01 --reference OS-1 --as LOGIN",
        "tadshin contract order M-1/2026 stop --on 2026-04-10 --as LOGIN",
    ),
)
@contract_reference
@argument("kind", metavar="ORDER", type=OneOf(OrderKind, "order_kind"), help="start, stop or resume.")
@dated("The day of the order.")
@referred("The number of the order.", required=False)
@click.pass_obj
def order(desk: Desk, contract: str, kind: OrderKind, dated: date, reference: str) -> None:
    """Write a service order: it starts the time, stops it, or lets it run on.

    Orders are written in the order of their dates; a stop order while another is in force is refused.
    """
    from models.operations import contracts

    with desk.writing() as session:
        changed = contracts.order(
            session,
            contract=contract,
            kind=kind,
            dated=dated,
            reference=reference,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("Written for {contract}: {order} of {day}.")
    if not changed:
        sentence = _("Written for {contract} already: {order} of {day}.")
    data = {"contract": contract, "order": kind, "dated": dated, "reference": reference, "changed": changed}
    desk.done(data, fill(sentence, contract=contract, order=kind, day=dated))


@contract.command(
    "amend",
    examples=(
        "tadshin contract amend M-1/2026 1 --kind extra_works --amount 80000 --signed 2026-05-02"
        " --as LOGIN",
        "tadshin contract amend M-1/2026 2 --kind time --days 30 --signed 2026-06-02 --as LOGIN",
    ),
)
@contract_reference
@argument("number", metavar="NUMBER", type=Whole(1, 1000), help="The amendment's number: 1, 2, 3…")
@option(
    "--kind",
    type=OneOf(AmendmentKind, "amendment_kind"),
    metavar="KIND",
    required=True,
    help="extra_works, mass, time or other.",
)
@option(
    "--amount",
    type=SignedAmount(),
    metavar="AMOUNT",
    default="0",
    help="What it adds, or with a minus takes away, in dirhams, all taxes included.",
)
@option(
    "--days", type=Whole(-3650, 3650), metavar="DAYS", default="0", help="The days it adds or takes away."
)
@option("--signed", "signed_on", type=Day(), metavar="DATE", required=True, help="The day it was signed.")
@referred("Its reference, where it has one.", required=False)
@click.pass_obj
def amend(desk: Desk, /, contract: str, number: int, **signed: Any) -> None:
    """Write a signed change of a contract's amount or time.

    Extra works and mass that pass their limits are taken, and by how much they pass them is said.
    """
    from models.operations import contracts

    with desk.writing() as session:
        made = contracts.amend(
            session, contract=contract, number=number, **signed, by=desk.login(), at=desk.now
        )
    sentence = _("Amendment {number} of {contract} is written: {amount}, {days}.")
    if not made.changed:
        sentence = _("Amendment {number} of {contract} was written already: {amount}, {days}.")
    days = show_figure("period_days", signed["days"])
    words = fill(sentence, number=number, contract=contract, amount=signed["amount"], days=days)
    words += passed_limits(made.over.items())
    data = {"contract": contract, "number": number, **signed, "changed": made.changed}
    _done(desk, {**data, "over_limits": made.over, "over_line": made.over_line}, words)


def _done(desk: Desk, data: dict[str, Any], words: str) -> None:
    """Answer what was written, and say by how much the budget line is passed now."""
    if data["over_line"] is not None:
        words += " " + fill(_("Its budget line is passed by {amount}."), amount=data["over_line"])
    desk.done(data, words)


def _term(line: "TermLine", on: date) -> dict[str, Any]:
    from models.rules.terms import unit_of

    return {
        "name": line.name,
        "text": named("contract_term", line.name),
        "value": line.value,
        "unit": unit_of(line.name),
        "shown": show_figure(line.name, line.value),
        "since": line.since,
        "until": line.until,
        "holds": line.holds(on),
    }


def _show_terms(lines: "Sequence[TermLine]", on: date) -> None:
    columns = [
        paper.Column(_("Code"), whole=True),
        paper.Column(_("Figure")),
        paper.Column(_("Value"), whole=True, right=True),
        paper.Column(_("Since"), whole=True),
        paper.Column(_("Until"), whole=True, spare=True),
    ]
    rows: list[tuple[paper.Cell, ...]] = [
        (
            line.name,
            named("contract_term", line.name),
            (show_figure(line.name, line.value), "" if line.holds(on) else "dim"),
            day(line.since),
            day(line.until),
        )
        for line in lines
    ]
    paper.table(columns, rows)
