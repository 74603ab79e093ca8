"""Setting a soft criterion aside for a time, by decision of a director."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.rules.authority import Action
from models.rules.errors import UnknownKey
from models.rules.kinds import traits_of
from models.rules.projects import check_reason
from models.rules.text import visible
from models.rules.waivers import check_waiver_end, find_waivable
from models.tables import Project, Waiver


def grant_waiver(
    session: Session, *, project: str, rule: str, reason: str, expires_on: date, by: str, at: datetime
) -> Waiver:
    """Waive a soft criterion of the gate that comes next; it takes the place of an earlier waiver.

    `expires_on`: the first day on which the waiver no longer counts.
    Raises: UnknownKey, NotAllowed, HardCriterion, BadValue.
    Source: docs/rules.md, W1 to W3.
    """
    found = take_up(session, project, Action.WAIVE, by)
    criterion = find_waivable(rule, found.stage, traits_of(found.kind, found.beds))
    reason, today = check_reason(reason), local_day(at)
    check_waiver_end(expires_on, today)
    for older in _running(session, found, rule, today):
        older.expires_on = today
    waiver = Waiver(
        project_id=found.id, rule=rule, granted_by=by, granted_at=at, reason=reason, expires_on=expires_on
    )
    session.add(waiver)
    payload = {
        "waiver": waiver.id,
        "rule": rule,
        "criterion": criterion.code,
        "reason": reason,
        "expires_on": expires_on,
    }
    trail.record(session, at=at, actor=by, kind="waiver_granted", project=found.id, payload=payload)
    return waiver


def revoke_waiver(
    session: Session, *, project: str, rule: str, reason: str, by: str, at: datetime
) -> Waiver:
    """Take a waiver back: it ends today, at once, and stays in the books.

    Raises: UnknownKey when none runs for the rule, NotAllowed, BadValue without a reason.
    Source: docs/rules.md, W4.
    """
    found = take_up(session, project, Action.WAIVE, by)
    reason, today = check_reason(reason), local_day(at)
    running = _running(session, found, rule, today)
    if not running:
        rules = tuple(waiver.rule for waiver in _running(session, found, None, today))
        raise UnknownKey(noun="waiver", key=visible(rule[:60]), candidates=rules)
    for waiver in running:
        waiver.expires_on = today
    payload = {"waiver": running[-1].id, "rule": rule, "reason": reason}
    trail.record(session, at=at, actor=by, kind="waiver_revoked", project=found.id, payload=payload)
    return running[-1]


def _running(session: Session, project: Project, rule: str | None, today: date) -> list[Waiver]:
    query = (
        select(Waiver)
        .where(Waiver.project_id == project.id, Waiver.expires_on > today)
        .order_by(col(Waiver.granted_at))
    )
    waivers = session.exec(query)
    return [waiver for waiver in waivers if rule is None or waiver.rule == rule]
