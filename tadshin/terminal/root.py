"""The command `tadshin`: its nouns, and what is said when a call goes wrong."""

import os
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Any

import click

from models import waits
from models.rules.errors import CentreError
from models.rules.obstacles import obstacle_of
from tadshin.terminal import (
    contract_tables,
    decisions,
    imports,
    money_calls,
    money_cashflow,
    money_controls,
    money_earned,
    money_funds,
    money_gap,
    money_imports,
    money_works,
    moves,
    paper,
    profiles,
    reconcile_cases,
    reconcile_decisions,
    reconcile_lessons,
    reconcile_lines,
    reconcile_rates,
    reconcile_report,
    reconcile_run,
    reconcile_snapshots,
    statement_accounts,
    statements,
    together,
)
from tadshin.terminal.acceptances import acceptance
from tadshin.terminal.bonds import bond
from tadshin.terminal.budgets import budget
from tadshin.terminal.calendar import calendar
from tadshin.terminal.calls import call
from tadshin.terminal.certificates import certificate
from tadshin.terminal.changes import change
from tadshin.terminal.chat import chat
from tadshin.terminal.commitments import commitment, gap, share
from tadshin.terminal.contractors import contractor
from tadshin.terminal.contracts import contract
from tadshin.terminal.conventions import convention
from tadshin.terminal.desk import Desk
from tadshin.terminal.doctor import doctor
from tadshin.terminal.errors import TerminalError
from tadshin.terminal.evidence import evidence
from tadshin.terminal.exits import MEANINGS, Exit, exit_after
from tadshin.terminal.findings import findings
from tadshin.terminal.grammar import Noun, Option
from tadshin.terminal.house import completion, demo, init, serve
from tadshin.terminal.indices import index
from tadshin.terminal.language import USUAL, _, fill, obstacle, said, speaking, spoken
from tadshin.terminal.milestones import milestone
from tadshin.terminal.money import money
from tadshin.terminal.partners import partner
from tadshin.terminal.payments import payment
from tadshin.terminal.people import user
from tadshin.terminal.periods import period
from tadshin.terminal.places import place
from tadshin.terminal.portfolio import portfolio
from tadshin.terminal.projects import project
from tadshin.terminal.receipts import receipt
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.trail import audit
from tadshin.terminal.tranches import tranche

PROGRAM = "tadshin"
PIPE_CLOSED = 141
"""What a shell reports of a program whose reader has gone (128 + SIGPIPE)."""

_LONGEST_COMPLAINT = 1000


class PipeClosed(Exception):
    """Whoever read our output has gone, as `| head` does."""


class Root(Noun):
    """The whole program: it chooses the language, serves the call, and answers for every error."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Serve one call and end the process with its exit code."""
        arguments = list(sys.argv[1:] if args is None else args)
        language = said(arguments, os.environ)
        options = arguments[: arguments.index("--")] if "--" in arguments else arguments
        desk = Desk(
            as_json="--json" in options, debug="--debug" in options, language_said=language is not None
        )
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # what it cannot take is written out
        if not desk.debug:
            warnings.simplefilter("ignore")  # what libraries tell their own developers
        with speaking(language or USUAL), waits.told_to(desk.say_waiting):
            code = self._serve(arguments, desk, {"complete_var": complete_var, **extra})
        if not standalone_mode:
            return code
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe is told apart from other errors before click sees it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise PipeClosed from error

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit codes."""
        super().format_epilog(ctx, formatter)
        with formatter.section(_("Exit codes")):
            formatter.write_dl([(str(int(code)), _(meaning)) for code, meaning in MEANINGS.items()])

    def _serve(self, arguments: list[str], desk: Desk, extra: Mapping[str, Any]) -> int:
        try:
            ended = super().main(arguments, PROGRAM, standalone_mode=False, obj=desk, **extra)
            sys.stdout.flush()
        except CentreError as error:
            return _complain(desk, error)
        except click.UsageError as error:
            return _correct(desk, error)
        except (click.Abort, KeyboardInterrupt):
            return Exit.INTERRUPTED
        except (PipeClosed, BrokenPipeError):
            _let_go_of_stdout()
            return PIPE_CLOSED
        except Exception as error:
            return _admit(desk, error)
        return ended if isinstance(ended, int) else Exit.DONE


@click.group(
    PROGRAM,
    cls=Root,
    examples=(
        "tadshin portfolio list",
        "tadshin project gates tamesna-complex --to construction",
        "tadshin project advance tamesna-complex --to construction --as LOGIN",
        "tadshin doctor",
    ),
)
@click.version_option(
    None,
    "--version",
    package_name=PROGRAM,
    cls=Option,
    help="Show the version and end.",
    message="%(version)s",
)
def tadshin() -> None:
    """Tadshin moves social-centre projects from study to definitive acceptance.

    Reading works without saying who reads: whoever can open the database on this machine may read
    it. Every change is made as a person, named with --as or TADSHIN_USER, who must be allowed to.
    """


_ADDING_VERBS = (
    *(contract_tables, decisions, imports, moves, together),
    *(money_funds, money_gap, money_calls, money_cashflow, money_earned, money_works, money_controls),
    *(money_imports, statements, statement_accounts, profiles),
    *(reconcile_run, reconcile_lines, reconcile_decisions, reconcile_cases, reconcile_lessons),
    *(reconcile_rates, reconcile_report, reconcile_snapshots),
)
"""Named for what their import does: they add their verbs to the nouns that others begin."""

for noun in (
    portfolio,
    project,
    evidence,
    convention,
    commitment,
    gap,
    share,
    contract,
    contractor,
    bond,
    acceptance,
    index,
    certificate,
    payment,
    tranche,
    call,
    receipt,
    budget,
    change,
    period,
    money,
    reconcile,
    milestone,
    partner,
    place,
    calendar,
    findings,
    chat,
    audit,
    user,
    init,
    serve,
    demo,
    doctor,
    completion,
):
    tadshin.add_command(noun)


def _complain(desk: Desk, error: CentreError) -> int:
    """Answer an error of the house with its sentence."""
    if desk.debug:
        traceback.print_exception(error)
    _say(desk, error.code, _sentence(error), error.details)
    return exit_after(error)


def _correct(desk: Desk, error: click.UsageError) -> int:
    """Answer a call that cannot be read: how it is written, and what was wrong with it."""
    if error.ctx is not None and not desk.as_json:
        click.echo(paper.clean(error.ctx.get_usage()), err=True)
        hint = _("Try '{command} {option}' for help.")
        click.echo(hint.format(command=error.ctx.command_path, option="--help"), err=True)
    _say(desk, "usage", error.format_message(), {})
    return Exit.BAD_ARGUMENTS


def _admit(desk: Desk, error: Exception) -> int:
    """Answer what nobody has foreseen with one line; the details come with --debug."""
    if desk.debug:
        traceback.print_exception(error)
    if isinstance(error, OSError):
        found = obstacle_of(error)
        words = _("The files of the program are not available: {problem}.")
        if error.filename is not None:
            words = _("The file {file} cannot be used: {problem}.")
        sentence = fill(words, file=str(error.filename), problem=obstacle(found))
        _say(desk, "files_unavailable", sentence, {"file": error.filename, **found})
        return Exit.UNAVAILABLE
    words = _(
        "Something unexpected happened ({kind}). Nothing half done was kept; --debug shows the details."
    )
    _say(desk, "unexpected", words.format(kind=type(error).__name__), {"kind": type(error).__name__})
    return Exit.UNEXPECTED


def _sentence(error: CentreError) -> str:
    if isinstance(error, TerminalError):
        return error.sentence()
    from notifications.words import sentence

    return sentence(error, spoken())


def _say(desk: Desk, code: str, message: str, details: Mapping[str, object]) -> None:
    with suppress(BrokenPipeError):
        if desk.as_json:
            told = {name: _clipped(value) for name, value in details.items()}
            click.echo(paper.as_json({"error": code, "message": _clipped(message), **told}))
        else:
            paper.warn(_clipped(message))


def _clipped(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_COMPLAINT:
        return f"{value[:_LONGEST_COMPLAINT]}…"
    return value


def _let_go_of_stdout() -> None:
    """Keep the interpreter from complaining at its end about output that nobody reads."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
