"""Taking up a project, or the list of people, to change something there."""

from sqlmodel import Session, select, text

from models.queries.people import find_actor
from models.queries.projects import find_project, place_of
from models.rules.authority import Action, authorize
from models.tables import Partner, Project


def take_up(session: Session, project: str, action: Action, by: str) -> Project:
    """Return a project that the person may change so, held until the transaction ends.

    Of two people at once, the second one waits and then sees what the first has written.
    Raises: UnknownKey, NotAllowed.
    """
    found = find_project(session, project)
    authorize(find_actor(session, by), action, place_of(found))
    hold(session, found)
    return found


def hold(session: Session, row: Project | Partner) -> None:
    """Hold the row of a project or partner, against other changes but not against rows that point at it.

    Whoever writes to SQLite is alone anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    table = type(row)
    session.exec(
        select(table)
        .where(table.id == row.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def hold_people(session: Session) -> None:
    """Let one change of people follow another until the transaction ends; SQLite does so by itself.

    Whoever needs both holds the people first, then the project: two who wait for each other wait for ever.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE person IN SHARE ROW EXCLUSIVE MODE"))
