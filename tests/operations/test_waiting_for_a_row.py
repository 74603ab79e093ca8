"""Somebody else goes on writing: after a while the writer is told, on either database."""

import pytest
from sqlmodel import select

from models import db
from models.db import StoreUnavailable
from models.operations import trail
from models.tables import TrailEntry
from tests.builders import AT, make_staff


def test_a_writer_does_not_wait_for_ever(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 1)
    engine = db.open_engine(database_url)
    try:
        with db.transaction(engine) as session:
            make_staff(session)
            trail.record(session, at=AT, actor="tests", kind="sample", payload={})
        with db.transaction(engine) as holding:
            trail.record(holding, at=AT, actor="first", kind="sample", payload={})
            with pytest.raises(StoreUnavailable) as told, db.transaction(engine) as waiting:
                trail.record(waiting, at=AT, actor="second", kind="sample", payload={})
        assert told.value.details["problem"] == "store_locked"
        with db.reading(engine) as session:
            assert "second" not in session.exec(select(TrailEntry.actor)).all()
    finally:
        engine.dispose()
