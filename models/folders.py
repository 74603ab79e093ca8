"""The folders that settings name."""

from pathlib import Path

from models.rules.errors import CentreError
from models.rules.obstacles import obstacle_of


class PlaceUnusable(CentreError):
    """A folder that a setting names cannot be written. Details: folder, setting, problem, number."""

    code = "place_unusable"


def make_folder(folder: Path, *, setting: str) -> None:
    """Make sure of a folder that a setting names.

    Raises: PlaceUnusable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # so the system calls a file in the folder's place
        found = {"problem": "not_a_folder", "number": error.errno}
        raise PlaceUnusable(folder=str(folder), setting=setting, **found) from error
    except OSError as error:
        raise PlaceUnusable(folder=str(folder), setting=setting, **obstacle_of(error)) from error
