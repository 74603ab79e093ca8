"""Which suggestions are open still: one whose call or certificate was paid otherwise since is overtaken."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from models.queries.owed import CALL_LEFT, CERTIFICATE_LEFT
from models.rules.reconciliation import MatchStatus
from models.rules.tranches import CallState
from models.tables import Certificate, FundingCall, Match, MatchPart
from models.tables.columns import table_of

_MATCHES, _PARTS = table_of(Match), table_of(MatchPart)
_CALLS, _CERTIFICATES = table_of(FundingCall), table_of(Certificate)


def is_offered(line: Any) -> ColumnElement[bool]:
    """Tell whether something is suggested for a line, by its id, that can be accepted still.

    Source: docs/rules.md, R23.
    """
    own, every = _PARTS.alias(), _PARTS.alias()
    lacking = exists().where(
        every.c.match_id == _MATCHES.c.id, or_(_call_paid(every), _certified_paid(every))
    )
    return exists().where(
        own.c.line_id == line,
        own.c.match_id == _MATCHES.c.id,
        _MATCHES.c.status == MatchStatus.SUGGESTED,
        not_(lacking),
    )


def _call_paid(part: Any) -> ColumnElement[bool]:
    owed = exists().where(_CALLS.c.id == part.c.call_id, _CALLS.c.state == CallState.ISSUED, CALL_LEFT > 0)
    return and_(part.c.call_id.is_not(None), not_(owed))


def _certified_paid(part: Any) -> ColumnElement[bool]:
    owed = exists().where(_CERTIFICATES.c.id == part.c.certificate_id, CERTIFICATE_LEFT > 0)
    return and_(part.c.certificate_id.is_not(None), not_(owed))
