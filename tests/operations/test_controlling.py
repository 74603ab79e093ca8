import json

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations.controlling import control
from models.settings import LANGUAGES
from models.tables import BudgetLine, Contract, Parcel
from notifications import words
from notifications.control_report import as_rows
from tests.builders import AT, make_project
from tests.operations.books import make_contract, make_line


def overrun(session: Session, key: str = "sample-centre") -> Contract:
    return make_contract(session, make_line(session, make_project(session, key)), 100, reference=f"C-{key}")


def test_a_breach_is_told_once_and_listed_every_night(database: Engine) -> None:
    """B37."""
    with db.transaction(database) as session:
        overrun(session)
        first = control(session, at=AT)
    with db.transaction(database) as session:
        overrun(session, "other")
        second = control(session, at=AT)

    assert [(len(one.offences), one.told) for one in (first, second)] == [(1, 1), (2, 1)]
    with db.reading(database) as session:
        lines = session.exec(select(BudgetLine.id)).all()
        parcels = session.exec(select(Parcel).where(Parcel.kind == "control_failed")).all()
    assert {parcel.key for parcel in parcels} == {f"control:B27:{line}" for line in lines}
    assert json.loads(parcels[0].payload) == {
        "control": "line_over",
        "number": "B27",
        "severity": "block",
        "reference": "L1",
        "amount": "1.00 MAD",
        "limit": "0.00 MAD",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_says_what_is_wrong_and_by_how_much(
    session: Session, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "STRICT", True)
    overrun(session)
    (row,) = as_rows(control(session, at=AT).offences, language)
    cells = list(row.values())
    assert (cells[0], len(cells)) == ("B27", 7)
    assert "L1" in cells[4]
