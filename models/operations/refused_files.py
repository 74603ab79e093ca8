"""Files of banks and ledgers that the night refused: told to finance once each."""

from datetime import datetime

from sqlmodel import Session, select

from models.operations import outbox
from models.tables import Parcel

KIND = "statement_refused"


def tell_refused(
    session: Session, *, digest: str, account: str, name: str, problems: int, at: datetime
) -> bool:
    """Leave one message about a file that was refused; return False where it was told before.

    `digest` is that of its content: the same file under another name is the same. `problems`: rows that
    are wrong, 0 where the file as a whole is refused.
    Source: docs/rules.md, J21.
    """
    key = f"{KIND}:{digest}"
    if session.exec(select(Parcel.id).where(Parcel.key == key)).first() is not None:
        return False
    payload = {"account": account, "file": name, "problems": problems}
    outbox.tell(session, key=key, kind=KIND, project=None, at=at, payload=payload)
    return True
