"""A place of work of its own for each test, and calls of the terminal as a person makes them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlmodel import Session

from models import db
from models.operations.budgets import add_line
from models.rules.budgets import Nature
from models.rules.money import Money
from models.rules.stages import Stage
from notifications.catalogues import LOCALE
from tadshin.terminal.root import tadshin
from tests import builders
from tests.operations.books import plan

OURS = ("TADSHIN_", "LC_", "LANG")
CALL_SECONDS = 240
PROGRAM = Path(sys.executable).parent / "tadshin"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call printed, and how it ended."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Answer]


@pytest.fixture(scope="session", autouse=True)
def compiled_words() -> None:
    """Compile the catalogues that click reads, as `make setup` does."""
    for source in LOCALE.glob("*/LC_MESSAGES/terminal.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file, NamedTemporaryFile(dir=source.parent, delete=False) as fresh:
            write_mo(fresh, read_po(file, locale=source.parts[-3]))
        Path(fresh.name).replace(compiled)  # whole at once: other tests may read it now


@pytest.fixture
def place(
    settings_env: Callable[..., None], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """A prepared database, and the settings that name it."""
    for name in ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE", "TADSHIN_USER", "TADSHIN_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    settings_env(database_url=database_url, home=tmp_path / "home")
    engine = db.engine()
    yield engine
    engine.dispose()


@pytest.fixture
def books(place: Engine) -> Engine:
    """Two projects and one person of each role, whose login is the role's name."""
    with db.transaction(place) as session:
        _fill(session)
    return place


def _fill(session: Session) -> None:
    builders.make_staff(session)
    builders.make_project(session)
    builders.make_project(session, "other-centre", province="fes", region="fes-meknes")


@pytest.fixture
def line(books: Engine) -> Engine:
    """The same, with the budget line T1 of 1 200 000.00 for works on sample-centre, of January 2025."""
    with db.transaction(books) as session:
        add_line(
            session,
            project="sample-centre",
            code="T1",
            stage=Stage.CONSTRUCTION,
            nature=Nature.WORKS,
            amount=Money(1_200_000_00),
            decided_on=date(2025, 1, 2),
            by="finance",
            at=builders.AT,
        )
    return books


@pytest.fixture
def planned(books: Engine) -> Engine:
    """The same, with the lines of sample-centre complete, a second finance person and a council."""
    with db.transaction(books) as session:
        plan(session)
        builders.make_person(session, "finance-2", "finance")
        builders.make_partner(session)
    return books


@pytest.fixture
def call(place: Engine) -> Call:
    """Call the program in this process: `call("project", "show", "sample-centre")`."""
    return answer


@pytest.fixture(scope="session")
def report_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place made by `tadshin init` with the report and the samples; tests take copies of it."""
    home = tmp_path_factory.mktemp("report") / "var"
    made = run("init", "--with-report-2021", "--with-samples", home=home)
    assert made.exit == 0, made
    return home


@pytest.fixture
def place_of_work(report_home: Path, tmp_path: Path) -> Path:
    """The home of a place with the report and the samples, for calls of the installed program."""
    return Path(shutil.copytree(report_home, tmp_path / "var"))


def answer(*arguments: str, **environment: str) -> Answer:
    """Make one call and return what it printed, each stream by itself."""
    result = CliRunner().invoke(tadshin, list(arguments), env=environment or None)
    assert not isinstance(result.exception, Exception), result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def run(*arguments: str, home: Path, **environment: str) -> Answer:
    """Call the installed program as a shell does."""
    done = subprocess.run(
        [str(PROGRAM), *arguments],
        env=environment_of(home, **environment),
        cwd=home.parent,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=CALL_SECONDS,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def environment_of(home: Path, **environment: str) -> dict[str, str]:
    """Return the variables of a process that works in a place, and in no other that the tests set."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**clean, "PYTHONUTF8": "1", "TADSHIN_HOME": str(home), **environment}
