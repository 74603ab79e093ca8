"""What a proposed decision about a bank line would do, for whoever is to approve it."""

from typing import TYPE_CHECKING, Any

from models.rules.money import Money
from tadshin.terminal.language import _, named, spoken

if TYPE_CHECKING:
    from models.queries.line_changes import LineChange, Row


def change_data(change: "LineChange") -> dict[str, Any]:
    """Return it as scripts read it."""
    return {
        "line": change.line,
        "account": change.account,
        "day": change.day,
        "amount": change.amount,
        "text": change.text,
        "kind": change.kind,
        "books": [_part_data(change, row) for row in change.books],
        "takes_back": [_part_data(change, row) for row in change.takes_back],
        "reopens": list(change.reopens),
    }


def change_rows(change: "LineChange") -> list[tuple[str, str]]:
    """Return it as people read it: the line, what it would be booked on, what would be taken back."""
    from notifications.words import shown

    bank = (change.account, change.day, shown(change.amount, spoken()), change.text)
    rows = [(_("Bank line"), " · ".join(bank))]
    rows += [(_("Takes back"), _part(change, row)) for row in change.takes_back]
    books = _("Books on")
    if change.kind is not None and not change.kind.pays:
        rows.append((_("Becomes"), named("match_kind", change.kind)))
        books = _("Together with line")
    rows += [(books, _part(change, row)) for row in change.books if row[0] != change.line]
    return rows + [(_("Open again"), line) for line in change.reopens]


def _part(change: "LineChange", row: "Row") -> str:
    from notifications.words import shown

    name, project, centimes = row
    amount = shown(Money(centimes, change.amount.currency), spoken()) if centimes else ""
    return " · ".join(text for text in (name, project, amount) if text)


def _part_data(change: "LineChange", row: "Row") -> dict[str, Any]:
    name, project, centimes = row
    return {"target": name, "project": project or None, "amount": Money(centimes, change.amount.currency)}
