"""What may be chosen: codes, and the words for them in each language of the house."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import click

from models.rules.errors import BadValue, UnknownKey
from models.rules.names import LONGEST_NAME_COMPARED
from models.rules.text import visible
from notifications.catalogues import look_up
from tadshin.terminal.language import LANGUAGES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from intake.vocabulary import Words

SHORT = 60
"""Characters of a value in an answer."""

Member = TypeVar("Member", bound=StrEnum)


class Coded(click.ParamType[str]):
    """One of some codes: itself, or the word that tables show for it, in any language of the house.

    Case, accents and the marks of Arabic do not matter. What is none of them is refused with the
    nearest, or with all the choices; where `strictly` is false it is left to whoever asks.
    Source: docs/rules.md, X10.
    """

    def __init__(self, codes: Iterable[str], noun: str, *, strictly: bool = True) -> None:
        self.codes, self.name, self.strictly = tuple(codes), noun, strictly

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return self.code_of(str(value))

    def code_of(self, text: str) -> str:
        """Return the code that a text calls.

        Raises: UnknownKey with the nearest codes, BadValue with all of them.
        """
        if text in self.codes:
            return text
        words = _words(self.name, self.codes)
        found = words.find(text) if len(text) <= LONGEST_NAME_COMPARED else None
        if found is not None or not self.strictly:
            return found or text
        near = words.near_codes(text[:SHORT])
        if near:
            raise UnknownKey(noun=self.name, key=short(text), candidates=near)
        raise BadValue(field=self.name, value=short(text), reason="not_a_choice", limit=self.codes)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list["CompletionItem"]:
        """Offer the codes."""
        return offer(self.codes, incomplete)


class OneOf(click.ParamType[Member]):
    """A member of an enumeration, by its code or its word."""

    def __init__(self, members: type[Member], noun: str) -> None:
        self.members, self.name = members, noun
        self.coded = Coded((member.value for member in members), noun)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Member:
        return self.members(self.coded.code_of(str(value)))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list["CompletionItem"]:
        """Offer the codes."""
        return offer(self.coded.codes, incomplete)


class Region(click.ParamType[str]):
    """The code of a region, from the code or any spelling of the name."""

    name = "region"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from models.places import find_region

        return find_region(str(value)).code

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list["CompletionItem"]:
        """Offer the codes."""
        from models.places import regions

        return offer((region.code for region in regions()), incomplete)


def province_codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Return the codes of the provinces, for a shell that completes."""
    from models.places import provinces

    return offer((province.code for province in provinces()), incomplete)


def project_keys(ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Return the keys of the projects, for a shell that completes; none when the books are not there."""
    return offer(_in_the_books(lambda tables: tables.Project.key), incomplete)


def partner_keys(ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Return the keys of the partners, for a shell that completes; none when the books are not there."""
    return offer(_in_the_books(lambda tables: tables.Partner.key), incomplete)


def contract_references(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list["CompletionItem"]:
    """Return the references of the contracts, for a shell that completes; none without the books."""
    return offer(_in_the_books(lambda tables: tables.Contract.reference), incomplete)


def contractor_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Return the names of contractors, for a shell that completes; none when the books are not there."""
    return offer(_in_the_books(lambda tables: tables.Contract.contractor), incomplete)


def channels(ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Return the channels of the local feed, for a shell that completes."""
    return offer(_in_the_books(lambda tables: tables.FeedMessage.channel), incomplete)


def offer(words: Iterable[str], incomplete: str) -> list["CompletionItem"]:
    """Return the words that begin as what has been typed, for a shell that completes."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(str(word)) for word in words if str(word).startswith(incomplete)]


def short(value: Any) -> str:
    """Return a value as it may be shown in an answer."""
    return visible(str(value)[:SHORT])


def _in_the_books(column: Callable[[Any], Any]) -> list[str]:
    from sqlmodel import select

    from models import db, tables
    from tadshin.terminal.desk import check_prepared

    try:
        check_prepared()
        with db.reading() as session:
            return sorted(session.exec(select(column(tables)).distinct()))
    except Exception:
        return []  # a shell that asks for words wants no complaint


@cache
def _words(family: str, codes: tuple[str, ...]) -> "Words":
    """Return the words for some codes: those of the tables, and those of the files that are handed in."""
    from intake.vocabulary import Words, vocabulary

    filed = vocabulary().choices.get(family)
    return Words.of(
        {
            code: {
                language: (
                    *filter(None, [look_up(f"{family}.{code}", language)]),
                    *(filed.by_code[code][language] if filed is not None else ()),
                )
                for language in LANGUAGES
            }
            for code in codes
        }
    )
