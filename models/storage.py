"""Our folders: files kept whole or not at all, under random names, their type told by their content."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from errno import EACCES
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from models.media import media_type_of
from models.rules.errors import BadValue, CentreError
from models.rules.obstacles import obstacle_of
from models.rules.text import deceives

CHUNK = 64 * 1024
LONGEST_NAME = 120
UNNAMED = "document"
_STORED_NAME = re.compile(r"[0-9a-f]{32}")
_PART = ".part"


class OwnFolder(StrEnum):
    """What a folder of ours keeps; so it is called."""

    EVIDENCE = "evidence"
    STATEMENTS = "statements"
    SNAPSHOTS = "snapshots"


class FolderUnavailable(CentreError):
    """A folder of ours is full, read-only or away. Details: kept (an OwnFolder), folder, problem, number.

    `folder` is its path, `problem` a code.
    """

    code = "folder_unavailable"


class UploadBroken(CentreError):
    """The sender stopped before the end of a file. Details: name."""

    code = "upload_broken"


class EvidenceDamaged(CentreError):
    """A stored file is no longer what was stored. Details: file, problem (a code)."""

    code = "evidence_damaged"


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A file as it lies in the evidence folder. Unit: `size` in bytes."""

    stored_name: str
    original_name: str
    media_type: str
    size: int
    sha256: str


def store(
    stream: BinaryIO,
    *,
    original_name: str,
    folder: Path,
    limit: int,
    type_of: Callable[[Path, str], str] = media_type_of,
) -> StoredUpload:
    """Keep a file: read up to `limit` bytes, tell its type, give it a random name.

    `type_of` tells the media type of a file by its content, and refuses what is not welcome there.
    Whatever goes wrong, no file stays.
    Raises: BadValue for an empty, too large or unwelcome file; UploadBroken; FolderUnavailable.
    Source: docs/rules.md, E7, E8 and E11.
    """
    shown = clean_name(original_name)
    name = secrets.token_hex(16)
    with _whole(folder, name) as part:
        size, sha256 = _write(stream, part, shown, limit)
        with using(folder):
            media_type = type_of(part, shown)
    return StoredUpload(name, shown, media_type, size, sha256)


@contextmanager
def kept(
    stream: BinaryIO,
    *,
    original_name: str,
    folder: Path,
    limit: int,
    type_of: Callable[[Path, str], str] = media_type_of,
) -> Iterator[StoredUpload]:
    """Store a file for the time of a transaction, which is opened inside: when it fails, the file goes.

    Raises: what `store` raises.
    """
    upload = store(stream, original_name=original_name, folder=folder, limit=limit, type_of=type_of)
    try:
        yield upload
    except BaseException:
        discard(upload, folder=folder)
        raise


@contextmanager
def _whole(folder: Path, name: str) -> Iterator[Path]:
    """Lend the place of a part, which gets its name once it is written; if that fails, neither is left."""
    part, place = folder / f"{name}{_PART}", folder / name
    try:
        with using(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield part
        with using(folder):
            part.rename(place)
            _sync_folder(folder)
    except BaseException:
        for path in (part, place):
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise


@contextmanager
def new_file(folder: Path, name: str) -> Iterator[BinaryIO]:
    """Write a file of our own making: whole, under its name, once all of it is written, or not at all.

    Raises: FolderUnavailable.
    """
    with _whole(folder, name) as part, using(folder), open(part, "xb", opener=_private) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def scratch(folder: Path) -> Iterator[BinaryIO]:
    """Lend a file without a name, which is gone whatever happens.

    Raises: FolderUnavailable.
    """
    with ExitStack() as until:
        with using(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = until.enter_context(TemporaryFile(dir=folder))
        yield file


def discard(upload: StoredUpload, *, folder: Path) -> None:
    """Remove a stored file whose evidence never came into the books."""
    with suppress(OSError):
        path_of(folder, upload.stored_name).unlink(missing_ok=True)


def open_stored(stored_name: str, *, folder: Path, sha256: str) -> BinaryIO:
    """Open a stored file at its beginning, once its content has been compared with its hash.

    Raises: EvidenceDamaged when the file is missing or has changed.
    """
    path = path_of(folder, stored_name)
    try:
        stream = path.open("rb")
    except OSError:
        raise EvidenceDamaged(file=stored_name, problem="file_missing") from None
    try:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        found = ""
    if found != sha256:
        stream.close()
        raise EvidenceDamaged(file=stored_name, problem="file_changed")
    stream.seek(0)
    return stream


def stored_names(folder: Path) -> frozenset[str]:
    """Return the names of the files that lie in the folder, those cut short included."""
    with using(folder):
        return frozenset(path.name for path in folder.iterdir()) if folder.exists() else frozenset()


def check_writable(folder: Path) -> None:
    """Refuse a folder that is there and into which nothing could be written.

    Raises: FolderUnavailable.
    """
    with using(folder):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))


def clean_name(original: str) -> str:
    """Return a sender's name for a file, fit to be shown; it is never used as a path."""
    last = re.split(r"[/\\]", original)[-1]
    seen = "".join(character for character in last if not deceives(character))
    name = " ".join(seen.split()).lstrip(".~ ")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        ending = dot + ending if stem and len(ending) <= len("xxxxx") else ""
        name = name[: LONGEST_NAME - len(ending) - 1] + "…" + ending
    return name or UNNAMED


def _write(stream: BinaryIO, part: Path, shown: str, limit: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with using(part.parent), open(part, "xb", opener=_private) as file:
        while chunk := _read(stream, min(CHUNK, limit + 1 - size), shown):
            size += len(chunk)
            if size > limit:
                raise BadValue(field="file", value=shown, reason="file_too_large", limit=limit)
            digest.update(chunk)
            file.write(chunk)
        if not size:
            raise BadValue(field="file", value=shown, reason="file_empty")
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _read(stream: BinaryIO, size: int, shown: str) -> bytes:
    try:
        return stream.read(size)
    except (OSError, EOFError):
        raise UploadBroken(name=shown) from None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def path_of(folder: Path, stored_name: str) -> Path:
    """Return where a stored file lies.

    Raises: EvidenceDamaged for a name that none has.
    """
    if not _STORED_NAME.fullmatch(stored_name):
        raise EvidenceDamaged(file=stored_name[:40], problem="file_missing")
    return folder / stored_name


@contextmanager
def using(folder: Path) -> Iterator[None]:
    """Say which of our folders cannot be used, in place of what the system says of it.

    Raises: FolderUnavailable.
    """
    try:
        yield
    except OSError as error:
        what = next((one for one in OwnFolder if one == folder.name), folder.name)
        raise FolderUnavailable(kept=what, folder=str(folder), **obstacle_of(error)) from error
