"""Writing the rows of an import that are new: set-wise, in the order in which they point at each other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from models.operations.additions import add_missing
from models.operations.import_plan import Plan, pledge_of
from models.queries.money_rows import Pledge
from models.rules.contracts import OrderKind
from models.rules.four_eyes import MoneyChange, check_hands
from models.rules.money import Money
from models.rules.money_rows import AccountRow, ContractRow, Foreign, PromiseRow, TrancheRow
from models.rules.terms import defaults_on
from models.rules.tranches import CallState
from models.tables import (
    Certificate,
    Commitment,
    Contract,
    ContractorName,
    ContractTerm,
    Convention,
    ConventionParty,
    ForeignAmount,
    FundingCall,
    Partnership,
    ServiceOrder,
    Tranche,
)
from models.tables.columns import table_of

CONVENTION = "convention"
"""The reading under which a partner is linked whom no list names, but who has signed."""

_AT_ONCE = 1000
_LONGEST_SOURCE = 200
Values = dict[str, Any]


class Writer:
    """Writes one plan. `by`, `at`, `sample` and `source` stand with what has room for them.

    `approved_by`: the second person, where a promise needs one; samples are nobody's promises.
    """

    def __init__(
        self,
        session: Session,
        plan: Plan,
        *,
        by: str,
        at: datetime,
        approved_by: str | None = None,
        sample: bool = False,
        source: str = "",
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.session, self.plan = session, plan
        self.by, self.at, self.sample, self.source = by, at, sample, source
        self.approved_by = approved_by
        self.progress, self.count = progress, 0
        self.written: dict[str, int] = {}

    def write(
        self,
        projects: Mapping[str, UUID],
        partners: Mapping[str, UUID],
        lines: Mapping[tuple[str, str], UUID],
    ) -> Mapping[str, int]:
        """Write everything that is new; return how many rows of each noun.

        Raises: SecondNeeded, OwnProposal.
        Source: docs/rules.md, B6 and B8.
        """
        largest = max((row.amount for row in self.plan.promises), default=0)
        if not self.sample:
            check_hands(MoneyChange.COMMITMENT_IMPORT, Money(largest), self.by, self.approved_by)
        promises = self._write_promises(projects, partners)
        self._write_tranches(promises)
        contracts = self._write_contracts(projects, lines)
        self._write_accounts(contracts)
        self._write_names()
        return self.written

    def add(self, noun: str, model: type[SQLModel], rows: Sequence[Values]) -> None:
        """Write rows of one table, and count them under a noun, where it has one."""
        if noun:
            self.written[noun] = self.written.get(noun, 0) + len(rows)
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            self.session.connection().execute(insert(table_of(model)), some)
            self.count += len(some)
            if self.progress:
                self.progress(self.count)

    def _write_promises(
        self, projects: Mapping[str, UUID], partners: Mapping[str, UUID]
    ) -> dict[Pledge, UUID]:
        plan = self.plan
        conventions = {name: held[0] for name, held in plan.ground.conventions.items()}
        ids = {pledge: held.id for pledge, held in plan.ground.promises.items()}
        new: dict[str, Values] = {}
        for row in plan.promises:
            if row.convention not in conventions:
                new[row.convention] = _convention(row, self.sample)
                conventions[row.convention] = new[row.convention]["id"]
            ids[pledge_of(row)] = uuid4()
        self.add("conventions", Convention, list(new.values()))
        self._write_parties(conventions, partners)
        self._write_parts(projects, partners)
        self.add(
            "promises",
            Commitment,
            [
                _promise(row, ids, projects[row.project], partners[row.partner], conventions)
                for row in plan.promises
            ],
        )
        self.add(
            "",
            ForeignAmount,
            [_foreign(row.foreign, ids[pledge_of(row)]) for row in plan.promises if row.foreign],
        )
        return ids

    def _write_parties(self, conventions: Mapping[str, UUID], partners: Mapping[str, UUID]) -> None:
        signing = {(row.convention, row.partner): row for row in self.plan.promises}
        add_missing(
            self.session,
            ConventionParty,
            [
                row_of(
                    ConventionParty,
                    convention_id=conventions[convention],
                    partner_id=partners[partner],
                    signed_on=row.signed_on,
                )
                for (convention, partner), row in signing.items()
            ],
        )

    def _write_parts(self, projects: Mapping[str, UUID], partners: Mapping[str, UUID]) -> None:
        joining = dict.fromkeys((row.project, row.partner) for row in self.plan.promises)
        add_missing(
            self.session,
            Partnership,
            [
                row_of(
                    Partnership,
                    project_id=projects[project],
                    partner_id=partners[partner],
                    reading=CONVENTION,
                    source=self.source,
                )
                for project, partner in joining
                if (project, partner) not in self.plan.ground.parts
            ],
        )

    def _write_tranches(self, promises: Mapping[Pledge, UUID]) -> None:
        rows = [(row, uuid4()) for row in self.plan.tranches]
        self.add("tranches", Tranche, [_tranche(row, id_, promises[pledge_of(row)]) for row, id_ in rows])
        self.add("calls", FundingCall, [call for row, id_ in rows for call in self._call(row, id_)])
        self.add(
            "",
            ForeignAmount,
            [_foreign(row.foreign, promises[pledge_of(row)], id_) for row, id_ in rows if row.foreign],
        )

    def _call(self, row: TrancheRow, tranche: UUID) -> Iterator[Values]:
        if row.call is not None:
            yield row_of(
                FundingCall,
                tranche_id=tranche,
                state=CallState.ISSUED,
                amount_centimes=row.amount,
                drafted_at=self.at,
                number=row.call.number,
                issued_on=row.call.issued_on,
                issued_by=self.by,
                due_on=row.call.due_on,
            )

    def _write_contracts(
        self, projects: Mapping[str, UUID], lines: Mapping[tuple[str, str], UUID]
    ) -> dict[str, UUID]:
        ids = {reference: held.id for reference, held in self.plan.ground.contracts.items()}
        ids |= {row.reference: uuid4() for row in self.plan.contracts}
        rows = self.plan.contracts
        self.add(
            "contracts",
            Contract,
            [
                self._contract(row, ids[row.reference], projects[row.project], lines[row.project, row.line])
                for row in rows
            ],
        )
        self.add(
            "",
            ContractTerm,
            [
                row_of(
                    ContractTerm,
                    contract_id=ids[row.reference],
                    name=name,
                    since=row.signed_on,
                    value=value,
                )
                for row in rows
                for name, value in {**defaults_on(row.signed_on), **row.terms}.items()
            ],
        )
        self.add(
            "",
            ServiceOrder,
            [
                row_of(ServiceOrder, contract_id=ids[row.reference], kind=OrderKind.START, dated=row.start)
                for row in rows
                if row.start is not None
            ],
        )
        return ids

    def _contract(self, row: ContractRow, id_: UUID, project: UUID, line: UUID) -> Values:
        return row_of(
            Contract,
            id=id_,
            project_id=project,
            line_id=line,
            reference=row.reference,
            kind=row.kind,
            contractor=row.contractor,
            subject=row.subject,
            amount_centimes=row.amount,
            period_days=row.period_days,
            signed_on=row.signed_on,
            notified_on=row.start,
            sample=self.sample,
            written_by=self.by,
            written_at=self.at,
        )

    def _write_accounts(self, contracts: Mapping[str, UUID]) -> None:
        accounts = self.plan.accounts
        self.add(
            "accounts",
            Certificate,
            [self._account(row, number, contracts[row.contract]) for row, number in accounts],
        )

    def _account(self, row: AccountRow, number: int, contract: UUID) -> Values:
        return row_of(
            Certificate,
            contract_id=contract,
            number=number,
            kind=row.kind,
            reference=row.reference,
            dated=row.dated,
            due_on=row.due_on,
            gross_centimes=row.gross,
            revision_centimes=row.revision,
            retention_centimes=row.retention,
            recovered_centimes=row.recovered,
            penalty_centimes=row.penalty,
            vat_withheld_centimes=row.vat_withheld,
            net_centimes=row.net,
            vat_centimes=row.vat,
            written_by=self.by,
            written_at=self.at,
        )

    def _write_names(self) -> None:
        """Two who bring the same name at once write it once."""
        rows = [
            row_of(
                ContractorName,
                contractor=contractor,
                name=name,
                folded=folded,
                source=self.source[:_LONGEST_SOURCE],
                written_by=self.by,
                written_at=self.at,
            )
            for (contractor, folded), name in self.plan.names.items()
        ]
        self.written["names"] = len(add_missing(self.session, ContractorName, rows))


def _convention(row: PromiseRow, sample: bool) -> Values:
    return row_of(
        Convention,
        reference=row.convention,
        title=row.title,
        signed_on=row.signed_on,
        ends_on=row.ends_on,
        sample=sample,
    )


def _promise(
    row: PromiseRow,
    ids: Mapping[Pledge, UUID],
    project: UUID,
    partner: UUID,
    conventions: Mapping[str, UUID],
) -> Values:
    return row_of(
        Commitment,
        id=ids[pledge_of(row)],
        project_id=project,
        partner_id=partner,
        reference=row.convention,
        amount_centimes=row.amount,
        in_kind=row.in_kind,
        signed_on=row.signed_on,
        budget_year=row.budget_year,
        budget_line=row.budget_line,
        convention_id=conventions[row.convention],
    )


def _tranche(row: TrancheRow, id_: UUID, promise: UUID) -> Values:
    return row_of(
        Tranche,
        id=id_,
        commitment_id=promise,
        number=row.number,
        amount_centimes=row.amount,
        trigger=row.trigger,
        expected_on=row.expected_on,
        stage=row.stage,
        progress=row.progress,
        document=row.document,
    )


def _foreign(foreign: Foreign, promise: UUID, tranche: UUID | None = None) -> Values:
    return row_of(
        ForeignAmount,
        commitment_id=promise,
        tranche_id=tranche,
        currency=foreign.currency,
        amount_centimes=foreign.centimes,
        rate=foreign.rate,
        rate_on=foreign.on,
    )


def row_of(model: type[SQLModel], **values: object) -> Values:
    """Return a whole row of a table, as its class would fill it: for thousands of rows at once."""
    plain, made = _defaults(model)
    return {**plain, **{name: make() for name, make in made if name not in values}, **values}


@cache
def _defaults(model: type[SQLModel]) -> tuple[Values, tuple[tuple[str, Callable[[], object]], ...]]:
    fields = model.model_fields.items()
    made = [
        (name, cast(Callable[[], object], field.default_factory))
        for name, field in fields
        if field.default_factory
    ]
    plain = {
        name: field.default for name, field in fields if not (field.is_required() or field.default_factory)
    }
    return plain, tuple(made)
