"""Who is there when an operation is tested."""

import pytest
from sqlmodel import Session

from tests.builders import make_staff


@pytest.fixture
def staff(session: Session) -> Session:
    """One person of each role over everything."""
    make_staff(session)
    return session
