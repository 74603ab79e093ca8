"""`tadshin reconcile accept|split|move|reject|mark|undo`: what people decide about lines."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from models.rules.errors import BadValue
from models.rules.reconciliation import MARKS, MatchKind
from tadshin.terminal.choices import Coded, short
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, argument, option
from tadshin.terminal.language import _, _n, fill, named
from tadshin.terminal.proposing import answer_proposed
from tadshin.terminal.reconcile_lines import line_name
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.values import Whole, reason

if TYPE_CHECKING:
    from models.operations.line_requests import Answer, Share

TARGET = "A call (its number), or a certificate: its contract and number, M-1/2026#2."


def remark(command: F) -> F:
    """Add the option that holds a remark where no reason is needed."""
    return option(
        "--reason", default="", metavar="TEXT", help="A remark, kept in the trail with your name."
    )(command)


@reconcile.command(
    "accept",
    examples=(
        "tadshin reconcile accept 1a2b3c4d --as LOGIN",
        "tadshin reconcile accept 1a2b3c4d 2 --as LOGIN",
        "tadshin reconcile accept 1a2b3c4d AF-2026-0001 --as LOGIN",
        "tadshin reconcile accept 1a2b3c4d M-1/2026#2 --as LOGIN",
    ),
)
@line_name
@argument(
    "choice",
    metavar="[N|TARGET]",
    required=False,
    default="1",
    help="The place of a suggestion, the first if not said; or a call, or a certificate as M-1/2026#2.",
)
@remark
@click.pass_obj
def accept(desk: Desk, line: str, choice: str, reason: str) -> None:
    """Book a line on one of its suggestions, or whole on a call or certificate that you name.

    What a call does not take is kept as the partner's advance; a payment above its certificate is refused.
    A large amount waits for a second person.
    """
    from models.operations import line_requests

    with desk.writing() as session:
        at = desk.now
        answer = line_requests.accept(
            session, line=line, choice=choice, reason=reason, by=desk.login(), at=at
        )
    _answer(desk, answer, line, at, _booked(answer, line))


@reconcile.command(
    "split",
    examples=("tadshin reconcile split 1a2b3c4d AF-2026-0001=300000 AF-2026-0002=200000,50 --as LOGIN",),
)
@line_name
@argument("shares", metavar="TARGET=AMOUNT...", nargs=-1, required=True, help="Each part of the line.")
@remark
@click.pass_obj
def split(desk: Desk, line: str, shares: tuple[str, ...], reason: str) -> None:
    """Book a line on several calls or certificates; the parts come to its amount, to the centime."""
    from models.operations import line_requests

    parts = [_share(text) for text in shares]
    with desk.writing() as session:
        at = desk.now
        answer = line_requests.split(
            session, line=line, shares=parts, reason=reason, by=desk.login(), at=at
        )
    _answer(desk, answer, line, at, _("Line {line} is booked."))


@reconcile.command(
    "move", examples=('tadshin reconcile move 1a2b3c4d AF-2026-0002 --reason "..." --as LOGIN',)
)
@line_name
@argument("target", metavar="TARGET", help=TARGET)
@reason
@click.pass_obj
def move(desk: Desk, line: str, target: str, reason: str) -> None:
    """Take back what a line was booked on, by a new entry, and book it elsewhere."""
    from models.operations import line_requests

    with desk.writing() as session:
        at = desk.now
        answer = line_requests.move(
            session, line=line, target=target, reason=reason, by=desk.login(), at=at
        )
    _answer(desk, answer, line, at, _("Line {line} is taken back and booked elsewhere."))


@reconcile.command("reject", examples=('tadshin reconcile reject 1a2b3c4d 2 --reason "..." --as LOGIN',))
@line_name
@argument(
    "choice",
    metavar="[N]",
    required=False,
    type=Whole(1, 9),
    help="The place of the suggestion; all of them if not said.",
)
@reason
@click.pass_obj
def reject(desk: Desk, line: str, choice: int | None, reason: str) -> None:
    """Refuse suggestions for a line: no run suggests or books them again."""
    from models.operations import line_requests

    with desk.writing() as session:
        entries = line_requests.reject(
            session, line=line, choice=choice, reason=reason, by=desk.login(), at=desk.now
        )
    words = _n("{count} suggestion is refused.", "{count} suggestions are refused.", len(entries))
    desk.done({"line": line, "rejected": entries}, words)


@reconcile.command(
    "mark",
    examples=(
        'tadshin reconcile mark 1a2b3c4d fee --reason "..." --as LOGIN',
        'tadshin reconcile mark 1a2b3c4d duplicate --with 5e6f7a8b --reason "..." --as LOGIN',
    ),
)
@line_name
@argument(
    "kind", metavar="KIND", type=Coded(MARKS, "match_kind"), help="fee, duplicate, reversal or other."
)
@option("--with", "other", metavar="LINE", help="The line that it repeats, or takes back.")
@reason
@click.pass_obj
def mark(desk: Desk, line: str, kind: str, other: str | None, reason: str) -> None:
    """Say what a line is that pays no call and no certificate.

    A reversal marks both lines; what the other one was booked on is taken back with it.
    """
    from models.operations import line_requests

    with desk.writing() as session:
        at = desk.now
        answer = line_requests.mark(
            session, line=line, kind=MatchKind(kind), other=other, reason=reason, by=desk.login(), at=at
        )
    sentence = fill(_("Line {line} is marked: {kind}."), line=line, kind=named("match_kind", kind))
    _answer(desk, answer, line, at, sentence)


@reconcile.command("undo", examples=('tadshin reconcile undo 1a2b3c4d --reason "..." --as LOGIN',))
@argument("name", metavar="LINE|MATCH", help="The first signs of a line or of a match, 6 at least.")
@reason
@click.pass_obj
def undo(desk: Desk, name: str, reason: str) -> None:
    """Take back what holds of a line, by a new entry; receipts and payments are corrected likewise."""
    from models.operations import line_requests

    with desk.writing() as session:
        at = desk.now
        answer = line_requests.undo(session, name=name, reason=reason, by=desk.login(), at=at)
    _answer(desk, answer, name, at, _("What held of {line} is taken back; its lines are open again."))


def _share(text: str) -> "Share":
    from intake.values import read_amount
    from models.operations.line_requests import Share

    target, equals, amount = text.rpartition("=")
    if not equals or not target:
        raise BadValue(field="share", value=short(text), reason="not_a_share")
    return Share(target, read_amount(amount, "amount"))


def _booked(answer: "Answer", line: str) -> str:
    """Return the sentence for a line that was accepted: what it pays, or what it is."""
    kind = getattr(answer, "kind", None)
    if kind is None or MatchKind(kind).pays:
        return _("Line {line} is booked.")
    return fill(_("Line {line} is marked: {kind}."), line=line, kind=named("match_kind", kind))


def _answer(desk: Desk, answer: "Answer", line: str, at: datetime, sentence: str) -> None:
    """Tell what was written, or that it waits for a second person."""
    from models.queries.four_eyes import ChangeLine

    if isinstance(answer, ChangeLine):
        answer_proposed(desk, answer, at)
        return
    reopened = [one.hex[:8] for one in answer.reopened]
    data = {"outcome": "written", "line": line, "match": answer.match, "undone": answer.undone}
    told = [fill(sentence, line=line)]
    if answer.undone is not None and answer.kind is MatchKind.REVERSAL:
        told.append(_("What the other line was booked on is taken back."))
    if answer.kind is not None and reopened:
        told.append(fill(_("Open again: {lines}."), lines=", ".join(reopened)))
    desk.done(data | {"reopened": reopened}, " ".join(told))
