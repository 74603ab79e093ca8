"""The morning's watch over money on a real Prefect server: each thing told once, counted beside the run."""

import json
from collections.abc import Callable
from datetime import timedelta

from sqlmodel import Session, select

from flows.funding_watch import funding_watch
from models import db
from models.clock import local_day, now
from models.rules.kinds import Sector
from models.rules.stages import Stage
from models.settings import Channel
from models.tables import FeedMessage, Parcel, Project
from tests.builders import BUDGET, make_project
from tests.operations.money_builders import make_commitment, make_contract, make_tranche

HOSTILE = "<!channel> <https://evil.example|ici> \u202eexe.gnp =cmd()"


def amiss(session: Session, key: str, *, name: str = "") -> Project:
    """A centre with a gap of one dirham, a tranche that is due, and a contract above its line."""
    project = make_project(session, key, stage=Stage.CONSTRUCTION)
    project.name_ar = project.name_fr = project.name_en = name or key
    today = local_day(now())
    promised = make_commitment(session, project, f"of-{key}", BUDGET.centimes - 1_00)
    make_tranche(session, promised, 1_00, today - timedelta(days=1))
    contract = make_contract(session, project, 1_00, signed_on=today, started_on=None)
    contract.contractor = name or key
    session.flush()
    return project


async def test_a_morning_tells_what_is_amiss_once(house: str) -> None:
    """B48 and B49: the second run of the day finds nothing new; what grows is told by the next."""
    with db.transaction() as session:
        project = amiss(session, "sample-centre")

    first = await funding_watch(even_on_a_feast=True, return_state=True)
    second = await funding_watch(even_on_a_feast=True, return_state=True)
    with db.transaction() as session:
        amiss(session, "other")
    third = await funding_watch(even_on_a_feast=True, return_state=True)

    news = "New alerts: 2 (funding gap: 1 and budget line exceeded: 1)."
    assert [one.message for one in (first, second, third)] == [
        f"Calls drafted: 1; calls in doubt: 0; reminders: 0. {news}",
        "Calls drafted: 0; calls in doubt: 0; reminders: 0. No new alert.",
        f"Calls drafted: 1; calls in doubt: 0; reminders: 0. {news}",
    ]
    with db.reading() as session:
        told = session.exec(select(Parcel).where(Parcel.project_id == project.id)).all()
    assert sorted(parcel.kind for parcel in told) == ["funding_gap", "line_exceeded", "tranche_due"]


async def test_alerts_go_by_sector_and_region_and_hostile_names_act_on_nothing(
    house: str, settings_env: Callable[..., None]
) -> None:
    """B49 and O14."""
    channels = [
        Channel(name="#oriental", region="oriental"),
        Channel(name="#fes", region="fes-meknes"),
        Channel(name="#precarity", sector=Sector.PRECARITY),
    ]
    settings_env(channels=json.dumps([channel.model_dump(mode="json") for channel in channels]))
    with db.transaction() as session:
        amiss(session, "sample-centre", name=HOSTILE)

    await funding_watch(even_on_a_feast=True)

    with db.reading() as session:
        messages = session.exec(select(FeedMessage)).all()
    assert {message.channel for message in messages} == {"#oriental"}
    assert len(messages) == 3
    for message in messages:
        assert not set("<>\u202e") & set(message.text)
        assert "https://" not in message.text
