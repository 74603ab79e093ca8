"""The steps of a move: taken in, carried out in one transaction, its stage's work opened."""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE

from models import db
from models.clock import local_day, now
from models.db import StoreUnavailable
from models.operations import carrying_out, drafting, moves, openings, trail
from models.operations.moves import MoveAnswer
from models.queries.moves import changes_of
from models.rules.stages import Stage
from models.tables import Door
from tasks import points
from tasks.transient import WAITS, is_transient

MOST_AT_ONCE = 10_000
TO_A_COMMIT = 25
"""Moves of one run that share a commit: the disk is waited for once, and nobody long for the writer."""

log = logging.getLogger("tadshin.moves")


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def take_in(project: str, entered: Stage, asked_by: str, request: UUID) -> None:
    """Write a move asked for in Prefect's own page into the inbox, held by this very run."""
    with db.transaction() as session:
        at = now()
        moves.ask(
            session,
            request=request,
            project=project,
            entered=entered,
            asked_by=asked_by,
            door=Door.PREFECT,
            at=at,
        )
        session.flush()
        moves.claim(session, worker=f"run:{request}", at=at, limit=1, only=[request])


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def carry_out(request: UUID) -> MoveAnswer:
    """Carry out one move of the inbox; the same `request` twice moves a project once."""
    return await asyncio.to_thread(carry_out_now, request)


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def carry_out_each(requests: Sequence[UUID]) -> list[MoveAnswer]:
    """Carry out many moves: one that is refused, or breaks off, stops no other."""
    return await asyncio.to_thread(carry_out_each_now, requests)


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def open_stages(requests: Sequence[UUID]) -> int:
    """Set up what the stages entered bring and close their requests; a re-run adds nothing."""
    return await asyncio.to_thread(open_stages_now, requests)


def open_stages_now(requests: Sequence[UUID]) -> int:
    """Do what `open_stages` does, for callers that are not inside a run."""
    at = now()
    with db.transaction() as session:
        changes = changes_of(session, requests)
        entries = [
            openings.Opening(change.project, change.entered, local_day(change.moved_at), change.request)
            for change in changes
        ]
        drafted = drafting.refresh(session, at=at, projects={change.project.id for change in changes})
        opened = openings.open_stages(session, entries, by="tadshin", at=at)
        trail.record_all(session, drafted.notes)
        moves.mark_opened(session, requests=requests, at=at)
    return opened


def carry_out_now(request: UUID) -> MoveAnswer:
    """Do what `carry_out` does, for callers that are not inside a run."""
    return _carry_out_together([request])[0]


def carry_out_each_now(requests: Sequence[UUID]) -> list[MoveAnswer]:
    """Carry out moves a few to a commit; return the answers of those that did not break off."""
    answers: list[MoveAnswer] = []
    for start in range(0, len(requests), TO_A_COMMIT):
        few = requests[start : start + TO_A_COMMIT]
        try:
            answers += _carry_out_together(few)
        except StoreUnavailable:
            raise
        except Exception:  # of one of them: alone it cannot take the others along
            answers += _carry_out_one_by_one(few)
    return answers


def _carry_out_one_by_one(requests: Sequence[UUID]) -> list[MoveAnswer]:
    answers: list[MoveAnswer] = []
    for request in requests:
        try:
            answers.append(carry_out_now(request))
        except StoreUnavailable:
            raise
        except Exception:  # it stays in the inbox, and is taken up again when its lease ends
            log.exception("the request %s broke off", request)
    return answers


def _carry_out_together(requests: Sequence[UUID]) -> list[MoveAnswer]:
    with db.transaction() as session:
        answers = carrying_out.carry_out_together(session, requests=requests, at=now())
        points.reach("before_commit")
    points.reach("after_commit")
    return answers


@task(retries=3, retry_delay_seconds=WAITS, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
async def claim_waiting() -> list[UUID]:
    """Take everything that waits in the inbox, or was left half done by a crash."""
    with db.transaction() as session:
        taken = moves.claim(session, worker="advance-many", at=now(), limit=MOST_AT_ONCE)
    return [claimed.request for claimed in taken]
