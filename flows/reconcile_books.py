"""The night's run over the books: what the bank moved is matched with what was called and certified."""

from datetime import date

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import names
from flows.results import NOT_KEPT
from flows.schedules import planned_for
from models.clock import now
from models.rules.errors import CentreError
from models.rules.spans import Span
from models.settings import load_settings
from notifications.reconciliation_report import in_words
from notifications.words import say, sentence
from tasks import outbox, reconciliation, reports, statements


@flow(name=names.RECONCILE_BOOKS, **NOT_KEPT)
async def reconcile_books(
    period: Span = Span.EVERYTHING,
    first_day: date | None = None,
    before: date | None = None,
    project: str | None = None,
    partner: str | None = None,
    account: str | None = None,
) -> State[str]:
    """Take in what lies in the inbox folder, book what is certain, suggest the rest, tell what changed.

    Args:
        period: Lines of which days. Everything that is open, unless something else is chosen.
        first_day: The first day of the lines, in place of a period.
        before: The day before which the lines end, in place of a period.
        project: Only what pays a call or certificate of this project.
        partner: Only what this partner has paid.
        account: Only lines of this account.
    """
    language = load_settings().house_language
    asked = await reconciliation.scope_of(period, first_day, before, project, partner, account)
    if isinstance(asked, CentreError):
        return _ended("BadScope", sentence(asked, language))
    planned = planned_for()
    if planned is not None and await reconciliation.was_done_since(planned):
        return _ended("CaughtUp", say("run.caught_up", language))
    bar = await reports.start_progress(len(reconciliation.STEPS), "reconcile-books")
    trouble = await _take_in(language)
    answer = await reconciliation.reconcile(asked, bar)
    if isinstance(answer, CentreError):
        return _ended(_REFUSED.get(answer.code, "BadScope"), sentence(answer, language))
    digest = await reconciliation.read_results(answer)
    await reconciliation.leave_results(digest, language)
    await outbox.deliver()
    await reports.show_progress(bar, len(reconciliation.STEPS), len(reconciliation.STEPS))
    message = " ".join([in_words(digest, language), *trouble])
    return _ended("Reconciled" if answer.changed else "Unchanged", message)


async def _take_in(language: str) -> list[str]:
    """Take the inbox in, and say what keeps it from being read: the books are reconciled all the same."""
    taken = await statements.take_statements_in(now())
    if isinstance(taken, CentreError):
        return [sentence(taken, language)]
    await statements.leave_taken(taken, language)
    return []


_REFUSED = {"run_busy": "Busy", "run_overtaken": "Overtaken"}


def _ended(name: str, message: str) -> State[str]:
    """End the run in a named, readable state: a refusal is an answer, and is never tried again."""
    return Completed(name=name, message=message)
