"""The exit codes of the terminal: what scripts can rely on (documented in docs/terminal.md)."""

from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    """How a call ended."""

    DONE = 0
    UNEXPECTED = 1
    BAD_ARGUMENTS = 2
    REFUSED = 3
    NOT_ALLOWED = 4
    CONFLICT = 5
    WAITING = 6
    UNAVAILABLE = 7
    INTERRUPTED = 130


MEANINGS: Mapping[Exit, str] = {
    Exit.DONE: "done",
    Exit.UNEXPECTED: "something unexpected; --debug shows the details",
    Exit.BAD_ARGUMENTS: "bad arguments, values or settings",
    Exit.REFUSED: "refused by a gate or a rule",
    Exit.NOT_ALLOWED: "not allowed for this person",
    Exit.CONFLICT: "conflict: already done, or overtaken by somebody else",
    Exit.WAITING: "accepted, waiting for the orchestrator",
    Exit.UNAVAILABLE: "the database or the files are not available",
    Exit.INTERRUPTED: "interrupted with Ctrl-C",
}

_CODES: Mapping[Exit, tuple[str, ...]] = {
    Exit.BAD_ARGUMENTS: (
        "bad_settings",
        "bad_value",
        "centre_error",
        "currency_mismatch",
        "illegal_step",
        "nobody_acts",
        "unknown_key",
    ),
    Exit.REFUSED: (
        "illegal_status",
        "no_proposal",
        "not_active",
        "out_of_turn",
        "stage_refused",
    ),
    Exit.NOT_ALLOWED: ("not_allowed", "same_hand"),
    Exit.CONFLICT: (
        "already_signed",
        "overtaken",
        "proposal_exists",
        "proposal_not_live",
        "request_reused",
    ),
    Exit.UNAVAILABLE: ("not_prepared", "store_unavailable"),
}

EXIT_OF: Mapping[str, Exit] = {code: exit_ for exit_, codes in _CODES.items() for code in codes}
"""The code of an error to the way the call ends; a test holds every error of the program to it."""


def exit_of(code: str) -> Exit:
    """Return how a call ends on an error; an error that nobody has listed is a refusal."""
    return EXIT_OF.get(code, Exit.REFUSED)
