"""The inbox as a step of a flow: the same again takes in nothing."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from models import db
from models.clock import now
from models.operations.statements import add_account
from models.rules.statements import AccountKind
from models.settings import load_settings
from tasks.statements import take_statements_in
from tests.builders import AT, make_staff
from tests.intake.statements.written import write_two


async def test_what_lies_in_the_inbox_is_taken_in_once(
    settings_env: Callable[..., None], database_url: str, tmp_path: Path
) -> None:
    """J20."""
    settings_env(database_url=database_url, home=tmp_path / "home")
    with db.transaction() as session:
        make_staff(session)
        add_account(
            session,
            key="bank-1",
            kind=AccountKind.BANK,
            name="Sample bank",
            currency="MAD",
            number="",
            profile="sample-two-columns",
            mirrors=None,
            by="finance",
            at=AT,
        )
    folder = load_settings().inbox_folder / "bank-1"
    folder.mkdir(parents=True)
    file, _profile = write_two(folder / "a.csv")
    earlier = (now() - timedelta(minutes=1)).timestamp()
    os.utime(file, (earlier, earlier))

    taken = await take_statements_in.fn(now())
    assert isinstance(taken, list)
    assert [one.outcome for one in taken] == ["taken"]
    assert await take_statements_in.fn(now()) == []
    db.engine().dispose()
