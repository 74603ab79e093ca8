"""Putting the sample people and dossiers of the demonstration into the books, marked as samples."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import singledispatch

from dateutil.relativedelta import relativedelta
from sqlmodel import Session, col, select

from models.clock import local_day
from models.operations import people, trail
from models.operations.access import hold, hold_people
from models.operations.commitments import set_commitment, set_foundation_share
from models.operations.evidence import add_evidence
from models.operations.sample_books import SampleBooks
from models.operations.sample_money import answer, as_payload
from models.operations.sample_works import works_worth
from models.queries.dossiers import load_dossier
from models.queries.periods import first_open_day
from models.queries.projects import find_project
from models.rules.authority import Action, Role
from models.rules.commitments import split_evenly
from models.rules.dossier import Dossier, Proof
from models.rules.evidence import EVIDENCE, action_to_add, evidence_type
from models.rules.gates import criteria_of
from models.rules.money import Money
from models.rules.needs import (
    AnyOf,
    AtLeast,
    AtMost,
    Booked,
    Filed,
    Funded,
    MonthsAfter,
    Need,
    NotOver,
    OnDuty,
    Planned,
    ShareOf,
    Signed,
    Within,
    promised,
)
from models.rules.people import DUTIES, LoginTaken
from models.rules.stages import Stage, Status
from models.samples import SamplePerson, on_weekday, sample_people, sample_pieces
from models.tables import Evidence, Partner, Partnership, Person, Project, StageChange

HOUSE = "tadshin"
"""Who stands in the trail for what the program does by itself."""

CONVENTION = "partnership_convention"
_SLACK = timedelta(days=5)
_SHARE_PERCENT = Decimal(40)
_PASSED = (Stage.CONSTRUCTION, Stage.EQUIPMENT, Stage.LAUNCH, Stage.CLOSED)


def load_sample_people(session: Session, *, at: datetime) -> int:
    """Add one sample person of each role; return how many were new.

    Raises: LoginTaken when somebody real has one of their logins.
    """
    hold_people(session)
    added = [person for person in sample_people() if not _is_known(session, person)]
    for person in added:
        written = people.write_person(
            session,
            login=person.login,
            name=person.name,
            language=person.language,
            by=HOUSE,
            at=at,
            sample=True,
        )
        people.write_grant(session, person=written, role=person.role, by=HOUSE, at=at, region=person.region)
    return len(added)


def load_sample_dossiers(session: Session, *, at: datetime) -> int:
    """Fill the gates that centres had passed when they came into the books; return the pieces added.

    Centres in study, and those that have moved since, are left alone: running again adds nothing.
    Raises: LoginTaken.
    """
    load_sample_people(session, at=at)
    moved = select(StageChange.project_id)
    projects = session.exec(
        select(Project)
        .where(
            col(Project.stage).in_(_PASSED),
            Project.status == Status.ACTIVE,
            col(Project.id).not_in(moved),
        )
        .order_by(col(Project.key))
    ).all()
    for project in projects:
        hold(session, project)
    return sum(_fill_passed(session, project, at) for project in projects)


def complete_dossier(session: Session, *, project: str, at: datetime) -> int:
    """Fill all that the gate at the end of the present stage still asks for, but the three hands.

    What people have really added is never superseded by a sample. Returns how many things were added.
    Raises: UnknownKey, LoginTaken.
    """
    load_sample_people(session, at=at)
    found = find_project(session, project)
    hold(session, found)
    return _fill(session, found, found.stage, at)


def _is_known(session: Session, sample: SamplePerson) -> bool:
    person = session.exec(select(Person).where(Person.login == sample.login)).first()
    if person is not None and not person.sample:
        raise LoginTaken(login=sample.login)
    return person is not None


def _fill_passed(session: Session, project: Project, at: datetime) -> int:
    passed = [stage for stage in Stage if stage is not project.stage and project.stage.reaches(stage)]
    return sum(_fill(session, project, stage, at) for stage in passed)


def _fill(session: Session, project: Project, gate: Stage, at: datetime) -> int:
    filling = _Filling(session, project, gate, at)
    for criterion in criteria_of(gate, filling.dossier.traits):
        if not criterion.need.met(filling.dossier):
            _satisfy(criterion.need, filling)
    if filling.books.rows:
        payload = as_payload(filling.books.rows)
        trail.record(
            session, at=at, actor=HOUSE, kind="sample_money_added", project=project.id, payload=payload
        )
    return filling.added + len(filling.books.rows)


@dataclass
class _Filling:
    """One dossier while samples are put into it, for the gate at the end of a stage."""

    session: Session
    project: Project
    gate: Stage
    at: datetime
    added: int = 0
    dossier: Dossier = field(init=False)
    samples: set[str] = field(init=False)
    """The codes whose current piece is a sample, which another sample may supersede."""
    books: SampleBooks = field(init=False)

    def __post_init__(self) -> None:
        self.read_again()
        current = select(Evidence.code).where(
            Evidence.project_id == self.project.id,
            col(Evidence.superseded_at).is_(None),
            col(Evidence.sample),
        )
        self.samples = set(self.session.exec(current))
        started = self.project.stage.reaches(Stage.CONSTRUCTION)
        self.books = SampleBooks(self.session, self.project, self.on, self.today, self.at, started)

    @property
    def today(self) -> date:
        return local_day(self.at)

    def read_again(self) -> None:
        read = load_dossier(self.session, self.project, self.today)
        self.dossier = replace(read, stage=self.gate)

    def on(self, code: str) -> date:
        """Return the date of a piece: the one it has, or that of its sample."""
        proof = self.dossier.proofs.get(code)
        return proof.on if proof else sample_pieces()[code].dated(self.project.stage, self.today)

    def file(self, code: str, on: date | None = None) -> None:
        """Add the sample of a piece, unless a real one is there."""
        if code in self.dossier.proofs and code not in self.samples:
            return
        piece = sample_pieces()[code]
        on = on or piece.dated(self.project.stage, self.today)
        value = self.worth(code)
        action = action_to_add(evidence_type(code))
        add_evidence(
            self.session,
            project=self.project.key,
            code=code,
            on=on,
            value=value,
            reference=piece.reference,
            file=None,
            by=_BY[action],
            at=self.at,
            sample=True,
        )
        self.dossier = replace(self.dossier, proofs={**self.dossier.proofs, code: Proof(on, value)})
        self.samples.add(code)
        self.added += 1

    def worth(self, code: str) -> int | None:
        """Return the value of a sample piece, in hundredths; the contract's is what the books can say."""
        value = sample_pieces()[code].worth(self.project.budget, self.dossier.proofs)
        return works_worth(self.books, value) if value and code == "works_contract" else value

    def file_missing(self, code: str) -> None:
        """Add the sample of a piece only where there is none at all."""
        if code not in self.dossier.proofs:
            self.file(code)


_BY = {Action.ADD_EVIDENCE: Role.OFFICER.value, Action.ADD_FINANCE_EVIDENCE: Role.FINANCE.value}


@singledispatch
def _satisfy(need: Need, filling: _Filling) -> None:
    """Add what a need asks for, in the way of its kind: each kind is registered below."""
    raise TypeError(f"no sample is known for {need!r}")


@_satisfy.register
def _(need: Signed, filling: _Filling) -> None:
    """The three hands are people's own."""


@_satisfy.register(Filed)
@_satisfy.register(AtLeast)
@_satisfy.register(AtMost)
def _(need: Filed | AtLeast | AtMost, filling: _Filling) -> None:
    filling.file(need.code)


@_satisfy.register
def _(need: Planned, filling: _Filling) -> None:
    for code in need.codes:
        filling.file_missing(code)


@_satisfy.register
def _(need: Within, filling: _Filling) -> None:
    filling.file_missing(need.after)
    start = filling.on(need.after)
    latest = min(start + timedelta(days=need.days), filling.today)
    usual = sample_pieces()[need.code].dated(filling.project.stage, filling.today)
    filling.file(need.code, min(max(usual, start), latest))


@_satisfy.register
def _(need: MonthsAfter, filling: _Filling) -> None:
    filling.file_missing(need.after)
    filling.file_missing(need.code)
    months = relativedelta(months=need.months)
    if not need.met(filling.dossier):
        filling.file(need.after, on_weekday(filling.on(need.code) - months - _SLACK))
    if not need.met(filling.dossier):
        filling.file(need.code, min(filling.on(need.after) + months, filling.today))


@_satisfy.register
def _(need: ShareOf, filling: _Filling) -> None:
    filling.file_missing(need.whole)
    filling.file(need.code)


@_satisfy.register
def _(need: NotOver, filling: _Filling) -> None:
    filling.file_missing(need.code)
    filling.file(need.base)


@_satisfy.register
def _(need: AnyOf, filling: _Filling) -> None:
    for way in need.ways:
        if not need.met(filling.dossier):
            _satisfy(way, filling)


@_satisfy.register
def _(need: OnDuty, filling: _Filling) -> None:
    people.name_duty(
        filling.session,
        project=filling.project.key,
        duty=need.duty,
        person=DUTIES[need.duty].value,
        by=Role.DIRECTOR.value,
        at=filling.at,
    )
    filling.added += 1
    filling.read_again()


@_satisfy.register
def _(need: Funded, filling: _Filling) -> None:
    """Let the partners' promises and the foundation's share sum to the budget, to the centime."""
    dossier = filling.dossier
    budget = dossier.budget or filling.project.budget
    silent = dossier.partners - {promise.partner for promise in dossier.promises if promise.signed_on}
    payers = _payers(filling, silent)
    rest = _pay_share(filling, payers, max(budget - promised(dossier), Money(0, budget.currency)))
    amounts = dict(zip(payers, split_evenly(rest, len(payers)), strict=True)) if payers else {}
    for partner in sorted(silent | amounts.keys()):
        amount = amounts.get(partner, Money(0, budget.currency))
        if amount or partner in silent:
            _promise(filling, partner, amount)
    filling.read_again()


@_satisfy.register
def _(need: Booked, filling: _Filling) -> None:
    """Write the books, and the paper that tells of them once they say what is asked, or in their place."""
    answer(filling.books, need.question)
    filling.read_again()
    if need.question in EVIDENCE and need.met(filling.dossier):
        filling.file_missing(need.question)
    elif need.paper is not None and not need.is_held(filling.dossier):
        _satisfy(need.paper, filling)


def _pay_share(filling: _Filling, payers: tuple[str, ...], missing: Money) -> Money:
    """Set the foundation's share where it is open, or all that no partner can pay; return the rest."""
    share = filling.dossier.foundation_share
    if share is not None and payers:
        return missing
    budget = filling.dossier.budget or filling.project.budget
    paid = min(missing, budget.share(_SHARE_PERCENT)) if payers else missing
    if share is None or paid:
        set_foundation_share(
            filling.session,
            project=filling.project.key,
            amount=paid if share is None else share + paid,
            by=Role.FINANCE.value,
            at=filling.at,
        )
        filling.added += 1
    return missing - paid


def _payers(filling: _Filling, silent: frozenset[str]) -> tuple[str, ...]:
    """Return the partners that pay the rest: those who have promised nothing yet, or else all."""
    named = set(
        filling.session.exec(
            select(Partner.key)
            .join(Partnership, col(Partnership.partner_id) == col(Partner.id))
            .where(
                Partnership.project_id == filling.project.id,
                col(Partnership.retained),
                col(Partner.placeholder).is_(False),
            )
        )
    )
    return tuple(sorted(named & silent or named))


def _promise(filling: _Filling, partner: str, amount: Money) -> None:
    signed_on = min(filling.on(CONVENTION), filling.today)
    signed_on = max(signed_on, first_open_day(filling.session) or signed_on)
    number = len(filling.dossier.promises) + 1
    set_commitment(
        filling.session,
        project=filling.project.key,
        partner=partner,
        reference=f"SAMPLE-{number:02}",
        amount=amount,
        in_kind=not amount,
        signed_on=signed_on,
        budget_year=signed_on.year,
        budget_line=f"SAMPLE-{signed_on.year}",
        by=Role.OFFICER.value,
        at=filling.at,
        approved_by=Role.DIRECTOR.value,
    )
    filling.added += 1
