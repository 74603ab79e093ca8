"""`tadshin reconcile lines|explain`: the queue of lines, and why each is where it is."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from models.rules.money import Money
from models.rules.reconciliation import MatchStatus
from models.rules.statements import LineState
from tadshin.terminal import paper
from tadshin.terminal.choices import Coded
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.reconcile_run import day_after, of_account, period
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.values import Whole

if TYPE_CHECKING:
    from models.queries.statement_lines import LineFacts, MatchFacts, PartFacts

STATES = (*LineState, "suggested")
_USUALLY, _MOST = 50, 10_000


def line_name(command: F) -> F:
    """Add the argument that names a line."""
    return argument(
        "line", metavar="LINE", help="Its first signs in `tadshin reconcile lines`, 6 at least."
    )(command)


@reconcile.command(
    "lines",
    examples=(
        "tadshin reconcile lines",
        "tadshin reconcile lines --state suggested --account BMCE",
        "tadshin reconcile lines --state settled --from 2026-03-01 --to 2026-03-31 --json",
    ),
)
@option(
    "--state",
    type=Coded(STATES, "line"),
    metavar="STATE",
    default="open",
    help="Only lines in this state; the open ones if not said. `suggested`: open, with suggestions.",
)
@of_account
@period
@option("--most", type=Whole(1, _MOST), metavar="NUMBER", default=_USUALLY, help="Show this many at most.")
@click.pass_obj
def lines(
    desk: Desk, state: str, account: str | None, first: date | None, last: date | None, most: int
) -> None:
    """List lines of bank accounts, the largest amounts first, each with its best suggestion."""
    from models.queries.statement_lines import list_lines

    with desk.reading() as session:
        found = list_lines(
            session,
            state=state,
            account=account,
            starts=first,
            ends_before=day_after(last, first),
            most=most,
        )
    desk.answer({"lines": [line_data(line) for line in found]}, lambda: _show_lines(found, most))


@reconcile.command("explain", examples=("tadshin reconcile explain 1a2b3c4d",))
@line_name
@click.pass_obj
def explain(desk: Desk, line: str) -> None:
    """Tell why a line is where it is: what speaks for each match, its best rival, and every decision."""
    from models.queries.owed import read_owed
    from models.queries.statement_lines import load_line

    with desk.reading() as session:
        found = load_line(session, line)
        rivals = {UUID(one.rival["target"]) for one in found.matches if one.rival}
        names = {str(id_): owed.name for id_, owed in read_owed(session, rivals).items()}
    desk.answer(_explained(found, names), lambda: _show_line(found, names))


def line_data(line: "LineFacts") -> dict[str, Any]:
    """Return a line as scripts read it, with what holds of it or is suggested."""
    return {
        "line": line.name,
        "id": line.id,
        "account": line.account,
        "file": line.file,
        "row": line.row,
        "day": line.day,
        "amount": line.amount,
        "label": line.label,
        "reference": line.reference,
        "counterparty": line.counterparty,
        "operation": line.operation,
        "state": line.state,
        "matches": [match_data(one, line, {}) for one in line.matches],
    }


def match_data(match: "MatchFacts", line: "LineFacts", rivals: Mapping[str, str]) -> dict[str, Any]:
    """Return a match of a line as scripts read it; shares and points are whole hundredths."""
    rival = None
    if match.rival is not None:
        target = str(match.rival["target"])
        rival = {"target": target, "name": rivals.get(target), "points": match.rival["points"]}
    return {
        "match": match.name,
        "id": match.id,
        "kind": match.kind,
        "status": match.status,
        "place": line.place(match),
        "overtaken": match.overtaken,
        "author": match.author or None,
        "second": match.second or None,
        "stage": match.stage,
        "share": match.share,
        "points": match.points,
        "evidence": [
            {**one, "text": named(f"evidence_{one['name']}", one["level"])} for one in match.evidence
        ],
        "rival": rival,
        "rules_version": match.rules_version or None,
        "undoes": match.undoes,
        "undone_by": match.undone_by,
        "reason": match.reason or None,
        "written_at": match.written_at,
        "parts": [
            {
                "line": part.line.hex[:8],
                "target": part.name or None,
                "project": part.project or None,
                "other": part.other.hex[:8] if part.other else None,
                "amount": Money(part.amount, line.amount.currency),
            }
            for part in match.parts
        ],
    }


def _explained(line: "LineFacts", rivals: Mapping[str, str]) -> dict[str, Any]:
    matches = [match_data(one, line, rivals) for one in line.matches]
    return {**line_data(line), "matches": matches}


def _show_lines(found: Sequence["LineFacts"], most: int) -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("Line"), whole=True),
        paper.Column(_("Day"), whole=True),
        paper.Column(_("Account"), spare=True),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Text")),
        paper.Column(_("Match")),
        paper.Column(_("Others"), whole=True, right=True, spare=True),
    ]
    rows = [
        (
            line.name,
            line.day.isoformat(),
            line.account,
            shown(line.amount, spoken()),
            " · ".join(text for text in (line.label, line.counterparty, line.reference) if text),
            _best(line),
            str(sum(one is not line.best for one in line.offers) or ""),
        )
        for line in found
    ]
    if rows:
        paper.table(columns, rows)
    paper.line(_n("{count} line.", "{count} lines.", len(found)), style="bold")
    if len(found) == most:
        paper.line(_("There may be more: --most shows more of them."))


def _best(line: "LineFacts") -> str:
    if line.best is None:
        return ""
    what = what_of(line.best, line.id)
    return fill(_("{match} (no longer owed)"), match=what) if line.best.overtaken else what


def what_of(match: "MatchFacts", line: UUID) -> str:
    """Say in a few words what a match is to a line: what it pays, or to which other line it belongs."""
    names = dict.fromkeys(part.name for part in match.parts if part.name)
    pairs = [(part.line, part.other) for part in match.parts if part.other]
    others = dict.fromkeys(one.hex[:8] for pair in pairs for one in pair if one != line)
    kind = named("match_kind", match.kind)
    if not names and not others:
        return kind
    return fill(_("{kind}: {names}"), kind=kind, names=", ".join(names or others))


def _show_line(line: "LineFacts", rivals: Mapping[str, str]) -> None:
    from notifications.words import shown

    paper.pairs(
        [
            (_("Line"), f"{line.name} ({line.id})"),
            (_("Account"), line.account),
            (_("File"), fill(_("{file}, row {row}"), file=line.file, row=line.row)),
            (_("Day"), shown(line.day, spoken())),
            (_("Amount"), shown(line.amount, spoken())),
            *((title, text) for title, text in _texts(line) if text),
            (_("State"), named("line", line.state)),
        ]
    )
    if not line.matches:
        paper.line()
        paper.line(_("Nothing is suggested, and nobody has decided."))
    for match in line.matches:
        paper.line()
        _show_match(match, line, rivals)


def _texts(line: "LineFacts") -> list[tuple[str, str]]:
    return [
        (_("Label"), line.label),
        (_("Reference"), line.reference),
        (_("Other party"), line.counterparty),
        (_("Operation"), line.operation),
    ]


def _show_match(match: "MatchFacts", line: "LineFacts", rivals: Mapping[str, str]) -> None:
    from notifications.words import shown

    status = _("overtaken: no longer owed") if match.overtaken else named("match_status", match.status)
    place = line.place(match)
    numbered = f"{status} ({place})" if place is not None else status
    paper.line(f"{numbered} · {what_of(match, line.id)}", style="bold")
    who = match.author or _("a run")
    if match.second:
        who = fill(_("{who}, with {second}"), who=who, second=match.second)
    is_booked = match.status is MatchStatus.BOOKED
    rows = [
        (_("Match"), match.name),
        *((_("Part"), _part(part, line.amount.currency)) for part in match.parts),
        *((_("Grounds"), _evidence(one)) for one in match.evidence),
        (_("Sure"), _sureness(match)),
        (_("Best rival"), _rival(match, rivals)),
        (_("Decided by"), who),
        (_("At"), shown(match.written_at, spoken())),
        (_("Reason"), match.reason),
        (_("Rules"), match.rules_version),
        (_("Taken back by") if is_booked else _("Refused by"), match.undone_by or ""),
    ]
    paper.pairs([(title, text) for title, text in rows if text])


def _part(part: "PartFacts", currency: str) -> str:
    from notifications.words import shown

    amount = shown(Money(part.amount, currency), spoken()) if part.amount else ""
    named_part = part.name or (part.other.hex[:8] if part.other else "")
    return " · ".join(text for text in (part.line.hex[:8], amount, named_part, part.project) if text)


def _evidence(one: Mapping[str, Any]) -> str:
    family = f"evidence_{one['name']}"
    return f"{named(family, one['level'])} ({_points(one['points'])})"


def _sureness(match: "MatchFacts") -> str:
    from notifications.words import shown

    if not match.share and not match.points:
        return ""
    if not match.share:  # how sure a suggestion is, nothing has measured
        return fill(_("{points} points"), points=_points(match.points))
    sentence = _("{percent} percent; {points} points")
    return fill(sentence, percent=shown(Decimal(match.share) / 100, spoken()), points=_points(match.points))


def _points(hundredths: int) -> str:
    from notifications.words import shown

    written = shown(Decimal(hundredths) / 100, spoken())
    if hundredths < 0:
        return written
    # The sign stands inside of what is isolated, or Arabic would put it behind the number.
    signed = "+" + written.strip("\u2066\u2069")
    return f"\u2066{signed}\u2069" if spoken() == "ar" else signed


def _rival(match: "MatchFacts", rivals: Mapping[str, str]) -> str:
    if match.rival is None:
        return ""
    target = str(match.rival["target"])
    return f"{rivals.get(target, target[:8])} ({_points(match.rival['points'])})"
