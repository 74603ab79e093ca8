"""Every table, so that one import knows the whole schema."""

from models.tables.alert import MoneyAlert
from models.tables.approval import Proposal, Waiver
from models.tables.budget import BudgetEntry, BudgetLine, BudgetPlan, ClosedPeriod
from models.tables.certificate import Certificate, Measurement, Payment, PriceIndex
from models.tables.contract import (
    Acceptance,
    BillItem,
    Contract,
    ContractAmendment,
    ContractTerm,
    PlannedPayment,
    Reservation,
    Security,
    ServiceOrder,
)
from models.tables.contractor import ContractorName
from models.tables.convention import (
    CommitmentRelease,
    Convention,
    ConventionAmendment,
    ConventionParty,
)
from models.tables.dispatcher import Dispatcher, Orchestrator
from models.tables.evidence import Evidence, StoredFile
from models.tables.finding import FindingProject, ReportFinding
from models.tables.foreign import ExchangeRate, ForeignAmount
from models.tables.four_eyes import MoneyProposal
from models.tables.funding import Allocation, FundingCall, Receipt, Tranche
from models.tables.look import Look
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
from models.tables.reconciliation import (
    Case,
    CaseEvent,
    Lesson,
    Match,
    MatchPart,
    ReconciliationRun,
)
from models.tables.statement import (
    StatementAccount,
    StatementFault,
    StatementFile,
    StatementLine,
)
from models.tables.trail import TrailEntry, TrailHead

__all__ = [
    "Acceptance",
    "Allocation",
    "BillItem",
    "BudgetEntry",
    "BudgetLine",
    "BudgetPlan",
    "Case",
    "CaseEvent",
    "Certificate",
    "ChatThread",
    "ClosedPeriod",
    "Commitment",
    "CommitmentRelease",
    "Contract",
    "ContractAmendment",
    "ContractTerm",
    "ContractorName",
    "Convention",
    "ConventionAmendment",
    "ConventionParty",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Dispatcher",
    "Door",
    "Duty",
    "Evidence",
    "ExchangeRate",
    "FeastOverride",
    "FeedMessage",
    "FindingProject",
    "ForeignAmount",
    "FundingCall",
    "Lesson",
    "Look",
    "Match",
    "MatchPart",
    "Measurement",
    "Milestone",
    "MoneyAlert",
    "MoneyProposal",
    "MoveRequest",
    "Orchestrator",
    "Outcome",
    "Parcel",
    "Partner",
    "PartnerAlias",
    "Partnership",
    "Payment",
    "Person",
    "PlannedPayment",
    "PriceIndex",
    "Project",
    "Proposal",
    "RamadanOverride",
    "Receipt",
    "ReconciliationRun",
    "ReportFinding",
    "Reservation",
    "RoleGrant",
    "Security",
    "ServiceOrder",
    "StageChange",
    "StatementAccount",
    "StatementFault",
    "StatementFile",
    "StatementLine",
    "StoredFile",
    "TrailEntry",
    "TrailHead",
    "Tranche",
    "Waiver",
]
