"""`tadshin bond ...`: what secures a contract, lodged and released."""

from datetime import date

import click

from models.rules.contracts import SecurityKind
from models.rules.money import Money
from tadshin.terminal.choices import OneOf
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument
from tadshin.terminal.language import _, fill
from tadshin.terminal.values import Amount
from tadshin.terminal.works import contract_reference, dated, referred


@click.group("bond", cls=Noun)
def bond() -> None:
    """Bonds of a contract: for its performance, in place of retention, for an advance."""


@bond.command(
    "lodge",
    examples=(
        "tadshin bond lodge M-1/2026 performance 30000 --on 2026-01-25 --reference CAUT-12 --as LOGIN",
    ),
)
@contract_reference
@argument(
    "kind",
    metavar="KIND",
    type=OneOf(SecurityKind, "security_kind"),
    help="performance, retention or advance.",
)
@argument("amount", type=Amount(), metavar="AMOUNT", help="The amount in dirhams.")
@dated("The day it was lodged.", "lodged_on")
@referred("The bond's own reference; the same again changes nothing.")
@click.pass_obj
def lodge(
    desk: Desk, contract: str, kind: SecurityKind, amount: Money, lodged_on: date, reference: str
) -> None:
    """Write a bond that was lodged for a contract, and say what is still lacking of its kind.

    From that day a bond in place of retention stands for its amount of what would be retained.
    """
    from models.operations.securities import lodge_security

    with desk.writing() as session:
        made = lodge_security(
            session,
            contract=contract,
            kind=kind,
            amount=amount,
            lodged_on=lodged_on,
            reference=reference,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("Lodged for {contract}: {bond} {reference}, {amount}.")
    if not made.changed:
        sentence = _("Lodged for {contract} already: {bond} {reference}, {amount}.")
    words = fill(sentence, contract=contract, bond=kind, reference=reference, amount=amount)
    if made.missing is not None:
        words += " " + fill(_("The contract asks for {amount} more."), amount=made.missing)
    data = {"contract": contract, "kind": kind, "reference": reference, "amount": amount}
    data |= {"lodged_on": lodged_on, "changed": made.changed, "missing": made.missing}
    desk.done(data, words)


@bond.command("release", examples=("tadshin bond release M-1/2026 CAUT-12 --on 2027-06-30 --as LOGIN",))
@contract_reference
@argument("reference", metavar="REFERENCE", help="The bond's reference.")
@dated("The day it was released.", "released_on")
@click.pass_obj
def release(desk: Desk, contract: str, reference: str, released_on: date) -> None:
    """Release a bond that the contract does not need any more."""
    from models.operations.securities import release_security

    with desk.writing() as session:
        changed = release_security(
            session,
            contract=contract,
            reference=reference,
            released_on=released_on,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("The bond {reference} of {contract} is released on {day}.")
    if not changed:
        sentence = _("The bond {reference} of {contract} was released on {day} already.")
    data = {"contract": contract, "reference": reference, "released_on": released_on, "changed": changed}
    desk.done(data, fill(sentence, contract=contract, reference=reference, day=released_on))
