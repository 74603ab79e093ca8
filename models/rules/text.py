"""Characters that a reader cannot see, and how to show a text that holds some."""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MEANT = frozenset("\n\t\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd")
"""Unseen characters that a text may need: line ends, joiners, and the Arabic signs above digits."""


def deceives(character: str) -> bool:
    """Tell whether a character is unseen and not meant: a control, a direction, a zero width."""
    return character not in _MEANT and unicodedata.category(character) in _UNSEEN


def visible(text: str) -> str:
    """Return a text with its unseen characters written out, safe to show in an error."""
    return "".join(f"\\u{ord(c):04x}" if deceives(c) else c for c in text)
