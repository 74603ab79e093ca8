"""The contracts and payment certificates of books kept elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import date

from intake.book_files import CERTIFICATES, CONTRACTS, LONGEST_ID, PARTNERS, PROJECTS, Reading, same
from intake.ledgers import Line, wrong
from models.rules.books import BookLine
from models.rules.contracts import CertificateKind
from models.rules.money_rows import AccountRow, ContractRow
from models.rules.names import fold
from models.rules.terms import WHOLE

PER_MILLE = 100
"""One thousandth of the books, in hundredths of a thousandth."""

_CONTRACT_COLUMNS = (
    "contract_id contract_ref project_id party_id budget_line start amount_ttc vat_rate retention_rate"
    " retention_cap_rate advance penalty_per_mille_per_day penalty_cap_rate currency"
)
_ACCOUNT_COLUMNS = (
    "certificate_id certificate_ref contract_id contract_ref project_id party_id kind seq date due_date"
    " gross_ttc retention advance_recovered penalty net_payable currency"
)


def read_contracts_and_accounts(
    reading: Reading, words: Mapping[str, BookLine]
) -> tuple[list[ContractRow], list[AccountRow]]:
    """Read both files; `words` says what each budget line of the books stands for.

    A contract that does not say its time for completion has that of its accounts of works.
    Source: docs/rules.md, I22.
    """
    contract_lines = reading.lines(CONTRACTS, _CONTRACT_COLUMNS, "period_days signed")
    contracts = reading.keyed(contract_lines, "contract_id")
    accounts: dict[str, list[Line]] = {key: [] for key in contracts}
    for line in reading.keyed(reading.lines(CERTIFICATES, _ACCOUNT_COLUMNS), "certificate_id").values():
        contract = reading.find(line, "contract_id", contracts, CONTRACTS)
        if contract is not None:
            same(line, contract, "contract_ref", "project_id", "party_id", "currency")
            accounts[line.text("contract_id", LONGEST_ID)].append(line)
    rows: list[ContractRow] = []
    certified: list[AccountRow] = []
    for key, line in contracts.items():
        vat = line.rate("vat_rate", WHOLE)
        read = [row for one in accounts[key] if (row := _account(one))]
        contract_row = _contract(reading, line, words, vat, read)
        if contract_row is not None:
            rows.append(contract_row)
            certified += read  # of a contract that cannot be read nothing more needs to be said
    return rows, sorted(certified, key=lambda row: row.at.row)


def _contract(
    reading: Reading, line: Line, words: Mapping[str, BookLine], vat: int, accounts: Sequence[AccountRow]
) -> ContractRow | None:
    project = reading.find(line, "project_id", reading.projects, PROJECTS)
    party = reading.find(line, "party_id", reading.parties, PARTNERS)
    amount, start = line.amount("amount_ttc"), line.day("start")
    signed = line.day("signed") if line.is_said("signed") else start
    name = line.text("budget_line", LONGEST_ID)
    meant = words.get(fold(name))
    if name and meant is None:
        known = tuple(dict.fromkeys(str(one.nature) for one in words.values()))
        error = wrong(name, "unknown_line", candidates=known[:3])
        line.refuse("budget_line", error)
    if line.is_good and amount <= 0:
        line.refuse("amount_ttc", wrong("0", "not_positive"))
    _check_dirhams(line)
    period = _period(line, start, accounts)
    terms = _terms(line, vat, amount)
    reference = line.text("contract_ref", LONGEST_ID)
    if not line.is_good or meant is None:
        return None
    return ContractRow(
        at=line.at,
        reference=reference,
        project=project.key,
        line=name,
        kind=meant.contract,
        contractor=party.name_fr,
        amount=amount,
        period_days=period,
        signed_on=signed,
        start=start,
        terms=terms,
        names=tuple(name for name in (party.name_ar, party.acronym) if name),
    )


def _check_dirhams(line: Line) -> None:
    currency = line.text("currency", 3)
    if currency and currency != "MAD":
        error = wrong(currency, "other_currency")
        line.refuse("currency", error)


def _period(line: Line, start: date, accounts: Sequence[AccountRow]) -> int:
    if line.is_said("period_days"):
        return line.whole("period_days", least=1, most=10_000)
    works = [account.dated for account in accounts if account.kind is CertificateKind.WORK]
    return max(1, (max(works) - start).days if works else 0)


def _terms(line: Line, vat: int, amount: int) -> dict[str, int]:
    """Return the figures of a contract; its advance is the amount that it says, and no rule."""
    advance = line.amount("advance")
    share = -(-advance * WHOLE // amount) if amount > 0 else 0
    if share > WHOLE:
        error = wrong(line.cells.get("advance"), "advance_over_contract")
        line.refuse("advance", error)
    return {
        "vat": vat,
        "retention": line.rate("retention_rate", WHOLE),
        "retention_cap": line.rate("retention_cap_rate", WHOLE),
        "delay_penalty_per_mille": line.rate("penalty_per_mille_per_day", PER_MILLE, most=1000),
        "delay_cap": line.rate("penalty_cap_rate", WHOLE),
        "advance": share,
        "advance_above": share,
        "advance_from_centimes": 0,
        "advance_months": 0,
        "advance_most_centimes": advance,
    }


def _account(line: Line) -> AccountRow | None:
    kind = line.choice("kind", CertificateKind, CertificateKind.WORK)
    gross = line.amount("gross_ttc", negative=kind is CertificateKind.FINAL)
    _check_dirhams(line)
    row = AccountRow(
        at=line.at,
        contract=line.text("contract_ref", LONGEST_ID),
        kind=kind,
        order=line.whole("seq"),
        dated=line.day("date"),
        due_on=line.day("due_date"),
        gross=gross,
        net=line.amount("net_payable", negative=True),
        reference=line.text("certificate_ref", LONGEST_ID),
        retention=line.amount("retention"),
        recovered=line.amount("advance_recovered"),
        penalty=line.amount("penalty"),
    )
    return row if line.is_good else None
