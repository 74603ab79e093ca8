from collections.abc import Iterator

import pytest

from notifications import words
from tests.fakes import SlackStandIn


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a code or a value that is missing raise KeyError."""
    monkeypatch.setattr(words, "STRICT", True)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackStandIn]:
    """A workspace with the two channels of the tests, reached without any proxy."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with SlackStandIn("#ar", "#fr") as workspace:
        yield workspace
