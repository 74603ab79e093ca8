"""What is in a dossier, and whether its files are still what was stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlmodel import Session, col, select

from models.queries.projects import find_project
from models.rules.errors import UnknownKey
from models.rules.evidence import EVIDENCE, Form, Unit
from models.storage import EvidenceDamaged, open_stored, stored_names
from models.tables import Evidence, StoredFile


@dataclass(frozen=True, slots=True)
class FileLine:
    """A stored file. Unit: `size` in bytes."""

    stored_name: str
    original_name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One piece of a dossier. `value` is in hundredths of `unit`."""

    id: UUID
    code: str
    form: Form
    unit: Unit | None
    on: date
    value: int | None
    reference: str
    file: FileLine | None
    sample: bool
    added_by: str
    added_at: datetime
    superseded_at: datetime | None

    @property
    def current(self) -> bool:
        return self.superseded_at is None


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file that is not what the books say. `problem`: file_missing, file_changed or file_unknown.

    `called`: by which name people know it, where they know one.
    """

    stored_name: str
    problem: str
    called: str = ""

    @property
    def name(self) -> str:
        return self.called or self.stored_name


def list_evidence(session: Session, project: str, *, superseded: bool = False) -> tuple[EvidenceLine, ...]:
    """Return the current pieces of a project, in the catalogue's order; with the older ones if asked.

    Raises: UnknownKey.
    """
    query = (
        select(Evidence, StoredFile)
        .outerjoin(StoredFile, col(StoredFile.id) == col(Evidence.stored_file_id))
        .where(Evidence.project_id == find_project(session, project).id)
    )
    if not superseded:
        query = query.where(col(Evidence.superseded_at).is_(None))
    lines = [_line(piece, file) for piece, file in session.exec(query)]
    return tuple(sorted(lines, key=_place))


def find_file(session: Session, evidence: UUID) -> FileLine:
    """Return the stored file of a piece of evidence.

    Raises: UnknownKey when there is no such piece, or it is a paper reference.
    """
    file = session.exec(
        select(StoredFile)
        .join(Evidence, col(Evidence.stored_file_id) == col(StoredFile.id))
        .where(Evidence.id == evidence)
    ).first()
    if file is None:
        raise UnknownKey(noun="file", key=str(evidence), candidates=())
    return _file_line(file)


def verify_files(session: Session, folder: Path) -> tuple[FileProblem, ...]:
    """Compare the evidence folder with the books; return each file that is damaged, missing or unknown.

    A file that is being added at this very moment lies in the folder before it is in the books.
    Raises: FolderUnavailable.
    """
    rows = session.exec(select(col(StoredFile.stored_name), col(StoredFile.sha256))).all()
    return compare_folder(rows, folder)


def compare_folder(rows: Iterable[tuple[str, str]], folder: Path) -> tuple[FileProblem, ...]:
    """Compare the files of a folder with their names and hashes in the books.

    Raises: FolderUnavailable.
    """
    lying, known = stored_names(folder), sorted(rows)
    problems = [_problem(stored_name, folder, sha256) for stored_name, sha256 in known]
    unknown = sorted(lying - {stored_name for stored_name, _ in known})
    problems += [FileProblem(stored_name, "file_unknown") for stored_name in unknown]
    return tuple(problem for problem in problems if problem is not None)


def _problem(stored_name: str, folder: Path, sha256: str) -> FileProblem | None:
    try:
        open_stored(stored_name, folder=folder, sha256=sha256).close()
    except EvidenceDamaged as damage:
        return FileProblem(stored_name, str(damage.details["problem"]))
    return None


def _line(piece: Evidence, file: StoredFile | None) -> EvidenceLine:
    kind = EVIDENCE[piece.code]
    return EvidenceLine(
        id=piece.id,
        code=piece.code,
        form=kind.form,
        unit=kind.unit,
        on=piece.dated,
        value=piece.value,
        reference=piece.reference,
        file=_file_line(file) if file is not None else None,
        sample=piece.sample,
        added_by=piece.added_by,
        added_at=piece.added_at,
        superseded_at=piece.superseded_at,
    )


def _file_line(file: StoredFile) -> FileLine:
    return FileLine(file.stored_name, file.original_name, file.media_type, file.size, file.sha256)


_ORDER = {code: place for place, code in enumerate(EVIDENCE)}


def _place(line: EvidenceLine) -> tuple[int, bool, datetime]:
    return _ORDER[line.code], not line.current, line.added_at
