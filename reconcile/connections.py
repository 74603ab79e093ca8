"""What connects lines with targets, beside their amounts: party, project, agreement, mention."""

import numpy as np

from reconcile.arrays import Flags, Hashes, Ints
from reconcile.books import UNKNOWN
from reconcile.evidence import Facts
from reconcile.structure import mixed

WITHIN = 2.0
"""Points behind the strongest party of a line at which another one is still looked at."""


def connected(
    facts: Facts, is_open: Flags, rows: Ints, *, blind: bool = False
) -> list[tuple[Hashes, Ints, Hashes]]:
    """Return by what lines and targets are connected: the targets' key, the lines, and the key of each.

    `blind`: their references are not looked at.
    """
    targets, project = facts.books.targets, facts.project
    side = facts.books.lines.side
    named, party = facts.naming.near_best(WITHIN)
    named, party = named[is_open[named]], party[is_open[named]]
    placed = project[named] != UNKNOWN
    free = np.flatnonzero(is_open & (project != UNKNOWN) & (side != 0))
    found = [
        (mixed(targets.party[rows]), named, mixed(party)),
        (
            mixed(targets.party[rows], targets.project[rows]),
            named[placed],
            mixed(party[placed], project[named[placed]]),
        ),
        (mixed(targets.project[rows], targets.side[rows]), free, mixed(project[free], side[free])),
    ]
    if blind:
        return found
    said, agreement = facts.mentions.agreements
    said, agreement = said[is_open[said]], agreement[is_open[said]]
    width = max(len(targets), 1)
    mentioned = facts.mentions.named // width
    of_party = targets.party[facts.mentions.named % width]
    mentioned, of_party = mentioned[is_open[mentioned]], of_party[is_open[mentioned]]
    return [
        *found,
        (mixed(targets.agreement[rows]), said, mixed(agreement)),
        (mixed(targets.party[rows]), mentioned, mixed(of_party)),
    ]
