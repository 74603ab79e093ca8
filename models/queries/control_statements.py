"""Every control as two statements: over all projects, and over one."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    select,
)
from sqlmodel import col

from models.queries import funds_controls, works_controls
from models.queries.control_parts import Scope
from models.rules.controls import Control
from models.tables import (
    Project,
)

_QUERIES: Mapping[Control, Callable[[Scope], Any]] = {
    Control.TRANCHES_OVER: funds_controls.tranches_over,
    Control.TRANCHES_SHORT: funds_controls.tranches_short,
    Control.CALLED_OVER: funds_controls.called_over,
    Control.CALL_OVER_TRANCHE: funds_controls.call_over_tranche,
    Control.RECEIVED_OVER: funds_controls.received_over,
    Control.ALLOCATED_OVER: funds_controls.allocated_over,
    Control.ADVANCE_HELD: funds_controls.advance_held,
    Control.LINE_OVER: works_controls.line_over,
    Control.CERTIFIED_OVER: works_controls.certified_over,
    Control.PAID_OVER: works_controls.paid_over,
    Control.ADVANCE_OVER_RECOVERED: works_controls.advance_over_recovered,
    Control.RETENTION_OVER_RELEASED: works_controls.retention_over_released,
    Control.RETENTION_OVER_CAP: works_controls.retention_over_cap,
    Control.TRANSFER_NOT_ZERO: works_controls.transfer_not_zero,
    Control.OVER_FINANCED: works_controls.over_financed,
    Control.PLAN_BROKEN: works_controls.plan_broken,
    Control.CLOSED_PERIOD_WRITTEN: works_controls.closed_period_written,
}


def _statement(query: Callable[[Scope], Any], scope: Scope) -> Select[Any]:
    breach = query(scope).subquery()
    found: list[Any] = [breach.c.project_id, Project.key, Project.currency, breach.c.row]
    found += [breach.c.reference, breach.c.amount, breach.c.most]
    return (
        select(*found)
        .join(Project, col(Project.id) == breach.c.project_id)
        .order_by(col(Project.key), breach.c.reference, breach.c.row)
    )


def _everywhere(_project: Any) -> tuple[ColumnElement[bool], ...]:
    return ()


def _in_one(project: Any) -> tuple[ColumnElement[bool], ...]:
    return (col(project) == bindparam("project"),)


EVERYWHERE = {control: _statement(query, _everywhere) for control, query in _QUERIES.items()}
IN_ONE = {control: _statement(query, _in_one) for control, query in _QUERIES.items()}
