"""A paper, a picture or a workbook put where somebody asked for it."""

from os.path import exists
from pathlib import Path

from intake.templates import FileNotWritten
from models.rules.errors import BadValue
from models.rules.obstacles import obstacle_of

__all__ = ["FileNotWritten", "write_file"]


def check_new(path: Path) -> None:
    """Refuse a file that is there already, before others are written beside it.

    Raises: BadValue.
    Source: docs/rules.md, Y4.
    """
    if exists(path):  # a name that cannot be is told when it is written
        raise _taken(path)


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, whole or not at all.

    Raises: BadValue where a file has that name; FileNotWritten.
    Source: docs/rules.md, Y4.
    """
    try:
        with path.open("xb") as file:
            try:
                file.write(content)
                file.flush()
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise _taken(path) from None
    except (OSError, ValueError) as error:
        raise FileNotWritten(file=str(path), **obstacle_of(error)) from error


def _taken(path: Path) -> BadValue:
    return BadValue(field="file", value=path.name[:60], reason="already_there")
