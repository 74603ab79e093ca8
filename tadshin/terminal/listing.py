"""Tables where there is no terminal: every cell whole, columns aligned by spaces, quick for long lists."""

from collections.abc import Iterator, Sequence

GAP = "  "
RULE = "─"

Row = Sequence[Sequence[str]]
"""The cells of a row, each with its lines."""


def laid_out(rows: Sequence[Row], right: Sequence[bool], headed: bool) -> Iterator[str]:
    """Return the lines of a table, without spaces at their ends.

    `right` tells of each column whether it stands to the right; `headed` rules off the first row.
    """
    from rich.cells import cell_len

    widths = [
        max((cell_len(line) for row in rows for line in row[place]), default=0)
        for place in range(len(right))
    ]
    for number, row in enumerate(rows):
        for height in range(max((len(cell) for cell in row), default=0)):
            parts = []
            for place, cell in enumerate(row):
                line = cell[height] if height < len(cell) else ""
                space = " " * (widths[place] - cell_len(line))
                parts.append(space + line if right[place] else line + space)
            yield GAP.join(parts).rstrip()
        if headed and number == 0:
            yield RULE * (sum(widths) + len(GAP) * (len(widths) - 1))
