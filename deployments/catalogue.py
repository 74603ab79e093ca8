"""What Prefect is to run, when and how: one entry per deployment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.events import EventTrigger, Posture
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore
from prefect.schedules import Cron, Schedule
from prefect.types.entrypoint import EntrypointType

from deployments.forms import offer, reconciling_choices
from flows import names
from flows.advance_many import advance_many
from flows.advance_project import advance_project
from flows.funding_watch import funding_watch
from flows.milestone_watch import milestone_watch
from flows.nightly_controls import nightly_controls
from flows.outbox_delivery import outbox_delivery
from flows.reconcile_books import reconcile_books
from models.nights import NIGHTLY_AT

TIME_ZONE = "Africa/Casablanca"
_NIGHTLY = f"{NIGHTLY_AT.minute} {NIGHTLY_AT.hour} * * *"
_ONE_AT_A_TIME = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)


@dataclass(frozen=True, slots=True)
class Entry:
    """One deployment. `schedules` carry slugs, so that a second apply updates and adds nothing."""

    flow: Flow[..., Any]
    name: str
    description: str
    tags: tuple[str, ...]
    schedules: tuple[Schedule, ...] = ()
    concurrency: ConcurrencyLimitConfig | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    choices: Callable[[], Mapping[str, Sequence[str]]] | None = None
    """What the form offers for a parameter, as the books are when the catalogue is applied."""

    @property
    def full_name(self) -> str:
        return f"{self.flow.name}/{self.name}"

    async def deployment(self) -> RunnerDeployment:
        """Return the deployment for Prefect, loaded by module path: a file path would hide packages.

        Offered choices are not enforced: what came into the books since may be asked for too.
        """
        made = await self.flow.ato_deployment(
            self.name,
            schedules=list(self.schedules),
            concurrency_limit=self.concurrency,
            parameters=self.parameters,
            description=self.description,
            tags=list(self.tags),
            entrypoint_type=EntrypointType.MODULE_PATH,
            enforce_parameter_schema=self.choices is None,
        )
        if self.choices is not None:
            offer(made, self.choices())
        return made


CATALOGUE: Sequence[Entry] = (
    Entry(
        advance_project,
        names.ON_DEMAND,
        "Move one project to its next stage. The gate is asked again; a refusal names all that is missing.",
        ("move",),
    ),
    Entry(
        advance_many,
        names.ON_DEMAND,
        "Carry out everything that waits in the inbox, one transaction per project.",
        ("move",),
        concurrency=_ONE_AT_A_TIME,
    ),
    Entry(
        milestone_watch,
        names.WORKING_MORNINGS,
        "Tell the teams which milestones are due in 30, 7 and 1 days or late. Silent on feasts.",
        ("milestone", "alert"),
        schedules=(Cron("30 8 * * 1-5", timezone=TIME_ZONE, slug="working-mornings"),),
        concurrency=_ONE_AT_A_TIME,
    ),
    Entry(
        funding_watch,
        names.WORKING_MORNINGS,
        "Draft the funding calls that are due, remind of those that are late, and tell what is amiss with "
        "money: gaps, payments, retention, bonds, penalties, budget lines. Silent on feasts.",
        ("money", "alert"),
        schedules=(Cron("35 8 * * 1-5", timezone=TIME_ZONE, slug="working-mornings"),),
        concurrency=_ONE_AT_A_TIME,
    ),
    Entry(
        nightly_controls,
        names.EVERY_NIGHT,
        "Control the books of every project: list what breaks a rule, with amounts, and tell it once.",
        ("money", "alert"),
        schedules=(Cron("15 2 * * *", timezone=TIME_ZONE, slug="every-night"),),
        concurrency=_ONE_AT_A_TIME,
    ),
    Entry(
        reconcile_books,
        names.EVERY_NIGHT,
        "Reconcile the bank: take in the inbox folder, book what is certain, suggest the rest, open and "
        "close cases, tell finance once. What an outage has missed is made up for by one run.",
        ("money", "alert"),
        schedules=(Cron(_NIGHTLY, timezone=TIME_ZONE, slug="every-night"),),
        concurrency=_ONE_AT_A_TIME,
    ),
    Entry(
        reconcile_books,
        names.ON_DEMAND,
        "Reconcile the bank now, for a period, a project, a partner or an account. While another run is at "
        "work this one says so and ends.",
        ("money",),
        choices=reconciling_choices,
    ),
    Entry(
        outbox_delivery,
        names.EVERY_MINUTE,
        "Send the alerts that wait. The net under every other flow.",
        ("alert",),
        schedules=(Cron("* * * * *", timezone=TIME_ZONE, slug="every-minute"),),
        concurrency=_ONE_AT_A_TIME,
    ),
)

_ADVANCE_RUNS: dict[str, str | list[str]] = {"prefect.resource.id": "prefect.flow-run.*"}
_OF_ADVANCE: dict[str, str | list[str]] = {
    "prefect.resource.role": "flow",
    "prefect.resource.name": [names.ADVANCE_PROJECT, names.ADVANCE_MANY],
}
_HEARTBEATS_MISSED = timedelta(seconds=90)


def automations(advance_many_id: Any) -> tuple[AutomationCore, ...]:
    """Return the reactions that Prefect keeps for us: a dead run is noticed, its request taken up again."""
    return (
        AutomationCore(
            name="tadshin: a run without a sign of life has crashed",
            trigger=EventTrigger(
                match=_ADVANCE_RUNS,
                match_related=_OF_ADVANCE,
                for_each={"prefect.resource.id"},
                after={"prefect.flow-run.heartbeat"},
                expect={"prefect.flow-run.*"},  # a run ends by names of its own, such as Refused
                posture=Posture.Proactive,
                threshold=1,
                within=_HEARTBEATS_MISSED,
            ),
            actions=[
                ChangeFlowRunState(
                    name="Crashed",
                    state=StateType.CRASHED,
                    message="No sign of life: taken up again.",
                    force=False,
                )
            ],
        ),
        AutomationCore(
            name="tadshin: a crashed move is taken up again",
            trigger=EventTrigger(
                match=_ADVANCE_RUNS,
                match_related=_OF_ADVANCE,
                for_each={"prefect.resource.id"},
                expect={"prefect.flow-run.Crashed"},
                posture=Posture.Reactive,
                threshold=1,
            ),
            actions=[
                RunDeployment(
                    source="selected", deployment_id=advance_many_id, parameters={}, job_variables=None
                )
            ],
        ),
    )
