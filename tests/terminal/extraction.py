"""The terminal's sentences, as Babel asks for them (babel.cfg)."""

from collections.abc import Iterator
from typing import Any

from tests.terminal.sentences import plurals, singles


def extract(
    file: Any, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, str | tuple[str, str], list[str]]]:
    """Yield every sentence once, those of the help included, whatever file is asked about."""
    counted = plurals()
    yield from ((0, "_", one, []) for one in sorted(singles() - set(counted)))
    yield from ((0, "ngettext", (one, many), []) for one, many in sorted(counted.items()))
