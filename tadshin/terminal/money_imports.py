"""`tadshin money import|template|import-books`: bringing money into the books from files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.kinds import KINDS, Sector
from models.rules.money_rows import MoneyRows, MoneyTable
from models.rules.stages import Stage
from tadshin.terminal import faults, paper
from tadshin.terminal.choices import Coded, OneOf, province_codes
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import argument, option
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.money import money
from tadshin.terminal.proposing import proposed_data, proposed_words

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from sqlmodel import Session

    from intake.money_tables import MoneySheet
    from models.operations.import_books import Unsaid
    from models.operations.import_outcome import ImportedMoney
    from models.queries.four_eyes import ChangeLine
    from models.rules.money_rows import Located
    from notifications.described import Noted

_KIND = OneOf(MoneyTable, "money_table")


@dataclass(frozen=True, slots=True)
class _Brought:
    """What files held and what became of it. `count`: all problems; `told`: what reading them tells.

    `waiting`: what waits for a second person, where it does. `at`: when it was brought.
    """

    at: datetime

    done: "ImportedMoney"
    waiting: "ChangeLine | None"
    problems: Sequence["Located"]
    count: int
    told: Sequence["Noted"]
    dry_run: bool


def _kinds_and_files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Offer a kind, then a file, in turn, to a shell that completes."""
    from click.shell_completion import CompletionItem

    if len(ctx.params.get(param.name or "") or ()) % 2:
        return [CompletionItem(incomplete, type="file")]
    return _KIND.shell_complete(ctx, param, incomplete)


@money.command(
    "import",
    examples=(
        "tadshin money import conventions conventions.xlsx --dry-run --as LOGIN",
        "tadshin money import conventions c.csv tranches t.csv --as LOGIN",
        "tadshin money import certificates accounts.csv --as LOGIN",
    ),
)
@argument(
    "pairs",
    nargs=-1,
    required=True,
    metavar="KIND FILE...",
    help="What a file holds (conventions, tranches, contracts, certificates), and the file: .csv or .xlsx.",
    shell_complete=_kinds_and_files,
)
@option("--dry-run", is_flag=True, help="Read and check everything, and write nothing.")
@click.pass_obj
def import_files(desk: Desk, pairs: tuple[str, ...], dry_run: bool) -> Exit:
    """Bring conventions, tranches, contracts or payment certificates into the books: all rows, or none.

    Several files come in together, each after its kind. Everything that is wrong is listed by file, row
    and field, and then nothing is written. The same files again change nothing. `tadshin money template`
    writes an empty one.

    Where a promise is so large that a second person decides on it, the files are proposed; they come in
    once another person brings in the same files.
    """
    from models.operations.import_money import import_money

    wanted, at = _wanted(pairs), desk.now
    desk.arrive()
    sheets = [_read(desk, kind, file) for kind, file in wanted]
    rows = _joined([sheet.rows for sheet in sheets])
    unread = sum(sheet.problem_count for sheet in sheets)
    with desk.progress(_("Bringing the money in"), len(rows)) as written, desk.writing() as session:
        done = import_money(
            session,
            rows,
            by=desk.login(),
            at=at,
            files={sheet.file: sheet.digest for sheet in sheets},
            columns={name: columns for sheet in sheets for name, columns in sheet.columns.items()},
            dry_run=dry_run,
            unread=unread > 0,
            progress=written,
        )
        waiting = _waiting(session, done)
    problems = [*(problem for sheet in sheets for problem in sheet.problems), *done.problems]
    told = [note for sheet in sheets for note in sheet.notes]
    return _answer(desk, _Brought(at, done, waiting, problems, unread + len(done.problems), told, dry_run))


@money.command(
    "template",
    examples=(
        "tadshin money template conventions conventions.xlsx",
        "tadshin money template certificates accounts.csv --lang ar",
    ),
)
@argument("kind", type=_KIND, metavar="KIND", help="conventions, tranches, contracts or certificates.")
@argument(
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write: .csv, or .xlsx with lists to choose from.",
)
@click.pass_obj
def template(desk: Desk, kind: MoneyTable, file: Path) -> None:
    """Write an empty file of a kind to fill in, with headings in the language spoken."""
    from intake.money_words import money_vocabulary
    from intake.templates import write_template

    write_template(file, spoken(), money_vocabulary(kind))
    data = {"file": str(file), "kind": kind, "language": spoken()}
    desk.done(data, fill(_("{file} is written."), file=str(file)))


@money.command(
    "import-books",
    examples=(
        "tadshin money import-books books/ --dry-run --as LOGIN",
        "tadshin money import-books books/ --sector health --kind CMP --province nador --as LOGIN",
    ),
)
@argument(
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder with projects.csv, partners.csv, conventions.csv, tranches.csv, contracts.csv and"
    " certificates.csv; rates.csv where an amount is in another currency.",
)
@option("--sector", type=OneOf(Sector, "sector"), metavar="SECTOR", help="Of new projects without one.")
@option("--kind", type=Coded(KINDS, "kind"), metavar="KIND", help="Of new projects without one.")
@option(
    "--province",
    metavar="PROVINCE",
    help="Of new projects without one: a code or a name of `tadshin place list`.",
    shell_complete=province_codes,
)
@option(
    "--stage", type=OneOf(Stage, "stage"), metavar="STAGE", help="Of new projects; admission if not said."
)
@option("--source", default="", metavar="TEXT", help="Where they are from; else the folder's name.")
@option("--dry-run", is_flag=True, help="Read and check everything, and write nothing.")
@click.pass_obj
def import_books(
    desk: Desk,
    folder: Path,
    sector: Sector | None,
    kind: str | None,
    province: str | None,
    stage: Stage | None,
    source: str,
    dry_run: bool,
) -> Exit:
    """Take over books that were kept elsewhere, with their projects and partners: all of it, or nothing.

    Everything that is wrong is listed by file, row and field, and then nothing is written. The same
    books again change nothing. What each file holds is told in docs/imports.md.

    Where a promise is so large that a second person decides on it, the books are proposed; they come in
    once another person brings in the same files, with the same words for what they do not say.
    """
    from intake.money_books import read_books
    from models.operations import import_books as operations

    unsaid, at = _unsaid(sector, kind, province, stage), desk.now
    desk.arrive()
    with desk.progress(_("Reading the books")) as read:
        books = read_books(folder, progress=read)
    with (
        desk.progress(_("Bringing the money in"), len(books.rows)) as written,
        desk.writing() as session,
    ):
        done = operations.import_books(
            session,
            books,
            by=desk.login(),
            at=at,
            unsaid=unsaid,
            source=source or folder.resolve().name,
            dry_run=dry_run,
            progress=written,
        )
        waiting = _waiting(session, done)
    return _answer(desk, _Brought(at, done, waiting, done.problems, len(done.problems), (), dry_run))


def _wanted(pairs: Sequence[str]) -> list[tuple[MoneyTable, Path]]:
    """Read a kind and a file in turn; two files of one name could not be told apart in what is found."""
    if len(pairs) % 2:
        raise click.UsageError(_("A kind and a file go together: KIND FILE, then the next KIND FILE."))
    wanted = [
        (_KIND.convert(kind, None, None), Path(file))
        for kind, file in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    names = [file.name for _kind, file in wanted]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(
                fill(_("Two files are called {file}: bring them in one by one."), file=name)
            )
    return wanted


def _read(desk: Desk, kind: MoneyTable, file: Path) -> "MoneySheet":
    from intake.money_tables import read_money

    with desk.progress(_("Reading the file")) as read:
        return read_money(file, kind, progress=read)


def _joined(rows: Sequence[MoneyRows]) -> MoneyRows:
    return MoneyRows(
        promises=tuple(row for one in rows for row in one.promises),
        tranches=tuple(row for one in rows for row in one.tranches),
        contracts=tuple(row for one in rows for row in one.contracts),
        accounts=tuple(row for one in rows for row in one.accounts),
    )


def _unsaid(sector: Sector | None, kind: str | None, province: str | None, stage: Stage | None) -> "Unsaid":
    from models.operations.import_books import Unsaid
    from models.places import find_province

    code = find_province(province).code if province is not None else None
    return Unsaid(sector=sector, kind=kind, province=code, stage=stage or Stage.ADMISSION)


def _waiting(session: "Session", done: "ImportedMoney") -> "ChangeLine | None":
    from models.queries.four_eyes import find_change

    waits = done.proposal is not None and not done.written
    return find_change(session, done.proposal.hex) if waits and done.proposal else None


def _answer(desk: Desk, brought: _Brought) -> Exit:
    done, count = brought.done, brought.count
    notes = [*brought.told, *(() if count else done.notes)]
    problems = sorted(brought.problems, key=lambda one: (one.file, one.problem.row))
    data = {
        **_outcome(brought),
        "files": done.files,
        "dry_run": brought.dry_run,
        "written": done.written,
        "new": done.new,
        "unchanged": done.unchanged,
        **faults.located_as_data(problems, count),
        "notes": faults.notes_as_data(notes),
    }
    desk.answer(data, lambda: _show(brought, problems, notes))
    return Exit.BAD_ARGUMENTS if count else Exit.DONE


def _outcome(brought: _Brought) -> dict[str, Any]:
    """Return what became of files as scripts read it, with the hands where two stand under it."""
    done = brought.done
    if brought.waiting is not None:
        return proposed_data(brought.waiting, brought.at)
    if done.written:
        hands = {"proposed_by": done.proposed_by, "approved_by": done.approved_by}
        return {"outcome": "written"} | (hands if done.approved_by else {})
    if brought.count:
        return {"outcome": "refused"}
    return {"outcome": "unchanged" if done.nothing_new else "checked"}


def _show(brought: _Brought, problems: Sequence["Located"], notes: Sequence["Noted"]) -> None:
    done = brought.done
    faults.show_notes(notes)
    if brought.count:
        faults.show_located(problems, brought.count)
        return
    _show_counts(done.new, done.unchanged)
    if brought.waiting is not None:
        paper.line(
            _("Nothing is written yet: of these promises one needs a second person."), style="yellow"
        )
        paper.line(proposed_words(brought.waiting, brought.at))
    elif done.written:
        words = _("All of it is brought in.")
        if done.approved_by:
            words = _("All of it is brought in: proposed by {by}, approved by {other}.")
        paper.line(fill(words, by=done.proposed_by, other=done.approved_by), style="green")
    elif done.nothing_new:
        paper.line(_("Nothing is new: all of it is in the books already."), style="green")
    else:
        paper.line(_("A dry run: nothing is written."))


def _show_counts(new: Mapping[str, int], unchanged: Mapping[str, int]) -> None:
    from notifications.words import shown

    columns = [
        paper.Column(""),
        paper.Column(_("New"), whole=True, right=True),
        paper.Column(_("As before"), whole=True, right=True),
    ]
    rows = [
        (words, shown(new.get(noun, 0), spoken()), shown(unchanged.get(noun, 0), spoken()))
        for noun, words in money_nouns().items()
        if new.get(noun) or unchanged.get(noun)
    ]
    if rows:
        paper.table(columns, rows)


def money_nouns() -> Mapping[str, str]:
    """Return the words for what an import brings, by its codes."""
    return {
        "projects": _("Projects"),
        "partners": _("Partners"),
        "lines": _("Budget lines"),
        "conventions": _("Conventions"),
        "promises": _("Commitments"),
        "tranches": _("Tranches"),
        "calls": _("Funding calls"),
        "contracts": _("Contracts"),
        "accounts": _("Payment certificates"),
        "names": _("Other names of contractors"),
    }
