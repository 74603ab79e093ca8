"""`tadshin reconcile cases|case ...`: what the books disagree about, whose it is, what would close it."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Role
from models.rules.cases import CaseKind
from tadshin.terminal import paper
from tadshin.terminal.choices import OneOf, project_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, Noun, argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.statement_pages import days
from tadshin.terminal.values import Whole, reason

if TYPE_CHECKING:
    from models.queries.cases import CaseLine, CaseStory

_USUALLY, _MOST = 50, 10_000


def case_name(command: F) -> F:
    """Add the argument that names a case."""
    return argument(
        "name", metavar="CASE", help="Its first signs in `tadshin reconcile cases`, 6 at least."
    )(command)


@reconcile.command(
    "cases",
    examples=(
        "tadshin reconcile cases",
        "tadshin reconcile cases --kind unmatched_receipt --owner finance",
        "tadshin reconcile cases --project rahma-cmp",
        "tadshin reconcile cases --closed --json",
    ),
)
@option("--kind", type=OneOf(CaseKind, "case_kind"), metavar="KIND", help="Only cases of this kind.")
@option("--owner", metavar="ROLE|LOGIN", help="Only those of this role, or assigned to this person.")
@option(
    "--project",
    "key",
    metavar="KEY",
    help="Only those that touch this project: open ones keep it from being closed.",
    shell_complete=project_keys,
)
@option("--open/--closed", "is_open", default=True, help="The open ones, or the closed ones.")
@option("--most", type=Whole(1, _MOST), metavar="NUMBER", default=_USUALLY, help="Show this many at most.")
@click.pass_obj
def cases(
    desk: Desk, /, kind: CaseKind | None, owner: str | None, key: str | None, is_open: bool, most: int
) -> None:
    """List cases, the largest amounts first: whose each is, how old, and what would close it."""
    from models.clock import local_day
    from models.queries.cases import list_cases
    from models.queries.projects import find_project

    with desk.reading() as session:
        project = find_project(session, key).id if key is not None else None
        found = list_cases(session, kind=kind, owner=owner, is_open=is_open, project=project, most=most)
    today = local_day(desk.now)
    data = {"cases": [_as_data(one, today) for one in found]}
    desk.answer(data, lambda: _show_list(found, today, most))


@reconcile.group("case", cls=Noun)
def case() -> None:
    """One case: its history, remarks, and whose it is."""


@case.command("show", examples=("tadshin reconcile case show 1a2b3c4d",))
@case_name
@click.pass_obj
def show(desk: Desk, name: str) -> None:
    """Show a case: what it is about, what would close it, and everything that happened to it."""
    from models.clock import local_day
    from models.queries.cases import load_case

    with desk.reading() as session:
        found, story = load_case(session, name)
    today = local_day(desk.now)
    data = {**_as_data(found, today), "history": story}
    desk.answer(data, lambda: _show_one(found, story, today))


@case.command("note", examples=('tadshin reconcile case note 1a2b3c4d "..." --as LOGIN',))
@case_name
@argument("text", metavar="TEXT", help="The remark, kept with your name.")
@click.pass_obj
def note(desk: Desk, name: str, text: str) -> None:
    """Write a remark into the history of a case."""
    from models.operations.cases import note_case

    with desk.writing() as session:
        found = note_case(session, case=name, note=text, by=desk.login(), at=desk.now)
    desk.done({"case": found.id.hex[:8]}, fill(_("Noted on case {case}."), case=found.id.hex[:8]))


@case.command(
    "assign",
    examples=(
        "tadshin reconcile case assign 1a2b3c4d finance --as LOGIN",
        "tadshin reconcile case assign 1a2b3c4d LOGIN --as LOGIN",
    ),
)
@case_name
@argument("to", metavar="ROLE|LOGIN", help="Whose it is from now on: a role, or a person.")
@click.pass_obj
def assign(desk: Desk, name: str, to: str) -> None:
    """Give a case to a role, or to one person."""
    from models.operations.cases import assign_case

    with desk.writing() as session:
        found = assign_case(session, case=name, to=to, by=desk.login(), at=desk.now)
        told = {"case": found.id.hex[:8], "owner": found.owner, "assignee": found.assignee or None}
    who = _whose(str(told["owner"]), str(told["assignee"] or ""))
    desk.done(told, fill(_("Case {case} is given to {who}."), case=told["case"], who=who))


@case.command("close", examples=('tadshin reconcile case close 1a2b3c4d --reason "..." --as LOGIN',))
@case_name
@reason
@click.pass_obj
def close(desk: Desk, name: str, reason: str) -> None:
    """Close a case about which the books cannot tell: a difference that is borne, a booking that is right
    though its line names another project, lines that a newer file of the bank has no more.

    Every other case closes by itself once the books agree.
    """
    from models.operations.cases import settle_case

    with desk.writing() as session:
        found, changed = settle_case(session, case=name, reason=reason, by=desk.login(), at=desk.now)
        told = {"case": found.id.hex[:8], "changed": changed}
    words = _("Case {case} is closed.") if changed else _("Case {case} was closed already.")
    desk.done(told, fill(words, case=told["case"]))


def _as_data(one: "CaseLine", today: date) -> dict[str, Any]:
    return {
        "case": one.name,
        "id": one.id,
        "kind": one.kind,
        "amount": one.amount,
        "owner": one.owner,
        "assignee": one.assignee or None,
        "days": one.days(today),
        "next_step": one.step,
        "text": named("case_step", one.step),
        "account": one.account or None,
        "line": one.line or None,
        "match": one.match or None,
        "project": one.project or None,
        "partner": one.partner or None,
        "contract": one.contract or None,
        "details": one.details,
        "opened_at": one.opened_at,
        "closed_at": one.closed_at,
    }


def _show_list(found: Sequence["CaseLine"], today: date, most: int) -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("Case"), whole=True),
        paper.Column(_("Kind")),
        paper.Column(_("Amount"), whole=True, right=True),
        paper.Column(_("Days"), whole=True, right=True),
        paper.Column(_("Owner")),
        paper.Column(_("About")),
        paper.Column(_("Next step"), spare=True),
    ]
    rows = [
        (
            one.name,
            named("case_kind", one.kind),
            shown(one.amount, spoken()) if one.amount else "",
            str(one.days(today)),
            _whose(one.owner, one.assignee),
            _about(one),
            named("case_step", one.step),
        )
        for one in found
    ]
    if rows:
        paper.table(columns, rows)
    paper.line(_n("{count} case.", "{count} cases.", len(found)), style="bold")
    if len(found) == most:
        paper.line(_("There may be more: --most shows more of them."))


def _about(one: "CaseLine") -> str:
    parts = (one.partner.get(spoken(), ""), one.contract, one.project, one.account, one.line, _rate(one))
    return " · ".join(part for part in parts if part)


def _rate(one: "CaseLine") -> str:
    """Return which rate is missing, and since when."""
    said = (one.details.get(name) for name in ("currency", "since"))
    return " ".join(str(each) for each in said if each)


def _between_files(one: "CaseLine") -> list[tuple[str, str]]:
    """Return which files differ, in which days and by how many lines, or what is missing between them."""
    told = one.details
    if "after" not in told:
        return []
    first, until = (date.fromisoformat(told[name]) for name in ("first", "until"))
    lines = _n("{count} line", "{count} lines", int(told["lines"])) if "lines" in told else ""
    return [
        (_("Older file"), str(told.get("before", ""))),
        (_("Newer file"), str(told["after"])),
        (_("Days concerned"), days(first, until)),
        (_("Missing in the newer file"), lines),
    ]


def _whose(owner: str, assignee: str) -> str:
    role = named("role", owner) if owner in tuple(Role) else owner
    return f"{assignee} ({role})" if assignee else role


def _show_one(one: "CaseLine", story: Sequence["CaseStory"], today: date) -> None:
    from notifications.words import shown

    rows = [
        (_("Case"), f"{one.name} ({one.id})"),
        (_("Kind"), named("case_kind", one.kind)),
        (_("Amount"), shown(one.amount, spoken()) if one.amount else ""),
        (_("Owner"), _whose(one.owner, one.assignee)),
        (_("Next step"), named("case_step", one.step)),
        (_("Days"), str(one.days(today))),
        (_("Partner"), one.partner.get(spoken(), "")),
        (_("Contract"), one.contract),
        (_("Project"), one.project),
        (_("Account"), one.account),
        (_("Line"), one.line),
        (_("Match"), one.match),
        (_("Target"), str(one.details.get("target", ""))),
        (_("Rate"), _rate(one)),
        *_between_files(one),
    ]
    paper.pairs([(title, text) for title, text in rows if text])
    paper.line()
    paper.lists(
        [
            (
                shown(each.at, spoken()),
                named("case_change", each.kind),
                each.author or _("a run"),
                each.note,
            )
            for each in story
        ]
    )
