"""Bringing the catalogue to a Prefect server: list it, apply it once, or serve it until stopped."""

from uuid import UUID

from prefect import aserve
from prefect.client.orchestration import get_client
from rich.console import Console
from rich.table import Table

from deployments.catalogue import CATALOGUE, automations
from flows import names


async def show() -> None:
    """Print the catalogue."""
    table = Table("deployment", "schedule", "at once", "tags", "description")
    for entry in CATALOGUE:
        schedules = ", ".join(f"{schedule.cron} {schedule.timezone}" for schedule in entry.schedules)
        limit = str(entry.concurrency.limit) if entry.concurrency else "-"
        table.add_row(entry.full_name, schedules or "-", limit, ", ".join(entry.tags), entry.description)
    Console().print(table)


async def apply() -> None:
    """Write deployments and automations to the server; a second time it updates and adds nothing."""
    ids = {entry.full_name: await (await entry.deployment()).aapply() for entry in CATALOGUE}
    await _apply_automations(ids[f"{names.ADVANCE_MANY}/{names.ON_DEMAND}"])
    for name in ids:
        Console().print(f"applied {name}")


async def serve() -> None:
    """Apply the catalogue and run what is due until stopped."""
    await apply()
    await aserve(
        *[await entry.deployment() for entry in CATALOGUE],
        pause_on_shutdown=False,
        print_starting_message=False,
    )


async def _apply_automations(advance_many_id: UUID) -> None:
    async with get_client() as client:
        for wanted in automations(advance_many_id):
            there = await client.read_automations_by_name(wanted.name)
            if there:
                await client.update_automation(there[0].id, wanted)
            else:
                await client.create_automation(wanted)
