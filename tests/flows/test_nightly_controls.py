"""The night's controls on a real Prefect server: a list beside the run, and one message for each breach."""

import json

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from sqlmodel import select

from flows.nightly_controls import nightly_controls
from models import db
from models.tables import Parcel
from tests.operations.test_controlling import overrun


async def test_breaches_are_listed_every_night_and_told_once(house: str) -> None:
    """B37."""
    with db.transaction() as session:
        overrun(session)

    first = await nightly_controls(return_state=True)
    second = await nightly_controls(return_state=True)

    assert [one.message for one in (first, second)] == [
        "Breaches of controls: 1; new: 1.",
        "Breaches of controls: 1; new: 0.",
    ]
    with db.reading() as session:
        assert len(session.exec(select(Parcel).where(Parcel.kind == "control_failed")).all()) == 1
    async with get_client() as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=["nightly-controls"]))
        artifacts = await client.read_artifacts(artifact_filter=wanted)
    (row,) = json.loads(str(artifacts[-1].data))
    assert list(row.values())[:3] == ["B20", "block", "the tranches come to more than the commitment"]
