"""Text from people, made safe to stand in a message: it can neither hide, ping, link nor turn lines."""

import re
from html import unescape

from models.rules.text import deceives
from notifications.words import is_rtl

RLM = "\u200f"
_LRI, _FSI, _PDI = "\u2066", "\u2068", "\u2069"
_WORD_JOINER = "\u2060"

_SPACES = re.compile(r"\s+")
_PING = re.compile(r"@(?=here|channel|everyone|group)", re.IGNORECASE)
_ADDRESS = re.compile(r":(?=//)")
_DOMAIN = re.compile(r"(?<=[a-z0-9])[.](?=[a-z]{2})", re.IGNORECASE | re.ASCII)
_CUT_ENTITY = re.compile(r"&[a-z]{0,4}$")


def tamed(text: str) -> str:
    """Return a person's text on one line, without unseen characters, which chat only shows."""
    return _DOMAIN.sub(lambda dot: dot[0] + _WORD_JOINER, tamed_code(text))


def tamed_code(text: str) -> str:
    """Do the same for a login or a key, which stays as it is typed, dots included."""
    return _quiet(on_one_line(text))


def tamed_sentence(text: str) -> str:
    """Do the same for a sentence of ours with people's names in it, already shown: its isolates stay."""
    return _DOMAIN.sub(lambda dot: dot[0] + _WORD_JOINER, _quiet(text))


def _quiet(text: str) -> str:
    quiet = _PING.sub(f"@{_WORD_JOINER}", text)
    return escaped(_ADDRESS.sub(f":{_WORD_JOINER}", quiet))


def on_one_line(text: str) -> str:
    """Return a text with its line ends as spaces and without unseen characters."""
    spaced = "".join(" " if character in "\n\t\r" else character for character in text)
    return _SPACES.sub(" ", "".join(c for c in spaced if not deceives(c))).strip()


def escaped(text: str) -> str:
    """Write the three characters that chat reads as its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def isolated(text: str) -> str:
    """Keep a text of either direction from disturbing the line it stands in (first strong isolate)."""
    return f"{_FSI}{text}{_PDI}"


def left_to_right(text: str) -> str:
    """Keep a login, a key or a number in its own order inside an Arabic line."""
    return f"{_LRI}{text}{_PDI}"


def lined(text: str, language: str) -> str:
    """Start every line of an Arabic text with a mark, so that each is laid out from the right."""
    if not is_rtl(language):
        return text
    return "\n".join(f"{RLM}{line}" for line in text.split("\n"))


def length(text: str) -> int:
    """Return the length that chat counts: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def clipped(text: str, limit: int) -> str:
    """Return a text within `limit` UTF-16 units: "… (+n)" stands for the n characters left out."""
    if length(text) <= limit:
        return text
    kept = text
    while kept:
        kept = _CUT_ENTITY.sub("", kept[: min(len(kept) - 1, limit)])
        left_out = len(unescape(text)) - len(unescape(kept))
        shortened = f"{kept}{_PDI * _open_isolates(kept)}… (+{left_out})"
        if length(shortened) <= limit:
            return shortened
    return ""


def _open_isolates(text: str) -> int:
    return max(text.count(_LRI) + text.count(_FSI) - text.count(_PDI), 0)
