"""Conventions: written, signed by each party, amended; and the commitments that rest on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import trail
from models.operations.access import take_up
from models.operations.additions import add_missing
from models.queries.conventions import called_of, find_commitment, find_convention
from models.queries.partners import find_partner
from models.queries.people import find_actor
from models.queries.periods import check_day
from models.rules.authority import Action, authorize
from models.rules.errors import BadValue
from models.rules.evidence import EARLIEST, LATEST
from models.rules.funding import PAYMENT_DAYS, Paper, Unsigned, check_payment_days
from models.rules.projects import LONGEST_NAME, check_text
from models.tables import Commitment, Convention, ConventionAmendment, ConventionParty, Partner

LONGEST_REFERENCE = 64


@dataclass(frozen=True, slots=True)
class ConventionChange:
    """A convention after a request; `changed` is False when it was as asked already."""

    convention: Convention
    changed: bool


def write_convention(
    session: Session,
    *,
    reference: str,
    title: str,
    parties: Sequence[str],
    ends_on: date | None,
    by: str,
    at: datetime,
    payment_days: int = PAYMENT_DAYS,
    sample: bool = False,
) -> ConventionChange:
    """Write a convention and who is to sign it, or correct one that nobody has signed yet.

    `parties`: keys of partners. Unit of `payment_days`: calendar days to answer a call.
    Raises: NotAllowed, BadValue, UnknownKey (a party).
    Source: docs/rules.md, V1.
    """
    authorize(find_actor(session, by), Action.KEEP_CONVENTIONS)
    reference = check_text("reference", reference, LONGEST_REFERENCE, needed=True)
    terms: dict[str, Any] = {
        "title": check_text("title", title, LONGEST_NAME),
        "ends_on": _check_day("ends_on", ends_on, LATEST) if ends_on else None,
        "payment_days": check_payment_days(payment_days),
    }
    bodies = {key: find_partner(session, key) for key in sorted(set(parties))}
    if not bodies:
        raise BadValue(field="parties", value="", reason="empty")
    found = Convention(reference=reference, sample=sample, **terms)
    new = bool(add_missing(session, Convention, [found.model_dump()]))
    found = _held(session, reference)
    if not new and not _correct(session, found, terms, bodies):
        return ConventionChange(found, changed=False)
    _set_parties(session, found, list(bodies.values()))
    payload = {"convention": reference, **terms, "parties": list(bodies)}
    trail.record(session, at=at, actor=by, kind="convention_written", payload=payload)
    return ConventionChange(found, changed=True)


def sign_convention(
    session: Session, *, reference: str, party: str, on: date, by: str, at: datetime
) -> ConventionChange:
    """Record the day on which a party signed; with the last signature the convention is signed.

    Raises: NotAllowed, UnknownKey, PeriodClosed, BadValue for a day that cannot be, a body that is no
    party, or another day than the one on record.
    Source: docs/rules.md, V1.
    """
    authorize(find_actor(session, by), Action.KEEP_CONVENTIONS)
    found, body = _held(session, reference), find_partner(session, party)
    _check_day("signed_on", on, local_day(at))
    parties = _parties(session, found)
    mine = next((one for one in parties if one.partner_id == body.id), None)
    if mine is None:
        raise BadValue(field="party", value=party, reason="not_a_party", rule="V1", limit=found.reference)
    if mine.signed_on == on:
        return ConventionChange(found, changed=False)
    if mine.signed_on is not None:
        raise BadValue(field="signed_on", value=on, reason="signed_before", rule="V1", limit=mine.signed_on)
    check_day(session, on)
    mine.signed_on = on
    days = [one.signed_on for one in parties]
    found.signed_on = max(day for day in days if day) if None not in days else None
    payload = {"convention": found.reference, "partner": body.key, "on": on, "signed_on": found.signed_on}
    trail.record(session, at=at, actor=by, kind="convention_signed", payload=payload)
    return ConventionChange(found, changed=True)


def amend_convention(
    session: Session,
    *,
    reference: str,
    number: int,
    signed_on: date,
    subject: str,
    by: str,
    at: datetime,
    ends_on: date | None = None,
) -> ConventionChange:
    """Add a signed amendment to a signed convention; amendments follow each other in number and day.

    `ends_on`: the new end, where the amendment sets one.
    Raises: NotAllowed, UnknownKey, BadValue, Unsigned, PeriodClosed.
    Source: docs/rules.md, V2.
    """
    authorize(find_actor(session, by), Action.KEEP_CONVENTIONS)
    found = _held(session, reference)
    _check_day("signed_on", signed_on, local_day(at))
    subject = check_text("subject", subject, needed=True)
    if found.signed_on is None:
        raise Unsigned(paper=Paper.CONVENTION, reference=found.reference, rule="V2")
    known = _amendments(session, found)
    same = next((one for one in known if one.number == number), None)
    if same is not None and (same.signed_on, same.subject) == (signed_on, subject):
        _check_end(found, same is known[-1], ends_on)
        return ConventionChange(found, changed=False)
    if number != len(known) + 1:
        raise BadValue(field="number", value=number, reason="out_of_order", rule="V2", limit=len(known) + 1)
    earliest = known[-1].signed_on if known else found.signed_on
    if signed_on < earliest:
        raise BadValue(field="signed_on", value=signed_on, reason="too_early", rule="V2", limit=earliest)
    check_day(session, signed_on)
    change = ConventionAmendment(
        convention_id=found.id, number=number, signed_on=signed_on, subject=subject
    )
    session.add(change)
    found.ends_on = _check_day("ends_on", ends_on, LATEST) if ends_on else found.ends_on
    payload: dict[str, Any] = {"convention": found.reference, "number": number, "signed_on": signed_on}
    payload |= {"subject": subject, "ends_on": found.ends_on}
    trail.record(session, at=at, actor=by, kind="convention_amended", payload=payload)
    return ConventionChange(found, changed=True)


def _check_end(found: Convention, is_last: bool, ends_on: date | None) -> None:
    """Refuse another end under the number of the last amendment, which alone says when it ends."""
    if is_last and ends_on is not None and ends_on != found.ends_on:
        limit = found.ends_on or ""
        raise BadValue(field="ends_on", value=ends_on, reason="already_stated", rule="V2", limit=limit)


def link_commitment(
    session: Session,
    *,
    project: str,
    partner: str,
    reference: str,
    convention: str,
    by: str,
    at: datetime,
) -> bool:
    """Let a partner's commitment for a project rest on a convention; return whether it did not yet.

    Raises: NotAllowed, UnknownKey, BadValue when the partner is no party, or the commitment was
    called on another convention.
    Source: docs/rules.md, V3.
    """
    found = take_up(session, project, Action.KEEP_CONVENTIONS, by)
    body, paper = find_partner(session, partner), find_convention(session, convention)
    commitment = find_commitment(session, found, body, reference)
    if body.id not in {party.partner_id for party in _parties(session, paper)}:
        raise BadValue(
            field="party", value=body.key, reason="not_a_party", rule="V3", limit=paper.reference
        )
    if commitment.convention_id == paper.id:
        return False
    if commitment.convention_id is not None and called_of(session, commitment):
        raise BadValue(field="reference", value=commitment.reference, reason="called_already", rule="V3")
    commitment.convention_id = paper.id
    payload = {"partner": body.key, "reference": commitment.reference, "convention": paper.reference}
    trail.record(session, at=at, actor=by, kind="commitment_linked", project=found.id, payload=payload)
    return True


def amended(session: Session, commitment: Commitment, number: int) -> ConventionAmendment:
    """Return a signed amendment of the convention a commitment rests on.

    Raises: BadValue.
    """
    found = session.exec(
        select(ConventionAmendment).where(
            ConventionAmendment.convention_id == commitment.convention_id,
            ConventionAmendment.number == number,
        )
    ).first()
    if found is None:
        raise BadValue(field="amendment", value=number, reason="no_amendment", rule="V4")
    return found


def _correct(
    session: Session, found: Convention, terms: dict[str, Any], bodies: dict[str, Partner]
) -> bool:
    """Carry new terms over; return whether anything is new. What somebody signed is not corrected."""
    known = {party.partner_id: party for party in _parties(session, found)}
    same = {name: getattr(found, name) for name in terms} == terms
    if same and known.keys() == {body.id for body in bodies.values()}:
        return False
    signed = [party.signed_on for party in known.values() if party.signed_on]
    if signed:
        raise BadValue(
            field="reference", value=found.reference, reason="signed_already", rule="V1", limit=max(signed)
        )
    for name, value in terms.items():
        setattr(found, name, value)
    return True


def _set_parties(session: Session, found: Convention, bodies: Sequence[Partner]) -> None:
    wanted = {body.id for body in bodies}
    known = {party.partner_id: party for party in _parties(session, found)}
    for partner, party in known.items():
        if partner not in wanted:
            session.delete(party)
    for partner in wanted - known.keys():
        session.add(ConventionParty(convention_id=found.id, partner_id=partner))
    session.flush()


def _held(session: Session, reference: str) -> Convention:
    """Return a convention, held until the transaction ends."""
    found = find_convention(session, reference)
    session.refresh(found, with_for_update=True)
    return found


def _parties(session: Session, found: Convention) -> Sequence[ConventionParty]:
    return session.exec(select(ConventionParty).where(ConventionParty.convention_id == found.id)).all()


def _amendments(session: Session, found: Convention) -> Sequence[ConventionAmendment]:
    return session.exec(
        select(ConventionAmendment)
        .where(ConventionAmendment.convention_id == found.id)
        .order_by(col(ConventionAmendment.number))
    ).all()


def _check_day(field: str, day: date, last: date) -> date:
    if day < EARLIEST:
        raise BadValue(field=field, value=day, reason="too_early", limit=EARLIEST)
    if day > last:
        reason = "in_the_future" if last < LATEST else "too_late"
        raise BadValue(field=field, value=day, reason=reason, limit=last)
    return day
