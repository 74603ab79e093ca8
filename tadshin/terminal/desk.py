"""The desk at which one call is served: who acts, when, on which database, and how it is answered."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from models.rules.authority import Action, Actor, Place, authorize, may
from tadshin.terminal import paper
from tadshin.terminal.errors import NobodyActs
from tadshin.terminal.language import _n, switch

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass
class Desk:
    """One call: filled by the options that every command takes."""

    acting: str = ""
    as_json: bool = False
    debug: bool = False
    language_said: bool = True
    _actors: dict[str, Actor] = field(default_factory=dict)
    _said_waiting: bool = False

    @property
    def now(self) -> datetime:
        """The clock, read here for the operations."""
        from models.clock import now

        return now()

    def login(self) -> str:
        """Return the login of the person who acts.

        Raises: NobodyActs when neither --as nor TADSHIN_USER names one.
        """
        login = self._named()
        if not login:
            raise NobodyActs()
        return login

    def login_or(self, house: str) -> str:
        """Return the login of the person who acts, or the house's own name where nobody is named."""
        return self._named() or house

    def arrive(self) -> None:
        """Make sure of the database and of the person who acts, before work outside a transaction."""
        self.login()
        with self.reading():
            pass

    @contextmanager
    def reading(self) -> Iterator["Session"]:
        """Open the prepared database for reading."""
        from models import db

        check_prepared()
        with db.reading() as session:
            self._meet(session)
            yield session

    @contextmanager
    def writing(self) -> Iterator["Session"]:
        """Open the prepared database for one change by a named person; all of it is kept or none."""
        from models import db

        self.arrive()
        with db.transaction() as session:
            yield session

    def allow(self, session: "Session", action: Action, place: Place | None = None) -> None:
        """Let a named person do only what they may; nobody named looks as the machine's owner does.

        Raises: NotAllowed.
        Source: docs/rules.md, X2.
        """
        actor = self.actor(session)
        if actor is not None:
            authorize(actor, action, place)

    def may_read(self, session: "Session", key: str, region: str | None) -> bool:
        """Tell whether the person who acts, if one is named, may read about a project."""
        actor = self.actor(session)
        return actor is None or may(actor, Action.READ, Place(key, region))

    def answer(self, data: Mapping[str, Any], show: Callable[[], None]) -> None:
        """Answer a script with JSON, a person with what `show` prints."""
        if self.as_json:
            click.echo(paper.as_json(data))
        else:
            show()

    def done(self, data: Mapping[str, Any], sentence: str) -> None:
        """Answer that something was done, in one sentence."""
        self.answer(data, lambda: paper.line(sentence, style="green"))

    def note(self, sentence: str) -> None:
        """Tell a person who watches the terminal what is going on."""
        if sys.stderr.isatty():
            click.echo(sentence, err=True)

    def say_waiting(self, seconds: float) -> None:
        """Say once that another program holds the database, and how long we wait at most.

        Source: docs/rules.md, X21.
        """
        if self._said_waiting:
            return
        self._said_waiting = True
        words = _n(
            "Another program holds the database; waiting for it, for {count} second at most.",
            "Another program holds the database; waiting for it, for {count} seconds at most.",
            round(seconds),
        )
        click.echo(words, err=True)

    def progress(
        self, sentence: str, total: int | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Show a person who watches the terminal how far long work has come."""
        if not sys.stderr.isatty():
            return nullcontext(lambda _done: None)
        return paper.progress(sentence, total)

    def actor(self, session: "Session") -> Actor | None:
        """Return the person who acts, with what is granted to them; None where nobody is named.

        Raises: UnknownKey.
        """
        from models.queries.people import find_actor

        login = self._named()
        if not login:
            return None
        if login not in self._actors:
            self._actors[login] = find_actor(session, login)
        return self._actors[login]

    def _named(self) -> str:
        from models.settings import load_settings

        return self.acting or load_settings().user

    def _meet(self, session: "Session") -> None:
        actor = self.actor(session)
        if actor is not None and not self.language_said:
            switch(actor.language)


def check_prepared() -> None:
    """Make sure that the database has this program's tables; one that is absent is not made by looking.

    Raises: BadSettings, and what `models.schema.check_prepared` raises.
    """
    from models import db, schema

    engine = db.engine()
    file = db.file_of(engine.url)
    if file is not None and not file.exists():
        raise schema.not_prepared(engine, found=None, needed=None)
    schema.check_prepared(engine)
