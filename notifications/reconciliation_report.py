"""What a run over the books has done, as rows of a table beside the run, and as its closing sentence."""

from collections.abc import Iterator, Sequence
from typing import Any

from models.queries.run_digests import RunDigest
from models.rules.money import Money
from notifications.words import listed, say, shown


def as_rows(digest: RunDigest, language: str) -> list[dict[str, Any]]:
    """Write what was booked, what is suggested and left, and the open cases, as rows of a table."""
    heads = [say(f"column.{name}", language) for name in _COLUMNS]
    return [dict(zip(heads, row, strict=True)) for row in _rows(digest, language)]


def in_words(digest: RunDigest, language: str) -> str:
    """Say in one sentence what a run has done."""
    return say(
        "run.reconciled",
        language,
        booked=digest.whole.count,
        suggested=digest.suggested.count,
        left=digest.left.count,
        opened=digest.opened,
        closed=digest.closed,
        cases=sum(one.count for one in digest.cases),
    )


_COLUMNS = ("what", "lines", "amount", "since", "change", "owner", "next_step")


def _rows(digest: RunDigest, language: str) -> Iterator[tuple[str, ...]]:
    def written(count: int, amounts: Sequence[Money]) -> tuple[str, str]:
        return shown(count, language), listed(amounts, language) if amounts else ""

    for kind, tally in digest.booked.items():
        what = say("digest.booked", language, kind=kind)
        yield (what, *written(tally.count, tally.amounts), "", "", "", "")
    rest = (("suggested", digest.suggested, None), ("left", digest.left, digest.left_before))
    for name, tally, before in rest:
        change = "" if before is None else f"{tally.count - before:+d}"
        yield (say(f"digest.{name}", language), *written(tally.count, tally.amounts), "", change, "", "")
    for case in digest.cases:
        yield (
            say("digest.case", language, kind=case.kind),
            *written(case.count, case.amounts),
            shown(case.oldest, language),
            f"{case.count - case.before:+d}",
            shown(case.owner, language),
            shown(case.step, language),
        )
