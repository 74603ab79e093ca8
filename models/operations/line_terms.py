"""A person's decision about a line, as the terms of a proposal keep it until a second person decides."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from models.operations.line_decisions import Act
from models.rules.errors import BadValue
from models.rules.projects import LONGEST_TEXT, check_text
from models.rules.reconciliation import Decision, Evidence, MatchKind, Piece

NAMES = (
    *("line", "match", "pieces", "undoes", "stage", "share", "points"),
    *("evidence", "why", "rules_version"),
)
"""The names of the terms of a decision."""


def as_terms(act: Act) -> Mapping[str, Any]:
    """Return a decision as JSON can hold it."""
    booked = act.booked or Decision(MatchKind.OTHER, ())
    return {
        "line": act.line.hex,
        "match": act.booked.kind if act.booked is not None else "",
        "pieces": [_piece(one) for one in booked.pieces],
        "undoes": _hex(act.undoes),
        "stage": booked.stage,
        "share": booked.share,
        "points": booked.points,
        "evidence": [[one.name, one.level, one.points] for one in booked.evidence],
        "why": act.reason,
        "rules_version": act.rules_version,
    }


def from_terms(terms: Mapping[str, Any]) -> Act:
    """Return the decision that terms keep.

    Raises: BadValue for terms that are none.
    """
    try:
        return _read(terms)
    except (AttributeError, TypeError, ValueError):
        raise BadValue(field="terms", value="line", reason="terms_differ") from None


def _read(terms: Mapping[str, Any]) -> Act:
    booked = None
    if terms["match"]:
        booked = Decision(
            MatchKind(terms["match"]),
            tuple(
                Piece(UUID(hex=line), int(amount), *(_id(one) for one in targets))
                for line, amount, *targets in terms["pieces"]
            ),
            stage=_text(terms, "stage"),
            share=int(terms["share"]),
            points=int(terms["points"]),
            evidence=tuple(Evidence(*one) for one in terms["evidence"]),
        )
        if not booked.pieces:
            raise ValueError("pieces")
    line = UUID(hex=terms["line"])
    why, version = _text(terms, "why", LONGEST_TEXT), _text(terms, "rules_version")
    return Act(line, booked, _id(terms["undoes"]), why, version)


def _text(terms: Mapping[str, Any], name: str, longest: int = 40) -> str:
    """Return a text of the terms, one that its column holds."""
    value = terms[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return check_text("terms", value, longest)


def _piece(piece: Piece) -> list[Any]:
    targets = (piece.call, piece.certificate, piece.other)
    return [piece.line.hex, piece.amount, *(_hex(one) for one in targets)]


def _hex(one: UUID | None) -> str:
    return one.hex if one is not None else ""


def _id(text: str) -> UUID | None:
    return UUID(hex=text) if text else None
