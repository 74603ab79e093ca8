"""Keeping what a run read, before what it decided is in the books."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from models.queries.open_rows import OpenBooks
from models.queries.snapshots import stored_name, written
from models.storage import new_file

_QUICK = 3
"""How hard rows are compressed: harder takes twice as long, and saves a tenth."""


@contextmanager
def kept_snapshot(books: OpenBooks, *, sha256: str, run: UUID, at: datetime, folder: Path) -> Iterator[str]:
    """Keep the rows of a run for the time of its transaction, which is opened inside; yield their name.

    When that fails, the rows go; they are written as they stream by. `sha256`: their hash.
    Raises: FolderUnavailable.
    Source: docs/rules.md, R20.
    """
    stored = stored_name(sha256, run)
    with new_file(folder, stored) as file, gzip.GzipFile("", "wb", _QUICK, file, mtime=0) as packed:
        for piece in written(books, at):
            packed.write(piece)
    try:
        yield stored
    except BaseException:
        discard_snapshot(stored, folder)
        raise


def discard_snapshot(stored: str, folder: Path) -> None:
    """Remove the rows of a run that changed nothing, or never came into the books."""
    with suppress(OSError):
        (folder / stored).unlink(missing_ok=True)
