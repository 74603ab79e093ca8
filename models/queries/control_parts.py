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


def breach(project: Any, row: Any, reference: Any, amount: Any, limit: Any) -> Select[Any]:
    return select(
        col(project).label("project_id"),
        row.label("row"),
        reference.label("reference"),
        amount.label("amount"),
        limit.label("most"),
    )
