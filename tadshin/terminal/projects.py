"""`tadshin project ...`: one project, registered, corrected and read."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action, Place
from models.rules.kinds import KINDS, Sector
from models.rules.money import Money
from tadshin.terminal import past, standing
from tadshin.terminal.choices import Coded, OneOf, province_codes
from tadshin.terminal.desk import Desk
from tadshin.terminal.errors import NothingToChange
from tadshin.terminal.grammar import F, Noun, option
from tadshin.terminal.language import _, fill
from tadshin.terminal.portfolio import list_all
from tadshin.terminal.values import Amount, Day, Whole, project_key, reason

if TYPE_CHECKING:
    from models.places import Province

_ORDER = (
    *("list", "show", "gates", "propose", "certify", "approve", "reject", "advance", "history"),
    *("duty", "waive", "unwaive", "suspend", "resume", "cancel", "step-back", "register", "correct"),
)


@click.group("project", cls=Noun, order=_ORDER)
def project() -> None:
    """One project: its dossier and gate, its moves, the decisions about it."""


project.add_command(list_all, "list")


@project.command(
    "show",
    examples=(
        "tadshin project show tamesna-complex",
        "tadshin project show tamesna-complex --as-of 2026-03-31",
    ),
)
@project_key
@option(
    "--as-of",
    type=Day(),
    metavar="DATE",
    help="Rebuild the project's state at the end of a day, from the trail alone.",
)
@click.pass_obj
def show(desk: Desk, key: str, as_of: date | None) -> None:
    """Show a project: where it stands, its money, its people, its next milestones."""
    from models.clock import local_day
    from models.queries.partners import partner_names
    from models.queries.projects import find_project, place_of
    from models.queries.trail import state_as_of
    from models.rules.errors import BadValue

    with desk.reading() as session:
        found = find_project(session, key)
        desk.allow(session, Action.READ, place_of(found))
        if as_of is None:
            now = standing.read(session, found, local_day(desk.now))
            desk.answer(standing.as_data(now), lambda: standing.show(now))
            return
        today = local_day(desk.now)
        if as_of > today:
            raise BadValue(field="on", value=as_of, reason="in_the_future", limit=today)
        then = state_as_of(session, key, as_of)
        partners = partner_names(session)
    desk.answer(past.as_data(then, as_of, partners), lambda: past.show(then, as_of, partners))


def description(required: bool) -> Callable[[F], F]:
    """Add the options that describe a project."""
    options = [
        option("--name-ar", metavar="TEXT", required=required, help="The name in Arabic."),
        option("--name-fr", metavar="TEXT", required=required, help="The name in French."),
        option("--name-en", metavar="TEXT", required=required, help="The name in English."),
        option(
            "--sector",
            type=OneOf(Sector, "sector"),
            metavar="SECTOR",
            required=required,
            help="health, disability, training_employment, precarity or economic_inclusion.",
        ),
        option(
            "--kind",
            type=Coded(KINDS, "kind"),
            metavar="KIND",
            required=required,
            help="The kind of centre: what its gates will ask.",
        ),
        option(
            "--province",
            metavar="PROVINCE",
            required=required,
            help="The province: a code or a name of `tadshin place list`; the region follows.",
            shell_complete=province_codes,
        ),
        option(
            "--budget", type=Amount(), metavar="AMOUNT", required=required, help="The budget in dirhams."
        ),
        option(
            "--beds",
            type=Whole(0, 10_000),
            metavar="NUMBER",
            help="Boarding places; with any, boarding rules are asked for.",
        ),
        option("--site-ar", metavar="TEXT", help="The site, in Arabic."),
        option("--site-fr", metavar="TEXT", help="The site, in French."),
    ]

    def add(command: F) -> F:
        for one in reversed(options):
            command = one(command)
        return command

    return add


@project.command(
    "register",
    examples=(
        "tadshin project register new-centre --name-ar ... --name-fr ... --name-en ... --sector health"
        " --kind CMP --province nador --budget 12000000 --as LOGIN",
    ),
)
@project_key
@description(required=True)
@option("--source", default="", metavar="TEXT", help="Where this is known from.")
@click.pass_obj
def register(desk: Desk, /, key: str, source: str, **described: Any) -> None:
    """Register a new project; it begins at admission."""
    from models import places
    from models.operations import projects

    province = places.find_province(described.pop("province"))
    given = {name: value for name, value in described.items() if value is not None}
    with desk.writing() as session:
        desk.allow(session, Action.IMPORT_PORTFOLIO, Place(key, province.region))
        new = projects.NewProject(
            key=key, province=province.code, region=province.region, source=source, **given
        )
        made = projects.register(session, new, by=desk.login(), at=desk.now)
    sentence = fill(_("{project} is registered, at the stage of {stage}."), project=key, stage=made.stage)
    desk.done({"project": key, "stage": made.stage}, sentence)


@project.command(
    "correct",
    examples=('tadshin project correct new-centre --budget 12500000 --reason "..." --as LOGIN',),
)
@project_key
@description(required=False)
@reason
@click.pass_obj
def correct(
    desk: Desk, /, key: str, reason: str, province: str | None, budget: Money | None, **described: Any
) -> None:
    """Correct what describes a project; what was written before stays in the trail."""
    from models import places
    from models.operations import projects
    from models.queries.projects import find_project, place_of

    changes = {name: value for name, value in described.items() if value is not None}
    if province is not None:
        found_province: Province = places.find_province(province)
        changes |= {"province": found_province.code, "region": found_province.region}
    if budget is not None:
        changes |= {"budget_centimes": budget.centimes, "currency": budget.currency}
    if not changes:
        raise NothingToChange()
    with desk.writing() as session:
        found = find_project(session, key)
        desk.allow(session, Action.IMPORT_PORTFOLIO, place_of(found))
        changed = projects.correct(session, found, changes, by=desk.login(), reason=reason, at=desk.now)
    sentence = _("{project} is corrected.") if changed else _("{project} is as it should be already.")
    desk.done({"project": key, "changed": changed}, fill(sentence, project=key))
