"""`tadshin portfolio import|template|load-report`: bringing projects in."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from tadshin.terminal import faults, paper
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.portfolio import portfolio

if TYPE_CHECKING:
    from intake.portfolio import Sheet
    from models.operations.portfolio import Imported
    from models.rules.portfolio import Problem


@portfolio.command(
    "import",
    examples=(
        "tadshin portfolio import projects.xlsx --dry-run --as LOGIN",
        "tadshin portfolio import projects.csv --as LOGIN",
    ),
)
@argument("file", type=click.Path(path_type=Path), metavar="FILE", help="A .csv or .xlsx file.")
@option("--dry-run", is_flag=True, help="Read and check everything, and write nothing.")
@click.pass_obj
def import_file(desk: Desk, file: Path, dry_run: bool) -> Exit:
    """Bring the projects of a file into the portfolio: all of them, or none.

    Everything that is wrong is listed by row and field, and then nothing is written. The same file
    again changes nothing. `tadshin portfolio template` writes an empty one.
    """
    from intake.portfolio import read_portfolio
    from models.operations.portfolio import import_portfolio

    desk.arrive()
    with desk.progress(_("Reading the file")) as read:
        sheet = read_portfolio(file, progress=read)
    check_only = dry_run or sheet.problem_count > 0
    with (
        desk.progress(_("Bringing the projects in"), len(sheet.rows)) as written,
        desk.writing() as session,
    ):
        done = import_portfolio(
            session,
            sheet.rows,
            by=desk.login(),
            at=desk.now,
            dry_run=check_only,
            source=sheet.file,
            progress=written,
        )
    problems = sorted([*sheet.problems, *done.problems], key=lambda problem: problem.row)
    count = sheet.problem_count + len(done.problems)
    data = _as_data(sheet, done, problems, count, dry_run)
    desk.answer(data, lambda: _show(sheet, done, problems, count))
    return Exit.BAD_ARGUMENTS if count else Exit.DONE


@portfolio.command(
    "template",
    examples=(
        "tadshin portfolio template projects.xlsx",
        "tadshin portfolio template projects.csv --lang ar",
    ),
)
@argument(
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write: .csv, or .xlsx with lists to choose from.",
)
@click.pass_obj
def template(desk: Desk, file: Path) -> None:
    """Write an empty portfolio to fill in, with headings in the language spoken."""
    from intake.templates import write_template

    write_template(file, spoken())
    desk.done({"file": str(file), "language": spoken()}, fill(_("{file} is written."), file=str(file)))


@portfolio.command("load-report", examples=("tadshin portfolio load-report --as LOGIN",))
@click.pass_obj
def load_report(desk: Desk) -> None:
    """Load the 27 centres of the 2021 report that are not in the books yet."""
    from models.operations import report

    with desk.progress(_("Loading the report of 2021")), desk.writing() as session:
        desk.allow(session, Action.IMPORT_PORTFOLIO)
        loaded = report.load_report(session, by=desk.login(), at=desk.now)
    projects = _n("{count} project", "{count} projects", loaded.projects)
    findings = _n("{count} finding", "{count} findings", loaded.findings)
    words = fill(_("Added from the report: {projects}, {findings}."), projects=projects, findings=findings)
    desk.done(paper.plain(loaded), words)


def _as_data(
    sheet: "Sheet", done: "Imported", problems: Sequence["Problem"], count: int, dry_run: bool
) -> dict[str, Any]:
    return {
        "file": sheet.file,
        "dry_run": dry_run,
        "written": done.written,
        "new": done.new,
        "changed": done.changed,
        "unchanged": done.unchanged,
        **faults.problems_as_data(problems, count),
        "notes": faults.notes_as_data(sheet.notes),
    }


def _show(sheet: "Sheet", done: "Imported", problems: Sequence["Problem"], count: int) -> None:
    faults.show_notes(sheet.notes)
    if count:
        faults.show_problems(problems, count)
        return
    counted = {
        "new": _n("{count} new project", "{count} new projects", len(done.new)),
        "changed": _n("{count} changed", "{count} changed", len(done.changed)),
        "unchanged": _n("{count} as before", "{count} as before", len(done.unchanged)),
    }
    if done.written:
        paper.line(fill(_("Brought in: {new}, {changed}, {unchanged}."), **counted), style="green")
    else:
        paper.line(fill(_("A dry run, nothing is written: {new}, {changed}, {unchanged}."), **counted))
    _show_changes(done)


def _show_changes(done: "Imported") -> None:
    from notifications.words import shown

    rows = [
        (
            project.key,
            named("field", change.field),
            f"{shown(change.before, spoken())} → {shown(change.after, spoken())}",
        )
        for project in done.changed
        for change in project.changes
    ]
    if rows:
        paper.lists(rows[: faults.MOST_SHOWN])
