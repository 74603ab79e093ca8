"""What arguments may hold: each kind of value read strictly, each with its own clear refusal."""

from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

from models.rules.errors import BadValue, UnknownKey
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.text import visible
from tadshin.terminal.grammar import F, argument, option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SHORT = 60
Member = TypeVar("Member", bound=StrEnum)


class OneOf(click.ParamType[Member]):
    """A member of an enumeration, by its code; near misses are answered with the nearest codes."""

    def __init__(self, members: type[Member], noun: str) -> None:
        self.members, self.name = members, noun

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Member:
        if isinstance(value, self.members):
            return value
        wanted = str(value).strip().casefold()
        for member in self.members:
            if member.casefold() == wanted:
                return member
        near = tuple(get_close_matches(wanted[:_SHORT], list(self.members)))
        if near:
            raise UnknownKey(noun=self.name, key=_short(value), candidates=near)
        choices = ", ".join(self.members)
        raise BadValue(field=self.name, value=_short(value), reason="not_a_choice", limit=choices)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list["CompletionItem"]:
        """Offer the codes."""
        return offer(self.members, incomplete)


class Day(click.ParamType[date]):
    """A date such as 2026-03-31 or 31/03/2026; one that can be read in two ways is refused."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from intake.dates import read_date

        return value if isinstance(value, date) else read_date(value, _field(param))


class Amount(click.ParamType[Money]):
    """An amount of dirhams such as 1250.50 or "1 250,50"; one that can be read in two ways is refused."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        from intake.values import read_amount

        return value if isinstance(value, Money) else Money(read_amount(value, _field(param)))


class Hundredths(click.ParamType[int]):
    """A number with up to two decimals, as a whole number of hundredths."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from intake.values import read_amount

        return value if isinstance(value, int) else read_amount(value, _field(param))


class Whole(click.ParamType[int]):
    """A whole number from `least` to `most`."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from intake.values import read_whole

        return read_whole(value, _field(param), least=self.least, most=self.most)


class RequestId(click.ParamType[UUID]):
    """The id of a request, made by the asker: the same id twice is one request."""

    name = "request"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        if isinstance(value, UUID):
            return value
        try:
            return UUID(value.strip())
        except ValueError:
            raise BadValue(field="request", value=_short(value), reason="not_a_uuid") from None


def project_key(command: F) -> F:
    """Add the argument that names a project."""
    return argument("key", metavar="KEY", help="The project's key.", shell_complete=project_keys)(command)


def stage_entered(help_text: str, required: bool = True) -> Callable[[F], F]:
    """Add the option that names the stage a project is to enter."""
    return option(
        "--to", "entered", metavar="STAGE", type=OneOf(Stage, "stage"), required=required, help=help_text
    )


def reason(command: F) -> F:
    """Add the option that holds the reason of a decision."""
    return option("--reason", metavar="TEXT", required=True, help="Why; kept in the trail with your name.")(
        command
    )


def offer(words: Iterable[str], incomplete: str) -> list["CompletionItem"]:
    """Return the words that begin as what has been typed, for a shell that completes."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(str(word)) for word in words if str(word).startswith(incomplete)]


def _field(param: click.Parameter | None) -> str:
    return (param.name if param is not None else None) or "on"


def _short(value: Any) -> str:
    return visible(str(value)[:_SHORT])


def project_keys(ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Return the keys of the projects, for a shell that completes; none when the books are not there."""
    from sqlmodel import col, select

    from models import db
    from models.tables import Project
    from tadshin.terminal.desk import check_prepared

    try:
        check_prepared()
        with db.reading() as session:
            return offer(session.exec(select(col(Project.key)).order_by(col(Project.key))), incomplete)
    except Exception:
        return []  # a shell that asks for words wants no complaint
