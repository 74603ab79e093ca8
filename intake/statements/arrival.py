"""A file of movements on its way into the books: looked through, kept as it is, its lines written."""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from intake.content import FileMissing, FileUnreadable
from intake.statements.profiles import Profile, find_profile, profile_names
from intake.statements.reading import fitting, lines_of, look_through
from intake.statements.tables import LARGEST_FILE
from models import db
from models.clock import local_day
from models.operations.statement_rows import Ready, made_ready
from models.operations.statements import (
    Arrived,
    FileFacts,
    check_account,
    check_reader,
    take_file,
)
from models.queries.statements import find_account, find_by_hash, only_account
from models.rules.errors import BadValue
from models.rules.obstacles import obstacle_of
from models.rules.statement_files import Arrival, StatementSummary
from models.storage import EvidenceDamaged, UploadBroken, clean_name, kept, open_stored, path_of
from models.tables import StatementAccount, StatementFile

_TEXT = "application/octet-stream"  # what it is, the profile says

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Folders:
    """Where files are kept, and where a clerk's own profiles are."""

    kept: Path
    profiles: Path


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be brought in: of which account ("" where there is only one), by which profile."""

    path: Path
    account: str = ""
    profile: str = ""
    dry_run: bool = False


def bring_in(
    wanted: Wanted, folders: Folders, *, by: str, at: datetime, progress: Progress | None = None
) -> Arrived:
    """Bring a file in: all of its lines or none. The same file again, under any name, writes nothing.

    A file with bad rows is kept with what is wrong with it, without lines; one that the profile does not
    describe is not kept at all. `progress` is told how many rows went by.
    Raises: FileRefused, UnknownKey, NotAllowed, BadValue, BadProfile, FolderUnavailable.
    Source: docs/rules.md, J1 to J19, J23 and J24.
    """
    digest = _digest(wanted.path)
    with db.reading() as session:
        check_reader(session, by)
        known = find_by_hash(session, digest)
        if known is not None and not known.faults:
            where = session.get_one(StatementAccount, known.account_id)
            return Arrived(Arrival.KNOWN, where.key, None, known.id, known.name)
        account = find_account(session, wanted.account) if wanted.account else only_account(session)
    profile = _profile(wanted, account, folders)
    summary = look_through(
        wanted.path, profile, today=local_day(at), own=folders.profiles, progress=progress
    )
    check_account(account, summary, profile.kind)
    if wanted.dry_run:
        return Arrived(Arrival.TRIED, account.key, summary)
    return _keep(wanted, folders, _Read(account, profile, summary, digest, known), by=by, at=at)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was found out about a file before it is written. `refused`: the same file, refused before."""

    account: StatementAccount
    profile: Profile
    summary: StatementSummary
    digest: str
    refused: StatementFile | None


def _keep(wanted: Wanted, folders: Folders, read: _Read, *, by: str, at: datetime) -> Arrived:
    """Copy the file into our folder, and write what it holds from there."""
    name = clean_name(wanted.path.name)
    before = _kept_before(read.refused, folders.kept)
    with wanted.path.open("rb") as stream:
        keeping = kept(
            stream, original_name=name, folder=folders.kept, limit=LARGEST_FILE, type_of=lambda *_: _TEXT
        )
        with nullcontext(None) if before else keeping as upload:
            if upload is not None and upload.sha256 != read.digest:
                raise UploadBroken(name=name)
            stored = upload.stored_name if upload else before
            facts = FileFacts(name=name, sha256=read.digest, stored=stored)
            ready = _made_ready(path_of(folders.kept, stored), read, folders.kept)
            with ready as lines, db.transaction() as session:
                return take_file(
                    session,
                    account=read.account.key,
                    facts=facts,
                    summary=read.summary,
                    lines=lines,
                    by=by,
                    at=at,
                )


def _made_ready(path: Path, read: _Read, folder: Path) -> AbstractContextManager[Iterable[list[Ready]]]:
    """Read the lines before the transaction: whoever else writes waits as short as can be."""
    if read.summary.problem_count:
        return nullcontext(())
    rows = lines_of(path, read.profile)
    dialect, account = db.engine().dialect, read.account.id
    return made_ready(rows, sha256=read.digest, account=account, dialect=dialect, folder=folder)


def _kept_before(refused: StatementFile | None, folder: Path) -> str:
    """Return the name of the copy that a refused file left in our folder, where it is whole."""
    if refused is None or not refused.stored:
        return ""
    try:
        open_stored(refused.stored, folder=folder, sha256=refused.sha256).close()
    except EvidenceDamaged:
        return ""
    return refused.stored


def _profile(wanted: Wanted, account: StatementAccount, folders: Folders) -> Profile:
    name = wanted.profile or account.profile
    if name:
        return find_profile(name, folders.profiles)
    fits = fitting(wanted.path, own=folders.profiles)
    if len(fits) == 1 and (only := find_profile(fits[0], folders.profiles)).format != "table":
        return only  # a message says itself how it is laid out
    candidates = fits or profile_names(folders.profiles)
    raise BadValue(field="profile", value="", reason="profile_needed", candidates=candidates)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise FileMissing(file=str(path)) from None
    except (OSError, ValueError) as error:
        raise FileUnreadable(file=str(path), **obstacle_of(error)) from error
