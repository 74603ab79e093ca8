"""What is suggested for open lines: kept as matches that wait for a person, replaced by each run."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from models.operations.booking import Author, known_matches, lapse, match_row, part_row
from models.operations.line_decisions import SENT_BACK
from models.operations.line_entries import in_parts, write_rows
from models.rules.reconciliation import Decision, MatchStatus, match_id
from models.tables import Match, MatchPart
from models.tables.columns import table_of

Pair = tuple[UUID, UUID]
"""A line, and a call or certificate."""


def suggest(
    session: Session, offers: Sequence[Decision], lines: Collection[UUID], author: Author
) -> tuple[int, int]:
    """Let these be what is suggested for some open lines; return how many came and how many went.

    Source: docs/rules.md, R10.
    """
    by_id = {match_id(MatchStatus.SUGGESTED, one.kind, one.pieces): one for one in offers}
    gone = lapse(session, lines, kept=frozenset(by_id))
    known = known_matches(session, by_id)
    new = {id_: one for id_, one in by_id.items() if id_ not in known}
    write_rows(
        session, Match, [match_row(id_, one, MatchStatus.SUGGESTED, author) for id_, one in new.items()]
    )
    write_rows(
        session, MatchPart, [part_row(id_, piece) for id_, one in new.items() for piece in one.pieces]
    )
    return len(new) + _take_up(session, known, by_id), gone


def _take_up(session: Session, known: Collection[UUID], by_id: dict[UUID, Decision]) -> int:
    """Suggest again what was suggested before; what a person has refused is none of these."""
    table = table_of(Match)
    whole = 0
    for few in in_parts(known):
        found = session.connection().execute(
            select(table.c.id, table.c.rank, table.c.status).where(table.c.id.in_(few))
        )
        for id_, rank, status in found.all():
            wanted = by_id[id_].rank
            if (rank, status) == (wanted, MatchStatus.SUGGESTED):
                continue
            whole += status is not MatchStatus.SUGGESTED
            session.connection().execute(
                update(table).where(table.c.id == id_).values(rank=wanted, status=MatchStatus.SUGGESTED)
            )
    return whole


def refused_pairs(session: Session, lines: Collection[UUID]) -> set[Pair]:
    """Return what people have refused for some lines: pairs rejected, or booked and taken back.

    What was taken back with a line that the bank sent back was refused by nobody.
    Source: docs/rules.md, R10.
    """
    matches, parts = table_of(Match), table_of(MatchPart)
    undone = matches.alias("undone")
    found: set[Pair] = set()
    for few in in_parts(set(lines)):
        query = (
            select(parts.c.line_id, parts.c.call_id, parts.c.certificate_id, parts.c.other_line_id)
            .join(matches, matches.c.id == parts.c.match_id)
            .outerjoin(undone, undone.c.undoes_id == matches.c.id)
            .where(
                parts.c.line_id.in_(few),
                (matches.c.status == MatchStatus.REJECTED)
                | ((matches.c.status == MatchStatus.BOOKED) & (undone.c.stage != SENT_BACK)),
            )
        )
        for line, *targets in session.connection().execute(query):
            found |= {(line, target or line) for target in (next(filter(None, targets), None),)}
    return found


def is_refused(decision: Decision, refused: Collection[Pair]) -> bool:
    """Tell whether a person has refused any part of a decision."""
    return any((one.line, one.target or one.other or one.line) in refused for one in decision.pieces)
