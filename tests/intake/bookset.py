"""A small set of books in the layout of books kept elsewhere, and ways to damage one cell of it."""

import csv
import shutil
from pathlib import Path

BOOKS = Path(__file__).with_name("books")


def copied(folder: Path) -> Path:
    """Return a copy of the books that may be changed."""
    return Path(shutil.copytree(BOOKS, folder / "books"))


def change(folder: Path, file: str, row: int, **cells: str) -> Path:
    """Change cells of one row, counted as a spreadsheet counts them."""
    rows = read(folder / file)
    rows[row - 2] |= cells
    return write(folder / file, rows)


def add(folder: Path, file: str, **cells: str) -> Path:
    """Add a row like the last one, but for some cells."""
    rows = read(folder / file)
    return write(folder / file, [*rows, rows[-1] | cells])


def add_column(folder: Path, file: str, name: str, *values: str) -> Path:
    """Add a column; each value belongs to one row, from the first."""
    rows = read(folder / file)
    padded = [*values, *("" for _ in rows[len(values) :])]
    return write(folder / file, [row | {name: value} for row, value in zip(rows, padded, strict=True)])


def read(file: Path) -> list[dict[str, str]]:
    """Return the rows of a file."""
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def write(file: Path, rows: list[dict[str, str]]) -> Path:
    """Write a file again."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return file
