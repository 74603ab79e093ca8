"""What goes into a dossier: who may add it, what supersedes what, and the files behind it."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db, storage
from models.clock import local_day
from models.operations.evidence import add_evidence
from models.queries.dossiers import load_dossier
from models.queries.evidence import FileProblem, find_file, list_evidence, verify_files
from models.rules.authority import NotAllowed, Role
from models.rules.dossier import Proof
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.evidence import EVIDENCE, FINANCE_OWNED, Form, Unit
from models.tables import Evidence, StoredFile
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations.kept import trail_of

TODAY = local_day(AT)
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def dossier(session: Session) -> Session:
    """A centre with an empty dossier, and one person of each role."""
    make_project(session)
    make_staff(session)
    return session


@pytest.fixture
def prepared(database: Engine) -> Engine:
    """A database with a centre and one person of each role, committed."""
    with db.transaction(database) as session:
        make_project(session)
        make_staff(session)
    return database


def add(session: Session, code: str = "building_permit", **changes: Any) -> Evidence:
    """Add a piece as an officer does, or with the changes a test is about."""
    given: dict[str, Any] = {
        "project": "sample-centre",
        "on": TODAY,
        "value": None,
        "reference": "N° 12/2026",
        "file": None,
        "by": "officer",
        "at": AT,
    }
    return add_evidence(session, code=code, **(given | changes))


def test_a_piece_is_added_and_the_gate_sees_it(dossier: Session) -> None:
    piece = add(dossier, "works_contract", value=9_000_000_00)

    project = make_project(dossier, "another")
    assert load_dossier(dossier, project, TODAY).proofs == {}
    line = list_evidence(dossier, "sample-centre")[0]
    assert (line.id, line.code, line.form, line.unit) == (
        piece.id,
        "works_contract",
        Form.DOCUMENT,
        Unit.DIRHAM,
    )
    assert (line.on, line.value, line.reference, line.file) == (TODAY, 9_000_000_00, "N° 12/2026", None)
    assert (line.added_by, line.added_at, line.current, line.sample) == ("officer", AT, True, False)


def test_the_trail_keeps_enough_to_rebuild_a_piece(dossier: Session) -> None:
    older = add(dossier, on=date(2026, 1, 5))
    newer = add(dossier, reference="N° 13/2026")

    first, then = trail_of(dossier, "evidence_added")
    assert first == {
        "evidence": str(older.id),
        "code": "building_permit",
        "form": "document",
        "on": "2026-01-05",
        "value": None,
        "reference": "N° 12/2026",
        "sha256": None,
        "supersedes": None,
        "sample": False,
    }
    assert (then["evidence"], then["supersedes"]) == (str(newer.id), str(older.id))


def test_a_newer_piece_supersedes_the_older_one_which_is_kept(dossier: Session) -> None:
    """E9: newer is what was added later, whatever its own date."""
    add(dossier, on=TODAY, reference="first")
    later = AT + timedelta(hours=1)
    add(dossier, on=date(2025, 1, 1), reference="second", at=later)

    assert [line.reference for line in list_evidence(dossier, "sample-centre")] == ["second"]
    every = list_evidence(dossier, "sample-centre", superseded=True)
    assert [(line.reference, line.superseded_at) for line in every] == [("second", None), ("first", later)]
    project = dossier.get_one(Evidence, every[0].id).project_id
    assert {proof.project_id for proof in dossier.exec(select(Evidence))} == {project}


def test_the_pieces_are_listed_in_the_order_of_the_catalogue(dossier: Session) -> None:
    for code in ("definitive_acceptance", "needs_note", "building_permit"):
        add(dossier, code)

    assert [line.code for line in list_evidence(dossier, "sample-centre")] == [
        "needs_note",
        "building_permit",
        "definitive_acceptance",
    ]


def test_finance_adds_its_own_facts_and_officers_the_rest(dossier: Session) -> None:
    """E6."""
    for code, kind in EVIDENCE.items():
        mine, other = ("finance", "officer") if code in FINANCE_OWNED else ("officer", "finance")
        value = 0 if kind.form is Form.MEASURE else None

        with pytest.raises(NotAllowed) as refused:
            add(dossier, code, value=value, by=other)
        add(dossier, code, value=value, by=mine)

        assert refused.value.details["who"] == (Role(mine),)


def test_what_is_finances_own_is_in_the_catalogue() -> None:
    """E6."""
    assert len(FINANCE_OWNED) == 18
    assert set(EVIDENCE) >= FINANCE_OWNED


def test_nobody_else_adds_evidence(dossier: Session) -> None:
    for by in ("director", "auditor", "administrator", "nobody"):
        with pytest.raises((NotAllowed, UnknownKey)):
            add(dossier, by=by)


def test_an_officer_of_another_region_adds_nothing(dossier: Session) -> None:
    make_person(dossier, "south", Role.OFFICER, region="souss-massa")
    make_person(dossier, "east", Role.OFFICER, region="oriental")

    with pytest.raises(NotAllowed):
        add(dossier, by="south")
    add(dossier, by="east")


HOSTILE = ["\x00", "a\u202eb", "x" * 10_000, "\ud800", "a\x1bb", "\u200e"]


@pytest.mark.parametrize("place", ["code", "project", "by", "reference"])
def test_hostile_text_is_refused_and_changes_nothing(prepared: Engine, place: str) -> None:
    for text in HOSTILE:
        with pytest.raises(CentreError) as refused, db.transaction(prepared) as session:
            add(session, **{"code": "building_permit", place: text})
        assert len(str(refused.value)) < 2_000

    with db.reading(prepared) as session:
        assert list_evidence(session, "sample-centre", superseded=True) == ()
        assert trail_of(session, "evidence_added") == []


def test_a_text_that_only_a_careless_reader_would_run_is_kept_as_it_is(dossier: Session) -> None:
    for text in ("<script>alert(1)</script>", "{{7*7}}", "=cmd()", "%s %(x)s", "'; DROP"):
        assert add(dossier, reference=f" {text} ").reference == text


def test_evidence_that_says_too_little_or_too_much_is_refused(dossier: Session) -> None:
    """E2 to E5."""
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("on", {"on": TODAY + timedelta(days=1)}),
        ("file", {"reference": "  "}),
        ("reference", {"reference": "x" * 201}),
        ("value", {"value": 1}),
        ("value", {"code": "physical_progress", "value": 100_01}),
        ("value", {"code": "works_contract", "value": 10**40}),
    ]
    for field, changes in wrong:
        with pytest.raises(BadValue) as refused:
            add(dossier, **({"code": "building_permit"} | changes))
        assert refused.value.details["field"] == field

    assert list_evidence(dossier, "sample-centre") == ()
    assert trail_of(dossier, "evidence_added") == []


def test_evidence_at_the_limits_is_taken(dossier: Session) -> None:
    add(dossier, "building_permit", reference="x" * 200, on=date(1999, 7, 1))
    add(dossier, "works_contract", value=10**15)
    add(dossier, "staff_trained", reference="")
    add(dossier, "opening_date", on=TODAY + timedelta(days=300), reference="")

    assert len(list_evidence(dossier, "sample-centre")) == 4


def test_the_local_day_decides_what_is_the_future(dossier: Session) -> None:
    """At half past eleven in the evening, UTC, it is tomorrow in Morocco already."""
    evening = AT.replace(month=1, hour=23, minute=30)

    add(dossier, on=local_day(evening), at=evening)

    assert local_day(evening) == evening.date() + timedelta(days=1)


def test_two_people_who_add_the_same_piece_at_once_are_both_kept(database: Engine) -> None:
    with db.transaction(database) as session:
        make_project(session)
        make_staff(session)
        for number in range(4):
            make_person(session, f"officer-{number}", Role.OFFICER)
    together = Barrier(4)

    def add_mine(number: int) -> None:
        together.wait()
        with db.transaction(database) as session:
            add(session, by=f"officer-{number}", reference=str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_mine, range(4)))

    with db.reading(database) as session:
        every = list_evidence(session, "sample-centre", superseded=True)
        chain = trail_of(session, "evidence_added")
    assert sorted(line.reference for line in every) == ["0", "1", "2", "3"]
    assert [line.current for line in every].count(True) == 1
    assert [link["supersedes"] for link in chain] == [None, *(link["evidence"] for link in chain[:-1])]


def keep_and_add(database: Engine, folder: Path, **changes: Any) -> Evidence:
    """Do as the terminal and the page do: store the file, then add the piece, in that order."""
    given = {"code": "building_permit", "reference": ""} | changes
    with (
        storage.kept(io.BytesIO(PDF), original_name="permis.pdf", folder=folder, limit=1000) as upload,
        db.transaction(database) as session,
    ):
        return add(session, file=upload, **given)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


def test_a_file_is_a_document_and_can_be_read_again(prepared: Engine, folder: Path) -> None:
    piece = keep_and_add(prepared, folder)

    with db.reading(prepared) as session:
        file = find_file(session, piece.id)
        listed = list_evidence(session, "sample-centre")[0].file
        sealed = trail_of(session, "evidence_added")[0]["sha256"]
        assert verify_files(session, folder) == ()
    assert listed == file
    assert (file.original_name, file.media_type, file.size) == ("permis.pdf", "application/pdf", len(PDF))
    assert sealed == file.sha256
    with storage.open_stored(file.stored_name, folder=folder, sha256=file.sha256) as stream:
        assert stream.read() == PDF


def test_the_file_of_a_refused_piece_does_not_stay(prepared: Engine, folder: Path) -> None:
    with pytest.raises(BadValue):
        keep_and_add(prepared, folder, on=TODAY + timedelta(days=1))

    assert list(folder.iterdir()) == []
    with db.reading(prepared) as session:
        assert session.exec(select(StoredFile)).all() == []


def test_the_file_of_a_superseded_piece_stays(prepared: Engine, folder: Path) -> None:
    keep_and_add(prepared, folder)
    keep_and_add(prepared, folder)

    with db.reading(prepared) as session:
        assert verify_files(session, folder) == ()
    assert len(list(folder.iterdir())) == 2


def test_every_damaged_missing_or_unknown_file_is_found(prepared: Engine, folder: Path) -> None:
    with db.reading(prepared) as session:
        pieces = [keep_and_add(prepared, folder) for _ in range(3)]
        changed, missing, _ = [find_file(session, piece.id).stored_name for piece in pieces]
        (folder / changed).write_bytes(b"%PDF-1.7 other %%EOF")
        (folder / missing).unlink()
        (folder / "cut-short.part").write_bytes(b"x")

        problems = verify_files(session, folder)

    assert set(problems) == {
        FileProblem(changed, "file_changed"),
        FileProblem(missing, "file_missing"),
        FileProblem("cut-short.part", "file_unknown"),
    }


def test_a_folder_that_is_not_there_yet_lacks_nothing(dossier: Session, folder: Path) -> None:
    assert verify_files(dossier, folder) == ()


def test_a_paper_reference_has_no_file_to_open(dossier: Session) -> None:
    piece = add(dossier)

    for unknown in (piece.id, uuid4()):
        with pytest.raises(UnknownKey):
            find_file(dossier, unknown)


def test_the_current_piece_is_what_a_gate_is_asked_of(dossier: Session) -> None:
    project = make_project(dossier, "another")
    add(dossier, "physical_progress", project="another", value=90_00)
    add(dossier, "physical_progress", project="another", value=96_00, on=TODAY - timedelta(days=1))

    proofs = load_dossier(dossier, project, TODAY).proofs

    assert proofs == {"physical_progress": Proof(TODAY - timedelta(days=1), 96_00)}
