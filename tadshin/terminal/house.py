"""`tadshin init|serve|demo|doctor|completion`: the program itself."""

from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action, Role
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk, check_prepared
from tadshin.terminal.errors import NewerDatabase
from tadshin.terminal.grammar import Verb, argument, option
from tadshin.terminal.language import _, _n, fill, spoken

if TYPE_CHECKING:
    from tadshin.orchestrator import Running

HOUSE = "tadshin"
"""Who stands in the trail when the program itself sets up its books."""

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "init",
    cls=Verb,
    examples=(
        "tadshin init --admin LOGIN",
        "tadshin init --with-report-2021 --with-samples",
    ),
)
@option("--with-report-2021", "with_report", is_flag=True, help="Load the 27 centres of the 2021 report.")
@option("--with-samples", is_flag=True, help="Add sample people, books and dossiers, all marked.")
@option("--admin", metavar="LOGIN", help="Make the first person, an administrator, who adds the others.")
@click.pass_obj
def init(desk: Desk, with_report: bool, with_samples: bool, admin: str | None) -> None:
    """Make the database, or bring it to this version; what is in it stays.

    TADSHIN_DATABASE_URL and TADSHIN_HOME choose where. Loading the report or the samples again adds
    nothing twice.
    """
    from alembic.util import CommandError

    from models import db, schema

    with desk.progress(_("Preparing the database")), db.told(db.engine()):
        try:
            schema.upgrade(db.engine())
        except CommandError:  # a revision that this program does not know
            raise NewerDatabase from None
    done: dict[str, Any] = {"database": db.engine().url.render_as_string(hide_password=True)}
    if admin is not None:
        done |= _first_administrator(desk, admin)
    if with_samples:
        done |= _sample_people(desk)
    if with_report:
        done |= _report(desk)
    if with_samples:
        done |= _sample_books(desk) | _sample_dossiers(desk) | _sample_bank(desk)
    desk.answer(done, lambda: _show_prepared(done))


@click.command("serve", cls=Verb, examples=("tadshin serve",))
@click.pass_obj
def serve(desk: Desk) -> None:
    """Serve: the orchestrator, the schedules, and whoever carries moves and messages, until Ctrl-C."""
    check_prepared()
    from tadshin import serve as serving

    serving.serve(_step, _ready)


@click.command("demo", cls=Verb, examples=("tadshin demo",))
@click.pass_obj
def demo(desk: Desk) -> None:
    """Load the 2021 portfolio, play the story once, and serve until Ctrl-C.

    This is what `make run` does. A database that holds other projects is left alone.
    """
    from tadshin import demo as demonstration

    demonstration.main()


@click.command("completion", cls=Verb, examples=('eval "$(tadshin completion bash)"',))
@argument("shell", type=click.Choice(SHELLS), metavar="SHELL", help="bash, zsh or fish.")
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what a shell needs to complete commands, stages and project keys."""
    from click.shell_completion import get_completion_class

    wanted = get_completion_class(shell)
    if wanted is not None:
        root = ctx.find_root()
        click.echo(wanted(root.command, {}, "tadshin", "_TADSHIN_COMPLETE").source())


def _first_administrator(desk: Desk, login: str) -> dict[str, Any]:
    from models import db
    from models.operations import people

    with db.transaction() as session:
        people.first_administrator(session, login=login, name=login, at=desk.now, language=spoken())
    return {"administrator": login}


def _sample_people(desk: Desk) -> dict[str, Any]:
    from models import db
    from models.operations import samples

    with db.transaction() as session:
        return {"sample_people": samples.load_sample_people(session, at=desk.now)}


def _report(desk: Desk) -> dict[str, Any]:
    from models import db
    from models.operations import report

    with desk.progress(_("Loading the report of 2021")), db.transaction() as session:
        desk.allow(session, Action.IMPORT_PORTFOLIO)
        loaded = report.load_report(session, by=desk.login_or(HOUSE), at=desk.now)
    return {
        "projects": loaded.projects,
        "partners": loaded.partners,
        "links": loaded.links,
        "findings": loaded.findings,
    }


def _sample_books(desk: Desk) -> dict[str, Any]:
    """Before the dossiers: what these say of money is answered within the books."""
    from models import db
    from models.operations.sample_portfolio import load_sample_books

    with desk.progress(_("Writing the sample books")), db.transaction() as session:
        loaded = load_sample_books(session, by=Role.FINANCE.value, at=desk.now)
    return {"sample_books": loaded.centres}


def _sample_dossiers(desk: Desk) -> dict[str, Any]:
    from models import db
    from models.operations import samples

    with desk.progress(_("Filling the sample dossiers")), db.transaction() as session:
        return {"sample_pieces": samples.load_sample_dossiers(session, at=desk.now)}


def _sample_bank(desk: Desk) -> dict[str, Any]:
    """After the dossiers: a statement pays what is still owed then."""
    from tadshin.sample_bank import load_sample_bank

    with desk.progress(_("Bringing in the sample statement")):
        return {"sample_bank_lines": load_sample_bank(at=desk.now)}


def _show_prepared(done: dict[str, Any]) -> None:
    paper.line(fill(_("The database is ready: {database}"), database=done["database"]), style="green")
    if "administrator" in done:
        paper.line(fill(_("{login} is the first administrator."), login=done["administrator"]))
    if "projects" in done:
        projects = _n("{count} project", "{count} projects", done["projects"])
        findings = _n("{count} finding", "{count} findings", done["findings"])
        paper.line(
            fill(_("Added from the report: {projects}, {findings}."), projects=projects, findings=findings)
        )
    if "sample_people" in done:
        people = _n("{count} person", "{count} persons", done["sample_people"])
        books = _n("books of {count} centre", "books of {count} centres", done["sample_books"])
        pieces = _n("{count} piece of evidence", "{count} pieces of evidence", done["sample_pieces"])
        words = _("Added as samples: {people}, {books}, {pieces}.")
        paper.line(fill(words, people=people, books=books, pieces=pieces))
        if done["sample_bank_lines"]:
            words = _("A sample statement waits to be matched: tadshin reconcile run --as finance")
            paper.line(words, style="dim")


def _step(code: str) -> None:
    from notifications.words import say

    paper.line(say(f"step.{code}", spoken()), style="dim")


def _ready(running: "Running") -> None:
    paper.line(_("Tadshin is serving. Ctrl-C ends it."), style="bold green")
    paper.pairs([(_("Runs and schedules"), running.api_url.removesuffix("/api"))])
