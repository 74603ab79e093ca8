"""`tadshin user ...`: the local users and their roles."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from models.rules.authority import Action, Grant, Role
from models.rules.errors import UnknownKey
from tadshin.terminal import paper
from tadshin.terminal.choices import OneOf, Region, project_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, Noun, argument, option
from tadshin.terminal.language import LANGUAGES, _, fill, named, spoken

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.queries.people import PersonLine


@click.group("user", cls=Noun)
def user() -> None:
    """The people who act here, and what each may do."""


def limits(command: F) -> F:
    """Add the options that limit a role to one region or one project."""
    command = option(
        "--project", metavar="KEY", help="Only for this project.", shell_complete=project_keys
    )(command)
    return option(
        "--region",
        type=Region(),
        metavar="REGION",
        help="Only for the projects of this region: a code or a name of `tadshin place list --regions`.",
    )(command)


role = argument(
    "role",
    type=OneOf(Role, "role"),
    metavar="ROLE",
    help="officer, finance, director, auditor or administrator.",
)
login = argument("login", metavar="LOGIN", help="Their login: small Latin letters, digits, . _ -")


@user.command("list", examples=("tadshin user list",))
@click.pass_obj
def list_all(desk: Desk) -> None:
    """List the users, with their roles and duties."""
    from models.queries.people import list_people

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        people = list_people(session)
    desk.answer({"users": people}, lambda: _show(people))


@user.command(
    "add",
    examples=('tadshin user add east.officer --name "Sample Name" --language ar --as LOGIN',),
)
@login
@option("--name", metavar="TEXT", required=True, help="Their full name.")
@option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="fr",
    show_default=True,
    help="The language in which they read.",
)
@click.pass_obj
def add(desk: Desk, login: str, name: str, language: str) -> None:
    """Add a person, who may do nothing until a role is granted."""
    from models.operations import people

    with desk.writing() as session:
        people.add_person(session, login=login, name=name, language=language, by=desk.login(), at=desk.now)
    sentence = fill(_("{login} is added. Grant a role next: tadshin user grant."), login=login)
    desk.done({"login": login, "name": name, "language": language}, sentence)


@user.command(
    "grant",
    examples=(
        "tadshin user grant east.officer officer --region oriental --as LOGIN",
        "tadshin user grant east.officer finance --project tamesna-complex --as LOGIN",
    ),
)
@login
@role
@limits
@click.pass_obj
def grant(desk: Desk, login: str, role: Role, region: str | None, project: str | None) -> None:
    """Grant a role: over everything, or limited to one region or one project."""
    from models.operations import people

    with desk.writing() as session:
        known = Grant(role, region, project) in _grants(session, login)
        people.grant_role(
            session, person=login, role=role, region=region, project=project, by=desk.login(), at=desk.now
        )
    sentence = _("{login} holds the role {role} already; nothing is changed.")
    if not known:
        sentence = _("{login} holds the role {role}.")
    data = {"login": login, "role": role, "region": region, "project": project, "changed": not known}
    desk.done(data, fill(sentence, login=login, role=role))


@user.command("revoke", examples=("tadshin user revoke east.officer officer --region oriental --as LOGIN",))
@login
@role
@limits
@click.pass_obj
def revoke(desk: Desk, login: str, role: Role, region: str | None, project: str | None) -> None:
    """Take a role back; the duties that rested on it are free again."""
    from models.operations import people

    with desk.writing() as session:
        people.revoke_role(
            session, person=login, role=role, region=region, project=project, by=desk.login(), at=desk.now
        )
    sentence = fill(_("{login} no longer holds the role {role}."), login=login, role=role)
    desk.done({"login": login, "role": role, "region": region, "project": project}, sentence)


@user.command("disable", examples=("tadshin user disable east.officer --as LOGIN",))
@login
@click.pass_obj
def disable(desk: Desk, login: str) -> None:
    """Let a person act no more; their name in the books stays."""
    from models.operations import people

    with desk.writing() as session:
        people.disable_person(session, person=login, by=desk.login(), at=desk.now)
    desk.done({"login": login, "disabled": True}, fill(_("{login} may act no more."), login=login))


@user.command("language", examples=("tadshin user language east.officer ar --as east.officer",))
@login
@argument("language", type=click.Choice(LANGUAGES), metavar="LANGUAGE", help="ar, fr or en.")
@click.pass_obj
def set_language(desk: Desk, login: str, language: str) -> None:
    """Set the language in which a person reads; everybody may set their own."""
    from models.operations import people

    with desk.writing() as session:
        people.set_language(session, person=login, language=language, by=desk.login(), at=desk.now)
    sentence = fill(_("{login} reads in this language now: {language}."), login=login, language=language)
    desk.done({"login": login, "language": language}, sentence)


def _grants(session: "Session", login: str) -> tuple[Grant, ...]:
    from models.queries.people import find_actor

    try:
        return find_actor(session, login).grants
    except UnknownKey:
        return ()  # the grant itself says who is not known


def _show(people: Sequence["PersonLine"]) -> None:
    if not people:
        paper.line(_("Nobody yet: tadshin init --admin LOGIN makes the first administrator."))
        return
    columns = [
        paper.Column(_("Login"), whole=True),
        paper.Column(_("Name")),
        paper.Column(_("Language"), whole=True, spare=True),
        paper.Column(_("Roles")),
        paper.Column(_("Duties")),
    ]
    rows = [
        (
            person.login,
            _titled(person),
            person.language,
            "\n".join(_granted(grant) for grant in person.grants),
            _named_for(person),
        )
        for person in people
    ]
    paper.table(columns, rows)


def _titled(person: "PersonLine") -> str:
    marks = [_("sample")] if person.sample else []
    marks += [_("disabled")] if person.disabled_at else []
    return f"{person.name} ({', '.join(marks)})" if marks else person.name


def _granted(grant: Grant) -> str:
    from models import places

    regions = {region.code: region.name(spoken()) for region in places.regions()}
    limit = grant.project or regions.get(grant.region or "", grant.region)
    return f"{named('role', grant.role)} ({limit})" if limit else named("role", grant.role)


def _named_for(person: "PersonLine") -> str:
    duties = dict.fromkeys(duty for _key, duty in person.duties)
    return "\n".join(
        f"{named('duty', duty)}: {', '.join(key for key, other in person.duties if other == duty)}"
        for duty in duties
    )
