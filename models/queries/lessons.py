"""What was learnt of how banks call parties, as people list it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from models.queries.partners import find_partner
from models.queries.signs import shown_id
from models.queries.statements import find_account
from models.rules.errors import UnknownKey
from models.rules.lessons import LessonKind, LessonSource
from models.tables import Lesson, Partner, StatementAccount


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson. `party`: the names in each language of whom it is about; no account: true of every one."""

    id: UUID
    account: str
    party: Mapping[str, str]
    partner: str | None
    kind: LessonKind
    value: str
    times: int
    source: LessonSource
    learnt_at: datetime
    forgotten_by: str | None
    forgotten_at: datetime | None
    reason: str

    @property
    def name(self) -> str:
        """The signs by which people name it."""
        return shown_id(self.id)


def list_lessons(
    session: Session, *, party: str | None = None, account: str | None = None, forgotten: bool = False
) -> tuple[LessonLine, ...]:
    """Return what is in use, or what was forgotten; `party`: a partner's key, or a contractor's name.

    Raises: UnknownKey for an account.
    """
    gone = col(Lesson.forgotten_at)
    where: list[ColumnElement[bool]] = [gone.is_not(None) if forgotten else gone.is_(None)]
    if account is not None:
        where.append(col(Lesson.account_id) == find_account(session, account).id)
    if party is not None:
        where.append(_of_party(session, party))
    rows = session.exec(
        select(Lesson, Partner, StatementAccount)
        .outerjoin(Partner, col(Partner.id) == col(Lesson.partner_id))
        .outerjoin(StatementAccount, col(StatementAccount.id) == col(Lesson.account_id))
        .where(*where)
        .order_by(col(Lesson.times).desc(), col(Lesson.value), col(Lesson.id))
    )
    return tuple(_line(*row) for row in rows)


def _of_party(session: Session, party: str) -> ColumnElement[bool]:
    try:
        found = find_partner(session, party)
    except UnknownKey:
        return or_(col(Lesson.contractor) == party)
    return col(Lesson.partner_id) == found.id


def _line(lesson: Lesson, partner: Partner | None, account: StatementAccount | None) -> LessonLine:
    names = {code: partner.name(code) if partner else lesson.contractor for code in ("ar", "fr", "en")}
    return LessonLine(
        id=lesson.id,
        account=account.key if account is not None else "",
        party=names,
        partner=partner.key if partner is not None else None,
        kind=lesson.kind,
        value=lesson.value,
        times=lesson.times,
        source=lesson.source,
        learnt_at=lesson.learnt_at,
        forgotten_by=lesson.forgotten_by,
        forgotten_at=lesson.forgotten_at,
        reason=lesson.forgotten_reason,
    )
