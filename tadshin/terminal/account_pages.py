"""How a certificate is shown: each amount with what led to it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from models.rules.contracts import CertificateKind
from models.rules.money import Money
from tadshin.terminal import paper
from tadshin.terminal.figures import percent, quantity, show_figure
from tadshin.terminal.language import _, fill, named, spoken
from tadshin.terminal.works import section

if TYPE_CHECKING:
    from models.queries.accounts import AccountStatement

Row = tuple[str, Money, str]

_WORKS = (CertificateKind.WORK, CertificateKind.FINAL)


def show(told: "AccountStatement") -> None:
    """Print a certificate: what is certified, each deduction, what is owed, and what it measures."""
    from notifications.words import shown

    mark = f" ({_('sample')})" if told.sample else ""
    title = _("Certificate {number} of {contract}: {kind} {reference}, of {day}")
    words = fill(
        title,
        number=told.number,
        contract=told.contract,
        kind=told.kind,
        reference=told.reference,
        day=told.dated,
    )
    paper.line(f"{words}{mark}", style="bold")
    columns = [
        paper.Column(_("What")),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("How")),
    ]
    rows = _works(told) if told.kind in _WORKS else _paid_alone(told)
    paper.table(columns, [(what, shown(amount, spoken()), how) for what, amount, how in rows])
    if told.measured:
        _show_measured(told)


def _works(told: "AccountStatement") -> Iterator[Row]:
    done = told.gross_before + told.gross
    so_far = fill(_("{amount} of {total} certified so far"), amount=done, total=told.contract_total)
    yield _("Works of this account"), told.gross, so_far
    yield _("Price revision"), told.revision, _revised(told)
    vat = fill(_("part of the above, at {rate}"), rate=percent(told.vat_rate))
    yield _("VAT included"), told.vat, vat
    yield _("Retention"), _less(told.retention.taken), _retained(told)
    yield _("VAT withheld at source"), _less(told.vat_withheld), _withheld(told)
    yield _("Advance recovered"), _less(told.advance.taken), _recovered(told)
    yield _("Penalty for delay"), _less(told.delay.taken), _delayed(told)
    yield _("Other penalties"), _less(told.special.taken), _others(told)
    yield from _owed(told)


def _paid_alone(told: "AccountStatement") -> Iterator[Row]:
    """Yield what an advance, or retention given back, comes to."""
    how = _("to be recovered by the accounts that follow")
    if told.kind is CertificateKind.RETENTION:
        how = fill(_("{amount} was held before it"), amount=told.retention.before)
    yield named("certificate_kind", told.kind), told.gross, how
    yield from _owed(told)


def _owed(told: "AccountStatement") -> Iterator[Row]:
    how = fill(_("due on {day}"), day=told.due_on)
    if told.net.centimes < 0:
        how = _("owed by the contractor")
    yield _("Net amount"), told.net, how
    if told.paid:
        yield _("Paid"), told.paid, fill(_("{amount} still to be paid"), amount=told.left)


def _revised(told: "AccountStatement") -> str:
    return fill(_("by the index {name}"), name=told.price_index) if told.price_index else _("firm prices")


def _retained(told: "AccountStatement") -> str:
    retention = told.retention
    how = fill(
        _("{rate} of the account; {before} held before, at most {cap}"),
        rate=percent(retention.rate),
        before=retention.before,
        cap=retention.cap,
    )
    if retention.bonds:
        how += fill(_(", of which bonds stand for {amount}"), amount=retention.bonds)
    return how


def _withheld(told: "AccountStatement") -> str:
    if not told.vat_withheld_rate:
        return _("not asked by the contract")
    return fill(_("{rate} of the VAT"), rate=percent(told.vat_withheld_rate))


def _recovered(told: "AccountStatement") -> str:
    if not told.advance.given:
        return _("no advance was given")
    words = _("{before} of {given} recovered before, {left} left")
    advance = told.advance
    return fill(words, before=advance.before, given=advance.given, left=advance.left)


def _delayed(told: "AccountStatement") -> str:
    delay = told.delay
    if not delay.days_late and not delay.before:
        return fill(_("not late; at most {cap}"), cap=delay.cap)
    how = fill(
        _("{days} late, at {rate}: {due} in all, at most {cap}; {before} taken before"),
        days=timedelta(days=delay.days_late),
        rate=show_figure("delay_penalty_per_mille", delay.rate),
        due=delay.due,
        cap=delay.cap,
        before=delay.before,
    )
    if delay.waiting.centimes > 0:
        how += fill(_(", {amount} waits for the next account"), amount=delay.waiting)
    elif delay.waiting:
        how += fill(_(", {amount} too much as the books stand now"), amount=_less(delay.waiting))
    return how


def _others(told: "AccountStatement") -> str:
    return fill(_("{before} taken before, at most {cap}"), before=told.special.before, cap=told.special.cap)


def _less(amount: Money) -> Money:
    return Money(-amount.centimes, amount.currency)


def _show_measured(told: "AccountStatement") -> None:
    from notifications.words import shown

    section(_("Measured"))
    columns = [
        paper.Column(_("Code"), whole=True),
        paper.Column(_("What it is")),
        paper.Column(_("Unit"), whole=True),
        paper.Column(_("In the bill"), whole=True, right=True, spare=True),
        paper.Column(_("Before"), whole=True, right=True),
        paper.Column(_("Done"), whole=True, right=True),
        paper.Column(_("Price"), whole=True, right=True, spare=True),
        paper.Column(_("Amount"), whole=True, right=True),
    ]
    rows = [
        (
            line.code,
            line.label,
            line.unit,
            quantity(line.quantity),
            quantity(line.before),
            quantity(line.done),
            shown(line.price, spoken()),
            shown(line.amount, spoken()),
        )
        for line in told.measured
    ]
    paper.table(columns, rows)
