"""Changes of money of each kind, proposed and decided for the tests."""

import json
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.operations.four_eyes import decide, propose_change
from models.rules.four_eyes import MoneyChange
from models.rules.money import Money
from models.tables import MoneyProposal, Parcel
from tests.builders import AT
from tests.operations.books import TODAY

REASON = "Sample reason: decided by the committee"
FEE = UUID(int=1)
"""The line of a fee, in the books of these tests."""

TERMS: dict[MoneyChange, dict[str, Any]] = {
    MoneyChange.BUDGET_REVISION: {"line": "WORKS"},
    MoneyChange.BUDGET_TRANSFER: {"source": "WORKS", "target": "EQUIPMENT"},
    MoneyChange.COMMITMENT: {
        "partner": "council",
        "reference": "CV-2",
        "in_kind": False,
        "signed_on": TODAY,
        "budget_year": 2026,
        "budget_line": "12",
    },
    MoneyChange.COMMITMENT_RELEASE: {
        "partner": "council",
        "commitment": "CV-1",
        "kind": "written_off",
        "decided_on": TODAY,
        "reference": "D-1",
        "amendment": None,
    },
    MoneyChange.PARTNER_DETAILS: {
        "partner": "council",
        "name_ar": "مجلس المثال",
        "name_fr": "Conseil d'exemple",
        "name_en": "Sample council",
        "type": "ministry",
    },
    MoneyChange.BANK_MATCH: {
        "line": FEE.hex,
        "match": "fee",
        "pieces": [[FEE.hex, -11_00, "", "", ""]],
        "undoes": "",
        "stage": "person",
        "share": 0,
        "points": 0,
        "evidence": [],
        "why": "Sample",
        "rules_version": "",
    },
}


def asked(session: Session, change: MoneyChange, amount: Money, **changes: Any) -> MoneyProposal:
    master = change in (MoneyChange.PARTNER_DETAILS, MoneyChange.BANK_MATCH)
    given: dict[str, Any] = {
        "project": None if master else "sample-centre",
        "terms": TERMS[change],
        "reason": REASON,
        "by": "finance",
        "at": AT,
    }
    return propose_change(session, change=change, amount=amount, **(given | changes))


def decided(session: Session, proposal: MoneyProposal, by: str, **changes: Any) -> MoneyProposal:
    given: dict[str, Any] = {"approve": True, "at": AT}
    return decide(session, proposal=proposal.id, by=by, **(given | changes))


def told(session: Session) -> list[tuple[str, dict[str, Any]]]:
    parcels = session.exec(select(Parcel).order_by(col(Parcel.id))).all()
    return [(parcel.kind, json.loads(parcel.payload)) for parcel in parcels]
