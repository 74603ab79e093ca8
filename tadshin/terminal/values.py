"""What arguments may hold: each kind of value read strictly, each with its own clear refusal."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import click

from models.rules.errors import BadValue
from models.rules.money import Money
from models.rules.projects import check_text
from models.rules.stages import Stage
from tadshin.terminal.choices import OneOf, project_keys, short
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, argument, option
from tadshin.terminal.language import _, fill, spoken

_RATE = re.compile(r"\d{1,7}(?:[.,]\d{1,6})?")
_CURRENCY = re.compile("[A-Z]{3}")
DAY_FIRST = ("ar", "fr")
"""Where a date begins with the day (X12)."""


class Day(click.ParamType[date]):
    """A date such as 2026-03-31 or 31/03/2026.

    One that can be read in two ways has the day first where Arabic or French is spoken, as everybody
    writes there; in English it is refused.
    Source: docs/rules.md, X12.
    """

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from intake.dates import read_date

        if isinstance(value, date):
            return value
        try:
            return read_date(value, _field(param))
        except BadValue as error:
            if error.details["reason"] != "ambiguous_date" or not _day_comes_first(ctx):
                raise
        return read_date(value, _field(param), day_first=True)


class Amount(click.ParamType[Money]):
    """An amount of dirhams such as 1250.50 or "1 250,50"; one that can be read in two ways is refused."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        from intake.values import read_amount

        return value if isinstance(value, Money) else Money(read_amount(value, _field(param)))


class SignedAmount(click.ParamType[Money]):
    """An amount of dirhams that may be less than nothing, such as -1250.50."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        from intake.values import read_amount

        if isinstance(value, Money):
            return value
        return Money(read_amount(value, _field(param), negative=True))


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
    """The id of a request, made by the asker: the same id twice is one request.

    A UUID is kept as it is; any other text stands for one UUID, always the same.
    """

    name = "request"
    longest = 200
    _OTHERS = UUID("7f0c1f8e-6c3b-5d0a-9a53-0b6a1d5f2c11")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        if isinstance(value, UUID):
            return value
        try:
            return UUID(value.strip())
        except ValueError:
            return uuid5(self._OTHERS, check_text("request", value, self.longest, needed=True))


class LetterFile(click.ParamType[Path]):
    """A file for a letter: a page or a PDF, as its name ends."""

    name = "file"
    endings = (".html", ".pdf")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        if path.suffix.casefold() not in self.endings:
            raise BadValue(
                field="file", value=short(path.name), reason="unknown_ending", limit=self.endings
            )
        return path


class Currency(click.ParamType[str]):
    """The code of a currency, such as EUR."""

    name = "currency"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        code = str(value).strip().upper()
        if not _CURRENCY.fullmatch(code):
            raise BadValue(field=_field(param), value=short(value), reason="not_a_currency")
        return code


class Rate(click.ParamType[Decimal]):
    """A rate of exchange such as 10.8512 or "10,8512"."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        from intake.values import plain

        if isinstance(value, Decimal):
            return value
        if not _RATE.fullmatch(plain(value)):
            raise BadValue(field=_field(param), value=short(value), reason="not_a_rate")
        return Decimal(plain(value).replace(",", "."))


class NewFile(click.ParamType[Path]):
    """A file that is to be written: what its name ends with says how; a picture has endings of its own.

    Source: docs/rules.md, Y9.
    """

    name = "file"

    def __init__(self, *, pictures: bool = False) -> None:
        self.pictures = pictures

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        from reports.listings import ENDINGS, PICTURES, check_ending

        path = Path(value)
        check_ending(path, PICTURES if self.pictures else ENDINGS)
        return path


def project_key(command: F) -> F:
    """Add the argument that names a project."""
    return argument("key", metavar="KEY", help="The project's key.", shell_complete=project_keys)(command)


def any_project(command: F) -> F:
    """Add the argument that names a project, or none for the whole portfolio."""
    return argument(
        "key",
        metavar="[PROJECT]",
        required=False,
        help="The project's key; the whole portfolio without.",
        shell_complete=project_keys,
    )(command)


def one_project(key: str | None, named: str | None) -> str | None:
    """Return the project that a list is about, whether it stands alone or after --project.

    Raises: UsageError where two are named.
    """
    if key is not None and named is not None and key != named:
        raise click.UsageError(
            fill(_("Two projects are named: {first} and {second}."), first=key, second=named)
        )
    return key if key is not None else named


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


def _day_comes_first(ctx: click.Context | None) -> bool:
    """Tell whether the reader writes the day before the month; who acts may bring the language along."""
    desk = ctx.obj if ctx is not None else None
    if isinstance(desk, Desk) and not desk.language_said:
        with desk.reading():
            pass
    return spoken() in DAY_FIRST


def _field(param: click.Parameter | None) -> str:
    return (param.name if param is not None else None) or "on"
