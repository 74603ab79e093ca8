import json

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations.controlling import control
from models.settings import LANGUAGES
from models.tables import Commitment, Parcel
from notifications import words
from notifications.control_report import as_rows
from tests.builders import AT, make_partner, make_project
from tests.operations.books import make_contract, make_line, promise, slice_of


def overrun(session: Session, key: str = "sample-centre") -> Commitment:
    """A promise of one dirham with a tranche of two."""
    promised = promise(session, make_project(session, key), make_partner(session, f"of-{key}"), 100)
    slice_of(session, promised, 200)
    return promised


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
        promises = session.exec(select(Commitment.id)).all()
        parcels = session.exec(select(Parcel).where(Parcel.kind == "control_failed")).all()
    assert {parcel.key for parcel in parcels} == {f"control:B20:{promised}" for promised in promises}
    assert json.loads(parcels[0].payload) == {
        "control": "tranches_over",
        "number": "B20",
        "severity": "block",
        "reference": "of-sample-centre CV-1",
        "amount": "2.00 MAD",
        "limit": "1.00 MAD",
    }


def test_a_line_that_is_passed_is_listed_at_night_and_told_in_the_morning(session: Session) -> None:
    """B37 and B45."""
    make_contract(session, make_line(session, make_project(session)), 100)

    report = control(session, at=AT)

    assert ([offence.number for offence in report.offences], report.told) == (["B27"], 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_says_what_is_wrong_and_by_how_much(
    session: Session, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "STRICT", True)
    overrun(session)
    (row,) = as_rows(control(session, at=AT).offences, language)
    cells = list(row.values())
    assert (cells[0], len(cells)) == ("B20", 7)
    assert "CV-1" in cells[4]
