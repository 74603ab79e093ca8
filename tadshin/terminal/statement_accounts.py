"""`tadshin reconcile account ...`: the accounts whose statements are read."""

import click

from models.rules.authority import Action
from models.rules.statements import AccountKind
from tadshin.terminal import paper
from tadshin.terminal.choices import OneOf
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, fill, named
from tadshin.terminal.reconciliation import reconcile
from tadshin.terminal.statements import folders
from tadshin.terminal.values import Currency

_KIND = OneOf(AccountKind, "account_kind")


@reconcile.group("account", cls=Noun)
def account() -> None:
    """The accounts whose statements are read: those of banks, and those of our own books."""


@account.command("list", examples=("tadshin reconcile account list",))
@click.pass_obj
def list_all(desk: Desk) -> None:
    """List the accounts, with how many files and lines came in of each."""
    from models.queries.statements import list_accounts

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        accounts = list_accounts(session)
    columns = [
        paper.Column(_("Account"), whole=True),
        paper.Column(_("Kind"), whole=True),
        paper.Column(_("Name")),
        paper.Column(_("Currency"), whole=True),
        paper.Column(_("Number"), spare=True),
        paper.Column(_("Layout"), spare=True),
        paper.Column(_("Repeats"), spare=True),
        paper.Column(_("Files"), whole=True, right=True),
        paper.Column(_("Lines"), whole=True, right=True),
    ]
    rows = [
        (
            *(one.key, named("account_kind", one.kind), one.name, one.currency, one.number, one.profile),
            *(one.mirrors or "", str(one.files), str(one.lines)),
        )
        for one in accounts
    ]

    def show() -> None:
        if rows:
            paper.table(columns, rows)
        else:
            paper.line(_("There is no account yet: tadshin reconcile account add."))

    desk.answer({"accounts": accounts}, show)


@account.command(
    "add",
    examples=(
        'tadshin reconcile account add bank-1 --kind bank --name "..." --number 007... --as LOGIN',
        'tadshin reconcile account add ledger-1 --kind ledger --name "..." --mirrors bank-1 --as LOGIN',
    ),
)
@argument("key", metavar="KEY", help="Its key: small Latin letters and digits, parted by hyphens.")
@option("--kind", type=_KIND, metavar="KIND", required=True, help="bank or ledger.")
@option("--name", metavar="TEXT", required=True, help="What people call it.")
@option("--currency", type=Currency(), default="MAD", metavar="CODE", help="MAD if not said.")
@option("--number", default="", metavar="TEXT", help="RIB or IBAN; a file of another number is refused.")
@option("--profile", default="", metavar="NAME", help="How its files are laid out.")
@option("--mirrors", default=None, metavar="KEY", help="Of a ledger: the bank account that it repeats.")
@click.pass_obj
def add(
    desk: Desk,
    /,
    key: str,
    kind: AccountKind,
    name: str,
    currency: str,
    number: str,
    profile: str,
    mirrors: str | None,
) -> None:
    """Add an account whose statements are read; the same again changes nothing."""
    from intake.statements.profiles import find_profile
    from models.operations.statements import add_account

    if profile:
        find_profile(profile, folders().profiles)
    with desk.writing() as session:
        added, new = add_account(
            session,
            key=key,
            kind=kind,
            name=name,
            currency=currency,
            number=number,
            profile=profile,
            mirrors=mirrors,
            by=desk.login(),
            at=desk.now,
        )
    words = _("The account {account} is added.") if new else _("The account {account} is there already.")
    desk.done({"account": added.key, "changed": new}, fill(words, account=added.key))
