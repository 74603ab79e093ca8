from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.rules.approvals import ProposalState
from models.rules.dossier import Quorum
from models.rules.stages import Stage
from models.tables.columns import choice, instant, not_both

_LIVE = text("state IN ('open', 'approved')")


class Proposal(SQLModel, table=True):
    """A move that waits for its three hands; `version` rises with every decision."""

    __table_args__ = (
        not_both("proposer_is_not_certifier", "proposed_by", "certified_by"),
        not_both("proposer_is_not_approver", "proposed_by", "approved_by"),
        not_both("certifier_is_not_approver", "certified_by", "approved_by"),
        CheckConstraint("approved_by IS NULL OR certified_by IS NOT NULL", name="certified_first"),
        CheckConstraint("state <> 'approved' OR approved_by IS NOT NULL", name="approved_has_hand"),
        Index(
            "uq_proposal_live",
            "project_id",
            "entered",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    left: Stage = choice(Stage, check="left_stage")
    entered: Stage = choice(Stage, check="entered_stage")
    state: ProposalState = choice(ProposalState, default=ProposalState.OPEN)
    version: int = 1
    expires_on: date
    proposed_by: str = Field(max_length=64)
    proposed_at: datetime = instant()
    certified_by: str | None = Field(default=None, max_length=64)
    certified_at: datetime | None = instant(default=None, nullable=True)
    approved_by: str | None = Field(default=None, max_length=64)
    approved_at: datetime | None = instant(default=None, nullable=True)
    ended_by: str | None = Field(default=None, max_length=64)
    ended_at: datetime | None = instant(default=None, nullable=True)
    reason: str = Field(default="", max_length=2000)

    @property
    def quorum(self) -> Quorum:
        return Quorum(self.proposed_by, self.certified_by, self.approved_by)


class Waiver(SQLModel, table=True):
    """A soft criterion set aside by a director until a day, on which it no longer counts."""

    __table_args__ = (Index("ix_waiver_project_id_rule", "project_id", "rule"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: UUID = Field(foreign_key="project.id")
    rule: str = Field(max_length=16)
    granted_by: str = Field(max_length=64)
    granted_at: datetime = instant()
    reason: str = Field(max_length=2000)
    expires_on: date
