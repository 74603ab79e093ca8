"""The other names of contractors: added and taken away by people; files bring more (import_plan.py)."""

from datetime import datetime

from sqlmodel import Session, select

from models.operations import trail
from models.operations.additions import add_missing
from models.queries.contractors import ContractorLine, find_contractor, list_contractors
from models.queries.people import find_actor
from models.queries.projects import nearest
from models.rules.authority import Action, authorize
from models.rules.contractors import contractor_key
from models.rules.errors import BadValue, UnknownKey
from models.rules.projects import LONGEST_NAME, check_reason, check_text
from models.rules.text import visible
from models.tables import ContractorName

LONGEST_SOURCE = 200


def add_name(
    session: Session, *, contractor: str, name: str, source: str = "", by: str, at: datetime
) -> tuple[ContractorLine, bool]:
    """Let a contractor be known by one more name; tell whether that is new. One taken away comes back.

    Raises: UnknownKey, AmbiguousContractor, NotAllowed, BadValue.
    Source: docs/rules.md, N8 and N9.
    """
    authorize(find_actor(session, by), Action.KEEP_CONTRACTS)
    text = check_text("name", name, LONGEST_NAME, needed=True)
    origin = check_text("source", source, LONGEST_SOURCE)
    key = contractor_key(text)
    if not key:
        raise BadValue(field="name", value=visible(text[:60]), reason="no_letters")
    found = find_contractor(session, contractor)
    if key == found.key:
        return found, False
    other = next((line for line in list_contractors(session) if line.key == key), None)
    if other is not None:
        raise BadValue(field="name", value=text[:60], reason="contractor_known", contractor=other.name)
    new = ContractorName(
        contractor=found.key, name=text, folded=key, source=origin, written_by=by, written_at=at
    )
    if not add_missing(session, ContractorName, [new.model_dump()]):
        known = _held(session, found, key)
        if known is None or known.removed_at is None:
            return found, False
        known.name, known.source, known.written_by, known.written_at = text, origin, by, at
        known.removed_by = known.removed_at = None
    payload = {"contractor": found.name, "name": text, "source": origin}
    trail.record(session, at=at, actor=by, kind="contractor_name_added", payload=payload)
    return found, True


def remove_name(
    session: Session, *, contractor: str, name: str, reason: str, by: str, at: datetime
) -> tuple[ContractorLine, bool]:
    """Let a contractor be known by a name no more, and no file bring it in again; tell whether that is new.

    Raises: UnknownKey with the nearest names, AmbiguousContractor, NotAllowed, BadValue without a reason.
    Source: docs/rules.md, N8.
    """
    authorize(find_actor(session, by), Action.KEEP_CONTRACTS)
    words = check_reason(reason)
    found = find_contractor(session, contractor)
    held = _held(session, found, contractor_key(name))
    if held is None:
        near = nearest(name, [one.name for one in found.in_use])
        raise UnknownKey(noun="contractor_name", key=visible(name[:60]), candidates=near)
    if held.removed_at is not None:
        return found, False
    held.removed_by, held.removed_at = by, at
    payload = {"contractor": found.name, "name": held.name, "reason": words}
    trail.record(session, at=at, actor=by, kind="contractor_name_removed", payload=payload)
    return found, True


def _held(session: Session, found: ContractorLine, key: str) -> ContractorName | None:
    return session.exec(
        select(ContractorName).where(ContractorName.contractor == found.key, ContractorName.folded == key)
    ).first()
