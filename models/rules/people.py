"""What a local user's description and grants must satisfy."""

import re
from collections.abc import Mapping

from models.rules.authority import Role
from models.rules.errors import BadValue, CentreError
from models.rules.projects import check_text
from models.rules.text import visible

LANGUAGES = ("ar", "fr", "en")
LONGEST_NAME = 120
LONGEST_REGION = 40
_LOGIN = re.compile(r"[a-z0-9._-]{2,64}")

DUTIES: Mapping[str, Role] = {"officer": Role.OFFICER, "finance": Role.FINANCE}
"""The duties on a project, and the role that whoever is named must hold there (docs/rules.md, U6)."""


class LoginTaken(CentreError):
    """Another person has this login. Details: login."""

    code = "login_taken"


class PeopleExist(CentreError):
    """The first administrator was asked for, and there are people already. Details: login."""

    code = "people_exist"


class LastAdministrator(CentreError):
    """Somebody would shut themselves out of the care of users. Details: login."""

    code = "last_administrator"


class RoleNotHeld(CentreError):
    """The person does not hold the role there. Details: login, role, project or region."""

    code = "role_not_held"


class PersonDisabled(CentreError):
    """The person no longer works here. Details: login."""

    code = "person_disabled"


def check_login(login: str) -> str:
    """Return a login of small Latin letters, digits and `.`, `_`, `-`, from 2 to 64 of them.

    Raises: BadValue.
    Source: docs/rules.md, U1.
    """
    if not _LOGIN.fullmatch(login):
        raise BadValue(field="login", value=visible(login[:60]), reason="not_a_login")
    return login


def check_person_name(name: str) -> str:
    """Return a person's name without the spaces around it.

    Raises: BadValue.
    Source: docs/rules.md, U1.
    """
    return check_text("name", name, LONGEST_NAME, needed=True)


def check_language(language: str) -> str:
    """Return a language of the house.

    Raises: BadValue.
    Source: docs/rules.md, U1.
    """
    if language not in LANGUAGES:
        raise BadValue(
            field="language",
            value=visible(language[:60]),
            reason="unknown_language",
            limit=", ".join(LANGUAGES),
        )
    return language


def check_limits(region: str | None, project: str | None) -> None:
    """Refuse a grant with two limits.

    Raises: BadValue.
    Source: docs/rules.md, U2.
    """
    if region is not None and project is not None:
        raise BadValue(field="project", value=visible(project[:60]), reason="one_limit")
