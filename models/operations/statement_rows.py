"""The lines of a file as the database takes them: made ready before its transaction, written in it at once.

While lines are written nobody else writes (on SQLite). So they are read, named and put into the form of
the database before, and lie beside on disk for that long: a million lines take no more memory than some.
"""

import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, Dialect, insert

from models.rules.statement_files import StatementRow
from models.rules.statements import LineState
from models.storage import scratch, using
from models.tables import StatementLine
from models.tables.columns import table_of

AT_ONCE = 2_000
"""Lines of one statement of the database."""

_FILES = uuid5(NAMESPACE_URL, "tadshin:statement-file")

Ready = tuple[Any, ...] | dict[str, Any]
"""The values of a line as the driver of the database takes them: by their order, or by their columns."""


def file_id(sha256: str) -> UUID:
    """Return the id of a file, which follows from what it holds."""
    return uuid5(_FILES, sha256)


def line_id(file: UUID, row: int) -> UUID:
    """Return the id of a line, which follows from its file and its row."""
    return uuid5(file, str(row))


@contextmanager
def made_ready(
    rows: Iterable[StatementRow], *, sha256: str, account: UUID, dialect: Dialect, folder: Path
) -> Iterator[Iterator[list[Ready]]]:
    """Put the lines of a file beside, in a file without a name of `folder`; lend them, some at once.

    Raises: FolderUnavailable, and what reading the rows raises.
    Source: docs/rules.md, J24.
    """
    file = file_id(sha256)
    rest = _ready(rows, file, account, dialect)
    with scratch(folder) as spool:
        while some := list(islice(rest, AT_ONCE)):
            with using(folder):
                pickle.dump(some, spool, pickle.HIGHEST_PROTOCOL)
        with using(folder):
            spool.seek(0)
        yield _read(spool)


def write_lines(connection: Connection, lines: Iterable[list[Ready]]) -> None:
    """Write lines that were made ready for the database of this connection."""
    statement = str(insert(table_of(StatementLine)).compile(dialect=connection.dialect))
    for some in lines:
        connection.exec_driver_sql(statement, some)


def _read(spool: BinaryIO) -> Iterator[list[Ready]]:
    while True:
        try:
            some: list[Ready] = pickle.load(spool)  # noqa: S301 - written by ourselves, where nobody else can write
        except EOFError:
            return
        yield some


def _ready(rows: Iterable[StatementRow], file: UUID, account: UUID, dialect: Dialect) -> Iterator[Ready]:
    types = {column.name: column.type.dialect_impl(dialect) for column in table_of(StatementLine).columns}
    writers = {name: type_.bind_processor(dialect) for name, type_ in types.items()}
    for row in rows:
        line = _line(file, account, row)
        values = {name: write(line[name]) if write else line[name] for name, write in writers.items()}
        yield tuple(values.values()) if dialect.positional else values


def _line(file: UUID, account: UUID, row: StatementRow) -> dict[str, Any]:
    return {
        "id": line_id(file, row.row),
        "file_id": file,
        "account_id": account,
        "row": row.row,
        "day": row.day,
        "value_day": row.value_day or row.day,
        "amount_centimes": row.amount,
        "original_centimes": row.original_centimes,
        "original_currency": row.original_currency,
        "label": row.label,
        "reference": row.reference,
        "counterparty": row.counterparty,
        "project_code": row.project_code,
        "operation": row.operation,
        "raw": row.raw,
        "state": LineState.OPEN,
    }
