"""Whose money is asked for, and on which day: one project, or all that the reader may read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.rules.authority import Action
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import F, option
from tadshin.terminal.language import _, spoken
from tadshin.terminal.values import Day, NewFile, any_project

if TYPE_CHECKING:
    from sqlmodel import Session

Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Scope:
    """The projects that are asked for; `keys` None: all. `samples` have invented figures."""

    day: date
    one: str | None
    keys: tuple[str, ...] | None
    names: Names
    samples: Collection[str]
    currencies: Mapping[str, str] = field(default_factory=dict)
    partners: Names = field(default_factory=dict)

    @property
    def has_samples(self) -> bool:
        return bool(self.samples)

    def covers(self, project: str) -> bool:
        """Tell whether a project is asked for."""
        return self.keys is None or project in self.keys

    def of_project(self, key: str) -> dict[str, Any]:
        """Return how scripts read which project a row is about."""
        return {"project": key, "sample": key in self.samples}

    def cells(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row as people read it: samples are marked, partners have their names.

        Source: docs/rules.md, X45.
        """
        shown = dict(row)
        key = row.get("project")
        if key is not None:
            shown["project"] = self._marked(key, key)
            shown["centre"] = self._marked(key, self.names[key][spoken()])
        if row.get("partner") is not None:
            shown["partner"] = self.partner(row["partner"])
        return shown

    def whose(self, out: Path | None = None) -> dict[str, str]:
        """Return the columns that say which project a row is about: none where there is but one."""
        if self.one is not None:
            return {}
        if out is None:
            return {"project": _("Project")}
        named = {"centre": _("Centre")}
        return named if out.suffix.casefold() in {".html", ".pdf"} else {"project": _("Project"), **named}

    def title(self, title: str) -> str:
        """Return a title that names the one project."""
        return title if self.one is None else f"{title} · {self.names[self.one][spoken()]}"

    def partner(self, key: str) -> str:
        """Return a partner's name in the language spoken."""
        return self.partners[key][spoken()] if key in self.partners else key

    def _marked(self, key: str, text: str) -> str:
        return f"{text} ({_('sample')})" if key in self.samples else text


def open_scope(desk: Desk, session: "Session", key: str | None, day: date | None) -> Scope:
    """Find the projects that are asked for, as far as the reader may read about them.

    Raises: UnknownKey, NotAllowed.
    Source: docs/rules.md, X2.
    """
    from models.clock import local_day
    from models.queries.partners import partner_names
    from models.queries.projects import find_project, list_projects, place_of
    from models.queries.sample_marks import projects_with_samples

    lines = list_projects(session)
    if key is not None:
        desk.allow(session, Action.READ, place_of(find_project(session, key)))
        lines = tuple(line for line in lines if line.key == key)
    readable = tuple(line for line in lines if desk.may_read(session, line.key, line.region))
    narrowed = key is not None or len(readable) < len(lines)
    keys = tuple(line.key for line in readable)
    return Scope(
        day=day or local_day(desk.now),
        one=key,
        keys=keys if narrowed else None,
        names={line.key: {"ar": line.name_ar, "fr": line.name_fr, "en": line.name_en} for line in readable},
        samples=projects_with_samples(session, keys),
        currencies={line.key: line.currency for line in readable},
        partners=partner_names(session),
    )


def some_projects(command: F) -> F:
    """Add the argument that names a project, or none for all, and the option for a file."""
    command = option(
        "--out",
        type=NewFile(),
        metavar="FILE",
        help="Write it into a new file as its ending says: .xlsx, .html, .pdf or .csv.",
    )(command)
    return any_project(command)


def on_day(command: F) -> F:
    """Add the option for the day of the figures."""
    return option(
        "--on", type=Day(), metavar="DATE", help="As it stood at the end of this day; today otherwise."
    )(command)


def picture_file(command: F) -> F:
    """Add the option for a picture."""
    return option(
        "--picture",
        type=NewFile(pictures=True),
        metavar="FILE",
        help="Draw the curve into a new file: .png or .svg.",
    )(command)
