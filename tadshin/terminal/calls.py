"""`tadshin call ...`: funding calls, from draft to letter; they are listed by `tadshin money calls`."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.money import Money
from models.rules.tranches import CallState
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, Noun, argument, likewise, option
from tadshin.terminal.language import LANGUAGES, _, fill, named, spoken
from tadshin.terminal.money_calls import calls
from tadshin.terminal.promised import call_name
from tadshin.terminal.tranches import trigger_words
from tadshin.terminal.values import Day, LetterFile, reason

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.operations.advances import Given
    from models.operations.funding_calls import CallAnswer
    from models.queries.calls import CallFacts


def call_named(command: F) -> F:
    """Add the argument that names a call."""
    return argument(
        "call",
        metavar="CALL",
        help="Its number, such as AF-2026-0001; of a draft, its id or the first 6 signs of it.",
    )(command)


@click.group("call", cls=Noun, order=("list",))
def call() -> None:
    """Calls for funds: a draft appears when a tranche falls due, finance lets it go out."""


call.add_command(likewise(calls, "tadshin call list rahma-cmp", "tadshin call list --state draft"), "list")


@call.command("show", examples=("tadshin call show AF-2026-0001",))
@call_named
@click.pass_obj
def show(desk: Desk, call: str) -> None:
    """Show a call: what it rests on, what lets it be made, what has paid it."""
    with desk.reading() as session:
        facts = _read(desk, session, call)
    desk.answer(_as_data(facts), lambda: _show(facts, desk))


@call.command(
    "issue",
    examples=(
        "tadshin call issue 1f0c2a7b --as LOGIN",
        "tadshin call issue 1f0c2a7b --on 2026-03-02 --as LOGIN",
    ),
)
@call_named
@option("--on", "on", type=Day(), metavar="DATE", help="The day of the letter; today otherwise.")
@click.pass_obj
def issue(desk: Desk, call: str, on: date | None) -> None:
    """Let a draft go out: it gets its number and the day by which it is to be paid.

    What the partner has paid in advance is given to it at once. `tadshin call letter` writes the letter.
    """
    from models.operations.funding_calls import issue_call

    answer, facts = _change(
        desk,
        call,
        lambda session, id_: issue_call(session, call=id_, on=on, by=desk.login(), at=desk.now),
    )
    sentence = _("Call {call} of {amount} to {partner} goes out; it is to be paid by {due}.")
    words = _filled(sentence, facts)
    if answer.given:
        taken = _("It takes {amount} of what the partner had paid in advance.")
        words += " " + fill(taken, amount=_sum(answer.given, facts))
    _answer(desk, answer, facts, words)


@call.command(
    "letter",
    examples=(
        "tadshin call letter AF-2026-0001 --out AF-2026-0001.pdf",
        "tadshin call letter AF-2026-0001 --out AF-2026-0001.html --language ar",
    ),
)
@call_named
@option("--out", type=LetterFile(), metavar="FILE", required=True, help="The new file: .html or .pdf.")
@option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="The language of the letter; the one spoken otherwise.",
)
@click.pass_obj
def letter(desk: Desk, call: str, out: Path, language: str | None) -> None:
    """Write the letter of a call that has gone out; a file that is there is not written over."""
    from models.queries.funding import letter_facts
    from reports.files import write_file
    from reports.letters import letter_html, letter_pdf

    language = language or spoken()
    with desk.reading() as session:
        line = _read(desk, session, call).line
        facts = letter_facts(session, line.id)
    is_pdf = out.suffix.casefold() == ".pdf"
    content = letter_pdf(facts, language) if is_pdf else letter_html(facts, language).encode()
    write_file(out, content)
    sentence = fill(_("The letter of call {call} is written: {file}."), call=facts.number, file=str(out))
    desk.done({"call": facts.number, "file": str(out), "language": language}, sentence)


@call.command("withdraw", examples=('tadshin call withdraw AF-2026-0001 --reason "..." --as LOGIN',))
@call_named
@reason
@click.pass_obj
def withdraw(desk: Desk, call: str, reason: str) -> None:
    """Withdraw a draft, or a call that has gone out; what was paid on it is the partner's advance again."""
    from models.operations.funding_calls import withdraw_call

    answer, facts = _change(
        desk,
        call,
        lambda session, id_: withdraw_call(session, call=id_, reason=reason, by=desk.login(), at=desk.now),
    )
    words = _filled(_("Call {call} of {amount} to {partner} is withdrawn."), facts)
    if answer.given:
        back = _sum(answer.given, facts, sign=-1)
        words += " " + fill(_("{amount} paid on it is an advance of the partner now."), amount=back)
    _answer(desk, answer, facts, words)


@call.command("draft-again", examples=('tadshin call draft-again AF-2026-0001 --reason "..." --as LOGIN',))
@call_named
@reason
@click.pass_obj
def draft_again(desk: Desk, call: str, reason: str) -> None:
    """Draft a new call for the tranche of one that was withdrawn."""
    from models.operations import funding_calls

    answer, facts = _change(
        desk,
        call,
        lambda session, id_: funding_calls.draft_again(
            session, call=id_, reason=reason, by=desk.login(), at=desk.now
        ),
    )
    sentence = _("A new call of {amount} to {partner} is drafted: {call}.")
    if not answer.changed:
        sentence = _("There is a call for that tranche of {partner} already: {call}, {amount}.")
    _answer(desk, answer, facts, _filled(sentence, facts))


@call.command(
    "snooze",
    examples=('tadshin call snooze AF-2026-0001 --until 2026-06-30 --reason "..." --as LOGIN',),
)
@call_named
@option(
    "--until",
    type=Day(),
    metavar="DATE",
    required=True,
    help="The day from which somebody is reminded again.",
)
@reason
@click.pass_obj
def snooze(desk: Desk, call: str, until: date, reason: str) -> None:
    """Remind nobody of a call before a day; it stays owed, and overdue where it is."""
    from models.operations.funding_calls import snooze_call

    answer, facts = _change(
        desk,
        call,
        lambda session, id_: snooze_call(
            session, call=id_, until=until, reason=reason, by=desk.login(), at=desk.now
        ),
    )
    sentence = _("Nobody is reminded of call {call} to {partner} before {until}.")
    if not answer.changed:
        sentence = _("The reminders of call {call} to {partner} rest until {until} already.")
    _answer(desk, answer, facts, _filled(sentence, facts, until=until))


def _read(desk: Desk, session: "Session", call: str) -> "CallFacts":
    from models.queries.calls import call_facts

    facts = call_facts(session, call)
    desk.allow(session, Action.READ, facts.place)
    return facts


def _change(
    desk: Desk, call: str, work: Callable[["Session", Any], "CallAnswer"]
) -> tuple["CallAnswer", "CallFacts"]:
    """Change a call, and read what it is afterwards."""
    from models.queries.calls import call_facts
    from models.queries.funding import find_call

    with desk.writing() as session:
        answer = work(session, find_call(session, call).id)
        session.flush()
        return answer, call_facts(session, answer.call.id)


def _filled(sentence: str, facts: "CallFacts", **values: object) -> str:
    line = facts.line
    about = {
        "call": call_name(line.number, line.id),
        "amount": line.amount,
        "partner": facts.partner.name(spoken()),
        "due": line.due_on,
    }
    return fill(sentence, **about, **values)


def _sum(given: Sequence["Given"], facts: "CallFacts", sign: int = 1) -> Money:
    return Money(sign * sum(one.amount.centimes for one in given), facts.line.amount.currency)


def _answer(desk: Desk, answer: "CallAnswer", facts: "CallFacts", words: str) -> None:
    desk.done({**_as_data(facts), "given": answer.given, "changed": answer.changed}, words)


def _as_data(facts: "CallFacts") -> dict[str, Any]:
    line, body = facts.line, facts.partner
    return {
        "call": line.number,
        "id": str(line.id),
        "project": line.project,
        "partner": body.key,
        "name": {"ar": body.name_ar, "fr": body.name_fr, "en": body.name_en},
        "commitment": line.commitment,
        "convention": facts.convention or None,
        "tranche": line.tranche,
        "trigger": facts.trigger,
        "expected_on": facts.expected_on,
        "state": line.state,
        "amount": line.amount,
        "paid": line.paid,
        "outstanding": line.outstanding if line.state is CallState.ISSUED else None,
        "drafted_at": facts.drafted_at,
        "issued_on": line.issued_on,
        "issued_by": facts.issued_by,
        "due_on": line.due_on,
        "withdrawn_on": facts.withdrawn_on,
        "flag": line.flag or None,
        "snoozed_until": line.snoozed_until,
        "snooze_reason": facts.snooze_reason or None,
        "receipts": facts.parts,
    }


def _show(facts: "CallFacts", desk: Desk) -> None:
    from models.clock import local_day
    from notifications.words import shown

    line = facts.line
    rows: list[tuple[str, object]] = [
        (_("Call"), line.number or str(line.id)),
        (_("State"), line.state),
        (_("Project"), facts.project.name(spoken())),
        (_("Partner"), facts.partner.name(spoken())),
        (_("Commitment"), line.commitment),
        (_("Convention"), facts.convention or None),
        (_("Tranche"), line.tranche),
        (_("Is called"), trigger_words(facts)),
        (_("Amount"), line.amount),
        (_("Paid"), line.paid),
        (_("Issued on"), line.issued_on),
        (_("Due on"), line.due_on),
    ]
    if line.state is CallState.ISSUED and line.due_on and line.outstanding:
        rows.append((_("Outstanding"), line.outstanding))
        late = local_day(desk.now) - line.due_on
        if late.days > 0:
            rows.append((_("Overdue since"), late))
    rows += [(_("Withdrawn on"), facts.withdrawn_on)] if facts.withdrawn_on else []
    rows += [(_("In doubt"), named("call_flag", line.flag))] if line.flag else []
    if line.snoozed_until:
        rows += [(_("Reminders rest until"), line.snoozed_until), (_("Reason"), facts.snooze_reason)]
    paper.pairs([(label, shown(value, spoken())) for label, value in rows])
    if facts.parts:
        _show_parts(facts)


def _show_parts(facts: "CallFacts") -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("Receipt")),
        paper.Column(_("Received on"), whole=True),
        paper.Column(_("Amount"), whole=True, right=True),
    ]
    rows = [
        (part.reference, part.received_on.isoformat(), shown(part.amount, spoken())) for part in facts.parts
    ]
    paper.table(columns, rows)
