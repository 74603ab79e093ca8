"""The exit codes of the terminal, on which scripts rely (docs/rules.md, X1; docs/terminal.md)."""

from collections.abc import Mapping
from enum import IntEnum

from models.rules.errors import BadValue, CentreError


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
    Exit.UNEXPECTED: ("cannot_render",),
    Exit.BAD_ARGUMENTS: (
        *("bad_profile", "columns_unknown", "books_unreadable", "words_unreadable"),
        *("bad_settings", "bad_value", "centre_error", "currency_mismatch", "illegal_step", "unknown_key"),
        *(
            "ambiguous_contractor",
            "ambiguous_partner",
            "file_not_written",
            "file_refused",
            "file_unusable",
            "nobody_acts",
            "nothing_to_change",
            "settings_unreadable",
        ),
        *("not_yet_registered", "several_found", "several_proposals", "tranche_refused", "upload_broken"),
        "sum_differs",
    ),
    Exit.REFUSED: (
        *("hard_criterion", "illegal_status", "no_proposal", "not_active", "out_of_turn", "stage_refused"),
        *(
            "last_administrator",
            "not_a_demonstration",
            "partner_committed",
            "period_closed",
            "person_disabled",
        ),
        *("closed_further", "line_engaged", "plan_complete", "plan_differs", "plan_open"),
        *("files_needed", "role_not_held"),
        *("call_in_doubt", "call_not_issued", "over_commitment", "plan_uneven", "project_closed"),
        *("line_not_bookable", "tranche_called", "unsigned"),
    ),
    Exit.NOT_ALLOWED: ("above_band", "not_allowed", "own_proposal", "same_hand", "second_needed"),
    Exit.CONFLICT: (
        *(
            "already_in_status",
            "already_signed",
            "finding_settled",
            "milestone_already_met",
            "overtaken",
            "proposal_exists",
        ),
        *("already_decided", "other_words"),
        *("call_issued", "call_withdrawn"),
        *("line_open", "line_taken", "run_busy", "run_overtaken"),
        *("already_serving", "login_taken", "people_exist", "proposal_not_live", "request_reused"),
    ),
    Exit.UNAVAILABLE: (
        *("evidence_damaged", "folder_unavailable", "newer_database", "not_prepared"),
        *("orchestrator_failed", "place_unusable", "port_taken", "store_damaged", "store_unavailable"),
        *("foreign_database", "store_unusable"),
    ),
}

EXIT_OF: Mapping[str, Exit] = {code: exit_ for exit_, codes in _CODES.items() for code in codes}
"""The code of an error to the way the call ends; its kinds end alike unless they are listed too."""


def exit_of(error: type[CentreError]) -> Exit:
    """Return how a call ends on an error: as its own code says, or that of what it is a kind of."""
    kinds = (getattr(kind, "code", "") for kind in error.__mro__)
    return next(EXIT_OF[code] for code in kinds if code in EXIT_OF)


_OTHERWISE = frozenset({"already_stated", "signed_before", "taken"})
"""Why a value is refused: it stands in the books otherwise."""


def exit_after(error: CentreError) -> Exit:
    """Return how a call ends on an error that was met: as its kind does, or as the rule behind it asks.

    A value that can be read, and that a rule of the books refuses, is no bad argument; a reference that
    stands there with other terms is a conflict.
    Source: docs/rules.md, X40.
    """
    if type(error) is BadValue and error.details.get("rule"):
        return Exit.CONFLICT if error.details["reason"] in _OTHERWISE else Exit.REFUSED
    return exit_of(type(error))
