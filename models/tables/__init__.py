"""Every table, so that one import knows the whole schema."""

from models.tables.approval import Proposal, Waiver
from models.tables.dispatcher import Dispatcher, Orchestrator
from models.tables.evidence import Evidence, StoredFile
from models.tables.finding import FindingProject, ReportFinding
from models.tables.milestone import FeastOverride, Milestone, RamadanOverride
from models.tables.move import Door, MoveRequest, Outcome, StageChange
from models.tables.outbox import (
    ChatThread,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    FeedMessage,
    Parcel,
)
from models.tables.partner import Commitment, Partner, PartnerAlias, Partnership
from models.tables.person import Duty, Person, RoleGrant
from models.tables.project import Project
from models.tables.trail import TrailEntry, TrailHead

__all__ = [
    "ChatThread",
    "Commitment",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Dispatcher",
    "Door",
    "Duty",
    "Evidence",
    "FeastOverride",
    "FeedMessage",
    "FindingProject",
    "Milestone",
    "MoveRequest",
    "Orchestrator",
    "Outcome",
    "Parcel",
    "Partner",
    "PartnerAlias",
    "Partnership",
    "Person",
    "Project",
    "Proposal",
    "RamadanOverride",
    "ReportFinding",
    "RoleGrant",
    "StageChange",
    "StoredFile",
    "TrailEntry",
    "TrailHead",
    "Waiver",
]
