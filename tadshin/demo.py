"""`make run`: the 2021 portfolio in a demonstration database, the story played once, then serving."""

from collections.abc import Callable

from sqlalchemy import func
from sqlmodel import Session, select

from models import db, schema
from models.clock import now
from models.operations import report, samples, trail
from models.operations.sample_portfolio import load_sample_books
from models.queries.chat import read_feed
from models.queries.projects import list_projects, totals
from models.rules.errors import CentreError
from models.rules.gates import Verdict
from models.rules.money import Money
from models.settings import load_settings
from models.tables import Project, TrailEntry
from notifications.words import describe_verdict, say, shown
from tadshin import serve, story
from tadshin.orchestrator import Running
from tadshin.sample_bank import load_sample_bank
from tadshin.terminal import paper
from tadshin.terminal.chat import show_messages
from tadshin.terminal.language import _, _n, spoken

STARTED, PLAYED = "demonstration_started", "demonstration_played"


class NotADemonstration(CentreError):
    """The database holds projects that the demonstration did not load. Details: database."""

    code = "not_a_demonstration"


def main() -> None:
    """Prepare the demonstration once, play its story once, and serve until Ctrl-C.

    Raises: NotADemonstration, and what `serve` raises.
    """
    first = _prepare()
    serve.serve(_say_step, lambda running: _go_on(running, first))


def _prepare() -> bool:
    """Bring the database to its state before the story; True when the story is still to be played."""
    paper.line(_("Tadshin: the demonstration"), style="bold")
    schema.upgrade(db.engine())
    with db.transaction() as session:
        _check_demonstration(session)
        if not _happened(session, STARTED):
            trail.record(session, at=now(), actor="tadshin", kind=STARTED, payload={})
    with db.reading() as session:
        first = not _happened(session, PLAYED)
    if first:
        _load()
    return first


def _load() -> None:
    """Load the centres with their sample books, and sample dossiers that go with the books."""
    _say_step("loading")
    at = now()
    with db.transaction() as session:
        samples.load_sample_people(session, at=at)
        loaded = report.load_report(session, by=story.OFFICER, at=at)
        books = load_sample_books(session, by=story.FINANCE, at=at)
        samples.load_sample_dossiers(session, at=at)
    load_sample_bank(at=at)
    if loaded.projects:
        paper.line(
            _("{count} centres of the 2021 report are loaded, with {findings} findings to settle.").format(
                count=loaded.projects, findings=loaded.findings
            )
        )
    if books.centres:
        words = _n(
            "{count} of them has sample books: no figure of its partners or contracts is a fact.",
            "{count} of them have sample books: no figure of their partners or contracts is a fact.",
            books.centres,
        )
        paper.line(words)


def _check_demonstration(session: Session) -> None:
    projects = session.exec(select(func.count()).select_from(Project)).one()
    if projects and not _happened(session, STARTED):
        raise NotADemonstration(database=db.engine().url.render_as_string(hide_password=True))


def _happened(session: Session, kind: str) -> bool:
    return session.exec(select(TrailEntry.sequence).where(TrailEntry.kind == kind)).first() is not None


def _go_on(running: Running, first: bool) -> None:
    if first:
        for scene in story.play():
            _show(scene)
        with db.transaction() as session:
            trail.record(session, at=now(), actor="tadshin", kind=PLAYED, payload={})
        _show_messages()
    else:
        paper.line(_("The story has been played before; nothing is repeated."))
    _show_where_to_look(running)


def _show(scene: story.Scene) -> None:
    values = {name: shown(value, spoken()) for name, value in scene.values.items()}
    paper.line()
    paper.line(_SENTENCES[scene.said]().format(**values), style="bold")
    if scene.missing:
        _show_missing(scene.missing)


_SENTENCES: dict[str, Callable[[], str]] = {
    "refused": lambda: _("{project} may not enter {entered} yet: {count} things are missing."),
    "completed": lambda: _(
        "The sample dossier of {project} is completed: {count} pieces, all marked sample."
    ),
    "signed": lambda: _(
        "An officer proposed the move of {project}, finance certified, a director approved."
    ),
    "moved": lambda: _("{project} has entered {entered}; {count} milestones are open."),
    "commissioned": lambda: _("{project} is commissioned since {day}."),
    "again": lambda: _("The same move asked for again changes nothing: {by} made it at {at}."),
    "stranger": lambda: _("{login} may not move {project}, is told so kindly, and nothing changes."),
}


def _show_missing(missing: tuple[Verdict, ...]) -> None:
    columns = [paper.Column(_("Rule"), whole=True), paper.Column(_("Missing")), paper.Column(_("Owed by"))]
    words = [(verdict.rule, describe_verdict(verdict, spoken())) for verdict in missing]
    paper.table(columns, [(rule, said.text, said.owner) for rule, said in words])


def _show_messages() -> None:
    paper.line()
    paper.line(_("What the teams read in chat about the move of Tamesna:"), style="bold")
    with db.reading() as session:
        messages = read_feed(session, project=story.TAMESNA)
    show_messages([message for message in messages if message.kind == "stage_entered"])


def _show_where_to_look(running: Running) -> None:
    with db.reading() as session:
        sums = totals(list_projects(session))
    budget = sums.get("MAD", Money(0))
    password = load_settings().home / "prefect" / "auth"
    paper.line()
    paper.line(
        _("Tadshin is serving {budget} of projects. Ctrl-C ends it.").format(
            budget=shown(budget, spoken())
        ),
        style="bold",
    )
    paper.pairs(
        (
            (_("The portfolio"), ".venv/bin/tadshin portfolio list"),
            (_("What a gate asks"), f".venv/bin/tadshin project gates {story.TAMESNA} --to equipment"),
            (_("Where the money stands"), ".venv/bin/tadshin money position"),
            (_("What nobody pays yet"), f".venv/bin/tadshin money gap {story.TAMESNA}"),
            (_("What partners owe"), ".venv/bin/tadshin money ageing"),
            (_("Months to come"), ".venv/bin/tadshin money cashflow"),
            (_("The controls of the books"), ".venv/bin/tadshin money controls"),
            (_("What the bank moved"), ".venv/bin/tadshin reconcile lines"),
            (_("The alerts"), ".venv/bin/tadshin chat"),
            (_("Runs and schedules"), running.api_url.removesuffix("/api")),
            (_("Their password is in"), str(password)),
        )
    )


def _say_step(code: str) -> None:
    paper.line(say(f"step.{code}", spoken()), style="dim")
