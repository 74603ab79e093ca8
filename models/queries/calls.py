"""One funding call with all that is known of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from models.queries.funding import CallLine, load_call
from models.queries.projects import place_of
from models.queries.receipts import CallPart, paid_on
from models.rules.authority import Place
from models.rules.letters import Named
from models.rules.stages import Stage
from models.rules.tranches import Trigger
from models.tables import Commitment, Convention, FundingCall, Partner, Project, Tranche


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call, what lets it be made, what it rests on, and what has paid it.

    Unit of `progress`: hundredths of a percent. `convention` is empty where the commitment rests on none.
    """

    line: CallLine
    partner: Named
    project: Named
    place: Place
    convention: str
    trigger: Trigger
    expected_on: date
    stage: Stage | None
    progress: int | None
    document: str
    drafted_at: datetime
    issued_by: str | None
    withdrawn_on: date | None
    snooze_reason: str
    parts: tuple[CallPart, ...]


def call_facts(session: Session, call: UUID | str) -> CallFacts:
    """Return what is known of a call.

    Raises: UnknownKey.
    """
    line = load_call(session, call)
    found = session.get_one(FundingCall, line.id)
    tranche = session.get_one(Tranche, found.tranche_id)
    promise = session.get_one(Commitment, tranche.commitment_id)
    project = session.get_one(Project, promise.project_id)
    partner = session.get_one(Partner, promise.partner_id)
    convention = session.get(Convention, promise.convention_id) if promise.convention_id else None
    return CallFacts(
        line=line,
        partner=Named(partner.key, partner.name_ar, partner.name_fr, partner.name_en),
        project=Named(project.key, project.name_ar, project.name_fr, project.name_en),
        place=place_of(project),
        convention=convention.reference if convention else "",
        trigger=tranche.trigger,
        expected_on=tranche.expected_on,
        stage=tranche.stage,
        progress=tranche.progress,
        document=tranche.document,
        drafted_at=found.drafted_at,
        issued_by=found.issued_by,
        withdrawn_on=found.withdrawn_on,
        snooze_reason=found.snooze_reason,
        parts=paid_on(session, found.id, promise.currency),
    )
