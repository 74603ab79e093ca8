"""A project that lives through random decisions, and what the tables and the trail say of it."""

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.clock import local_day
from models.operations import (
    approvals,
    carrying_out,
    commitments,
    evidence,
    milestones,
    moves,
    partners,
    people,
    projects,
    samples,
    waivers,
)
from models.queries.partners import find_partner
from models.queries.projects import find_project
from models.rules.authority import Action, Role
from models.rules.errors import CentreError
from models.rules.evidence import EVIDENCE, Unit, action_to_add
from models.rules.gates import criteria_of
from models.rules.money import Money
from models.rules.stages import Stage
from models.tables import (
    Door,
    Milestone,
    MoveRequest,
    Outcome,
    Waiver,
)
from tests.builders import AT, make_partner, make_person, make_project
from tests.operations.said import Facts, said_by_tables

PARTNERS = ("council", "ministry", "province")
REASON = "Sample reason"
LATE = 40
"""So many decisions into a life it may be cancelled."""


class Life:
    """One project and the random decisions about it; each is a transaction, refused or not."""

    def __init__(self, database: Engine, seed: int) -> None:
        self.database, self.random = database, random.Random(seed)  # noqa: S311
        self.key, self.at = f"sample-{seed}", AT
        self.second = f"second-{seed}"  # a person of its own: the other lives have clocks of their own
        self.done: list[str] = []
        self.days: dict[date, Facts] = {}
        with db.transaction(database) as session:
            make_project(session, self.key, stage=Stage.ADMISSION)
            make_person(session, self.second, Role.FINANCE)
        self.note()

    @classmethod
    def prepare(cls, database: Engine) -> None:
        """Write the partners and the people that every life meets."""
        with db.transaction(database) as session:
            for partner in PARTNERS:
                make_partner(session, partner)
            samples.load_sample_people(session, at=AT)

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.at += timedelta(hours=self.random.choice((1, 5, 30, 200)))
            (decide,) = self.random.choices(list(DECISIONS), list(DECISIONS.values()))
            try:
                with db.transaction(self.database) as session:
                    decide(self, session)
                self.done.append(decide.__name__)
            except CentreError:
                pass
            self.note()

    def note(self) -> None:
        """Keep what the tables say; the last note of a day is what they said at its end."""
        day = local_day(self.at)
        with db.reading(self.database) as session:
            self.days[day] = said_by_tables(session, self.key, day)

    def some_day(self) -> date:
        return local_day(self.at) + timedelta(days=self.random.randint(-20, 400))

    def money(self) -> Money:
        return Money(self.random.randint(1, 3_000_000_00))

    @property
    def here(self) -> dict[str, Any]:
        return {"project": self.key, "at": self.at}


def add_evidence(life: Life, session: Session) -> None:
    kind = life.random.choice(list(EVIDENCE.values()))
    value = life.random.randint(0, 40) * 100 if kind.unit in (Unit.PERCENT, Unit.COUNT) else None
    value = life.money().centimes if kind.unit is Unit.DIRHAM else value
    by = "finance" if action_to_add(kind) is Action.ADD_FINANCE_EVIDENCE else "officer"
    on = local_day(life.at) - timedelta(days=life.random.randint(0, 30))
    evidence.add_evidence(
        session, **life.here, code=kind.code, on=on, value=value, reference="x", file=None, by=by
    )


def complete(life: Life, session: Session) -> None:
    for key in PARTNERS:
        partner = find_partner(session, key)
        partners.link(session, project=find_project(session, life.key), partner=partner, by="x", at=life.at)
    samples.complete_dossier(session, **life.here)


def promise(life: Life, session: Session) -> None:
    commitments.set_commitment(
        session,
        **life.here,
        partner=life.random.choice(PARTNERS),
        reference=life.random.choice(("2026-1", "2026-2")),
        amount=life.money(),
        in_kind=life.random.random() < 0.3,
        signed_on=life.random.choice((None, local_day(life.at))),
        budget_year=life.random.choice((None, 2026, 2026, 2026, 2026)),
        budget_line="line 4",
        by="finance",
        approved_by="director",
    )


def state_gap(life: Life, session: Session) -> None:
    commitments.state_gap(session, **life.here, amount=life.money(), plan="Sample plan", by="finance")


def set_share(life: Life, session: Session) -> None:
    commitments.set_foundation_share(session, **life.here, amount=life.money(), by="finance")


def keep_or_leave_out(life: Life, session: Session) -> None:
    partners.retain(
        session,
        project=find_project(session, life.key),
        partner=find_partner(session, life.random.choice(PARTNERS)),
        retained=life.random.random() < 0.5,
        reason=REASON,
        by="officer",
        at=life.at,
    )


def name_duty(life: Life, session: Session) -> None:
    person = life.random.choice(("finance", life.second, life.second))
    people.name_duty(session, **life.here, duty="finance", person=person, by="director")


def lose_a_role(life: Life, session: Session) -> None:
    people.revoke_role(session, person=life.second, role=Role.FINANCE, by="admin", at=life.at)


def get_it_again(life: Life, session: Session) -> None:
    people.grant_role(session, person=life.second, role=Role.FINANCE, by="admin", at=life.at)


def waive(life: Life, session: Session) -> None:
    asked = criteria_of(find_project(session, life.key).stage, frozenset())
    waivers.grant_waiver(
        session,
        **life.here,
        rule=life.random.choice([criterion.rule for criterion in asked if not criterion.hard]),
        reason=REASON,
        expires_on=local_day(life.at) + timedelta(days=life.random.randint(1, 300)),
        by="director",
    )


def take_a_waiver_back(life: Life, session: Session) -> None:
    project = find_project(session, life.key)
    granted = session.exec(select(Waiver.rule).where(Waiver.project_id == project.id)).all()
    rule = life.random.choice([*map(str, granted), "G0.10b"])
    waivers.revoke_waiver(session, **life.here, rule=rule, reason=REASON, by="director")


def propose(life: Life, session: Session) -> None:
    entered = find_project(session, life.key).stage.following or Stage.CLOSED
    approvals.propose(session, **life.here, entered=entered, by="officer")


def certify(life: Life, session: Session) -> None:
    approvals.certify(session, **life.here, by="finance")


def approve(life: Life, session: Session) -> None:
    approvals.approve(session, **life.here, by="director")


def sign_at_once(life: Life, session: Session) -> None:
    complete(life, session)
    for hand in (propose, certify, approve):
        hand(life, session)


def reject(life: Life, session: Session) -> None:
    approvals.reject(session, **life.here, reason=REASON, by="director")


def lapse(life: Life, session: Session) -> None:
    approvals.lapse(session, at=life.at, project=find_project(session, life.key).id)


def ask_again(life: Life, session: Session) -> None:
    complete(life, session)
    moves.ask(
        session,
        request=uuid4(),
        project=life.key,
        entered=find_project(session, life.key).stage.following or Stage.CLOSED,
        asked_by="officer",
        door=Door.TERMINAL,
        at=life.at,
    )
    carry_out(life, session)


def carry_out(life: Life, session: Session) -> None:
    project = find_project(session, life.key)
    waiting = select(MoveRequest.id).where(
        MoveRequest.outcome == Outcome.WAITING, MoveRequest.project_id == project.id
    )
    for request in session.exec(waiting).all():
        answer = carrying_out.carry_out(session, request=request, at=life.at)
        if answer.outcome is Outcome.MOVED:
            milestones.open_stage(
                session,
                project=life.key,
                stage=answer.entered,
                entered_on=local_day(life.at),
                request=request,
                by="tadshin",
                at=life.at,
            )


def a_milestone(life: Life, session: Session) -> str:
    project = find_project(session, life.key)
    codes = session.exec(select(Milestone.code).where(Milestone.project_id == project.id)).all()
    return life.random.choice([*map(str, codes), "none"])


def move_a_milestone(life: Life, session: Session) -> None:
    code = a_milestone(life, session)
    milestones.set_forecast(
        session, **life.here, code=code, forecast=life.some_day(), reason=REASON, by="officer"
    )


def meet_a_milestone(life: Life, session: Session) -> None:
    code = a_milestone(life, session)
    milestones.meet(session, **life.here, code=code, on=local_day(life.at), by="officer")


def follow_acceptance(life: Life, session: Session) -> None:
    milestones.follow_acceptance(session, **life.here, by="tadshin")


def correct(life: Life, session: Session) -> None:
    changes = {"beds": life.random.randint(0, 9), "budget_centimes": 12_000_000_00 + life.money().centimes}
    project = find_project(session, life.key)
    projects.correct(session, project, changes, by="officer", reason=REASON, at=life.at)


def step_back(life: Life, session: Session) -> None:
    entered = find_project(session, life.key).stage.preceding or Stage.CLOSED
    projects.step_back(session, **life.here, entered=entered, by="director", reason=REASON)


def suspend(life: Life, session: Session) -> None:
    projects.suspend(session, **life.here, by="director", reason=REASON)


def resume(life: Life, session: Session) -> None:
    projects.resume(session, **life.here, by="director", reason=REASON)


def cancel(life: Life, session: Session) -> None:
    if len(life.done) > LATE:
        projects.cancel(session, **life.here, by="director", reason=REASON)


DECISIONS: Mapping[Callable[[Life, Session], None], int] = {
    sign_at_once: 12,
    carry_out: 10,
    ask_again: 8,
    add_evidence: 3,
    complete: 2,
    promise: 5,
    state_gap: 2,
    set_share: 2,
    keep_or_leave_out: 2,
    name_duty: 3,
    lose_a_role: 5,
    get_it_again: 5,
    waive: 8,
    take_a_waiver_back: 2,
    propose: 6,
    certify: 6,
    approve: 6,
    reject: 2,
    lapse: 1,
    move_a_milestone: 6,
    meet_a_milestone: 6,
    follow_acceptance: 1,
    correct: 2,
    step_back: 2,
    suspend: 3,
    resume: 8,
    cancel: 1,
}
"""How often each is tried; most tries of some are refused."""
