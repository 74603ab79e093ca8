"""Price revision: what an index does to a price."""

from models.rules.terms import WHOLE, Terms, part


def revision_of(gross: int, index: int, base_index: int, terms: Terms) -> int:
    """Return what revision adds to an account (below zero: takes from it), in centimes.

    P = P0 × (fixed + (1 − fixed) × I / I0). The formula is worked exactly and rounded once, half to even.
    Units: `gross` centimes; both indices hundredths.
    Source: docs/rules.md, W19.
    """
    return part(gross, (WHOLE - terms.revision_fixed) * (index - base_index), WHOLE * base_index)


def passes_limit(index: int, base_index: int, terms: Terms) -> bool:
    """Tell whether revision moves a price by more than the limit: the contract may be ended (art. 54).

    Source: docs/rules.md, W19.
    """
    moved = abs((WHOLE - terms.revision_fixed) * (index - base_index))
    return moved > terms.revision_limit * base_index
