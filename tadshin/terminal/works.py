"""What the nouns of a contract share: how it is named, read about, and how parts of it are shown."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action
from models.rules.money import Money
from tadshin.terminal import paper
from tadshin.terminal.choices import contract_references
from tadshin.terminal.desk import Desk
from tadshin.terminal.faults import problems_as_data, show_problems
from tadshin.terminal.grammar import F, argument, option
from tadshin.terminal.language import _, fill, spoken
from tadshin.terminal.values import Day

if TYPE_CHECKING:
    from sqlmodel import Session

    from intake.contract_tables import ContractSheet
    from models.tables import Contract


@dataclass(frozen=True, slots=True)
class Read:
    """A contract that one may read about. `currency` is its project's."""

    session: "Session"
    contract: "Contract"
    currency: str


def contract_reference(command: F) -> F:
    """Add the argument that names a contract."""
    return argument(
        "contract",
        metavar="CONTRACT",
        help="The contract's reference, as `tadshin money contracts` shows it.",
        shell_complete=contract_references,
    )(command)


def dated(help_text: str, name: str = "dated") -> Callable[[F], F]:
    """Add the option that says on which day a fact happened."""
    return option("--on", name, type=Day(), metavar="DATE", required=True, help=help_text)


def referred(help_text: str, *, required: bool = True) -> Callable[[F], F]:
    """Add the option that names the paper of a fact."""
    usual = {} if required else {"default": ""}
    return option("--reference", metavar="TEXT", required=required, help=help_text, **usual)


def given_file(help_text: str) -> Callable[[F], F]:
    """Add the option that names a table to read."""
    return option("--file", type=click.Path(path_type=Path), metavar="FILE", help=help_text)


@contextmanager
def reading(desk: Desk, reference: str) -> Iterator[Read]:
    """Open the books for reading about one contract, by whoever may read about its project.

    Raises: UnknownKey, NotAllowed.
    """
    from models.queries.contracts import find_contract
    from models.queries.projects import place_of
    from models.tables import Project

    with desk.reading() as session:
        contract = find_contract(session, reference)
        project = session.get_one(Project, contract.project_id)
        desk.allow(session, Action.READ, place_of(project))
        yield Read(session, contract, project.currency)


def day(value: date | None) -> str:
    """Return a day as tables show it; a dash where there is none."""
    from notifications.words import shown

    return value.isoformat() if value else shown(None, spoken())


def month(value: date) -> str:
    """Return a month as it is typed, from its first day."""
    return f"{value:%Y-%m}"


def section(title: str) -> None:
    """Print the title of what follows."""
    paper.line()
    paper.line(title, style="bold")


def passed_limits(over: Iterable[tuple[str, Money]]) -> str:
    """Return a sentence for each limit that amendments pass, each with a space before it."""
    words = {
        "extra_works": _("Extra works pass their limit by {amount}."),
        "mass_increase": _("The increase in mass passes its limit by {amount}."),
        "mass_decrease": _("The decrease in mass passes its limit by {amount}."),
    }
    return "".join(" " + fill(words[name], amount=amount) for name, amount in over)


def refuse_sheet(desk: Desk, data: dict[str, Any], sheet: "ContractSheet") -> None:
    """Answer that a file cannot be taken, with everything that is wrong with it by row and field."""
    told = {**data, "written": False, **problems_as_data(sheet.problems, sheet.problem_count)}
    desk.answer(told, lambda: show_problems(sheet.problems, sheet.problem_count))
