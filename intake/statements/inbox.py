"""The inbox: a folder into which files of banks and ledgers are put, one subfolder for each account.

A file is first brought into the books and then moved to `done` or `refused`. Whatever breaks off between
the two, the file lies where it was and is known by its content the next time: nothing is lost, and nothing
comes in twice.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from intake.rows import FileRefused
from intake.statements.arrival import Folders, Wanted, bring_in
from intake.templates import FileNotWritten
from models import db
from models.operations.refused_files import tell_refused
from models.operations.statements import Arrived
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.obstacles import obstacle_of
from models.rules.portfolio import Problem
from models.rules.statement_files import Arrival, BadProfile
from models.storage import clean_name

QUIET = timedelta(seconds=10)
"""A file that was written to within this time may be written to still (J20)."""

DONE, REFUSED, REASONS = "done", "refused", ".reasons.txt"

_OURS = (DONE, REFUSED)
_UNFINISHED = re.compile(
    r"^(\.|~\$)|\.(part|partial|tmp|temp|crdownload|download|filepart|swp)$", re.IGNORECASE
)
_OF_THE_FILE = (FileRefused, BadValue, BadProfile, UnknownKey)
"""What is wrong with the file; anything else stops the run, and leaves the file where it is."""


@dataclass(frozen=True, slots=True)
class Words:
    """How refusals are told in the file beside a refused one."""

    of_error: Callable[[CentreError], str]
    of_problem: Callable[[Problem], str]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of one file of the inbox. `arrived` is None where `error` says why it was refused."""

    account: str
    name: str
    moved_to: Path
    arrived: Arrived | None = None
    error: CentreError | None = None

    @property
    def outcome(self) -> Arrival:
        return self.arrived.arrival if self.arrived else Arrival.REFUSED

    @property
    def is_refused(self) -> bool:
        return self.outcome is Arrival.REFUSED


def take_in(inbox: Path, folders: Folders, words: Words, *, at: datetime, by: str = "") -> list[TakenIn]:
    """Take every file in that is complete, account by account, and move each where it belongs.

    `by` "": the scheduled run. A file straight in the inbox is of the only account.
    Raises: NotAllowed, FolderUnavailable, StoreUnavailable; FileNotWritten where a file cannot be moved.
    Source: docs/rules.md, J20.
    """
    return [
        _take(path, account, folders, words, at=at, by=by)
        for account, folder in _accounts(inbox)
        for path in _complete(folder, at)
    ]


def _take(path: Path, account: str, folders: Folders, words: Words, *, at: datetime, by: str) -> TakenIn:
    arrived: Arrived | None = None
    error: CentreError | None = None
    try:
        arrived = bring_in(Wanted(path, account), folders, by=by, at=at)
    except _OF_THE_FILE as refused:
        error = refused
    if error is None and arrived is not None and arrived.arrival is not Arrival.REFUSED:
        return TakenIn(account, path.name, _move(path, DONE), arrived)
    if not by:
        _tell(path, account, arrived, at)
    reasons = list(_reasons(arrived, error, words))
    return TakenIn(account, path.name, _move(path, REFUSED, reasons), arrived, error)


def _tell(path: Path, account: str, arrived: Arrived | None, at: datetime) -> None:
    """Tell finance of a file that was refused while nobody looked on, before it is moved.

    Source: docs/rules.md, J21.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # one that nobody can read is known by its place
        digest = hashlib.sha256(f"{account}/{path.name}".encode(errors="replace")).hexdigest()
    problems = arrived.summary.problem_count if arrived is not None and arrived.summary is not None else 0
    with db.transaction() as session:
        name = clean_name(path.name)
        tell_refused(session, digest=digest, account=account, name=name, problems=problems, at=at)


def _accounts(inbox: Path) -> Iterator[tuple[str, Path]]:
    """Yield the subfolder of each account by its key, then the inbox itself."""
    if not inbox.is_dir():
        return
    for entry in sorted(inbox.iterdir()):
        if entry.is_dir() and not entry.is_symlink() and entry.name not in _OURS:
            yield entry.name, entry
    yield "", inbox


def _complete(folder: Path, at: datetime) -> Iterator[Path]:
    """Yield the files that nobody writes to any more, by name; links are nobody's files."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file() or _UNFINISHED.search(path.name):
            continue
        if at.timestamp() - path.stat().st_mtime >= QUIET.total_seconds():
            yield path


def _reasons(arrived: Arrived | None, error: CentreError | None, words: Words) -> Iterator[str]:
    if error is not None:
        yield words.of_error(error)
    if arrived is None or arrived.summary is None:
        return
    for problem in arrived.summary.problems:
        yield f"{problem.row}\t{words.of_problem(problem)}"
    more = arrived.summary.problem_count - len(arrived.summary.problems)
    if more > 0:
        yield f"+ {more}"


def _move(path: Path, where: str, reasons: list[str] | None = None) -> Path:
    """Move a file beside its kind, under a name that is free, with the reasons beside it."""
    folder = path.parent / where
    try:
        folder.mkdir(exist_ok=True)
        target = next(name for name in _names(folder, path.name) if not name.exists())
        if reasons:
            beside = target.with_name(target.name + REASONS)
            beside.write_text("\n".join(reasons) + "\n", encoding="utf-8")
        os.rename(path, target)
    except OSError as error:
        raise FileNotWritten(file=str(folder / path.name), **obstacle_of(error)) from error
    return target


def _names(folder: Path, name: str) -> Iterator[Path]:
    yield folder / name
    stem, ending = os.path.splitext(name)
    for number in range(2, 1_000_000):
        yield folder / f"{stem}-{number}{ending}"
