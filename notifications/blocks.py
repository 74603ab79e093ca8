"""The blocks of a message, inside Slack's limits; plain text only, so that nothing in it acts."""

from collections.abc import Callable, Sequence
from typing import Any

from notifications.plain import clipped, length

MOST_BLOCKS = 50
MOST_IN_HEADER = 150
MOST_IN_SECTION = 3_000
MOST_IN_CONTEXT = 3_000
MOST_IN_TEXT = 40_000
"""UTF-16 units (O12)."""

Block = dict[str, Any]


def header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, MOST_IN_HEADER)}


def section(text: str) -> Block:
    return {"type": "section", "text": _plain(text, MOST_IN_SECTION)}


def context(text: str) -> Block:
    return {"type": "context", "elements": [_plain(text, MOST_IN_CONTEXT)]}


def fitting(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the first and the last blocks of too many: those between are left out."""
    if len(blocks) <= MOST_BLOCKS:
        return tuple(blocks)
    return (*blocks[: MOST_BLOCKS - 1], blocks[-1])


def bullets(lines: Sequence[str], most: int, more: Callable[[int], str]) -> list[str]:
    """Return as many lines as `most` and one section allow; `more` words the count of those left out."""
    for shown in range(min(len(lines), most), 0, -1):
        kept = list(lines[:shown])
        if shown < len(lines):
            kept.append(more(len(lines) - shown))
        if length("\n".join(kept)) <= MOST_IN_SECTION:
            return kept
    return [more(len(lines))] if lines else []


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": clipped(text, most), "emoji": False}
