"""How each change of money that two people decide on is checked and carried out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from models.operations import budgets, partners, trail
from models.operations.access import hold
from models.operations.budgets import Hands
from models.operations.commitments import check_promise, set_commitment
from models.operations.line_decisions import carry_out
from models.operations.line_terms import NAMES as TERMS_OF_A_MATCH
from models.operations.line_terms import from_terms
from models.operations.releases import check_release, release_commitment
from models.queries.conventions import find_commitment
from models.queries.partners import find_partner, open_partner_book
from models.rules.commitments import check_commitment
from models.rules.errors import BadValue
from models.rules.four_eyes import FilesNeeded, MoneyChange
from models.rules.money import CurrencyMismatch, Money
from models.rules.partners import PARTNER_TYPES
from models.rules.projects import LONGEST_NAME, check_text
from models.rules.text import visible
from models.rules.trail import canonical
from models.rules.tranches import ReleaseKind
from models.tables import Partner, Project

LONGEST_REFERENCE = 64

Terms = Mapping[str, Any]
"""What a change is to do, as JSON can hold it: codes, texts, numbers, days as text."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One change of money. `project` is None where master data change; `today`: the local day.

    `by`, `at`: who proposed it, and when it is asked.
    """

    project: Project | None
    amount: Money
    terms: Terms
    today: date
    by: str
    at: datetime

    @property
    def of(self) -> Project:
        """The project, for a change that has one."""
        if self.project is None:
            raise BadValue(field="project", value="", reason="empty")
        return self.project


@dataclass(frozen=True, slots=True)
class Carrier:
    """What one kind of change needs: the names of its terms, its check, and how it is carried out."""

    terms: tuple[str, ...]
    check: Callable[[Session, Asked], object]
    carry_out: Callable[[Session, Asked, Hands], object]
    of_a_project: bool = True


def plain(change: MoneyChange, terms: Terms) -> Terms:
    """Return terms as JSON keeps them, or refuse those that do not belong to the change.

    Raises: BadValue.
    """
    asked = CARRIERS[change].terms
    for name in (*terms, *asked):
        if name not in terms or name not in asked:
            raise _differing(str(name))
    kept: Terms = json.loads(canonical(terms))
    return kept


def _check_revision(session: Session, asked: Asked) -> None:
    budgets.check_revisable(session, asked.of, _text(asked, "line"), asked.amount)


def _revise(session: Session, asked: Asked, hands: Hands) -> None:
    budgets.revise(session, asked.of, _text(asked, "line"), asked.amount, hands)


def _check_transfer(session: Session, asked: Asked) -> None:
    source, target = _text(asked, "source"), _text(asked, "target")
    budgets.check_transferable(session, asked.of, source, target, asked.amount)


def _transfer(session: Session, asked: Asked, hands: Hands) -> None:
    source, target = _text(asked, "source"), _text(asked, "target")
    budgets.transfer(session, asked.of, source, target, asked.amount, hands)


def _promise(session: Session, asked: Asked) -> dict[str, Any]:
    """Return what `set_commitment` takes, or refuse it."""
    terms = asked.terms
    partner = find_partner(session, _text(asked, "partner"))
    year = terms["budget_year"]
    if not isinstance(year, int | None) or not isinstance(terms["in_kind"], bool):
        raise _differing("budget_year")
    signed_on = _day(asked, "signed_on")
    check_commitment(asked.amount, asked.of.currency, terms["in_kind"], signed_on, year, asked.today)
    reference = check_text("reference", _text(asked, "reference"), LONGEST_REFERENCE, needed=True)
    check_promise(
        session,
        project=asked.of,
        partner=partner,
        reference=reference,
        amount=asked.amount,
        in_kind=terms["in_kind"],
        signed_on=signed_on,
    )
    return {
        "project": asked.of.key,
        "partner": partner.key,
        "reference": reference,
        "amount": asked.amount,
        "in_kind": terms["in_kind"],
        "signed_on": signed_on,
        "budget_year": year,
        "budget_line": check_text("budget_line", _text(asked, "budget_line"), LONGEST_REFERENCE),
    }


def _commit(session: Session, asked: Asked, hands: Hands) -> None:
    # As whoever proposed it: the second person lets it pass, and does not write it.
    promise = _promise(session, asked)
    set_commitment(session, **promise, by=hands.proposed_by, at=hands.at, approved_by=hands.approved_by)


def _check_release(session: Session, asked: Asked) -> dict[str, Any]:
    """Return what `release_commitment` takes, or refuse it: what was called is not released."""
    terms, amount = asked.terms, asked.amount
    partner = find_partner(session, _text(asked, "partner"))
    promise = find_commitment(session, asked.of, partner, _text(asked, "commitment"))
    if amount.currency != promise.currency:
        raise CurrencyMismatch(left=amount.currency, right=promise.currency)
    decided_on = _day(asked, "decided_on")
    if decided_on is None or terms["kind"] not in tuple(ReleaseKind):
        raise _differing("kind" if decided_on else "decided_on")
    if not isinstance(terms["amendment"], int | None):
        raise _differing("amendment")
    kind = ReleaseKind(terms["kind"])
    check_release(session, promise, partner.key, kind, amount, decided_on, terms["amendment"], asked.today)
    return {
        "project": asked.of.key,
        "partner": partner.key,
        "commitment": promise.reference,
        "kind": kind,
        "amount": amount,
        "decided_on": decided_on,
        "reference": check_text("reference", _text(asked, "reference"), LONGEST_REFERENCE, needed=True),
        "amendment": terms["amendment"],
    }


def _release(session: Session, asked: Asked, hands: Hands) -> None:
    release = _check_release(session, asked)
    release_commitment(session, **release, by=hands.approved_by, at=hands.at, proposed_by=hands.proposed_by)


def _ask_for_files(session: Session, asked: Asked, *_hands: Hands) -> None:
    """Refuse to write rows that are not at hand: whoever approves them brings their files in again."""
    terms = asked.terms
    raise FilesNeeded(files=tuple(terms["files"]), layout=terms["layout"])


_NAMES = ("name_ar", "name_fr", "name_en")
_DETAILS = (*_NAMES, "type")


def _check_details(session: Session, asked: Asked) -> Partner:
    found = find_partner(session, _text(asked, "partner"))
    hold(session, found)
    book = open_partner_book(session)
    for name in _NAMES:
        text = check_text(name, _text(asked, name), LONGEST_NAME, needed=True)
        if text != getattr(found, name):
            book.check_new(name, text, found.key)
    if asked.terms["type"] not in PARTNER_TYPES:
        limit = ", ".join(PARTNER_TYPES)
        raise BadValue(
            field="type", value=visible(_text(asked, "type")[:60]), reason="not_listed", limit=limit
        )
    return found


def _correct_partner(session: Session, asked: Asked, hands: Hands) -> None:
    found = _check_details(session, asked)
    previous = {name: getattr(found, name) for name in _DETAILS}
    changed = {name: asked.terms[name].strip() for name in _DETAILS}
    for name, value in changed.items():
        setattr(found, name, value)
    session.flush()
    kept = partners.keep_spellings(session, found, [previous[name] for name in _NAMES])
    payload = {"partner": found.key, **changed, "previous": previous, "spellings": kept}
    payload |= {"proposed_by": hands.proposed_by, "reason": hands.reason}
    _note(session, hands, "partner_corrected", payload)


def _check_match(session: Session, asked: Asked) -> None:
    """Write what was decided about a line, and take it back at once: the books say what they refuse."""
    with session.begin_nested() as trial:
        carry_out(session, from_terms(asked.terms), by=asked.by, at=asked.at)
        trial.rollback()
    session.expire_all()


def _book_match(session: Session, asked: Asked, hands: Hands) -> None:
    # As whoever proposed it: the second person lets it pass, and does not write it.
    carry_out(session, from_terms(asked.terms), by=hands.proposed_by, second=hands.approved_by, at=hands.at)


CARRIERS: Mapping[MoneyChange, Carrier] = {
    MoneyChange.BUDGET_REVISION: Carrier(("line",), _check_revision, _revise),
    MoneyChange.BUDGET_TRANSFER: Carrier(("source", "target"), _check_transfer, _transfer),
    MoneyChange.COMMITMENT: Carrier(
        ("partner", "reference", "in_kind", "signed_on", "budget_year", "budget_line"), _promise, _commit
    ),
    MoneyChange.COMMITMENT_IMPORT: Carrier(
        ("layout", "files", "said", "origin", "new", "large", "largest"),
        _ask_for_files,
        _ask_for_files,
        of_a_project=False,
    ),
    MoneyChange.COMMITMENT_RELEASE: Carrier(
        ("partner", "commitment", "kind", "decided_on", "reference", "amendment"),
        _check_release,
        _release,
    ),
    MoneyChange.PARTNER_DETAILS: Carrier(
        ("partner", *_DETAILS), _check_details, _correct_partner, of_a_project=False
    ),
    MoneyChange.BANK_MATCH: Carrier(TERMS_OF_A_MATCH, _check_match, _book_match, of_a_project=False),
}
"""How each kind of change is carried out."""


def _differing(name: str) -> BadValue:
    """Return the refusal of a term that is missing, unknown, or no value of its kind."""
    return BadValue(field="terms", value=visible(name[:60]), reason="terms_differ")


def _text(asked: Asked, name: str) -> str:
    value = asked.terms[name]
    if not isinstance(value, str):
        raise _differing(name)
    return value


def _day(asked: Asked, name: str) -> date | None:
    if asked.terms[name] is None:
        return None
    try:
        return date.fromisoformat(_text(asked, name))
    except ValueError:
        raise _differing(name) from None


def _note(
    session: Session, hands: Hands, kind: str, payload: Terms, project: Project | None = None
) -> None:
    of = project.id if project is not None else None
    trail.record(session, at=hands.at, actor=hands.approved_by, kind=kind, project=of, payload=payload)
