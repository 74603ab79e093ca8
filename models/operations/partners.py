"""Writing partners, and their part in projects."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models.operations import trail
from models.operations.access import hold
from models.operations.additions import add_missing
from models.queries.partners import open_partner_book
from models.rules.errors import BadValue, CentreError
from models.rules.findings import Reading
from models.rules.names import fold
from models.rules.projects import LONGEST_NAME, check_text
from models.tables import Commitment, Partner, PartnerAlias, Partnership, Project


class PartnerCommitted(CentreError):
    """A partner with a promise in the books cannot be left out. Details: project, partner."""

    code = "partner_committed"


@dataclass(frozen=True, slots=True)
class NewPartner:
    """What a partner is registered with; see Partner and PartnerAlias for the words."""

    key: str
    name_ar: str
    name_fr: str
    name_en: str
    type: str
    placeholder: bool = False
    source: str = ""
    spellings: tuple[str, ...] = ()
    unqualified: tuple[str, ...] = ()
    """Those of the spellings that fit several such bodies."""


def register(session: Session, new: NewPartner, *, by: str, at: datetime) -> Partner:
    """Write a new partner with its spellings.

    Raises: BadValue naming the field that breaks a rule, or the key that is taken.
    """
    names = {"name_ar": new.name_ar, "name_fr": new.name_fr, "name_en": new.name_en}
    for field, name in (*names.items(), *(("spelling", spelling) for spelling in new.spellings)):
        check_text(field, name, LONGEST_NAME, needed=True)
    partner = Partner(
        key=new.key,
        name_ar=new.name_ar,
        name_fr=new.name_fr,
        name_en=new.name_en,
        type=new.type,
        placeholder=new.placeholder,
        source=new.source,
    )
    if not add_missing(session, Partner, [partner.model_dump()]):
        raise BadValue(field="key", value=new.key, reason="taken")
    for spelling in dict.fromkeys(new.spellings):
        session.add(
            PartnerAlias(
                partner_id=partner.id,
                spelling=spelling,
                folded=fold(spelling),
                qualified=spelling not in new.unqualified,
            )
        )
    payload = {"key": new.key, **names, "type": new.type, "placeholder": new.placeholder}
    payload |= {"source": new.source, "spellings": new.spellings, "unqualified": new.unqualified}
    trail.record(session, at=at, actor=by, kind="partner_registered", payload=payload)
    return session.get_one(Partner, partner.id)


def keep_spellings(session: Session, partner: Partner, names: Iterable[str]) -> tuple[str, ...]:
    """Let names that a partner had go on meaning it, where nothing else does; return those that are new.

    Files and papers go on using them.
    Source: docs/rules.md, N7.
    """
    known = open_partner_book(session).spellings
    kept = tuple(name for name in dict.fromkeys(names) if fold(name) not in known)
    rows = [
        PartnerAlias(partner_id=partner.id, spelling=name, folded=fold(name)).model_dump() for name in kept
    ]
    add_missing(session, PartnerAlias, rows)
    return kept


def link(
    session: Session,
    *,
    project: Project,
    partner: Partner,
    by: str,
    at: datetime,
    reading: Reading = Reading.BOTH,
    source: str = "",
) -> bool:
    """Let a partner take part in a project; return False, changing nothing, where it does or did.

    Source: docs/rules.md, D3.
    """
    part = Partnership(project_id=project.id, partner_id=partner.id, reading=reading.value, source=source)
    if not add_missing(session, Partnership, [part.model_dump()]):
        return False
    payload = {"partner": partner.key, "reading": reading, "source": source}
    trail.record(session, at=at, actor=by, kind="partner_linked", project=project.id, payload=payload)
    return True


def retain(
    session: Session,
    *,
    project: Project,
    partner: Partner,
    retained: bool,
    reason: str,
    by: str,
    at: datetime,
) -> bool:
    """Keep a linked partner in a project, or leave it out; return whether anything changed.

    The caller has authorized it.
    Raises: PartnerCommitted when one that is left out has a promise for the project.
    Source: docs/rules.md, D7.
    """
    hold(session, project)
    found = _partnership(session, project, partner)
    if found is None or found.retained is retained:
        return False
    if not retained and _has_promised(session, project, partner):
        raise PartnerCommitted(project=project.key, partner=partner.key)
    found.retained = retained
    kind = "partner_linked" if retained else "partner_unlinked"
    payload = {"partner": partner.key, "reading": found.reading, "reason": reason}
    trail.record(session, at=at, actor=by, kind=kind, project=project.id, payload=payload)
    return True


def _partnership(session: Session, project: Project, partner: Partner) -> Partnership | None:
    return session.exec(
        select(Partnership).where(
            Partnership.project_id == project.id, Partnership.partner_id == partner.id
        )
    ).first()


def _has_promised(session: Session, project: Project, partner: Partner) -> bool:
    promise = select(col(Commitment.id)).where(
        Commitment.project_id == project.id, Commitment.partner_id == partner.id
    )
    return session.exec(promise).first() is not None
