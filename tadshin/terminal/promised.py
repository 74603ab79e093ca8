"""How a partner's commitment for a project, and a call on it, are named at the terminal."""

from typing import TYPE_CHECKING

from tadshin.terminal.choices import partner_keys
from tadshin.terminal.grammar import F, argument, option

if TYPE_CHECKING:
    from sqlmodel import Session

_SHOWN_SIGNS = 8


def partner_named(command: F) -> F:
    """Add the argument that names a partner."""
    return argument(
        "partner",
        metavar="PARTNER",
        help="The partner: a key or a name of `tadshin partner list`.",
        shell_complete=partner_keys,
    )(command)


def convention_named(command: F) -> F:
    """Add the argument that names a convention."""
    return argument("convention", metavar="CONVENTION", help="The convention's reference.")(command)


def partner_alone(command: F) -> F:
    """Add the option that narrows a list to one partner."""
    return option(
        "--partner",
        metavar="PARTNER",
        help="Only this partner's: a key or a name of `tadshin partner list`.",
        shell_complete=partner_keys,
    )(command)


def commitment_named(command: F) -> F:
    """Add the option that names one of a partner's commitments for a project."""
    return option(
        "--reference",
        default="",
        metavar="TEXT",
        help="The commitment's reference; needed where the partner has several for the project.",
    )(command)


def promise_meant(session: "Session", project: str, partner: str, reference: str) -> tuple[str, str]:
    """Return the partner's key and the commitment's reference that a call means.

    Raises: UnknownKey, AmbiguousPartner, BadValue.
    Source: docs/rules.md, X30.
    """
    from models.queries.conventions import commitment_meant
    from models.queries.partners import find_partner, match_partner
    from models.queries.projects import find_project

    found = find_project(session, project)
    body = find_partner(session, match_partner(session, partner, project).key)
    return body.key, commitment_meant(session, found, body, reference).reference


def call_name(number: str | None, id_: object) -> str:
    """Return the number of a call; of a draft, which has none, the first signs of its id.

    Source: docs/rules.md, X32.
    """
    return number or str(id_)[:_SHOWN_SIGNS]
