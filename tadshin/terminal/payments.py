"""`tadshin payment ...`: what was paid on certificates, and how a wrong entry is taken back."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from models.rules.money import Money
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, Noun, argument
from tadshin.terminal.language import _, _n, fill, spoken
from tadshin.terminal.values import Amount, Whole, reason
from tadshin.terminal.works import contract_reference, dated, day, reading, referred

if TYPE_CHECKING:
    from models.queries.accounts import PaymentLine


@click.group("payment", cls=Noun)
def payment() -> None:
    """Money paid on the certificates of a contract."""


def _certificate(command: F) -> F:
    return argument(
        "number", metavar="NUMBER", type=Whole(1, 100_000), help="The certificate's number: 1, 2, 3…"
    )(command)


@payment.command(
    "pay",
    examples=("tadshin payment pay M-1/2026 1 360000 --on 2026-07-15 --reference OP-12 --as LOGIN",),
)
@contract_reference
@_certificate
@argument("amount", type=Amount(), metavar="AMOUNT", help="All of what is owed, or a part.")
@dated("The day it was paid.", "paid_on")
@referred("The payment order; the same again changes nothing.")
@click.pass_obj
def pay(desk: Desk, contract: str, number: int, amount: Money, paid_on: date, reference: str) -> None:
    """Write a payment, of all or a part, on a certificate."""
    from models.operations import payments

    with desk.writing() as session:
        made = payments.pay(
            session,
            contract=contract,
            number=number,
            amount=amount,
            paid_on=paid_on,
            reference=reference,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("{amount} are paid on certificate {number} of {contract}; {left} are left.")
    if not made.changed:
        sentence = _("{amount} were paid on certificate {number} of {contract} already; {left} are left.")
    data: dict[str, Any] = {"contract": contract, "number": number, "reference": reference}
    data |= {"amount": amount, "paid_on": paid_on, "changed": made.changed, "left": made.left}
    words = fill(sentence, amount=amount, number=number, contract=contract, left=made.left)
    desk.done(data, words)


@payment.command(
    "correct",
    examples=(
        'tadshin payment correct M-1/2026 1 OP-12 --reference OP-12-X --on 2026-07-20 --reason "..."'
        " --as LOGIN",
    ),
)
@contract_reference
@_certificate
@argument("payment", metavar="PAYMENT", help="The reference of the payment that was wrong.")
@referred("The reference of the correction.")
@dated("The day of the correction.", "corrected_on")
@reason
@click.pass_obj
def correct(
    desk: Desk, contract: str, number: int, payment: str, reference: str, corrected_on: date, reason: str
) -> None:
    """Take a wrong payment back by an entry of the opposite sign; what was really paid is entered anew."""
    from models.operations.payments import correct_payment

    with desk.writing() as session:
        made = correct_payment(
            session,
            contract=contract,
            number=number,
            payment=payment,
            reference=reference,
            corrected_on=corrected_on,
            reason=reason,
            by=desk.login(),
            at=desk.now,
        )
        taken = Money(made.payment.amount_centimes, made.left.currency)
    sentence = _("The payment {payment} of {contract} is taken back: {amount}; {left} are left.")
    if not made.changed:
        sentence = _(
            "The payment {payment} of {contract} was taken back already: {amount}; {left} are left."
        )
    data: dict[str, Any] = {"contract": contract, "number": number, "payment": payment}
    data |= {"reference": reference, "amount": taken, "changed": made.changed, "left": made.left}
    words = fill(sentence, payment=payment, contract=contract, amount=taken, left=made.left)
    desk.done(data, words)


@payment.command("list", examples=("tadshin payment list M-1/2026", "tadshin payment list M-1/2026 2"))
@contract_reference
@argument(
    "number",
    metavar="[NUMBER]",
    type=Whole(1, 100_000),
    required=False,
    help="Of one certificate; of all otherwise.",
)
@click.pass_obj
def list_all(desk: Desk, contract: str, number: int | None) -> None:
    """List the payments of a contract, corrections beside what they take back."""
    from models.queries.accounts import list_payments

    with reading(desk, contract) as read:
        lines = list_payments(read.session, read.contract, read.currency, number)
        total = Money(sum(line.amount.centimes for line in lines), read.currency)
    data = {"contract": contract, "payments": paper.plain(lines), "total": total}
    desk.answer(data, lambda: _show(lines, total))


def _show(lines: "Sequence[PaymentLine]", total: Money) -> None:
    from notifications.words import shown

    if not lines:
        paper.line(_("Nothing is paid yet."))
        return
    columns = [
        paper.Column(_("Certificate"), whole=True, right=True),
        paper.Column(_("Paid on"), whole=True),
        paper.Column(_("Reference")),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Note")),
    ]
    rows = [
        (
            str(line.number),
            day(line.paid_on),
            line.reference,
            shown(line.amount, spoken()),
            _noted(line),
        )
        for line in lines
    ]
    paper.table(columns, rows)
    words = _n("{count} entry", "{count} entries", len(lines))
    paper.line(fill(_("{entries}: {amount}."), entries=words, amount=total), style="bold")


def _noted(line: "PaymentLine") -> str:
    if line.corrects:
        return fill(_("takes {payment} back: {reason}"), payment=line.corrects, reason=line.reason)
    return _("taken back") if line.corrected else ""
