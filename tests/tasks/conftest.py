"""Books that a run can match."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models import db
from tests.builders import make_staff
from tests.operations.statements import Bank, make_bank, write_line


@pytest.fixture(autouse=True)
def home(settings_env: Callable[..., None], tmp_path: Path) -> Path:
    """A place of its own, where what a run read is kept."""
    settings_env(home=tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def bank(database: Engine) -> Bank:
    """The books of `make_bank`, with a line that pays the first call and one for the first account."""
    with db.transaction(database) as session:
        make_staff(session)
        made = make_bank(session)
        write_line(session, made.file, 300_000_00, label="VIR RECU AF-2026-0001", counterparty="COUNCIL")
        write_line(session, made.file, -100_000_00, label="VIR M-7/2026 D1", reference="M-7/2026 D01")
    return made
