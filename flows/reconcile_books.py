"""The night's run over the books: what the bank moved is matched with what was called and certified."""

from datetime import date

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import names
from flows.results import NOT_KEPT
from flows.schedules import planned_for
from models.rules.errors import CentreError
from models.rules.spans import Span
from models.settings import load_settings
from notifications.reconciliation_report import in_words
from notifications.words import say, sentence
from tasks import outbox, reconciliation, reports


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
    answer = await reconciliation.reconcile(asked, bar)
    if isinstance(answer, CentreError):
        return _ended(_REFUSED.get(answer.code, "BadScope"), sentence(answer, language))
    digest = await reconciliation.read_results(answer)
    await reconciliation.leave_results(digest, language)
    await outbox.deliver()
    await reports.show_progress(bar, len(reconciliation.STEPS), len(reconciliation.STEPS))
    return _ended("Reconciled" if answer.changed else "Unchanged", in_words(digest, language))


_REFUSED = {"run_busy": "Busy", "run_overtaken": "Overtaken"}


def _ended(name: str, message: str) -> State[str]:
    """End the run in a named, readable state: a refusal is an answer, and is never tried again."""
    return Completed(name=name, message=message)
