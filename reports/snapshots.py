"""What a run read, put into a file for whoever looks into it: as it is kept, or as one table."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from intake.templates import FileNotWritten
from models.rules.obstacles import obstacle_of
from reports.files import check_new
from reports.listings import check_ending
from reports.workbooks import harmless

AS_KEPT, AS_TABLE = ".jsonl", ".csv"
ENDINGS = (AS_KEPT, AS_TABLE)


def write_snapshot(path: Path, pieces: Iterable[bytes], tables: Mapping[str, tuple[str, ...]]) -> None:
    """Write rows into a new file, as they stream by: whole or not at all.

    As a table it has a column for everything that any row says; a text is never a formula there.
    Raises: BadValue for another ending, or where a file has that name; FileNotWritten.
    Source: docs/rules.md, R20, Y4 and Y5.
    """
    ending = check_ending(path, ENDINGS)
    check_new(path)
    try:
        with path.open("xb") as file:
            try:
                for piece in _as_table(pieces, tables) if ending == AS_TABLE else pieces:
                    file.write(piece)
                file.flush()
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except (OSError, ValueError) as error:
        raise FileNotWritten(file=str(path), **obstacle_of(error)) from error


class _Line:
    """Takes what a writer of CSV writes, a row at a time."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def _as_table(pieces: Iterable[bytes], tables: Mapping[str, tuple[str, ...]]) -> Iterator[bytes]:
    columns = list(dict.fromkeys(["table", *(name for names in tables.values() for name in names)]))
    yield _row(columns)
    for line in _lines(pieces):
        row = json.loads(line)
        yield _row([_cell(row.get(name)) for name in columns])


def _row(cells: list[Any]) -> bytes:
    line = _Line()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(cells)
    return line.text.encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = " | ".join(value)
    return harmless(value) if isinstance(value, str) else value


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
