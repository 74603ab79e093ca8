"""Adding pieces of evidence to a project's dossier."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import milestones, trail
from models.operations.access import take_up
from models.operations.drafting import answer_evidence
from models.operations.trail import Noted
from models.rules.evidence import action_to_add, check_evidence, evidence_type
from models.rules.projects import check_text
from models.storage import StoredUpload
from models.tables import Evidence, Project, StoredFile

LONGEST_REFERENCE = 200
ACCEPTANCE = "provisional_acceptance"
"""From its date the guarantee runs, and the milestones of the guarantee follow it."""


def add_evidence(
    session: Session,
    *,
    project: str,
    code: str,
    on: date,
    value: int | None,
    reference: str,
    file: StoredUpload | None,
    by: str,
    at: datetime,
    sample: bool = False,
) -> Evidence:
    """Add a piece of evidence; it supersedes the older piece of the same code, which is kept.

    Tranches that it lets be called are drafted, and calls that it puts in doubt are flagged.

    Units: `value` in hundredths of the type's unit. `file` lies in the evidence folder already; the
    caller removes it when the transaction fails (`storage.kept`).
    Raises: UnknownKey, NotAllowed, BadValue.
    Source: docs/rules.md, E1 to E6, E9, V8 and V9.
    """
    kind = evidence_type(code)
    found = take_up(session, project, action_to_add(kind), by)
    reference = check_text("reference", reference, LONGEST_REFERENCE)
    filed = file is not None or bool(reference)
    check_evidence(kind, on=on, value=value, filed=filed, today=local_day(at))
    older = _supersede(session, found, code, at)
    stored = _register(session, file, by, at).id if file is not None else None
    facts: dict[str, Any] = {"dated": on, "value": value, "reference": reference, "sample": sample}
    piece = Evidence(
        project_id=found.id, code=code, **facts, stored_file_id=stored, added_by=by, added_at=at
    )
    session.add(piece)
    payload = {
        "evidence": piece.id,
        "code": code,
        "form": kind.form,
        "on": on,
        "value": value,
        "reference": reference,
        "sha256": file.sha256 if file else None,
        "supersedes": older.id if older else None,
        "sample": sample,
    }
    drafted = answer_evidence(session, project=found.id, code=code, at=at)
    trail.record_all(session, [Noted(at, by, "evidence_added", found.id, payload), *drafted])
    if code == ACCEPTANCE:
        milestones.follow_acceptance(session, project=found, by=by, at=at)
    return piece


def _supersede(session: Session, project: Project, code: str, at: datetime) -> Evidence | None:
    older = session.exec(
        select(Evidence).where(
            Evidence.project_id == project.id,
            Evidence.code == code,
            col(Evidence.superseded_at).is_(None),
        )
    ).first()
    if older is not None:
        older.superseded_at = at
        session.flush()  # the database allows one current piece: the older one steps down first
    return older


def _register(session: Session, file: StoredUpload, by: str, at: datetime) -> StoredFile:
    stored = StoredFile(
        stored_name=file.stored_name,
        original_name=file.original_name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        added_by=by,
        added_at=at,
    )
    session.add(stored)
    session.flush()
    return stored
