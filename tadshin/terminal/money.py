"""`tadshin money ...`: the money of a project, or of the whole portfolio."""

import click

from tadshin.terminal.grammar import Noun


@click.group("money", cls=Noun)
def money() -> None:
    """The money: what is promised, called, received, contracted, certified and paid."""
