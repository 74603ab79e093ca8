"""Commands, options and arguments whose help speaks the reader's language.

Every help text is written in English where the command is, and is the msgid of its translation:
paragraph by paragraph, each on one line. Examples are the same in every language.
"""

import inspect
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, TypeVar

import click

from tadshin.terminal.language import LANGUAGES, _

EVERYWHERE = ("acting", "as_json", "lang", "debug", "wants_help")
"""The options that every command takes, shown in a section of their own."""

F = TypeVar("F", bound=Callable[..., Any])


class Words:
    """A text of the help: kept in English, given in the language spoken."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._kept = f"_{name}_in_english"

    def __get__(self, holder: Any, owner: type | None = None) -> str | None:
        kept: str | None = getattr(holder, self._kept, None)
        return "\n\n".join(_(paragraph) for paragraph in paragraphs(kept)) if kept else kept

    def __set__(self, holder: Any, text: str | None) -> None:
        setattr(holder, self._kept, text)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text, each on one line: the msgids of its translation."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n") if part.strip()]


class Option(click.Option):
    """An option with help and metavar in the language spoken."""

    help: str | None = Words()  # type: ignore[assignment]
    metavar: str | None = Words()  # type: ignore[assignment]


class Argument(click.Argument):
    """An argument with help and metavar in the language spoken."""

    help: str | None = Words()  # type: ignore[assignment]
    metavar: str | None = Words()  # type: ignore[assignment]


class Spoken(click.Command):
    """What a verb and a noun share: words in the language spoken, examples, one help option."""

    help: str | None = Words()  # type: ignore[assignment]
    options_metavar: str | None = Words()  # type: ignore[assignment]

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[OPTIONS]")
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.params.extend(_everywhere())
        self._asks_for_help = Option(
            ["--help", "-h", "wants_help"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_help,
            help="Show this help and end.",
        )

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option that shows the help."""
        return self._asks_for_help

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """Return the two spellings of the option that shows the help."""
        return list(self._asks_for_help.opts)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first paragraph of the help, whole: a sentence cut short helps nobody."""
        return (self.help or "").partition("\n\n")[0]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, then those that every command takes."""
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and not isinstance(param, click.Argument):
                (shared if param.name in EVERYWHERE else own).append(record)
        for title, records in ((_("Options"), own), (_("Options of every command"), shared)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, one a line, as they are typed."""
        if not self.examples:
            return
        with formatter.section(_("Examples")):
            for example in self.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


class Verb(Spoken):
    """A command that does one thing."""


class Noun(Spoken, click.Group):
    """A group of verbs, in the order in which they were written."""

    subcommand_metavar: str = Words()  # type: ignore[assignment]
    command_class = Verb

    def __init__(self, *args: Any, order: Sequence[str] = (), **kwargs: Any) -> None:
        kwargs.setdefault("subcommand_metavar", "COMMAND [ARGUMENTS]...")
        super().__init__(*args, **kwargs)
        self.order = order

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order given, or in which they were written: as they come in the work."""
        known = list(self.order) or list(self.commands)
        return [*known, *(name for name in self.commands if name not in known)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands first: they are what is looked for."""
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)


def likewise(verb: click.Command, *examples: str) -> click.Command:
    """Return a verb once more, to be added under another noun, with the examples of its place there."""
    other = copy(verb)
    if isinstance(other, Spoken):
        other.examples = examples
    return other


def option(*declarations: str, **attributes: Any) -> Callable[[F], F]:
    """Add an option whose help is translated."""
    return click.option(*declarations, cls=Option, **attributes)


def argument(*declarations: str, **attributes: Any) -> Callable[[F], F]:
    """Add an argument whose help is translated."""
    return click.argument(*declarations, cls=Argument, **attributes)


def _everywhere() -> list[click.Parameter]:
    return [
        Option(
            ["--as", "acting"],
            metavar="LOGIN",
            expose_value=False,
            is_eager=True,  # before any date: the person's language says how it is read
            callback=_take,
            help="Who acts; TADSHIN_USER otherwise. Reading works without.",
        ),
        Option(
            ["--json", "as_json"],
            is_flag=True,
            expose_value=False,
            callback=_take,
            help="Answer with JSON, for scripts.",
        ),
        Option(
            ["--lang", "lang"],
            type=click.Choice(LANGUAGES),
            expose_value=False,
            help="The language to read; otherwise TADSHIN_LANGUAGE, the system's, or yours.",
        ),
        Option(
            ["--debug", "debug"],
            is_flag=True,
            expose_value=False,
            callback=_take,
            help="Show the details of an error.",
        ),
    ]


def _take(ctx: click.Context, param: click.Parameter, value: object) -> None:
    if value and param.name and ctx.obj is not None:
        setattr(ctx.obj, param.name, value)


def _show_help(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()
