"""`tadshin doctor`: whether the program can do its work here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from models.rules.errors import CentreError
from tadshin.terminal import paper
from tadshin.terminal.desk import Desk, check_prepared
from tadshin.terminal.errors import TerminalError
from tadshin.terminal.exits import Exit
from tadshin.terminal.grammar import Verb
from tadshin.terminal.language import _, _n, fill, named, spoken

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

    from models.queries.evidence import FileProblem


class State(StrEnum):
    """What a look found."""

    WELL = "ok"
    NOTICE = "notice"
    FAILED = "failed"
    UNCHECKED = "not_checked"


_MOST_FILES = 5
_IN_THE_DATABASE = frozenset({"evidence", "statements", "snapshots", "moves", "messages", "reconciliation"})


@dataclass(frozen=True, slots=True)
class Check:
    """One look at one thing."""

    name: str
    state: State
    message: str


@click.command("doctor", cls=Verb, examples=("tadshin doctor", "tadshin doctor --json"))
@click.pass_obj
def doctor(desk: Desk) -> Exit:
    """Check the settings, the database, the files that are kept, what waits, the night, the orchestrator.

    The exit code is 7 when something would keep the program from working.
    """
    looks = {
        "settings": _settings,
        "database": _database,
        "evidence": _evidence,
        "statements": _statements,
        "snapshots": _snapshots,
        "moves": _moves,
        "messages": _messages,
        "reconciliation": _reconciliation,
        "orchestrator": _orchestrator,
    }
    checks: list[Check] = []
    for name, look in looks.items():
        checks.append(_unchecked(name, checks) or _look(name, look))
    desk.answer({"checks": checks}, lambda: _show(checks))
    failed = any(check.state is State.FAILED for check in checks)
    return Exit.UNAVAILABLE if failed else Exit.DONE


def _unchecked(name: str, before: list[Check]) -> Check | None:
    """Pass over a look that rests on something that failed: it would only say the same again."""
    failed = {check.name for check in before if check.state is State.FAILED}
    if "settings" in failed:
        return Check(name, State.UNCHECKED, _("To be checked once the settings are right."))
    if "database" in failed and name in _IN_THE_DATABASE:
        return Check(name, State.UNCHECKED, _("To be checked once the database can be used."))
    return None


def _look(name: str, look: Callable[[], tuple[State, str]]) -> Check:
    try:
        return Check(name, *look())
    except TerminalError as error:
        return Check(name, State.FAILED, error.sentence())
    except CentreError as error:
        from notifications.words import sentence

        return Check(name, State.FAILED, sentence(error, spoken()))


def _settings() -> tuple[State, str]:
    from models import db
    from models.settings import load_settings

    db.engine()  # the folder and the address that they name can be used
    return State.WELL, fill(_("The work is kept in {home}."), home=str(load_settings().home.resolve()))


def _database() -> tuple[State, str]:
    from models import db

    check_prepared()
    with db.transaction():  # writers queue here: whoever holds the database is waited for and named
        pass
    where = db.engine().url.render_as_string(hide_password=True)
    return State.WELL, fill(_("{database} answers and has this version's tables."), database=where)


def _evidence() -> tuple[State, str]:
    from models.queries.evidence import verify_files

    return _kept(verify_files, "evidence_folder", _in_no_dossier)


def _statements() -> tuple[State, str]:
    from models.queries.statements import verify_statements

    return _kept(verify_statements, "statements_folder", _in_no_books)


def _snapshots() -> tuple[State, str]:
    from models.queries.snapshots import verify_snapshots

    return _kept(verify_snapshots, "snapshots_folder", _in_no_books)


def _kept(
    verify: Callable[["Session", "Path"], tuple["FileProblem", ...]],
    folder: str,
    unknown: Callable[[int], str],
) -> tuple[State, str]:
    """Compare a folder with the books. `unknown` says how many files are in no books.

    Raises: FolderUnavailable, also where nothing could be written into the folder.
    """
    from models import db
    from models.settings import load_settings
    from models.storage import check_writable
    from notifications.words import listed

    check_prepared()
    place = getattr(load_settings(), folder)
    check_writable(place)
    with db.reading() as session:
        problems = verify(session, place)
    grave = [problem for problem in problems if problem.problem != "file_unknown"]
    if grave:
        words = _n(
            "{count} file is damaged or missing: {files}.",
            "{count} files are damaged or missing: {files}.",
            len(grave),
        )
        told = [f"{one.name} ({named('problem', one.problem)})" for one in grave[:_MOST_FILES]]
        return State.FAILED, fill(words, files=listed(told, spoken()))
    if problems:
        return State.NOTICE, unknown(len(problems))
    return State.WELL, _("Every file is what was stored.")


def _in_no_dossier(count: int) -> str:
    return _n("{count} file is in no dossier", "{count} files are in no dossier", count)


def _in_no_books(count: int) -> str:
    return _n("{count} file is not in the books", "{count} files are not in the books", count)


def _moves() -> tuple[State, str]:
    from models import db
    from models.queries.moves import unfinished

    check_prepared()
    with db.reading() as session:
        count = unfinished(session)
    if not count:
        return State.WELL, _("No move waits to be carried out.")
    words = _n("{count} move waits to be carried out", "{count} moves wait to be carried out", count)
    return State.NOTICE, f"{words}: tadshin serve"


def _messages() -> tuple[State, str]:
    from models import db
    from models.queries.chat import read_status

    check_prepared()
    with db.reading() as session:
        status = read_status(session)
    if status.given_up:
        words = _n("{count} message was given up", "{count} messages were given up", len(status.given_up))
        return State.NOTICE, f"{words}: tadshin chat status"
    waiting = status.pending + status.unaddressed
    return State.WELL, _n("{count} message is on its way.", "{count} messages are on their way.", waiting)


def _reconciliation() -> tuple[State, str]:
    from models import db
    from models.clock import now
    from models.nights import RECONCILING, is_due, last_night
    from models.queries.looks import last_look
    from models.queries.run_digests import last_run

    check_prepared()
    with db.reading() as session:
        looked, ran = last_look(session, RECONCILING), last_run(session)
    last = max((one for one in (looked, ran) if one is not None), default=None)
    at = now()
    if last is None:
        return State.WELL, _("The bank lines were never matched yet; the night's run is at 02:30.")
    if is_due(last, at):
        words = _("The night's run is due since {night}; the last one was at {last}: tadshin serve")
        return State.NOTICE, fill(words, night=last_night(at), last=last)
    return State.WELL, fill(_("The bank lines were last matched at {last}."), last=last)


def _orchestrator() -> tuple[State, str]:
    from models.settings import load_settings
    from tadshin import orchestrator, place

    settings = load_settings()
    url = settings.prefect_api_url or orchestrator.local_api_url(settings)
    if not settings.prefect_api_url and not place.is_held(settings):
        orchestrator.check_port(settings.prefect_port)
    elif orchestrator.is_healthy(url):
        if not orchestrator.plans_runs(settings, url):
            words = _("It answers at {url}, but plans no run of any schedule; normal just after a start.")
            return State.NOTICE, fill(words, url=url)
        return State.WELL, fill(_("It answers at {url}."), url=url)
    if settings.prefect_api_url:
        return State.FAILED, fill(_("It does not answer at {url}; moves are kept until it does."), url=url)
    return State.NOTICE, _("It does not run; `tadshin serve` starts it, and a move starts it for itself.")


def _show(checks: list[Check]) -> None:
    names = {
        "settings": _("Settings"),
        "database": _("Database"),
        "evidence": _("Evidence files"),
        "statements": _("Statement files"),
        "snapshots": _("What runs read"),
        "moves": _("Moves"),
        "messages": _("Messages"),
        "reconciliation": _("Bank reconciliation"),
        "orchestrator": _("Orchestrator"),
    }
    marks: dict[State, paper.Cell] = {
        State.WELL: (_("well"), "green"),
        State.NOTICE: (_("notice"), "yellow"),
        State.FAILED: (_("failed"), "red"),
        State.UNCHECKED: (_("not checked"), "dim"),
    }
    paper.lists([(names[check.name], marks[check.state], check.message) for check in checks])
