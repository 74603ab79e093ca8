"""Finding conventions and commitments, and what is left of a commitment."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.queries.projects import nearest
from models.rules.errors import BadValue, UnknownKey
from models.rules.funding import least_left
from models.rules.money import Money
from models.rules.text import visible
from models.rules.tranches import CallState
from models.tables import (
    Commitment,
    CommitmentRelease,
    Convention,
    ConventionAmendment,
    ConventionParty,
    FundingCall,
    Partner,
    Project,
    Tranche,
)


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A body that signs a convention; `signed_on` is None while it has not."""

    partner: str
    name_ar: str
    name_fr: str
    name_en: str
    signed_on: date | None

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    """A signed change of a convention."""

    number: int
    signed_on: date
    subject: str


@dataclass(frozen=True, slots=True)
class ConventionLine:
    """A convention. `signed_on`: the day of the last signature, None while one is missing."""

    reference: str
    title: str
    signed_on: date | None
    ends_on: date | None
    payment_days: int
    parties: tuple[PartyLine, ...]
    amendments: tuple[AmendmentLine, ...]
    projects: tuple[str, ...]
    """Keys of the projects for which a commitment rests on it."""
    sample: bool

    @property
    def unsigned(self) -> tuple[PartyLine, ...]:
        """The parties that have not signed."""
        return tuple(party for party in self.parties if party.signed_on is None)


@dataclass(frozen=True, slots=True)
class RestingLine:
    """A commitment (keys of its project and partner) that rests on a convention."""

    project: str
    partner: str
    reference: str
    amount: Money
    in_kind: bool


def find_convention(session: Session, reference: str) -> Convention:
    """Return the convention of a reference.

    Raises: UnknownKey, with the nearest references.
    """
    found = None
    if visible(reference) == reference:
        found = session.exec(select(Convention).where(Convention.reference == reference)).first()
    if found is None:
        known = session.exec(select(Convention.reference)).all()
        raise UnknownKey(
            noun="convention", key=visible(reference[:60]), candidates=nearest(reference, known)
        )
    return found


def find_commitment(session: Session, project: Project, partner: Partner, reference: str) -> Commitment:
    """Return a partner's commitment for a project.

    Raises: UnknownKey, with the references of those it has there.
    """
    known = session.exec(
        select(Commitment).where(Commitment.project_id == project.id, Commitment.partner_id == partner.id)
    ).all()
    for commitment in known:
        if commitment.reference == reference:
            return commitment
    candidates = tuple(sorted(commitment.reference for commitment in known)[:3])
    raise UnknownKey(noun="commitment", key=visible(reference[:60]), candidates=candidates)


def commitment_meant(session: Session, project: Project, partner: Partner, reference: str) -> Commitment:
    """Return the commitment of a reference; where none is given, the only one the partner has there.

    Raises: UnknownKey; BadValue where the partner has promised nothing for it, or several things.
    Source: docs/rules.md, X30.
    """
    if reference:
        return find_commitment(session, project, partner, reference)
    known = session.exec(
        select(Commitment)
        .where(Commitment.project_id == project.id, Commitment.partner_id == partner.id)
        .order_by(col(Commitment.reference))
    ).all()
    if not known:
        raise BadValue(field="partner", value=partner.key, reason="no_commitment", limit=project.key)
    if len(known) > 1:
        references = tuple(one.reference for one in known)
        raise BadValue(field="reference", value="", reason="several_commitments", limit=references)
    return known[0]


def resting_on(session: Session, convention: Convention) -> tuple[RestingLine, ...]:
    """Return the commitments that rest on a convention, in the order of projects and partners."""
    rows = session.exec(
        select(Commitment, Project, Partner)
        .join(Project, col(Project.id) == col(Commitment.project_id))
        .join(Partner, col(Partner.id) == col(Commitment.partner_id))
        .where(Commitment.convention_id == convention.id)
        .order_by(col(Project.key), col(Partner.key), col(Commitment.reference))
    )
    return tuple(
        RestingLine(project.key, partner.key, one.reference, one.amount, one.in_kind)
        for one, project, partner in rows
    )


def list_conventions(session: Session) -> tuple[ConventionLine, ...]:
    """Return every convention, in the order of the references, in four reads."""
    parties: dict[UUID, list[PartyLine]] = defaultdict(list)
    signers = select(ConventionParty, Partner).join(
        Partner, col(Partner.id) == col(ConventionParty.partner_id)
    )
    for party, partner in session.exec(signers.order_by(col(Partner.key))):
        names = (partner.key, partner.name_ar, partner.name_fr, partner.name_en)
        parties[party.convention_id].append(PartyLine(*names, party.signed_on))
    amendments: dict[UUID, list[AmendmentLine]] = defaultdict(list)
    for change in session.exec(select(ConventionAmendment).order_by(col(ConventionAmendment.number))):
        line = AmendmentLine(change.number, change.signed_on, change.subject)
        amendments[change.convention_id].append(line)
    projects: dict[UUID | None, list[str]] = defaultdict(list)
    linked = (
        select(col(Commitment.convention_id), col(Project.key))
        .join(Project, col(Project.id) == col(Commitment.project_id))
        .where(col(Commitment.convention_id).is_not(None))
        .distinct()
    )
    for convention, key in session.exec(linked.order_by(col(Project.key))):
        projects[convention].append(key)
    return tuple(
        ConventionLine(
            reference=one.reference,
            title=one.title,
            signed_on=one.signed_on,
            ends_on=one.ends_on,
            payment_days=one.payment_days,
            parties=tuple(parties[one.id]),
            amendments=tuple(amendments[one.id]),
            projects=tuple(projects[one.id]),
            sample=one.sample,
        )
        for one in session.exec(select(Convention).order_by(col(Convention.reference)))
    )


def released_of(session: Session, commitment: Commitment) -> int:
    """Return what was released of a commitment. Unit: centimes."""
    amounts = select(func.sum(col(CommitmentRelease.amount_centimes)))
    found = session.exec(amounts.where(CommitmentRelease.commitment_id == commitment.id)).one()
    return int(found or 0)


def net_of(session: Session, commitment: Commitment) -> Money:
    """Return what is left of a commitment after its releases."""
    left = commitment.amount_centimes - released_of(session, commitment)
    return Money(left, commitment.currency)


def least_left_of(session: Session, commitment: Commitment) -> Money:
    """Return the least of a commitment that was neither released nor called, at the end of any day.

    Source: docs/rules.md, V20.
    """
    session.flush()
    changes = [(commitment.signed_on or date.min, commitment.amount_centimes)]
    releases = select(col(CommitmentRelease.decided_on), col(CommitmentRelease.amount_centimes))
    for day, amount in session.exec(releases.where(CommitmentRelease.commitment_id == commitment.id)):
        changes.append((day, -amount))
    calls = select(FundingCall).join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
    for call in session.exec(calls.where(Tranche.commitment_id == commitment.id)):
        if call.issued_on is not None:
            changes.append((call.issued_on, -call.amount_centimes))
            if call.withdrawn_on is not None:
                changes.append((call.withdrawn_on, call.amount_centimes))
    return Money(least_left(changes), commitment.currency)


def called_of(session: Session, commitment: Commitment) -> Money:
    """Return what was called of a commitment."""
    amounts = select(func.sum(col(FundingCall.amount_centimes))).join(
        Tranche, col(Tranche.id) == col(FundingCall.tranche_id)
    )
    called = session.exec(
        amounts.where(Tranche.commitment_id == commitment.id, FundingCall.state == CallState.ISSUED)
    ).one()
    return Money(int(called or 0), commitment.currency)
