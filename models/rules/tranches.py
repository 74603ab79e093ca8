"""When a partner's tranche falls due to be called."""

from enum import StrEnum


class Trigger(StrEnum):
    """What lets a tranche be called."""

    DATE = "date"
    STAGE = "stage"
    PROGRESS = "progress"
    DOCUMENT = "document"


class CallState(StrEnum):
    """What became of a funding call. A call is never deleted: one that should not be is withdrawn."""

    DRAFT = "draft"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


class ReleaseKind(StrEnum):
    """Why a part of a commitment will not come."""

    CANCELLED = "cancelled"
    WRITTEN_OFF = "written_off"
