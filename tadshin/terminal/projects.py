"""`tadshin project ...`: one project, read and described."""

from typing import TYPE_CHECKING

import click

from tadshin.terminal.grammar import Noun
from tadshin.terminal.portfolio import list_all

if TYPE_CHECKING:
    pass

_NAMES = ("name_ar", "name_fr", "name_en")


_ORDER = (
    *("list", "show", "gates", "propose", "certify", "approve", "reject", "advance", "history"),
    *("duty", "waive", "unwaive", "suspend", "resume", "cancel", "step-back", "register", "correct"),
)


@click.group("project", cls=Noun, order=_ORDER)
def project() -> None:
    """One project: its dossier and gate, its moves, the decisions about it."""


project.add_command(list_all, "list")
