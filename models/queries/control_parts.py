"""What the statements of the controls are built of."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    select,
)
from sqlmodel import col

from models.queries.budgets import total

Scope = Callable[[Any], tuple[ColumnElement[bool], ...]]
"""Narrows a query by a column of projects: to one of them, or not at all."""


def per(table: Any, key: Any, name: str, *where: Any, **joined: Any) -> Subquery:
    """Sum an amount by a column; `joined` are tables with what joins them."""
    amount = total(table.amount_centimes, name)
    query: Any = select(col(key).label("of"), amount).select_from(table)
    for other, condition in joined.values():
        query = query.join(other, condition)
    found: Subquery = query.where(*where).group_by(col(key)).subquery()
    return found


def among(scope: Scope, key: Any, owner: Any, project: Any, *way: Any) -> tuple[ColumnElement[bool], ...]:
    """Narrow rows to those whose `key` is the `owner` of something of the scope, before they are summed.

    Without it, one project would cost a pass over the rows of all. `way`: what joins owner and project.
    """
    where = scope(project)
    if not where:
        return ()
    owners: Any = select(col(owner))
    for other, condition in way:
        owners = owners.join(other, condition)
    return (col(key).in_(owners.where(*where)),)


def breach(project: Any, row: Any, reference: Any, amount: Any, limit: Any) -> Select[Any]:
    return select(
        col(project).label("project_id"),
        row.label("row"),
        reference.label("reference"),
        amount.label("amount"),
        limit.label("most"),
    )
