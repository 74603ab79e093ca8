"""`tadshin receipt ...`: what partners pay, the calls it pays, and what is kept as an advance."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.money import Money
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.promised import partner_alone, partner_named
from tadshin.terminal.values import Amount, Currency, Day, Rate, any_project, project_key, reason

if TYPE_CHECKING:
    from models.operations.advances import Given
    from models.operations.receipts import ReceiptAnswer
    from models.queries.receipts import ReceiptLine

Names = Mapping[str, Mapping[str, str]]


@click.group("receipt", cls=Noun)
def receipt() -> None:
    """What partners have paid: entered, corrected by new entries, given to calls."""


@receipt.command(
    "list",
    examples=(
        "tadshin receipt list tamesna-complex",
        "tadshin receipt list --partner PARTNER --json",
    ),
)
@any_project
@partner_alone
@click.pass_obj
def list_them(desk: Desk, key: str | None, partner: str | None) -> None:
    """List what came in: which calls it pays, what is kept as an advance, what corrects it."""
    from models.queries.partners import match_partner, partner_names
    from models.queries.projects import find_project, list_projects, place_of
    from models.queries.receipts import list_receipts

    with desk.reading() as session:
        projects = None
        if key is not None:
            found = find_project(session, key)
            desk.allow(session, Action.READ, place_of(found))
            projects = [found.id]
        body = match_partner(session, partner, key).key if partner is not None else None
        regions = {line.key: line.region for line in list_projects(session)}
        lines = [
            line
            for line in list_receipts(session, projects=projects, partner=body)
            if desk.may_read(session, line.project, regions[line.project])
        ]
        names = partner_names(session)
    data = {"receipts": [_as_data(line, names) for line in lines], "totals": _totals(lines)}
    desk.answer(data, lambda: _show(lines, names))


@receipt.command(
    "enter",
    examples=(
        "tadshin receipt enter tamesna-complex PARTNER 2500000 --on 2026-03-02"
        " --reference 'VIR 118' --as LOGIN",
        "tadshin receipt enter tamesna-complex PARTNER 200000 --currency EUR --rate 10.85"
        " --on 2026-03-02 --reference 'VIR 119' --call AF-2026-0001 --as LOGIN",
    ),
)
@project_key
@partner_named
@argument("amount", type=Amount(), metavar="AMOUNT", help='What was paid: 1250.50 or "1 250,50".')
@option(
    "--on", "received_on", type=Day(), metavar="DATE", required=True, help="The day on which it came in."
)
@option(
    "--reference",
    metavar="TEXT",
    required=True,
    help="The bank's or the partner's own; the same one again changes nothing.",
)
@option(
    "--call",
    "calls",
    multiple=True,
    metavar="CALL",
    help="A call that it pays, given once for each in their order; the oldest open ones otherwise.",
)
@option(
    "--currency", type=Currency(), metavar="CODE", help="The currency where it is another one, such as EUR."
)
@option(
    "--rate", type=Rate(), metavar="NUMBER", help="The project's currency for one unit of the other one."
)
@click.pass_obj
def enter(
    desk: Desk,
    key: str,
    partner: str,
    amount: Money,
    received_on: date,
    reference: str,
    calls: tuple[str, ...],
    currency: str | None,
    rate: Decimal | None,
) -> None:
    """Write what a partner has paid; what its calls do not take is kept as an advance.

    The calls named take it in turn, or else the oldest that are open. The next call that goes out takes
    the advance.
    """
    from models.operations.receipts import enter_receipt
    from models.queries.partners import match_partner

    with desk.writing() as session:
        body = match_partner(session, partner, key).key
        answer = enter_receipt(
            session,
            project=key,
            partner=body,
            amount=Money(amount.centimes, currency) if currency else amount,
            received_on=received_on,
            reference=reference,
            calls=calls,
            rate=rate,
            by=desk.login(),
            at=desk.now,
        )
        name = _name_of(session, body)
    sentence = _("{amount} of {partner} for {project} is entered ({reference}).")
    if not answer.changed:
        sentence = _("{amount} of {partner} for {project} was entered already ({reference}).")
    _answer(desk, answer, sentence, key, body, name)


@receipt.command(
    "correct",
    examples=(
        "tadshin receipt correct tamesna-complex PARTNER 'VIR 118' 2450000 --reason \"...\" --as LOGIN",
    ),
)
@project_key
@partner_named
@argument("reference", metavar="REFERENCE", help="The receipt's reference.")
@argument("amount", type=Amount(), metavar="AMOUNT", help="What it truly was; 0 where it never came.")
@reason
@click.pass_obj
def correct(desk: Desk, key: str, partner: str, reference: str, amount: Money, reason: str) -> None:
    """Set right what a receipt was of, by a new entry of the difference, dated today.

    Calls give back what is missing, those that took it last first; what is more pays the oldest open ones.
    """
    from models.operations.receipts import correct_receipt
    from models.queries.partners import match_partner

    with desk.writing() as session:
        body = match_partner(session, partner, key).key
        answer = correct_receipt(
            session,
            project=key,
            partner=body,
            reference=reference,
            amount=amount,
            reason=reason,
            by=desk.login(),
            at=desk.now,
        )
        name = _name_of(session, body)
    sentence = _(
        "Receipt {corrected} of {partner} for {project} is corrected by an entry of {amount} ({reference})."
    )
    if not answer.changed:
        sentence = _("Receipt {corrected} of {partner} for {project} is of that amount already.")
    _answer(desk, answer, sentence, key, body, name, corrected=reference)


@receipt.command("apply", examples=("tadshin receipt apply tamesna-complex PARTNER --as LOGIN",))
@project_key
@partner_named
@click.pass_obj
def apply(desk: Desk, key: str, partner: str) -> None:
    """Give what a partner has paid in advance to its open calls, the oldest first."""
    from models.operations.receipts import apply_advance
    from models.queries.funding import free_receipts
    from models.queries.partners import find_partner, match_partner
    from models.queries.projects import find_project

    with desk.writing() as session:
        body = match_partner(session, partner, key).key
        given = apply_advance(session, project=key, partner=body, by=desk.login(), at=desk.now)
        found, payer = find_project(session, key), find_partner(session, body)
        free = sum(part for _receipt, part in free_receipts(session, found.id, payer.id))
        name, advance = payer.name(spoken()), Money(free, found.currency)
    words = [
        fill(_("The advance of {partner} for {project} is given to calls."), partner=name, project=key)
    ]
    if not given:
        sentence = _(
            "No call of {partner} for {project} takes anything: nothing is open, or there is no advance."
        )
        words = [fill(sentence, partner=name, project=key)]
    words += _given_words(given, advance)
    data = {"project": key, "partner": body, "given": given, "advance": advance, "changed": bool(given)}
    desk.done(data, " ".join(words))


def _name_of(session: Any, key: str) -> str:
    from models.queries.partners import find_partner

    return find_partner(session, key).name(spoken())


def _answer(
    desk: Desk,
    answer: "ReceiptAnswer",
    sentence: str,
    key: str,
    partner: str,
    name: str,
    corrected: str = "",
) -> None:
    """Tell an entry, what calls took or gave back by it, and the advance that is there now."""
    entry = answer.receipt
    amount = Money(entry.amount_centimes, answer.advance.currency)
    about = {"project": key, "partner": name, "amount": amount, "reference": entry.reference}
    words = [fill(sentence, **about, corrected=corrected), *_given_words(answer.given, answer.advance)]
    data = {
        "project": key,
        "partner": partner,
        "reference": entry.reference,
        "corrects": corrected or None,
        "amount": amount,
        "received_on": entry.received_on,
        "given": answer.given,
        "advance": answer.advance,
        "changed": answer.changed,
    }
    desk.done(data, " ".join(words))


def _given_words(given: Sequence["Given"], advance: Money) -> list[str]:
    """Say what each call took or gave back, and what is kept as an advance."""
    words = []
    for one in given:
        sentence = _("Call {call} takes {amount}.")
        if one.amount.centimes < 0:
            sentence = _("Call {call} gives back {amount}.")
        amount = Money(abs(one.amount.centimes), one.amount.currency)
        words.append(fill(sentence, call=one.call, amount=amount))
    if advance:
        words.append(fill(_("Kept as an advance of this partner: {amount}."), amount=advance))
    return words


def _as_data(line: "ReceiptLine", names: Names) -> dict[str, Any]:
    return {
        "project": line.project,
        "partner": line.partner,
        "name": names[line.partner],
        "reference": line.reference,
        "amount": line.amount,
        "received_on": line.received_on,
        "corrects": line.corrects or None,
        "reason": line.reason or None,
        "written_by": line.written_by,
        "net": line.net,
        "given": line.given,
        "advance": line.free,
    }


def _totals(lines: Sequence["ReceiptLine"]) -> list[dict[str, Money]]:
    """Return what came in and what is kept as an advance, for each currency."""
    currencies = sorted({line.amount.currency for line in lines})
    return [
        {
            "received": Money(sum(one.centimes for one in _of(lines, "amount", currency)), currency),
            "advance": Money(sum(one.centimes for one in _of(lines, "free", currency)), currency),
        }
        for currency in currencies
    ]


def _of(lines: Sequence["ReceiptLine"], name: str, currency: str) -> list[Money]:
    return [getattr(line, name) for line in lines if line.amount.currency == currency]


def _show(lines: Sequence["ReceiptLine"], names: Names) -> None:
    from notifications.words import shown

    if not lines:
        paper.line(_("Nothing has come in yet."))
        return
    columns = [
        paper.Column(_("Received on"), whole=True),
        paper.Column(_("Project"), whole=True, spare=True),
        paper.Column(_("Partner")),
        paper.Column(_("Reference")),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Pays")),
        paper.Column(_("Advance"), whole=True, right=True),
    ]
    rows: list[tuple[paper.Cell, ...]] = [
        (
            line.received_on.isoformat(),
            line.project,
            names[line.partner][spoken()],
            line.reference,
            shown(line.amount, spoken()),
            _pays(line),
            (shown(line.free, spoken()) if line.free else "", "yellow"),
        )
        for line in lines
    ]
    paper.table(columns, rows)
    for total in _totals(lines):
        sentence = _("Received: {received}; of it kept as an advance: {advance}.")
        paper.line(fill(sentence, **total), style="bold")


def _pays(line: "ReceiptLine") -> str:
    from notifications.words import shown

    if line.corrects:
        return fill(_("corrects {reference}: {reason}"), reference=line.corrects, reason=line.reason)
    parts = [f"{part.call} ({shown(part.amount, spoken())})" for part in line.given]
    return "\n".join(parts)
