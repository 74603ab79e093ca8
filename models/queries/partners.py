"""Finding the partner that a text means, and never two bodies for one."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from rapidfuzz import fuzz, process
from sqlmodel import Session, col, func, select

from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.names import (
    LONGEST_NAME_COMPARED,
    NEAR,
    difference,
    fold,
    is_arabic,
    is_slip,
    plain,
    readings,
    words,
)
from models.rules.text import visible
from models.tables import Commitment, Partner, PartnerAlias, Partnership, Project

CLOSE_ENOUGH, FARTHER_AT_MOST = 65, 12
"""How alike a name must be to be offered for another, of 100, and how much less than the nearest."""

CANDIDATES = 3
LONGEST_SOURCE = 200
_SPELLINGS_LOOKED_AT = 12
_NONE: frozenset[str] = frozenset()


class Certainty(StrEnum):
    """How sure a match is: the spelling is in the books, the project decides, or all but a slip fits."""

    EXACT = "exact"
    PROJECT = "project"
    CLOSE = "close"


class AmbiguousPartner(CentreError):
    """A text that means several bodies. Details: text, bodies (keys), candidates (names)."""

    code = "ambiguous_partner"


@dataclass(frozen=True, slots=True)
class PartnerMatch:
    """The partner a text means. `placeholder`: the text names no body, such as "local association"."""

    partner: UUID
    key: str
    placeholder: bool
    spelling: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which a partner is written. `qualified`: it fits this body alone."""

    body: str
    text: str
    qualified: bool


@dataclass(frozen=True, slots=True)
class Body:
    """What the book knows of a partner itself."""

    id: UUID
    key: str
    name_ar: str
    name_fr: str
    placeholder: bool


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """One line of the list of partners: in how many projects it stands, and what it has promised."""

    key: str
    name_ar: str
    name_fr: str
    name_en: str
    type: str
    placeholder: bool
    projects: int
    commitments: int

    def name(self, language: str) -> str:
        """The name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


@dataclass(frozen=True)
class PartnerBook:
    """Every partner with its spellings, read once; for matching many texts."""

    bodies: Mapping[str, Body]
    spellings: Mapping[str, tuple[Spelling, ...]]
    """By the folded form of the spelling."""

    def match(self, text: str, linked: frozenset[str] = _NONE) -> PartnerMatch:
        """Return the partner that a text means; `linked` are the keys of the project's partners.

        Raises: UnknownKey with the nearest names, AmbiguousPartner.
        Source: docs/rules.md, N1 to N5.
        """
        wanted = text.strip()
        if (key := wanted.casefold()) in self.bodies:
            return self._matched(Spelling(key, wanted, True), Certainty.EXACT)
        if len(wanted) > LONGEST_NAME_COMPARED:
            raise self.unknown(wanted)
        if exact := self._exact(wanted):
            return self._decide(wanted, exact, linked, Certainty.EXACT)
        if close := self._close(wanted):
            return self._decide(wanted, close, linked, Certainty.CLOSE)
        raise self.unknown(wanted)

    def _exact(self, text: str) -> tuple[Spelling, ...]:
        whole = self.spellings.get(fold(text), ())
        parts = readings(text)
        if whole or len(parts) <= 1:
            return whole
        found = [self.spellings.get(fold(part)) or self._like(part, _same) for part in parts]
        if not all(found):
            return ()
        common = set[str].intersection(*({spelling.body for spelling in part} for part in found))
        every = tuple(spelling for part in found for spelling in part)
        return tuple(spelling for spelling in every if spelling.body in common) or every

    def _close(self, text: str) -> tuple[Spelling, ...]:
        if same := self._like(text, _same):
            return same
        if slips := self._like(text, is_slip):
            return slips + self._like(text, _near)
        return ()

    def _like(
        self, text: str, likeness: Callable[[tuple[str, ...], tuple[str, ...]], bool]
    ) -> tuple[Spelling, ...]:
        ours = words(text)
        alike = self._by_count.get(len(ours), ())
        return tuple(spelling for theirs, spelling in alike if likeness(ours, theirs))

    @cached_property
    def _by_count(self) -> Mapping[int, tuple[tuple[tuple[str, ...], Spelling], ...]]:
        """The words of each spelling that names a body, by their number."""
        counted: dict[int, list[tuple[tuple[str, ...], Spelling]]] = defaultdict(list)
        for spelling in (one for group in self.spellings.values() for one in group):
            if not self.bodies[spelling.body].placeholder:
                theirs = words(spelling.text)
                counted[len(theirs)].append((theirs, spelling))
        return {count: tuple(spellings) for count, spellings in counted.items()}

    @cached_property
    def _plain(self) -> Mapping[str, str]:
        return {folded: plain(group[0].text) for folded, group in self.spellings.items()}

    def _decide(
        self, text: str, found: tuple[Spelling, ...], linked: frozenset[str], certainty: Certainty
    ) -> PartnerMatch:
        bodies = dict.fromkeys(spelling.body for spelling in found)
        if len(bodies) == 1 and any(spelling.qualified for spelling in found):
            return self._matched(found[0], certainty)
        here = [spelling for spelling in found if spelling.body in linked]
        if certainty is Certainty.EXACT and len({spelling.body for spelling in here}) == 1:
            return self._matched(here[0], Certainty.PROJECT)
        raise AmbiguousPartner(
            text=visible(text[:60]), bodies=tuple(bodies), candidates=self._names(bodies, text)
        )

    def _matched(self, spelling: Spelling, certainty: Certainty) -> PartnerMatch:
        body = self.bodies[spelling.body]
        return PartnerMatch(body.id, body.key, body.placeholder, spelling.text, certainty)

    def check_new(self, field: str, text: str, of: str | None = None) -> None:
        """Refuse a name for a new partner, or for the one `of` a key, that means another of the books.

        Raises: BadValue naming the field and the partner, AmbiguousPartner where it means several.
        Source: docs/rules.md, N5.
        """
        try:
            found = self.match(text)
        except UnknownKey:
            return
        if found.key == of:
            return
        (name,) = self._names([found.key], text)
        raise BadValue(field=field, value=visible(text[:60]), reason="partner_known", partner=name)

    def unknown(self, text: str) -> UnknownKey:
        """Return the refusal for a text that means no partner, with the names nearest to it."""
        near = process.extract(
            plain(text[:LONGEST_NAME_COMPARED]),
            self._plain,
            scorer=fuzz.token_set_ratio,
            score_cutoff=CLOSE_ENOUGH,
            limit=_SPELLINGS_LOOKED_AT,
        )
        near = [one for one in near if one[1] >= near[0][1] - FARTHER_AT_MOST]
        bodies = dict.fromkeys(
            spelling.body for _, _, folded in near for spelling in self.spellings[folded]
        )
        names = self._names(list(bodies)[:CANDIDATES], text)
        return UnknownKey(noun="partner", key=visible(text[:60]), candidates=names)

    def _names(self, keys: Iterable[str], text: str) -> tuple[str, ...]:
        found = [self.bodies[key] for key in keys]
        return tuple(body.name_ar if is_arabic(text) else body.name_fr for body in found)


def open_partner_book(session: Session) -> PartnerBook:
    """Read every partner and spelling."""
    bodies: dict[str, Body] = {}
    spellings: dict[str, list[Spelling]] = defaultdict(list)
    for partner in session.exec(select(Partner).order_by(col(Partner.key))):
        bodies[partner.key] = Body(
            partner.id, partner.key, partner.name_ar, partner.name_fr, partner.placeholder
        )
        for name in dict.fromkeys((partner.name_ar, partner.name_fr, partner.name_en)):
            spellings[fold(name)].append(Spelling(partner.key, name, True))
    aliases = session.exec(
        select(
            col(Partner.key), col(PartnerAlias.spelling), col(PartnerAlias.folded), PartnerAlias.qualified
        )
        .join(Partner, col(Partner.id) == col(PartnerAlias.partner_id))
        .order_by(col(Partner.key), col(PartnerAlias.spelling))
    )
    for key, spelling, folded, qualified in aliases:
        spellings[folded].append(Spelling(key, spelling, qualified))
    return PartnerBook(bodies, {folded: tuple(group) for folded, group in spellings.items() if folded})


def list_partners(session: Session, *, project: UUID | None = None) -> tuple[PartnerLine, ...]:
    """Return every partner in the order of the keys, or those that take part in a project.

    A project that has left one out does not count.
    """
    bodies = select(Partner).order_by(col(Partner.key))
    if project is not None:
        taking = select(col(Partnership.partner_id)).where(
            col(Partnership.project_id) == project, col(Partnership.retained)
        )
        bodies = bodies.where(col(Partner.id).in_(taking))
    parts = dict(
        session.exec(
            select(col(Partnership.partner_id), func.count())
            .where(col(Partnership.retained))
            .group_by(col(Partnership.partner_id))
        ).all()
    )
    promises = dict(
        session.exec(
            select(col(Commitment.partner_id), func.count()).group_by(col(Commitment.partner_id))
        ).all()
    )
    return tuple(
        PartnerLine(
            key=partner.key,
            name_ar=partner.name_ar,
            name_fr=partner.name_fr,
            name_en=partner.name_en,
            type=partner.type,
            placeholder=partner.placeholder,
            projects=parts.get(partner.id, 0),
            commitments=promises.get(partner.id, 0),
        )
        for partner in session.exec(bodies)
    )


def partner_names(session: Session) -> dict[str, dict[str, str]]:
    """Return the name of each partner in the languages of the house, by its key."""
    rows = session.exec(
        select(col(Partner.key), col(Partner.name_ar), col(Partner.name_fr), col(Partner.name_en))
    )
    return {key: {"ar": name_ar, "fr": name_fr, "en": name_en} for key, name_ar, name_fr, name_en in rows}


def linked_partners(session: Session, project: str) -> frozenset[str]:
    """Return the keys of the partners that a project has, in either reading of the report."""
    if visible(project) != project:
        return _NONE
    return frozenset(
        session.exec(
            select(col(Partner.key))
            .join(Partnership, col(Partnership.partner_id) == col(Partner.id))
            .join(Project, col(Project.id) == col(Partnership.project_id))
            .where(Project.key == project)
        )
    )


def match_partner(session: Session, text: str, project: str | None = None) -> PartnerMatch:
    """Return the partner that a text means: a key, any spelling or acronym, or all but a slip of one.

    `project` (a key) decides between bodies where the text fits several and the project has one of them.
    To match many texts, open the book once: `open_partner_book(session).match(text, linked)`.
    Raises: UnknownKey with the nearest names, AmbiguousPartner.
    Source: docs/rules.md, N1 to N5.
    """
    linked = linked_partners(session, project) if project else _NONE
    return open_partner_book(session).match(text, linked)


def find_partner(session: Session, key: str) -> Partner:
    """Return the partner of a key.

    Raises: UnknownKey, with the nearest names.
    """
    found = None
    if visible(key) == key:
        found = session.exec(select(Partner).where(Partner.key == key)).first()
    if found is None:
        raise open_partner_book(session).unknown(key)
    return found


def _same(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return difference(ours, theirs) == 0


def _near(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    letters = difference(ours, theirs)
    return letters is not None and letters <= NEAR
