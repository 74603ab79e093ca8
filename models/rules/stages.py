"""The life cycle: its stages in order, the status beside them, and which step is legal."""

from enum import StrEnum
from itertools import pairwise

from models.rules.errors import CentreError


class Stage(StrEnum):
    """Where a project stands. The order of the members is the order of the life cycle."""

    ADMISSION = "admission"
    STUDY = "study"
    CONSTRUCTION = "construction"
    EQUIPMENT = "equipment"
    LAUNCH = "launch"
    CLOSED = "closed"

    @property
    def following(self) -> "Stage | None":
        return _FOLLOWING.get(self)

    @property
    def preceding(self) -> "Stage | None":
        return _PRECEDING.get(self)

    def reaches(self, other: "Stage") -> bool:
        """Tell whether this stage is the other one or comes after it."""
        return _RANK[self] >= _RANK[other]


class Status(StrEnum):
    """Whether work goes on: kept beside the stage, so that a resumed project is where it was."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


_FOLLOWING = dict(pairwise(Stage))
_RANK = {stage: rank for rank, stage in enumerate(Stage)}
_PRECEDING = {after: before for before, after in _FOLLOWING.items()}

_CHANGES: dict[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset({Status.SUSPENDED, Status.CANCELLED}),
    Status.SUSPENDED: frozenset({Status.ACTIVE, Status.CANCELLED}),
    Status.CANCELLED: frozenset(),
}


class IllegalStep(CentreError):
    """The stage asked for does not follow the present one. Details: left, asked, legal."""

    code = "illegal_step"


class Overtaken(CentreError):
    """The project changed between the question and the answer. Details: project, stage, status."""

    code = "overtaken"


class NotActive(CentreError):
    """A suspended or cancelled project was asked to move. Details: project, status."""

    code = "not_active"


class IllegalStatus(CentreError):
    """The status asked for cannot follow the present one. Details: status, asked."""

    code = "illegal_status"


class AlreadyInStatus(IllegalStatus):
    """The project has the status that was asked for. Details: project, status, at, by.

    `at` and `by` are None where nobody has changed it yet.
    """

    code = "already_in_status"


def check_step(stage: Stage, asked: Stage) -> None:
    """Allow a move only to the stage that follows.

    Raises: IllegalStep otherwise.
    Source: docs/rules.md, L1.
    """
    if stage.following is not asked:
        raise IllegalStep(left=stage, asked=asked, legal=stage.following)


def check_step_back(stage: Stage, asked: Stage) -> None:
    """Allow a step back only to the stage just before.

    Raises: IllegalStep otherwise.
    Source: docs/rules.md, L2.
    """
    if stage.preceding is not asked:
        raise IllegalStep(left=stage, asked=asked, legal=stage.preceding)


def check_active(project: str, status: Status) -> None:
    """Let only an active project move.

    Raises: NotActive otherwise.
    Source: docs/rules.md, L3.
    """
    if status is not Status.ACTIVE:
        raise NotActive(project=project, status=status)


def check_status_change(status: Status, asked: Status) -> None:
    """Allow suspend, resume and cancel where they make sense; a cancellation is final.

    Raises: IllegalStatus otherwise.
    Source: docs/rules.md, L4.
    """
    if asked not in _CHANGES[status]:
        raise IllegalStatus(status=status, asked=asked)
