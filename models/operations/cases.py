"""Cases: opened for what the books disagree about, noted and assigned by people, closed once they agree."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.operations import trail
from models.operations.import_write import Values, row_of
from models.operations.line_entries import in_parts, write_rows
from models.queries.people import find_actor, find_person
from models.queries.signs import find_by_signs, shown_id
from models.rules.authority import Action, Role, authorize
from models.rules.cases import BY_HAND, CARE, CaseChange, CaseFacts
from models.rules.errors import BadValue
from models.rules.projects import check_reason
from models.rules.trail import canonical
from models.tables import Case, CaseEvent
from models.tables.columns import table_of


@dataclass(frozen=True, slots=True)
class CasesKept:
    """How many cases were opened, came to another amount, and were closed."""

    opened: int = 0
    grew: int = 0
    closed: int = 0

    def __bool__(self) -> bool:
        return bool(self.opened or self.grew or self.closed)


def open_case(session: Session, facts: CaseFacts, *, at: datetime, by: str = "") -> Case:
    """Open a case, or return the one that is open for the same; its amount follows. `by` "": a run.

    Source: docs/rules.md, R11.
    """
    open_cases(session, [facts], at=at, by=by)
    return session.exec(_open().where(Case.fingerprint == facts.fingerprint)).one()


def open_cases(session: Session, wanted: Iterable[CaseFacts], *, at: datetime, by: str = "") -> CasesKept:
    """Open the cases that are not open yet, set-wise; those of another amount follow it.

    Source: docs/rules.md, R11.
    """
    by_print = {facts.fingerprint: facts for facts in wanted}
    session.flush()
    known: dict[str, Case] = {}
    for few in in_parts(by_print):
        query = _open().where(col(Case.fingerprint).in_(few))
        known |= {case.fingerprint: case for case in session.exec(query)}
    rows = [_row(facts, at) for name, facts in by_print.items() if name not in known]
    events = [_event(row["id"], CaseChange.OPENED, at, by) for row in rows]
    grew = 0
    for name, case in known.items():
        facts = by_print[name]
        case.details = canonical(facts.details)
        if case.amount_centimes == facts.amount:
            continue
        grew += 1
        case.amount_centimes = facts.amount
        events.append(_event(case.id, CaseChange.GREW, at, by))
    session.flush()
    write_rows(session, Case, rows)
    write_rows(session, CaseEvent, events)
    return CasesKept(opened=len(rows), grew=grew)


def close_cases(
    session: Session, cases: Collection[UUID], *, at: datetime, by: str = "", note: str = ""
) -> int:
    """Close cases, because the books agree; their history stays. Those that are closed stay so."""
    table = table_of(Case)
    session.flush()
    for few in in_parts(set(cases)):
        session.connection().execute(
            update(table).where(table.c.id.in_(few), table.c.closed_at.is_(None)).values(closed_at=at)
        )
    write_rows(
        session, CaseEvent, [_event(id_, CaseChange.CLOSED, at, by, note) for id_ in sorted(set(cases))]
    )
    session.expire_all()
    return len(set(cases))


def close_case(session: Session, facts: CaseFacts, *, at: datetime, by: str = "", note: str = "") -> bool:
    """Close the case that is open for these facts; tell whether there was one."""
    found = session.exec(_open().where(Case.fingerprint == facts.fingerprint)).first()
    return bool(found and close_cases(session, [found.id], at=at, by=by, note=note))


def note_case(session: Session, *, case: str, note: str, by: str, at: datetime) -> Case:
    """Write a remark into the history of a case.

    Raises: UnknownKey, SeveralFound, NotAllowed, BadValue.
    Source: docs/rules.md, R14.
    """
    found = _taken_up(session, case, by)
    words = check_reason(note)
    _write(session, found, CaseChange.NOTED, words, by, at)
    return found


def settle_case(session: Session, *, case: str, reason: str, by: str, at: datetime) -> tuple[Case, bool]:
    """Close a case about which the books cannot tell; return False where it is closed already.

    Raises: UnknownKey, SeveralFound, NotAllowed, BadValue for one that the books will close.
    Source: docs/rules.md, J22 and R56.
    """
    found = _taken_up(session, case, by)
    words = check_reason(reason)
    if found.kind not in BY_HAND:
        raise BadValue(field="case", value=shown_id(found.id), reason="closes_itself", rule="R56")
    if found.closed_at is not None:
        return found, False
    close_cases(session, [found.id], at=at, by=by, note=words)
    session.refresh(found)
    payload = {"case": shown_id(found.id), "kind": found.kind, "change": CaseChange.CLOSED, "note": words}
    trail.record(session, at=at, actor=by, kind="case_changed", project=found.project_id, payload=payload)
    return found, True


def assign_case(session: Session, *, case: str, to: str, by: str, at: datetime) -> Case:
    """Give a case to a role, or to a person by their login; the same again changes nothing.

    Raises: UnknownKey, SeveralFound, NotAllowed.
    Source: docs/rules.md, R14.
    """
    found = _taken_up(session, case, by)
    owner, assignee = found.owner, to
    if to in tuple(Role):
        owner, assignee = to, ""
    else:
        find_person(session, to)
    if (found.owner, found.assignee) != (owner, assignee):
        found.owner, found.assignee = owner, assignee
        _write(session, found, CaseChange.ASSIGNED, to, by, at)
    return found


def _taken_up(session: Session, name: str, by: str) -> Case:
    authorize(find_actor(session, by), Action.RECONCILE)
    return find_by_signs(session, Case, "case", name)


def _write(session: Session, case: Case, kind: CaseChange, note: str, by: str, at: datetime) -> None:
    session.add(CaseEvent(case_id=case.id, at=at, author=by, kind=kind, note=note))
    payload = {"case": shown_id(case.id), "kind": case.kind, "change": kind, "note": note}
    trail.record(session, at=at, actor=by, kind="case_changed", project=case.project_id, payload=payload)


def _open() -> SelectOfScalar[Case]:
    return select(Case).where(col(Case.closed_at).is_(None))


def _row(facts: CaseFacts, at: datetime) -> Values:
    owner, step = CARE[facts.kind]
    return row_of(
        Case,
        kind=facts.kind,
        fingerprint=facts.fingerprint,
        account_id=facts.account,
        line_id=facts.line,
        project_id=facts.project,
        partner_id=facts.partner,
        contract_id=facts.contract,
        match_id=facts.match,
        amount_centimes=facts.amount,
        currency=facts.currency,
        owner=owner,
        next_step=step,
        details=canonical(facts.details),
        opened_at=at,
    )


def _event(case: UUID, kind: CaseChange, at: datetime, by: str, note: str = "") -> Values:
    return row_of(CaseEvent, case_id=case, at=at, author=by, kind=kind, note=note)
