"""A file that the night refused is told to finance, once; one that a person brings in is not."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from intake.statements import inbox
from models import db
from models.clock import now
from models.settings import load_settings
from models.tables import Parcel
from tasks.taking_in import take_in_all
from tests.builders import make_staff
from tests.operations.statements import make_account

LATER = inbox.QUIET + timedelta(seconds=1)


@pytest.fixture
def folder(database: Engine, database_url: str, settings_env: Callable[..., None], tmp_path: Path) -> Path:
    """The inbox of an account."""
    settings_env(home=tmp_path / "home", database_url=database_url)
    with db.transaction(database) as session:
        make_staff(session)
        make_account(session, "bank-1")
    made = load_settings().inbox_folder / "bank-1"
    made.mkdir(parents=True)
    return made


def told(engine: Engine) -> list[dict[str, object]]:
    with db.reading(engine) as session:
        query = select(Parcel.payload).where(Parcel.kind == "statement_refused").order_by(col(Parcel.id))
        return [json.loads(payload) for payload in session.exec(query)]


def test_a_file_that_is_refused_at_night_is_told_once(database: Engine, folder: Path) -> None:
    """J21: once for what it holds, under whatever name."""
    for name in ("march.csv", "again\u202e.csv"):
        (folder / name).write_text("nothing that a bank writes\n")
        (one,) = take_in_all(now() + LATER)
        assert one.is_refused
    (folder / "april.csv").write_text("something else\n")
    take_in_all(now() + LATER)

    assert told(database) == [
        {"account": "bank-1", "file": "march.csv", "problems": 0},
        {"account": "bank-1", "file": "april.csv", "problems": 0},
    ]


def test_who_empties_the_inbox_by_hand_is_told_at_once_and_nobody_else(
    database: Engine, folder: Path
) -> None:
    """J21."""
    (folder / "march.csv").write_text("nothing that a bank writes\n")
    (one,) = take_in_all(now() + LATER, by="finance")

    assert one.is_refused
    assert told(database) == []
