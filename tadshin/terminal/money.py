"""`tadshin money ...`: where the money stands, for one project or the whole portfolio.

The verbs are in `money_funds.py`, `money_works.py` and `money_cashflow.py`.
"""

import click

from tadshin.terminal.grammar import Noun


@click.group("money", cls=Noun)
def money() -> None:
    """Where the money stands: what partners owe, what is engaged and paid, what is missing.

    Each command answers for one PROJECT, or for the whole portfolio with its totals.
    """
