from collections.abc import Iterator

import pytest

from tests.fakes import SlackStandIn


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackStandIn]:
    """A workspace with the two channels of the tests, reached without any proxy."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with SlackStandIn("#ar", "#fr") as workspace:
        yield workspace
