"""`make run` from end to end: a first start, the story, Ctrl-C, a second start."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import db
from models.clock import local_day, now
from models.queries import trail
from models.queries.controls import run_controls
from models.queries.projects import find_project
from models.rules.stages import Stage
from models.settings import ROOT
from models.tables import (
    Acceptance,
    BudgetLine,
    Certificate,
    Commitment,
    Contract,
    Convention,
    Evidence,
    FeedMessage,
    FundingCall,
    Milestone,
    MoveRequest,
    Outcome,
    Parcel,
    Payment,
    Project,
    Receipt,
    Security,
    StageChange,
    TrailEntry,
)
from tests.flows.conftest import free_port

FIRST_START_SECONDS = 240
SECOND_START_SECONDS = 180
TAMESNA, RAHMA = "tamesna-complex", "rahma-cmp"
MARKED = re.compile("SAMPLE|EXEMPLE")
MONEY = (
    Commitment,
    Convention,
    BudgetLine,
    Contract,
    Certificate,
    Payment,
    FundingCall,
    Receipt,
    TrailEntry,
)

Run = dict[str, str]


@pytest.fixture(scope="module")
def place() -> Iterator[Run]:
    """The environment of a place of work nobody has used yet."""
    # Not in pytest's own folder: another run closes it to the account that the database runs as.
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TADSHIN_")}
        yield kept | {
            "TADSHIN_HOME": home,
            "TADSHIN_PREFECT_PORT": str(free_port()),
            "TADSHIN_LANGUAGE": "en",
        }


@pytest.fixture(scope="module")
def first_start(place: Run) -> Iterator[str]:
    """What the first start printed, with the demonstration serving."""
    with _demonstration(place, FIRST_START_SECONDS) as printed:
        yield printed


@pytest.fixture
def session(place: Run, first_start: str) -> Iterator[Session]:
    engine: Engine = db.open_engine(f"sqlite:///{Path(place['TADSHIN_HOME']) / 'tadshin.db'}")
    with db.reading(engine) as opened:
        yield opened
    engine.dispose()


@contextmanager
def _demonstration(place: Run, patience: float) -> Iterator[str]:
    log = Path(place["TADSHIN_HOME"]) / f"demo-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tadshin", "demo"], env=place, cwd=ROOT, stdout=output, stderr=output
        )
    family: list[psutil.Process] = []
    try:
        _until(lambda: "Ctrl-C" in log.read_text() or process.poll() is not None, patience)
        assert process.poll() is None, log.read_text()
        family = psutil.Process(process.pid).children(recursive=True)
        yield log.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(180)
    assert process.returncode == 0, log.read_text()
    assert family, "the orchestrator and the schedules are processes of their own"
    _until(lambda: not any(_lives(child) for child in family), 60)


def _lives(child: psutil.Process) -> bool:
    return child.is_running() and child.status() != psutil.STATUS_ZOMBIE


def _until(true: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.1)


def _tadshin(place: Run, *words: str) -> tuple[int, Any]:
    command = [sys.executable, "-m", "tadshin", *words, "--json"]
    done = subprocess.run(command, env=place, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_refusal_names_what_tamesna_lacks(first_start: str) -> None:
    for words in ("Partnership agreement", "Land free", "Building permit", "Tender notice"):
        assert words in first_start
    assert all(rule in first_start for rule in ("G1.9a", "G1.9b", "G1.9c"))


def test_tamesna_was_refused_first_and_moved_after_three_hands(session: Session) -> None:
    tamesna = find_project(session, TAMESNA)
    assert (tamesna.stage, tamesna.budget_centimes) == (Stage.CONSTRUCTION, 85_000_000_00)
    outcomes = session.exec(
        select(MoveRequest.outcome)
        .where(MoveRequest.project_id == tamesna.id)
        .order_by(col(MoveRequest.asked_at))
    ).all()
    assert outcomes[:2] == [Outcome.REFUSED, Outcome.MOVED]
    codes = session.exec(select(Milestone.code).where(Milestone.project_id == tamesna.id)).all()
    assert {"works_started", "works_complete"} <= set(codes)


def test_the_books_lack_for_tamesna_what_the_works_need(first_start: str) -> None:
    refusal = first_start[: first_start.index("is completed")]
    assert all(rule in refusal for rule in ("G1.8a", "G1.8b"))
    assert "no works contract is in the books" in refusal


def test_the_sample_dossier_is_marked_and_pays_for_tamesna_to_the_centime(session: Session) -> None:
    tamesna = find_project(session, TAMESNA)
    promised = session.exec(select(Commitment).where(Commitment.project_id == tamesna.id)).all()
    share = tamesna.foundation_share_centimes or 0
    assert sum(one.amount_centimes for one in promised) + share == 85_000_000_00
    pieces = session.exec(select(Evidence).where(Evidence.project_id == tamesna.id)).all()
    assert pieces
    assert all(piece.sample for piece in pieces)


def test_the_alert_is_in_the_feed_in_arabic_and_in_french(session: Session) -> None:
    tamesna = find_project(session, TAMESNA)
    parcel = session.exec(
        select(Parcel).where(Parcel.project_id == tamesna.id, Parcel.kind == "stage_entered")
    ).one()
    assert parcel.addressed_at is not None
    french = session.exec(select(FeedMessage.text).where(FeedMessage.language == "fr")).all()
    arabic = session.exec(select(FeedMessage.text).where(FeedMessage.language == "ar")).all()
    assert any(tamesna.name_fr in text and "travaux" in text for text in french)
    assert any(tamesna.name_ar in text and "الأشغال" in text for text in arabic)


def test_rahma_went_through_equipment_to_launch_and_is_commissioned(session: Session) -> None:
    rahma = find_project(session, RAHMA)
    assert (rahma.stage, rahma.budget_centimes) == (Stage.LAUNCH, 75_000_000_00)
    entered = session.exec(
        select(StageChange.entered)
        .where(StageChange.project_id == rahma.id)
        .order_by(col(StageChange.moved_at))
    ).all()
    assert entered == [Stage.EQUIPMENT, Stage.LAUNCH]
    commissioned = session.exec(
        select(Milestone).where(Milestone.project_id == rahma.id, Milestone.code == "commissioning")
    ).one()
    assert commissioned.actual is not None


def test_the_portfolio_is_the_real_one(place: Run, first_start: str) -> None:
    code, answer = _tadshin(place, "portfolio", "list")
    assert code == 0
    assert len(answer["projects"]) == 27
    assert answer["total"] == {"centimes": 452_500_000_00, "currency": "MAD"}


def test_a_move_repeated_and_one_without_right_change_nothing(place: Run, session: Session) -> None:
    before = len(session.exec(select(StageChange)).all())
    again, told = _tadshin(place, "project", "advance", TAMESNA, "--to", "construction", "--as", "officer")
    stranger, refused = _tadshin(
        place, "project", "advance", TAMESNA, "--to", "equipment", "--as", "auditor"
    )

    assert (again, stranger) == (5, 4)
    assert "director" in json.dumps(told)
    assert refused["error"] == "not_allowed"
    session.rollback()
    assert len(session.exec(select(StageChange)).all()) == before


def test_every_centre_has_sample_books_that_add_up(session: Session) -> None:
    """Partners, the foundation's share and the gap come to the budget of each of the 27."""
    promised = _sums(session, Commitment.project_id, Commitment.amount_centimes)
    for project in session.exec(select(Project)).all():
        others = (project.foundation_share_centimes or 0) + (project.gap_centimes or 0)
        assert promised[project.id] + others == project.budget_centimes, project.key
    for model in (Commitment, BudgetLine, Contract):
        assert len(session.exec(select(model.project_id).distinct()).all()) == 27, model


def test_all_the_money_is_marked_as_a_sample(session: Session) -> None:
    marked: tuple[Any, ...] = (
        *(Convention.reference, Commitment.reference, Contract.reference, Contract.contractor),
        *(BudgetLine.code, Receipt.reference, Certificate.reference, Payment.reference),
        *(Acceptance.reference, Security.reference),
    )
    for column in marked:
        references = session.exec(select(column)).all()
        assert references, column
        assert all(MARKED.match(reference) for reference in references), column
    issued = session.exec(select(FundingCall.number).where(col(FundingCall.number).is_not(None))).all()
    assert issued
    assert all(MARKED.match(number or "") for number in issued)
    for model in (Convention, Contract):
        assert all(session.exec(select(model.sample)).all()), model


def test_the_papers_of_the_money_are_marked_as_samples(session: Session) -> None:
    """The partners' conventions, and what the gates took for a paper of the money."""
    codes = ("partnership_convention", "works_contract", "performance_bond", "first_tranches_received")
    pieces = session.exec(select(Evidence).where(col(Evidence.code).in_(codes))).all()
    assert {piece.code for piece in pieces} == set(codes)
    assert all(piece.sample and piece.reference.startswith("SAMPLE") for piece in pieces)


def test_no_control_finds_anything_in_the_demonstration(session: Session) -> None:
    assert run_controls(session, today=local_day(now())) == ()


def test_the_money_says_where_to_look(first_start: str) -> None:
    for command in ("money position", f"money gap {TAMESNA}", "money controls"):
        assert f".venv/bin/tadshin {command}" in first_start


def test_the_trail_holds(session: Session) -> None:
    assert not trail.verify(session).breaks


def test_the_second_start_is_quick_and_repeats_nothing(place: Run, first_start: str) -> None:
    """Stands last: it ends the first start, which the tests before it need."""
    engine = db.open_engine(f"sqlite:///{Path(place['TADSHIN_HOME']) / 'tadshin.db'}")
    os.kill(int((Path(place["TADSHIN_HOME"]) / "orchestrator.lock").read_text()), signal.SIGINT)
    _until(lambda: not _serving(place), 180)
    before = _counts(engine)
    with _demonstration(place, SECOND_START_SECONDS) as printed:
        assert re.search("nothing is repeated", printed)
        assert _counts(engine) == before
    engine.dispose()


def _serving(place: Run) -> bool:
    pid = int((Path(place["TADSHIN_HOME"]) / "orchestrator.lock").read_text())
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _counts(engine: Engine) -> list[int]:
    with db.reading(engine) as session:
        tables = (Project, Evidence, StageChange, Milestone, Parcel, FeedMessage, MoveRequest, TrailEntry)
        return [len(session.exec(select(table)).all()) for table in (*tables, *MONEY)]


def _sums(session: Session, key: Any, amount: Any) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for owner, centimes in session.exec(select(key, amount)):
        found[owner] += centimes
    return found
