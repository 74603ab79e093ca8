"""`tadshin reconcile import|statements|statement|account`: files of banks and ledgers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.rules.authority import Action
from tadshin.terminal import faults, statement_pages
from tadshin.terminal.desk import Desk
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import argument, option
from tadshin.terminal.language import _, spoken
from tadshin.terminal.reconciliation import reconcile

if TYPE_CHECKING:
    from intake.statements.arrival import Folders


@reconcile.command(
    "import",
    examples=(
        "tadshin reconcile import january.csv --account bank-1 --dry-run --as LOGIN",
        "tadshin reconcile import january.csv --account bank-1 --as LOGIN",
        "tadshin reconcile import statement.xml --account bank-1 --profile camt053 --as LOGIN",
    ),
)
@argument("file", type=click.Path(path_type=Path), metavar="FILE", help="CSV, XLSX, CAMT.053 or MT940.")
@option("--account", default="", metavar="KEY", help="The account it is of; not needed where there is one.")
@option("--profile", default="", metavar="NAME", help="How it is laid out; otherwise as the account says.")
@option("--dry-run", is_flag=True, help="Read and check everything, and write nothing.")
@click.pass_obj
def import_file(desk: Desk, file: Path, account: str, profile: str, dry_run: bool) -> Exit:
    """Bring a statement of a bank or a ledger in: all of its lines, or none.

    Opening balance plus movements must come to the closing balance. Everything that is wrong is listed by
    row and field, and then no line is taken. The same file again changes nothing, whatever its name; lines
    that an older file has already are marked as duplicates, one for one.
    """
    from intake.statements.arrival import Wanted, bring_in

    desk.arrive()
    with desk.progress(_("Reading the file")) as read:
        arrived = bring_in(
            Wanted(file, account, profile, dry_run), folders(), by=desk.login(), at=desk.now, progress=read
        )
    count = arrived.summary.problem_count if arrived.summary else 0
    desk.answer(
        statement_pages.arrived_as_data(arrived, file), lambda: statement_pages.show_arrived(arrived, file)
    )
    return Exit.BAD_ARGUMENTS if count else Exit.DONE


@reconcile.command("inbox", examples=("tadshin reconcile inbox --as LOGIN",))
@click.pass_obj
def empty_inbox(desk: Desk) -> Exit:
    """Take in every file that lies in the inbox, as the scheduled run does.

    A subfolder for each account bears its key. What is taken in is moved to its folder done, what is
    refused to its folder refused, with the reasons beside it.
    """
    from tasks.taking_in import take_in_all

    desk.arrive()
    with desk.progress(_("Reading the file")):
        taken = take_in_all(desk.now, by=desk.login(), language=spoken())
    refused = sum(one.is_refused for one in taken)
    desk.answer(
        {"taken": [statement_pages.taken_as_data(one) for one in taken], "refused": refused},
        lambda: statement_pages.show_taken(taken),
    )
    return Exit.BAD_ARGUMENTS if refused else Exit.DONE


@reconcile.command(
    "statements", examples=("tadshin reconcile statements", "tadshin reconcile statements --account bank-1")
)
@option("--account", default=None, metavar="KEY", help="Of this account alone.")
@click.pass_obj
def list_statements(desk: Desk, account: str | None) -> None:
    """List the files that came in, by account: their days, balances, lines and faults."""
    from models.queries.statements import list_files

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        files = list_files(session, account=account)
    desk.answer(
        {"statements": [statement_pages.file_as_data(one) for one in files]},
        lambda: statement_pages.show_files(files),
    )


@reconcile.command("statement", examples=("tadshin reconcile statement 1f0c2a7b",))
@argument("name", metavar="FILE-ID", help="The first signs of its id, 6 at least, as the list has them.")
@click.pass_obj
def show_statement(desk: Desk, name: str) -> None:
    """Show one file: where it came from, its days and balances, and what is wrong with it."""
    from models.queries.statements import read_file

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        file, found = read_file(session, name)
    listed = faults.problems_as_data(found, file.faults)
    desk.answer(
        {**statement_pages.file_as_data(file), **listed}, lambda: statement_pages.show_file(file, found)
    )


def folders() -> "Folders":
    """Return where files of banks are kept, and where a clerk's own profiles are."""
    from intake.statements.arrival import Folders
    from models.settings import load_settings

    settings = load_settings()
    return Folders(settings.statements_folder, settings.profiles_folder)
