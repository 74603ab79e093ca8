"""What a decision about a bank line that waits for a second person would do: read out of its terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.queries.four_eyes import ChangeLine
from models.queries.owed import read_owed
from models.queries.signs import shown_id
from models.queries.statement_lines import load_line
from models.rules.four_eyes import MoneyChange
from models.rules.money import Money
from models.rules.reconciliation import MatchKind
from models.tables import MatchPart

Row = tuple[str, str, int]
"""The name of a call, certificate or other line, its project (or ""), and centimes."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A bank line, what it would pay (or which other line it belongs to), and what is taken back of it.

    `kind` is None where it is only taken back. Of a match of several lines the parts of all are told;
    `reopens` are the lines of it that would be open again.
    """

    line: str
    account: str
    day: str
    amount: Money
    text: str
    kind: MatchKind | None
    books: tuple[Row, ...]
    takes_back: tuple[Row, ...]
    reopens: tuple[str, ...] = ()


def line_change(session: Session, line: ChangeLine) -> LineChange | None:
    """Return what a proposed decision about a line would do; None for every other change.

    Source: docs/rules.md, R16.
    """
    if line.change is not MoneyChange.BANK_MATCH:
        return None
    terms = line.terms
    found = load_line(session, terms["line"])
    match = UUID(hex=terms["undoes"]) if terms["undoes"] else None
    parts = session.exec(
        select(MatchPart).where(MatchPart.match_id == match).order_by(col(MatchPart.id))
    ).all()
    undone = [(one.amount_centimes, one.call_id or one.certificate_id, one.other_line_id) for one in parts]
    return LineChange(
        line=found.name,
        account=found.account,
        day=found.day.isoformat(),
        amount=found.amount,
        text=" · ".join(text for text in (found.label, found.counterparty, found.reference) if text),
        kind=MatchKind(terms["match"]) if terms["match"] else None,
        books=_rows(session, [_piece(*one) for one in terms["pieces"]]),
        takes_back=_rows(session, undone),
        reopens=tuple(sorted({shown_id(one.line_id) for one in parts} - set(_lines(terms["pieces"])))),
    )


def _lines(pieces: Sequence[Sequence[Any]]) -> list[str]:
    return [shown_id(UUID(hex=line)) for line, *_rest in pieces]


def _piece(
    _line: str, amount: int, call: str, certificate: str, other: str
) -> tuple[int, UUID | None, UUID | None]:
    target = call or certificate
    return amount, UUID(hex=target) if target else None, UUID(hex=other) if other else None


def _rows(session: Session, pieces: Sequence[tuple[int, UUID | None, UUID | None]]) -> tuple[Row, ...]:
    owed = read_owed(session, {target for _amount, target, _other in pieces if target is not None})
    rows: list[Row] = []
    for amount, target, other in pieces:
        if target is not None:
            rows.append((owed[target].name, owed[target].project_key, amount))
        elif other is not None:
            rows.append((shown_id(other), "", amount))
    return tuple(rows)
