"""What certain matches and people's decisions taught of parties and references; shown, and forgotten."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from models.operations import trail
from models.operations.import_write import row_of
from models.operations.line_entries import in_parts, write_rows
from models.queries.people import find_actor
from models.queries.signs import find_by_signs, shown_id
from models.rules.authority import Action, authorize
from models.rules.lessons import LONGEST_LESSON, LessonKind, LessonSource, fingerprint
from models.rules.projects import check_reason
from models.rules.reconciliation import Taught
from models.tables import Lesson

_Place = tuple[UUID, LessonKind, str, str]
"""The account, kind, party and text of a lesson."""


def learn(
    session: Session,
    taught: Iterable[Taught],
    matches: Mapping[UUID, UUID],
    *,
    source: LessonSource,
    at: datetime,
) -> int:
    """Keep what booked lines taught; what was forgotten only a person teaches again. Return what is new.

    `matches`: the match of each line that was booked; other lines teach nothing.
    Source: docs/rules.md, R15.
    """
    times: Counter[_Place] = Counter()
    last: dict[_Place, UUID] = {}
    for one in taught:
        if one.line in matches and one.value.strip():
            place = (one.account, one.kind, one.party, one.value[:LONGEST_LESSON])
            times[place] += 1
            last[place] = matches[one.line]
    prints = {fingerprint(*place): place for place in times}
    in_use, forgotten = _known(session, prints)
    rows = []
    for print_, place in prints.items():
        account, kind, party, value = place
        if print_ in in_use:
            in_use[print_].times += times[place]
            in_use[print_].match_id = last[place]
        elif print_ not in forgotten or source is LessonSource.PERSON:
            rows.append(
                row_of(
                    Lesson,
                    fingerprint=print_,
                    account_id=account,
                    kind=kind,
                    partner_id=_partner(party),
                    contractor="" if _partner(party) else party[:LONGEST_LESSON],
                    value=value,
                    times=times[place],
                    source=source,
                    match_id=last[place],
                    learnt_at=at,
                )
            )
    session.flush()
    write_rows(session, Lesson, rows)
    return len(rows)


def unlearn(session: Session, *, match: UUID, by: str, reason: str, at: datetime) -> int:
    """Take back what a match taught last, for it was taken back itself."""
    found = session.exec(
        select(Lesson).where(Lesson.match_id == match, col(Lesson.forgotten_at).is_(None))
    ).all()
    for lesson in found:
        lesson.match_id = None
        if lesson.times > 1:
            lesson.times -= 1
        else:
            _forget(lesson, by, reason, at)
    return len(found)


def forget(session: Session, *, lesson: str, reason: str, by: str, at: datetime) -> tuple[Lesson, bool]:
    """Let a lesson count no more, and no run learn it again; tell whether that is new.

    Raises: UnknownKey, SeveralFound, NotAllowed, BadValue without a reason.
    Source: docs/rules.md, R15.
    """
    authorize(find_actor(session, by), Action.RECONCILE)
    found = find_by_signs(session, Lesson, "lesson", lesson)
    words = check_reason(reason)
    if found.forgotten_at is not None:
        return found, False
    _forget(found, by, words, at)
    payload = {"lesson": shown_id(found.id), "value": found.value, "reason": words}
    trail.record(session, at=at, actor=by, kind="lesson_forgotten", payload=payload)
    return found, True


def _forget(lesson: Lesson, by: str, reason: str, at: datetime) -> None:
    lesson.forgotten_at, lesson.forgotten_by, lesson.forgotten_reason = at, by, reason


def _known(session: Session, prints: Iterable[str]) -> tuple[dict[str, Lesson], set[str]]:
    in_use: dict[str, Lesson] = {}
    forgotten: set[str] = set()
    for few in in_parts(prints):
        for lesson in session.exec(select(Lesson).where(col(Lesson.fingerprint).in_(few))):
            if lesson.forgotten_at is None:
                in_use[lesson.fingerprint] = lesson
            else:
                forgotten.add(lesson.fingerprint)
    return in_use, forgotten


def _partner(party: str) -> UUID | None:
    """Return the partner that a party is, or None for a contractor, who is known by name alone."""
    try:
        return UUID(hex=party)
    except ValueError:
        return None
