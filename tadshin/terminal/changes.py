"""`tadshin change ...`: changes of money that one person proposes and another decides on."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from models.rules.authority import Action, Role
from models.rules.four_eyes import ChangeState, MoneyChange
from models.rules.money import Money
from models.rules.reconciliation import SHOWN_SIGNS
from models.rules.text import visible
from tadshin.terminal import paper
from tadshin.terminal.choices import OneOf, project_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.money_imports import money_nouns
from tadshin.terminal.proposing import as_data, deciders_of, how_to_approve
from tadshin.terminal.reconcile_changes import change_data, change_rows
from tadshin.terminal.values import Amount, Whole, any_project, one_project, reason

if TYPE_CHECKING:
    from models.queries.four_eyes import ChangeLine, LineEffect
    from models.rules.authority import Actor

Names = Mapping[str, Mapping[str, str]]
"""Each partner's names, by its key and the language."""

change_name = argument(
    "name", metavar="PROPOSAL", help="Its first signs in `tadshin change list`, 6 at least."
)


@click.group("change", cls=Noun)
def change() -> None:
    """Changes of money that wait for a second person, or that one has decided on."""


@change.command(
    "list",
    examples=(
        "tadshin change list --as LOGIN",
        "tadshin change list tamesna-complex",
        "tadshin change list --mine --as LOGIN",
        "tadshin change list --days 14 --at-least 1000000 --role director",
    ),
)
@any_project
@option("--mine", is_flag=True, help="Only what waits for the person who acts.")
@option("--project", metavar="KEY", help="Only for this project.", shell_complete=project_keys)
@option(
    "--kind", type=OneOf(MoneyChange, "money_change"), metavar="KIND", help="Only changes of this kind."
)
@option(
    "--days", type=Whole(0, 36_500), metavar="DAYS", help="Only what has waited this many days or more."
)
@option(
    "--at-least", "amount", type=Amount(), metavar="AMOUNT", help="Only changes by this amount or more."
)
@option("--role", type=OneOf(Role, "role"), metavar="ROLE", help="Only what this role decides on.")
@option("--all", "every", is_flag=True, help="What was decided, too.")
@click.pass_obj
def list_all(
    desk: Desk,
    /,
    key: str | None,
    mine: bool,
    project: str | None,
    kind: MoneyChange | None,
    days: int | None,
    amount: Money | None,
    role: Role | None,
    every: bool,
) -> None:
    """List what waits for a decision, the oldest first, and whose decision it is.

    With --as, the list says what of it waits for that person: what they may decide and have not
    proposed themselves.
    """
    from models.clock import local_day
    from models.queries.four_eyes import list_changes
    from models.queries.partners import partner_names

    project = one_project(key, project)
    if mine:
        desk.login()
    today = local_day(desk.now)
    with desk.reading() as session:
        reader = desk.actor(session)
        lines = list_changes(
            session,
            reader=reader,
            state=None if every else ChangeState.OPEN,
            project=project,
            change=kind,
            least=amount,
            until=today - timedelta(days=days) if days is not None else None,
            role=role,
        )
        names = partner_names(session)
    if mine:
        lines = tuple(line for line in lines if _is_mine(line, reader))
    listed = [{**as_data(line, today), "for_me": _is_mine(line, reader)} for line in lines]
    desk.answer({"changes": listed}, lambda: _show_list(lines, reader, names, today))


@change.command("show", examples=("tadshin change show 1a2b3c4d",))
@change_name
@click.pass_obj
def show(desk: Desk, name: str) -> None:
    """Show a proposed change: what it does, why, who proposed it, who decides or has decided."""
    from models.clock import local_day
    from models.queries.four_eyes import find_change, line_effects, present_details
    from models.queries.line_changes import line_change
    from models.queries.partners import partner_names

    with desk.reading() as session:
        line = find_change(session, name)
        desk.allow(session, Action.READ, line.place)
        names = partner_names(session)
        reader = desk.actor(session)
        effects, present = line_effects(session, line), present_details(session, line)
        decision = line_change(session, line)
    today = local_day(desk.now)
    data = {**as_data(line, today), "for_me": _is_mine(line, reader), "lines": effects, "now": present}
    data["decision"] = change_data(decision) if decision is not None else None
    told = [*_effects(effects), *(change_rows(decision) if decision is not None else [])]
    desk.answer(data, lambda: _show_one(line, names, today, told, present))


@change.command("approve", examples=("tadshin change approve 1a2b3c4d --as LOGIN",))
@change_name
@option("--reason", default="", metavar="TEXT", help="A remark, kept in the trail with your name.")
@click.pass_obj
def approve(desk: Desk, name: str, reason: str) -> None:
    """Approve a proposed change: it is carried out at once, on the books as they are now."""
    line = _decide(desk, name, reason, approve=True)
    _answer(desk, line, _("Approved and written: {what} ({name}), proposed by {by}."))


@change.command("reject", examples=('tadshin change reject 1a2b3c4d --reason "..." --as LOGIN',))
@change_name
@reason
@click.pass_obj
def reject(desk: Desk, name: str, reason: str) -> None:
    """Reject a proposed change: nothing changes, and the proposal stays in the books."""
    line = _decide(desk, name, reason, approve=False)
    _answer(desk, line, _("Rejected: {what} ({name}), proposed by {by}; nothing changes."))


def _decide(desk: Desk, name: str, reason: str, *, approve: bool) -> "ChangeLine":
    from models.operations import four_eyes
    from models.queries.four_eyes import find_change

    with desk.writing() as session:
        id_ = find_change(session, name).id
        four_eyes.decide(
            session, proposal=id_, approve=approve, reason=reason, by=desk.login(), at=desk.now
        )
        return find_change(session, id_.hex)


def _answer(desk: Desk, line: "ChangeLine", sentence: str) -> None:
    from models.clock import local_day
    from notifications.words import shown

    data = {"outcome": line.state, **as_data(line, local_day(desk.now))}
    what = [line.change, line.amount] if line.amount else [line.change]
    words = " · ".join(shown(one, spoken()) for one in what)
    desk.done(data, fill(sentence, what=words, name=line.name, by=line.proposed_by))


def _is_mine(line: "ChangeLine", reader: "Actor | None") -> bool | None:
    """Tell whether a proposal waits for the person who acts; None where nobody is named."""
    return line.waits_for(reader) if reader is not None else None


def _show_list(lines: Sequence["ChangeLine"], reader: "Actor | None", names: Names, today: date) -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("Proposal"), whole=True),
        paper.Column(_("Days"), whole=True, right=True),
        paper.Column(_("Change")),
        paper.Column(_("Project")),
        paper.Column(_("About"), spare=True),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Proposed by"), spare=True),
        paper.Column(_("Decides")),
    ]
    rows = [
        (
            line.name,
            str(line.days(today)),
            shown(line.change, spoken()),
            line.project or "",
            _about(line, names),
            shown(line.amount, spoken()) if line.amount else "",
            line.proposed_by,
            _decision(line, reader),
        )
        for line in lines
    ]
    if rows:
        paper.table(columns, rows)
    waiting = [line for line in lines if line.state is ChangeState.OPEN]
    words = _n("{count} change waits.", "{count} changes wait.", len(waiting))
    if reader is not None:
        mine = sum(line.waits_for(reader) for line in waiting)
        words += " " + fill(_("For {login}: {count}."), login=reader.login, count=mine)
    paper.line(words, style="bold")


def _decision(line: "ChangeLine", reader: "Actor | None") -> str:
    """Return who decides, the person who acts first; or what was decided, and by whom."""
    if line.state is not ChangeState.OPEN:
        return _decided(line)
    if _is_mine(line, reader):
        return _("you")
    if reader is not None and reader.login == line.proposed_by:
        return fill(_("{who}, not you: your proposal"), who=deciders_of(line))
    return deciders_of(line)


def _decided(line: "ChangeLine") -> str:
    from notifications.words import shown

    return f"{shown(line.state, spoken())} ({shown(line.decided_by, spoken())})"


def _about(line: "ChangeLine", names: Names) -> str:
    """Return what a change is about: its lines, its files, or its partner."""
    terms = line.terms
    if line.change is MoneyChange.BUDGET_TRANSFER:
        return fill(_("{source} to {target}"), source=terms["source"], target=terms["target"])
    if line.change is MoneyChange.BUDGET_REVISION:
        return str(terms["line"])
    if line.change is MoneyChange.COMMITMENT_IMPORT:
        return ", ".join(visible(name) for name in terms["files"])
    if line.change is MoneyChange.BANK_MATCH:
        return fill(_("Line {line}"), line=terms["line"][:SHOWN_SIGNS])
    return names.get(terms["partner"], {}).get(spoken(), terms["partner"])


def _show_one(
    line: "ChangeLine",
    names: Names,
    today: date,
    effects: Sequence[tuple[str, str]],
    present: Mapping[str, str],
) -> None:
    from notifications.words import shown

    rows = [
        (_("Proposal"), f"{line.name} ({line.id})"),
        (_("Change"), shown(line.change, spoken())),
        (_("Project"), line.project or ""),
        (_("About"), _about(line, names)),
        (_("Amount"), shown(line.amount, spoken()) if line.amount else ""),
        *_terms(line, present),
        *_of_files(line),
        *effects,
        (_("Reason"), line.reason),
        (_("Proposed by"), line.proposed_by),
        (_("Proposed at"), shown(line.proposed_at, spoken())),
    ]
    if line.state is ChangeState.OPEN:
        rows.append((_("Has waited"), shown(timedelta(days=line.days(today)), spoken())))
        rows.append((_("Decides"), deciders_of(line)))
        rows.append((_("How to approve"), how_to_approve(line)))
    else:
        rows.append((_("State"), _decided(line)))
        rows.append((_("Decided at"), shown(line.decided_at, spoken())))
        rows.append((_("Remark"), line.decision_reason))
    paper.pairs([(label, value) for label, value in rows if value])


def _effects(effects: Sequence["LineEffect"]) -> list[tuple[str, str]]:
    sentence = _("{budget}, of which {engaged} engaged; afterwards {after}")
    return [
        (
            fill(_("Line {line}"), line=one.line),
            fill(sentence, budget=one.budget, engaged=one.engaged, after=one.after),
        )
        for one in effects
    ]


def _terms(line: "ChangeLine", present: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what else a change is to write, in the words of its terms, and what stands there now."""
    told = []
    for name, label in _labels().items():
        if (value := line.terms.get(name)) in (None, "", False):
            continue
        words = _term(name, value)
        if present.get(name, value) != value:
            words = fill(_("{after} (now: {before})"), after=words, before=_term(name, present[name]))
        told.append((label, words))
    return told


_SIGNS_OF_HASH = 16


def _of_files(line: "ChangeLine") -> list[tuple[str, str]]:
    """Return what files are to bring in: each with the beginning of its SHA-256, and what of it is new."""
    from notifications.words import shown

    if line.change is not MoneyChange.COMMITMENT_IMPORT:
        return []
    terms, words = line.terms, money_nouns()
    new = [f"{words[noun]}: {shown(count, spoken())}" for noun, count in terms["new"].items()]
    largest = terms["largest"]
    return [
        *((visible(name), f"SHA-256 {digest[:_SIGNS_OF_HASH]}") for name, digest in terms["files"].items()),
        (_("New"), ", ".join(new)),
        (_("Largest commitment"), f"{shown(largest['reference'], spoken())}, {largest['project']}"),
    ]


def _term(name: str, value: object) -> str:
    from notifications.words import shown

    family = {"kind": "release_kind", "type": "partner_type"}.get(name)
    return named(family, value) if family is not None else shown(value, spoken())


def _labels() -> Mapping[str, str]:
    """Return the words for the terms of a change, in the order in which they are told."""
    return {
        "kind": _("Kind"),
        "type": _("Kind"),
        "reference": _("Reference"),
        "commitment": _("Commitment"),
        "signed_on": _("Signed"),
        "decided_on": _("Decided on"),
        "budget_year": _("Budget year"),
        "budget_line": _("Budget line"),
        "in_kind": _("In kind"),
        "amendment": _("Amendment"),
        "name_ar": _("Name in Arabic"),
        "name_fr": _("Name in French"),
        "name_en": _("Name in English"),
    }
