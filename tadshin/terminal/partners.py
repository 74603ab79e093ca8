"""`tadshin partner ...`: the bodies that take part in projects, and how a new one is brought in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from models.rules.authority import Action
from models.rules.four_eyes import MoneyChange
from models.rules.money import Money
from models.rules.partners import PARTNER_TYPES
from tadshin.terminal import paper
from tadshin.terminal.choices import Coded, partner_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.errors import NothingToChange
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, fill, named, spoken
from tadshin.terminal.proposing import answer_proposed
from tadshin.terminal.values import any_project, reason

if TYPE_CHECKING:
    from models.queries.partners import PartnerLine


@click.group("partner", cls=Noun)
def partner() -> None:
    """The bodies that take part in projects, with their keys and names."""


@partner.command(
    "list",
    examples=(
        "tadshin partner list",
        "tadshin partner list tamesna-complex",
        "tadshin partner list --json",
    ),
)
@any_project
@click.pass_obj
def list_all(desk: Desk, key: str | None) -> None:
    """List the partners: in how many projects each takes part, how many promises it has made.

    Of a project, those that take part in it.

    Wherever a partner is asked for, its key or any of its names will do.
    """
    from models.queries.partners import list_partners
    from models.queries.projects import find_project, place_of

    with desk.reading() as session:
        found = find_project(session, key) if key is not None else None
        desk.allow(session, Action.READ, place_of(found) if found is not None else None)
        lines = list_partners(session, project=found.id if found is not None else None)
    listed = [
        {
            "key": line.key,
            "name": {"ar": line.name_ar, "fr": line.name_fr, "en": line.name_en},
            "type": line.type,
            "placeholder": line.placeholder,
            "projects": line.projects,
            "commitments": line.commitments,
        }
        for line in lines
    ]
    desk.answer({"partners": listed}, lambda: _show(lines))


@partner.command(
    "add",
    examples=(
        'tadshin partner add cp-sample --name-ar "..." --name-fr "Conseil provincial ..." --name-en "..."'
        " --type provincial_council --as LOGIN",
    ),
)
@argument("key", metavar="KEY", help="Its key: small Latin letters and digits, parted by hyphens.")
@option("--name-ar", metavar="TEXT", required=True, help="The name in Arabic.")
@option("--name-fr", metavar="TEXT", required=True, help="The name in French.")
@option("--name-en", metavar="TEXT", required=True, help="The name in English.")
@option(
    "--type",
    "kind",
    type=Coded(PARTNER_TYPES, "partner_type"),
    metavar="KIND",
    required=True,
    help="ministry, public_agency, wilaya, regional_council, provincial_council, municipality,"
    " university, foundation, association, company or other.",
)
@option(
    "--spelling",
    "spellings",
    multiple=True,
    metavar="TEXT",
    help="Another way in which it is written, such as an acronym; may be given several times.",
)
@option("--source", default="", metavar="TEXT", help="Where this is known from.")
@click.pass_obj
def add(
    desk: Desk,
    /,
    key: str,
    name_ar: str,
    name_fr: str,
    name_en: str,
    kind: str,
    spellings: tuple[str, ...],
    source: str,
) -> None:
    """Add a partner that is not in the books yet.

    An import or a promise never adds one: a name that nobody knows is refused there, with those near
    it. Here a name that a partner of the books has already is refused.
    """
    from models.operations import partners
    from models.queries.partners import LONGEST_SOURCE, open_partner_book
    from models.rules.projects import check_key, check_text

    check_key(key)
    names = (("name_ar", name_ar), ("name_fr", name_fr), ("name_en", name_en))
    with desk.writing() as session:
        desk.allow(session, Action.IMPORT_PORTFOLIO)
        book = open_partner_book(session)
        for field, text in (*names, *(("spelling", spelling) for spelling in spellings)):
            book.check_new(field, text)
        new = partners.NewPartner(
            key=key,
            name_ar=name_ar,
            name_fr=name_fr,
            name_en=name_en,
            type=kind,
            source=check_text("source", source, LONGEST_SOURCE),
            spellings=spellings,
        )
        partners.register(session, new, by=desk.login(), at=desk.now)
    data = {"key": key, "name": {"ar": name_ar, "fr": name_fr, "en": name_en}, "type": kind}
    name = {"ar": name_ar, "fr": name_fr}.get(spoken(), name_en)
    desk.done(data, fill(_("{partner} ({key}) is in the books."), partner=name, key=key))


@partner.command(
    "correct",
    examples=('tadshin partner correct cp-sample --name-fr "..." --reason "..." --as LOGIN',),
)
@argument(
    "key",
    metavar="PARTNER",
    help="The partner: a key or a name of `tadshin partner list`.",
    shell_complete=partner_keys,
)
@option("--name-ar", metavar="TEXT", help="The name in Arabic.")
@option("--name-fr", metavar="TEXT", help="The name in French.")
@option("--name-en", metavar="TEXT", help="The name in English.")
@option(
    "--type",
    "kind",
    type=Coded(PARTNER_TYPES, "partner_type"),
    metavar="KIND",
    help="ministry, public_agency, wilaya, regional_council, provincial_council, municipality,"
    " university, foundation, association, company or other.",
)
@reason
@click.pass_obj
def correct(desk: Desk, /, key: str, kind: str | None, reason: str, **names: str | None) -> None:
    """Propose other names or another kind for a partner; another person decides. Its key stays."""
    from models.operations.four_eyes import propose_change
    from models.queries.four_eyes import find_change
    from models.queries.partners import find_partner, match_partner

    given = {name: text for name, text in {**names, "type": kind}.items() if text is not None}
    at = desk.now
    with desk.writing() as session:
        body = find_partner(session, match_partner(session, key).key)
        kept = {name: getattr(body, name) for name in (*names, "type")}
        if kept == kept | given:
            raise NothingToChange()
        made = propose_change(
            session,
            change=MoneyChange.PARTNER_DETAILS,
            project=None,
            amount=Money(0),
            terms={"partner": body.key, **kept, **given},
            reason=reason,
            by=desk.login(),
            at=at,
        )
        line = find_change(session, made.id.hex)
    answer_proposed(desk, line, at)


def _show(lines: Sequence["PartnerLine"]) -> None:
    columns = [
        paper.Column(_("Key"), whole=True),
        paper.Column(_("Name")),
        paper.Column(_("Kind"), spare=True),
        paper.Column(_("Projects"), whole=True, right=True),
        paper.Column(_("Commitments"), whole=True, right=True),
    ]
    rows = [
        (
            line.key,
            line.name(spoken()),
            named("partner_type", line.type),
            str(line.projects),
            str(line.commitments),
        )
        for line in lines
    ]
    paper.table(columns, rows)
    paper.line(_n("{count} partner.", "{count} partners.", len(lines)), style="bold")
