"""Centres that the samples complete, for the tests of the demonstration's people and dossiers."""

from dataclasses import replace
from datetime import date

from sqlmodel import Session

from models.clock import local_day
from models.queries.dossiers import load_dossier
from models.rules.dossier import Quorum
from models.rules.gates import ask_gate
from models.rules.stages import Stage
from models.tables import Project
from tests.builders import AT, link_partners, make_partner, make_project

TODAY = local_day(AT)
SIGNED = Quorum("officer", "finance", "director")


def passes_but_for_the_hands(
    session: Session, project: Project, stage: Stage | None = None, *, on: date = TODAY
) -> bool:
    """Tell whether the gate opens once the three hands are there."""
    dossier = replace(load_dossier(session, project, on), quorum=SIGNED)
    return all(verdict.met for verdict in ask_gate(replace(dossier, stage=stage or project.stage)))


def make_centre(session: Session, key: str = "centre", **more: object) -> Project:
    """Register a centre with two partners and a local association that nobody names."""
    make_partner(session, f"{key}-association", placeholder=True)
    project = make_project(session, key, **more)  # type: ignore[arg-type]
    link_partners(session, project, [f"{key}-association", f"{key}-council", f"{key}-ministry"])
    return project


def moved_on(session: Session, project: Project) -> None:
    """Put a project one stage on, as a move does."""
    following = project.stage.following
    assert following is not None
    project.stage = following
    session.flush()
