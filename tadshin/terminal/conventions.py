"""`tadshin convention ...`: the agreements with partners, who has signed them, what rests on them."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.funding import LONGEST_PAYMENT_DAYS, PAYMENT_DAYS
from tadshin.terminal import convention_pages
from tadshin.terminal.choices import partner_keys
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, option
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.promised import (
    commitment_named,
    convention_named,
    partner_alone,
    partner_named,
    promise_meant,
)
from tadshin.terminal.values import Day, Whole, any_project, project_key

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.queries.conventions import ConventionLine, PartyLine

_MOST_AMENDMENTS = 999


@click.group("convention", cls=Noun)
def convention() -> None:
    """The agreements with partners: their parties, signatures and amendments."""


@convention.command(
    "list",
    examples=(
        "tadshin convention list",
        "tadshin convention list tamesna-complex",
        "tadshin convention list --partner PARTNER",
        "tadshin convention list --unsigned --json",
    ),
)
@any_project
@partner_alone
@option("--unsigned", is_flag=True, help="Only those that somebody has not signed.")
@click.pass_obj
def list_all(desk: Desk, key: str | None, partner: str | None, unsigned: bool) -> None:
    """List the conventions, and who has not signed; of a project, those that its commitments rest on."""
    from models.queries.partners import match_partner
    from models.queries.projects import find_project, place_of

    with desk.reading() as session:
        if key is not None:
            desk.allow(session, Action.READ, place_of(find_project(session, key)))
        body = match_partner(session, partner, key).key if partner is not None else None
        lines = [
            line
            for line in _readable(desk, session)
            if (line.unsigned or not unsigned)
            and (key is None or key in line.projects)
            and (body is None or body in {party.partner for party in line.parties})
        ]
    desk.answer(
        {"conventions": [_as_data(line) for line in lines]}, lambda: convention_pages.show_all(lines)
    )


@convention.command("show", examples=("tadshin convention show 'Conv. 12/2026'",))
@convention_named
@click.pass_obj
def show(desk: Desk, convention: str) -> None:
    """Show a convention: its parties, its amendments, the commitments that rest on it."""
    from models.queries.conventions import find_convention, resting_on
    from models.queries.partners import partner_names

    with desk.reading() as session:
        found = find_convention(session, convention)
        lines = {line.reference: line for line in _readable(desk, session)}
        if found.reference not in lines:
            desk.allow(session, Action.READ)
        line = lines[found.reference]
        resting = [one for one in resting_on(session, found) if one.project in line.projects]
        names = partner_names(session)
    data = {**_as_data(line), "commitments": resting}
    desk.answer(data, lambda: convention_pages.show(line, resting, names))


@convention.command(
    "write",
    examples=(
        "tadshin convention write 'Conv. 12/2026' --title '...' --party PARTNER --party PARTNER"
        " --ends 2029-12-31 --as LOGIN",
    ),
)
@convention_named
@option("--title", default="", metavar="TEXT", help="What it is about.")
@option(
    "--party",
    "parties",
    multiple=True,
    required=True,
    metavar="PARTNER",
    help="A body that signs it; given once for each.",
    shell_complete=partner_keys,
)
@option("--ends", "ends_on", type=Day(), metavar="DATE", help="The day on which it ends.")
@option(
    "--payment-days",
    type=Whole(1, LONGEST_PAYMENT_DAYS),
    default=PAYMENT_DAYS,
    show_default=True,
    metavar="DAYS",
    help="Days that a partner has to answer a call.",
)
@click.pass_obj
def write(
    desk: Desk,
    convention: str,
    title: str,
    parties: tuple[str, ...],
    ends_on: date | None,
    payment_days: int,
) -> None:
    """Write a convention and who is to sign it, or correct one that nobody has signed yet."""
    from models.operations.conventions import write_convention
    from models.queries.partners import open_partner_book

    with desk.writing() as session:
        desk.allow(session, Action.KEEP_CONVENTIONS)
        book = open_partner_book(session)
        keys = list(dict.fromkeys(book.match(party).key for party in parties))
        made = write_convention(
            session,
            reference=convention,
            title=title,
            parties=keys,
            ends_on=ends_on,
            payment_days=payment_days,
            by=desk.login(),
            at=desk.now,
        )
        line = _line(session, made.convention.reference)
    sentence = _("Convention {convention} is written; to sign: {parties}.")
    if not made.changed:
        sentence = _("Convention {convention} was written so already.")
    _answer(
        desk, line, made.changed, fill(sentence, convention=line.reference, parties=_names(line.parties))
    )


@convention.command(
    "sign", examples=("tadshin convention sign 'Conv. 12/2026' PARTNER --on 2026-02-01 --as LOGIN",)
)
@convention_named
@partner_named
@option("--on", "on", type=Day(), metavar="DATE", required=True, help="The day on which it signed.")
@click.pass_obj
def sign(desk: Desk, convention: str, partner: str, on: date) -> None:
    """Write the day on which a party signed; with the last signature the convention is signed."""
    from models.operations.conventions import sign_convention
    from models.queries.partners import match_partner

    with desk.writing() as session:
        party = match_partner(session, partner).key
        made = sign_convention(
            session, reference=convention, party=party, on=on, by=desk.login(), at=desk.now
        )
        line = _line(session, made.convention.reference)
    body = next(one for one in line.parties if one.partner == party)
    sentence = _("{partner} has signed convention {convention}, on {day}.")
    if not made.changed:
        sentence = _("{partner} had signed convention {convention} already, on {day}.")
    words = fill(sentence, partner=body.name(spoken()), convention=line.reference, day=on)
    _answer(desk, line, made.changed, f"{words} {_standing(line)}")


@convention.command(
    "amend",
    examples=(
        "tadshin convention amend 'Conv. 12/2026' --number 1 --signed 2026-09-01"
        " --subject '...' --ends 2030-12-31 --as LOGIN",
    ),
)
@convention_named
@option(
    "--number",
    type=Whole(1, _MOST_AMENDMENTS),
    required=True,
    metavar="NUMBER",
    help="Its number: they follow each other from 1.",
)
@option(
    "--signed",
    "signed_on",
    type=Day(),
    metavar="DATE",
    required=True,
    help="The day on which it was signed.",
)
@option("--subject", metavar="TEXT", required=True, help="What it changes.")
@option("--ends", "ends_on", type=Day(), metavar="DATE", help="The new end, where it sets one.")
@click.pass_obj
def amend(
    desk: Desk, convention: str, number: int, signed_on: date, subject: str, ends_on: date | None
) -> None:
    """Add a signed amendment to a convention that everybody has signed."""
    from models.operations.conventions import amend_convention

    with desk.writing() as session:
        made = amend_convention(
            session,
            reference=convention,
            number=number,
            signed_on=signed_on,
            subject=subject,
            ends_on=ends_on,
            by=desk.login(),
            at=desk.now,
        )
        line = _line(session, made.convention.reference)
    sentence = _("Amendment {number} of convention {convention} is written.")
    if not made.changed:
        sentence = _("Amendment {number} of convention {convention} was written already.")
    _answer(desk, line, made.changed, fill(sentence, number=number, convention=line.reference))


@convention.command(
    "link", examples=("tadshin convention link 'Conv. 12/2026' tamesna-complex PARTNER --as LOGIN",)
)
@convention_named
@project_key
@partner_named
@commitment_named
@click.pass_obj
def link(desk: Desk, convention: str, key: str, partner: str, reference: str) -> None:
    """Let a partner's commitment for a project rest on a convention."""
    from models.operations.conventions import link_commitment

    with desk.writing() as session:
        body, reference = promise_meant(session, key, partner, reference)
        changed = link_commitment(
            session,
            project=key,
            partner=body,
            reference=reference,
            convention=convention,
            by=desk.login(),
            at=desk.now,
        )
    sentence = _("Commitment {reference} for {project} rests on convention {convention}.")
    if not changed:
        sentence = _("Commitment {reference} for {project} rested on convention {convention} already.")
    words = fill(sentence, reference=reference, project=key, convention=convention)
    data = {"convention": convention, "project": key, "partner": body, "reference": reference}
    desk.done({**data, "changed": changed}, words)


def _readable(desk: Desk, session: "Session") -> list["ConventionLine"]:
    """Return the conventions of which the person who acts may read, each with the projects they may read.

    Whoever may read a part of the portfolio reads the conventions that its projects rest on.
    Source: docs/rules.md, X34.
    """
    from dataclasses import replace

    from models.queries.conventions import list_conventions
    from models.queries.projects import list_projects

    regions = {project.key: project.region for project in list_projects(session)}
    whole = desk.may_read(session, "", None)
    found = []
    for line in list_conventions(session):
        projects = tuple(key for key in line.projects if desk.may_read(session, key, regions[key]))
        if whole or projects:
            found.append(replace(line, projects=projects))
    return found


def _line(session: "Session", reference: str) -> "ConventionLine":
    from models.queries.conventions import list_conventions

    return next(line for line in list_conventions(session) if line.reference == reference)


def _as_data(line: "ConventionLine") -> dict[str, Any]:
    return {
        "convention": line.reference,
        "title": line.title,
        "signed_on": line.signed_on,
        "ends_on": line.ends_on,
        "payment_days": line.payment_days,
        "parties": [
            {
                "partner": party.partner,
                "name": {"ar": party.name_ar, "fr": party.name_fr, "en": party.name_en},
                "signed_on": party.signed_on,
            }
            for party in line.parties
        ],
        "unsigned": [party.partner for party in line.unsigned],
        "amendments": line.amendments,
        "projects": line.projects,
        "sample": line.sample,
    }


def _answer(desk: Desk, line: "ConventionLine", changed: bool, words: str) -> None:
    desk.done({**_as_data(line), "changed": changed}, words)


def _names(parties: Sequence["PartyLine"]) -> list[str]:
    return [party.name(spoken()) for party in parties]


def _standing(line: "ConventionLine") -> str:
    """Say whether a convention is signed, or who is still to sign."""
    if line.signed_on is not None:
        return fill(_("All parties have signed, the last on {day}."), day=line.signed_on)
    return fill(_("Still to sign: {parties}."), parties=_names(line.unsigned))
