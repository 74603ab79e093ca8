"""A paper in one language: paragraphs, tables and pictures, made into HTML or PDF.

A text from people is data in both: escaped in HTML, a string and never markup in Typst. Neither template
names a file, a package or an address, and the machine's own fonts are not looked at.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from notifications.words import is_rtl, say

ROOM = Path(__file__).resolve().parent
TEMPLATES, FONTS = ROOM / "templates", ROOM / "fonts"
_WIDE = 6  # columns; a wider table turns the page on its side

Style = Literal["plain", "strong", "small", "apart", "alarm"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of words. `apart`: at the far side of the page, as a date stands. `alarm`: in red."""

    text: str
    style: Style = "plain"
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Table:
    """Cells already written in the paper's language; `numbers` tells the columns of figures.

    With `totalled` the last row is the total.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    totalled: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, with what it shows in words for who cannot see it."""

    svg: str
    words: str
    kind: Literal["picture"] = "picture"


Block = Paragraph | Table | Picture


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on a paper, in its order. `day` is the paper's own; a sample is marked on every page."""

    language: str
    title: str
    day: date
    blocks: Sequence[Block]
    sample: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if is_rtl(self.language) else "ltr"

    @property
    def mark(self) -> str:
        return say("paper.sample", self.language) if self.sample else ""

    @property
    def wide(self) -> bool:
        return any(isinstance(block, Table) and len(block.columns) > _WIDE for block in self.blocks)


def to_html(paper: Paper) -> str:
    """Return a whole page that needs nothing beside itself and may load nothing.

    The same paper gives the same text.
    Source: docs/rules.md, Y1.
    """
    return _page().render(paper=paper, data_of=_data_of)


def to_pdf(paper: Paper) -> bytes:
    """Return the paper as PDF, its fonts embedded. The same paper gives the same bytes.

    Source: docs/rules.md, Y1.
    """
    import typst

    return typst.compile(
        str(TEMPLATES / "paper.typ"),
        root=str(TEMPLATES),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"paper": _as_json(paper)},
    )


def _as_json(paper: Paper) -> str:
    facts = asdict(paper) | {"direction": paper.direction, "mark": paper.mark, "wide": paper.wide}
    day = {"year": paper.day.year, "month": paper.day.month, "day": paper.day.day}
    return json.dumps(facts | {"day": day}, default=sorted)


def _data_of(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


@lru_cache(maxsize=1)
def _page() -> Template:
    house = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return house.get_template("paper.html.j2")
