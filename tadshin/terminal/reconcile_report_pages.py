"""The report on a bank account as tables in the language spoken, and as data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.rules.money import Money
from tadshin.terminal.language import _, _n, fill, named, spoken

if TYPE_CHECKING:
    from models.queries.bank_reports import BankReport, CaseTold, LineTold, RunTold
    from models.rules.tying import Movement, Tie
    from reports.listings import Listing, Report


def as_report(found: "BankReport") -> "Report":
    """Return the report with all its tables, in the language spoken."""
    from reports.listings import Listing, Report

    headings = {"side": _("Where"), "day": _("Date"), "label": _("Label"), "amount": _("Amount")}
    return Report(
        title=fill(
            _("Bank reconciliation · {account} · {period}"), account=found.name, period=_span(found)
        ),
        day=found.days.last,
        language=spoken(),
        listings=list(_listings(found)),
        lead=list(_lead(found)),
        alarm=_alarm(found),
        sample=found.sample,
        flat=Listing(_("Items between bank and ledger"), headings, _items(found)),
    )


def as_data(found: "BankReport") -> dict[str, Any]:
    """Return the report as scripts read it."""
    tied = found.tie
    return {
        "account": found.account,
        "ledgers": list(found.ledgers),
        "sample": found.sample,
        "starts": found.days.starts,
        "ends_before": found.days.ends_before,
        "bank": _money(found, found.balance.centimes),
        "ledger": _money(found, tied.ledger.centimes) if tied else None,
        "explained": _money(found, tied.explained) if tied else None,
        "rest": _money(found, tied.rest) if tied else None,
        "ties": tied is not None and tied.rest == 0,
        "items": _items(found),
        "moved": [
            {"state": state, "count": count, "amount": amount}
            for state, (count, amount) in found.moved.items()
        ],
        **{
            name: [_fields(one) for one in getattr(found, name)]
            for name in ("booked", "suggested", "left", "decisions", "cases", "runs", "files")
        },
    }


def _fields(one: Any) -> dict[str, Any]:
    """Return a row by the names of its fields, its values as they are."""
    return {field.name: getattr(one, field.name) for field in fields(one)}


def _span(found: "BankReport") -> str:
    return fill(_("from {first} to {last}"), first=found.days.starts, last=found.days.last)


def _money(found: "BankReport", centimes: int) -> Money:
    return Money(centimes, found.currency)


def _alarm(found: "BankReport") -> str:
    if found.tie is None:
        return _("No ledger repeats this account: its balance is tied to nothing.")
    if found.tie.rest:
        words = _("The balances do not tie: {amount} is explained by no item.")
        return fill(words, amount=_money(found, found.tie.rest))
    return ""


def _lead(found: "BankReport") -> Iterator[str]:
    tied = found.tie
    if tied is not None and not tied.rest:
        words = _("The balances tie to the centime: the items listed explain {amount}.")
        yield fill(words, amount=_money(found, tied.apart))
    for balance, words, silent in (
        (
            found.balance,
            _("The files of the bank end on {day}: later movements are not known."),
            _("No file of the bank states a balance: it is what the known movements come to."),
        ),
        (
            tied.ledger if tied else None,
            _("The files of the ledger end on {day}: later movements are not known."),
            _("No file of the ledger states a balance: it is what the known movements come to."),
        ),
    ):
        if balance is None:
            continue
        if balance.until is not None and balance.until < found.days.last:
            yield fill(words, day=balance.until)
        if not balance.stated:
            yield silent


def _listings(found: "BankReport") -> Iterator["Listing"]:
    yield _balances(found)
    if found.tie is not None:
        yield from _item_listings(found, found.tie)
    yield _moved(found)
    for title, lines in (
        (_("Booked"), found.booked),
        (_("Suggested, to be decided"), found.suggested),
        (_("Left open"), found.left),
    ):
        yield _lines(title, lines)
    yield _decisions(found)
    yield _cases(found)
    yield _runs(found)
    yield _files(found)


def _balances(found: "BankReport") -> "Listing":
    from reports.listings import Listing

    rows: list[tuple[str, int | None, int]] = [
        (fill(_("Balance of the bank on {day}"), day=found.days.last), None, found.balance.centimes)
    ]
    if (tied := found.tie) is not None:
        only_bank, only_ledger = (
            sum(one.amount for one in those) for those in (tied.only_bank, tied.only_ledger)
        )
        differing = sum(one.centimes for one in tied.differing)
        ledger = fill(_("Balance of the ledger on {day}"), day=found.days.last)
        rows += [
            (ledger, None, tied.ledger.centimes),
            (_("Bank less ledger"), None, tied.apart),
            (_("In the bank and not in the ledger"), len(tied.only_bank), only_bank),
            (_("In the ledger and not in the bank, taken off"), len(tied.only_ledger), -only_ledger),
            (_("Amounts that differ, bank less ledger"), len(tied.differing), differing),
            *_missing(tied),
            (_("Explained by these items"), None, tied.explained),
            (_("Explained by no item"), None, tied.rest),
        ]
    headings = {"item": _("Item"), "count": _("How many"), "amount": _("Amount")}
    return Listing(
        _("Balances"),
        headings,
        [
            {"item": words, "count": "" if count is None else count, "amount": _money(found, centimes)}
            for words, count, centimes in rows
        ],
        unsummed=("amount", "count"),
    )


def _missing(tied: "Tie") -> Iterator[tuple[str, None, int]]:
    if tied.bank.missing:
        yield _("Moved between statements of the bank that are missing"), None, tied.bank.missing
    if tied.ledger.missing:
        yield _("Moved between files of the ledger that are missing"), None, -tied.ledger.missing


def _item_listings(found: "BankReport", tied: "Tie") -> Iterator["Listing"]:
    from reports.listings import Listing

    headings = {"day": _("Date"), "label": _("Label"), "amount": _("Amount")}
    for title, those in (
        (_("In the bank and not in the ledger"), tied.only_bank),
        (_("In the ledger and not in the bank"), tied.only_ledger),
    ):
        rows = [
            {"day": one.day, "label": _label(one), "amount": _money(found, one.amount)} for one in those
        ]
        yield Listing(title, headings, rows)
    both = {
        "day": _("Date"),
        "label": _("Label"),
        "bank": _("Bank"),
        "ledger": _("Ledger"),
        "difference": _("Difference"),
    }
    differing = [
        {
            "day": one.bank.day,
            "label": _label(one.bank),
            "bank": _money(found, one.bank.amount),
            "ledger": _money(found, one.ledger.amount),
            "difference": _money(found, one.centimes),
        }
        for one in tied.differing
    ]
    yield Listing(_("Amounts that differ"), both, differing)


def _items(found: "BankReport") -> list[dict[str, Any]]:
    """Return every item between bank and ledger with the side that has it."""
    if (tied := found.tie) is None:
        return []
    sides = [(_("Bank alone"), tied.only_bank, 1), (_("Ledger alone"), tied.only_ledger, -1)]
    rows = [
        {"side": side, "day": one.day, "label": _label(one), "amount": _money(found, sign * one.amount)}
        for side, those, sign in sides
        for one in those
    ]
    rows += [
        {
            "side": _("Both, differing"),
            "day": one.bank.day,
            "label": _label(one.bank),
            "amount": _money(found, one.centimes),
        }
        for one in tied.differing
    ]
    return rows


def _label(one: "Movement") -> str:
    return one.label or " ".join(one.names) or one.id.hex[:8]


def _moved(found: "BankReport") -> "Listing":
    from reports.listings import Listing

    headings = {"state": _("What became of them"), "count": _("How many"), "amount": _("Amount")}
    rows = [
        {"state": state, "count": count, "amount": amount} for state, (count, amount) in found.moved.items()
    ]
    return Listing(_("Lines of the period"), headings, rows)


def _lines(title: str, lines: Sequence["LineTold"]) -> "Listing":
    from reports.listings import Listing

    headings = {
        "line": _("Line"),
        "day": _("Date"),
        "label": _("Label"),
        "amount": _("Amount"),
        "match": _("Kind"),
        "target": _("What it pays"),
        "project": _("Project"),
        "share": _("Certainty (%)"),
        "by": _("By"),
    }
    used = [one for one in lines if one.match is not None]
    if not used:
        headings = {name: headings[name] for name in ("line", "day", "label", "amount")}
    return Listing(title, headings, [_line(one) for one in lines])


def _line(one: "LineTold") -> dict[str, Any]:
    certain = Decimal(one.share) / 100 if one.share else ""
    by = one.by or (_("the run") if one.match is not None else "")
    return {
        "line": one.line,
        "day": one.day,
        "label": one.label,
        "amount": one.amount,
        "match": one.match or "",
        "target": one.target,
        "project": one.project,
        "share": certain,
        "by": by,
    }


def _decisions(found: "BankReport") -> "Listing":
    from reports.listings import Listing

    headings = {
        "at": _("When"),
        "by": _("By"),
        "second": _("With"),
        "line": _("Line"),
        "match": _("Kind"),
        "status": _("Decision"),
        "amount": _("Amount"),
        "target": _("What it pays"),
        "reason": _("Reason"),
    }
    rows = [_fields(one) for one in found.decisions]
    return Listing(_("Decisions of people"), headings, rows, unsummed=("amount",))


def _cases(found: "BankReport") -> "Listing":
    from reports.listings import Listing

    headings = {
        "case": _("Case"),
        "kind": _("Kind"),
        "about": _("About"),
        "amount": _("Amount"),
        "opened": _("Opened"),
        "closed": _("Closed"),
        "owner": _("Whose"),
        "step": _("Next step"),
    }
    rows = [{**_fields(one), "about": _about(one), "closed": one.closed or ""} for one in found.cases]
    return Listing(_("Cases"), headings, rows, unsummed=("amount",))


def _about(one: "CaseTold") -> str:
    parts = (one.partner[spoken()], one.contract, one.project, one.line)
    return " · ".join(part for part in parts if part)


def _runs(found: "BankReport") -> "Listing":
    from reports.listings import Listing

    headings = {
        "at": _("When"),
        "by": _("By"),
        "rules_version": _("Rules"),
        "booked": _("Booked"),
        "left": _("Left open"),
        "thresholds": _("Booked from (certainty)"),
        "snapshot": _("Hash of what it read"),
        "outcome": _("Hash of what it booked"),
    }
    rows = [{**_fields(one), "thresholds": _thresholds(one)} for one in found.runs]
    return Listing(_("Runs"), headings, rows)


def _thresholds(one: "RunTold") -> str:
    told = []
    for kind, facts in one.thresholds.items():
        words = _n(
            "{kind} {least} % ({count} known answer, {wrong} wrong)",
            "{kind} {least} % ({count} known answers, {wrong} wrong)",
            facts["cases"],
        )
        kind_word = named("match_kind", kind)
        told.append(fill(words, kind=kind_word, least=Decimal(facts["least"]) / 100, wrong=facts["wrong"]))
    return " · ".join(told)


def _files(found: "BankReport") -> "Listing":
    from reports.listings import Listing

    headings = {
        "account": _("Account"),
        "name": _("File"),
        "starts_on": _("From"),
        "last": _("To"),
        "opening": _("Opening balance"),
        "closing": _("Closing balance"),
        "lines": _("Lines"),
        "faults": _("Faults"),
        "sha256": _("Hash (SHA-256)"),
    }
    rows: list[Mapping[str, Any]] = [_fields(one) for one in found.files]
    return Listing(_("Files"), headings, rows, unsummed=("opening", "closing"))
