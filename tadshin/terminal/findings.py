"""`tadshin findings ...`: where the report of 2021 disagrees with itself."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.findings import SIDES, Severity
from tadshin.terminal import paper
from tadshin.terminal.choices import Coded, OneOf, project_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.values import any_project, one_project

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.queries.findings import Finding

_MOST_NAMED = 3

finding_key = argument("finding", metavar="FINDING", help="A key of `tadshin findings list`, such as P1.")


@click.group("findings", cls=Noun)
def findings() -> None:
    """Where the report of 2021 disagrees with itself, and how that was settled."""


@findings.command(
    "list",
    examples=(
        "tadshin findings list",
        "tadshin findings list fes-cmp",
        "tadshin findings list --settled --json",
    ),
)
@any_project
@option("--settled/--open", "settled", default=None, help="Only the settled ones, or only the open ones.")
@option("--severity", type=OneOf(Severity, "severity"), metavar="A|B", help="Only of this severity.")
@option("--project", metavar="KEY", help="Only about this project.", shell_complete=project_keys)
@click.pass_obj
def list_all(
    desk: Desk, key: str | None, settled: bool | None, severity: Severity | None, project: str | None
) -> None:
    """List the findings, the gravest first."""
    from models.queries.findings import list_findings

    project = one_project(key, project)
    with desk.reading() as session:
        found = list_findings(session, settled=settled, severity=severity, project=project)
        found = tuple(finding for finding in found if _may_read(desk, session, finding))
    desk.answer({"findings": [_as_data(finding) for finding in found]}, lambda: _show_list(found))


@findings.command("show", examples=("tadshin findings show P1",))
@finding_key
@click.pass_obj
def show(desk: Desk, finding: str) -> None:
    """Show a finding: both readings, the lines of the source, and the answer if there is one."""
    from models.queries.findings import find_finding
    from models.queries.partners import partner_names
    from models.queries.projects import find_project, place_of

    with desk.reading() as session:
        found = find_finding(session, finding)
        for key in found.projects:
            desk.allow(session, Action.READ, place_of(find_project(session, key)))
        names = partner_names(session)
    desk.answer(_as_data(found), lambda: _show_one(found, names))


@findings.command(
    "settle",
    examples=(
        'tadshin findings settle P1 detail --reason "..." --as LOGIN',
        'tadshin findings settle P1 "48 beds" --reason "..." --as LOGIN',
    ),
)
@finding_key
@argument(
    "reading",
    metavar="READING",
    type=Coded(SIDES, "reading", strictly=False),
    help="overview, detail, or an answer in your own words.",
)
@option("--reason", metavar="TEXT", required=True, help="Why; kept in the trail with your name.")
@click.pass_obj
def settle(desk: Desk, finding: str, reading: str, reason: str) -> None:
    """Say which reading of the report holds.

    overview or detail takes effect on the project: its partners, its names, its place. An answer in
    your own words is kept as you say it, and changes nothing.
    """
    from models.operations import findings

    with desk.writing() as session:
        made = findings.settle(
            session, finding=finding, reading=reading, reason=reason, by=desk.login(), at=desk.now
        )
    words = fill(
        _("Finding {finding} is settled: {reading}."),
        finding=made.finding,
        reading=named("reading", made.reading),
    )
    if made.changed:
        words += " " + fill(_("Changed by this: {projects}."), projects=list(made.changed))
    desk.done({"finding": made.finding, "reading": made.reading, "changed": made.changed}, words)


def _may_read(desk: Desk, session: "Session", finding: "Finding") -> bool:
    from models.queries.projects import find_project

    about = [find_project(session, key) for key in finding.projects]
    return all(desk.may_read(session, project.key, project.region) for project in about)


def _as_data(finding: "Finding") -> dict[str, Any]:
    return {
        "key": finding.key,
        "severity": finding.severity,
        "type": finding.type,
        "subject": finding.subject,
        "projects": finding.projects,
        "overview": {"ar": finding.overview_ar, "fr": finding.overview_fr, "en": finding.overview_en},
        "detail": {"ar": finding.detail_ar, "fr": finding.detail_fr, "en": finding.detail_en},
        "lines": finding.lines,
        "settled": finding.settled,
        "reading": finding.settled_reading,
        "settled_by": finding.settled_by,
        "settled_at": finding.settled_at,
        "reason": finding.reason,
        "overtaken": finding.overtaken,
    }


def _show_list(found: Sequence["Finding"]) -> None:
    columns = [
        paper.Column(_("Key"), whole=True),
        paper.Column(_("Gravity"), whole=True),
        paper.Column(_("Project")),
        paper.Column(_("The overview says")),
        paper.Column(_("The project's page says")),
        paper.Column(_("Settled")),
    ]
    rows = [
        (
            finding.key,
            finding.severity,
            _about(finding),
            finding.overview(spoken()),
            finding.detail(spoken()),
            _settled(finding),
        )
        for finding in found
    ]
    paper.table(columns, rows)
    paper.line(_n("{count} finding.", "{count} findings.", len(found)), style="bold")


def _settled(finding: "Finding") -> str:
    if not finding.settled_reading:
        return ""
    words = named("reading", finding.settled_reading)
    return f"{words}\n{_('overtaken by a convention')}" if finding.overtaken else words


def _show_one(finding: "Finding", names: Mapping[str, Mapping[str, str]]) -> None:
    from notifications.words import shown

    rows = [
        (_("Finding"), finding.key),
        (_("Gravity"), named("severity", finding.severity)),
        (_("Kind"), named("finding", finding.type)),
        (_("Project"), ", ".join(finding.projects) or _of_the_whole(finding)),
        (_("The overview says"), finding.overview(spoken())),
        (_("The project's page says"), finding.detail(spoken())),
        (_("Lines of the source"), finding.lines),
    ]
    if finding.settled_reading:
        rows += [
            (_("Settled"), named("reading", finding.settled_reading)),
            (_("By"), f"{finding.settled_by}, {shown(finding.settled_at, spoken())}"),
            (_("Reason"), finding.reason),
        ]
    if finding.overtaken:
        signed = [names[partner][spoken()] for partner in finding.overtaken]
        rows.append((_("Left out by it, and has signed since"), ", ".join(signed)))
    paper.pairs(rows)


def _about(finding: "Finding") -> str:
    if len(finding.projects) > _MOST_NAMED:
        return _n("{count} project", "{count} projects", len(finding.projects))
    return ", ".join(finding.projects) or _of_the_whole(finding)


def _of_the_whole(finding: "Finding") -> str:
    """Say that a finding is about the whole portfolio, and what of it."""
    return f"{_('the whole portfolio')} ({named('field', finding.subject)})"
