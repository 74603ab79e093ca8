"""Why a file or a folder cannot be used: the system's numbers as codes, which have words."""

from collections.abc import Mapping
from errno import (
    EACCES,
    EBUSY,
    EDQUOT,
    EEXIST,
    EFBIG,
    EINVAL,
    EIO,
    EISDIR,
    ELOOP,
    EMFILE,
    ENAMETOOLONG,
    ENFILE,
    ENODEV,
    ENOENT,
    ENOSPC,
    ENOTDIR,
    ENXIO,
    EPERM,
    EROFS,
    ESTALE,
    ETXTBSY,
)

OBSTACLES: Mapping[int, str] = {
    ENOENT: "nothing_there",
    ENOTDIR: "not_a_folder",
    EISDIR: "is_a_folder",
    EEXIST: "name_in_use",
    EACCES: "no_permission",
    EPERM: "no_permission",
    EROFS: "read_only",
    ENOSPC: "disk_full",
    EDQUOT: "quota_used_up",
    EFBIG: "file_too_big",
    ELOOP: "links_in_circle",
    ENAMETOOLONG: "name_too_long",
    EINVAL: "name_unusable",
    EMFILE: "too_many_files",
    ENFILE: "too_many_files",
    EBUSY: "in_use",
    ETXTBSY: "in_use",
    EIO: "disk_fails",
    ENODEV: "disk_away",
    ENXIO: "disk_away",
    ESTALE: "disk_away",
}
"""The system's number of an error to its code."""

UNLISTED = "system_error"
NAMELESS = "name_unusable"


def obstacle_of(error: OSError | ValueError) -> dict[str, object]:
    """Return what stood in the way, as the details `problem` (a code) and `number` (the system's own).

    A ValueError is a name that no system takes, such as one with a NUL in it.
    Source: docs/rules.md, X8.
    """
    if not isinstance(error, OSError):
        return {"problem": NAMELESS, "number": None}
    return {"problem": OBSTACLES.get(error.errno or 0, UNLISTED), "number": error.errno}
