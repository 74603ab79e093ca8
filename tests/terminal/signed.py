"""A works contract as people write it at the terminal: that of the worked example of GATES.md."""

from typing import Any

from tests.terminal.conftest import Answer, Call

CONTRACT = "M-1/2025"
BY_OFFICER = ("--as", "officer", "--json")
BY_FINANCE = ("--as", "finance", "--json")
SIGN = (
    *("contract", "sign", "sample-centre", CONTRACT, "--line", "T1", "--contractor", "Sample builder"),
    *("--amount", "1 000 000,00", "--days", "100", "--signed", "2025-01-10"),
)
LATE = "2025-08-20"
"""A hundred days after the end of the time: 101 days from 1 February 2025 are 12 May 2025."""


def dirhams(amount: int | float) -> dict[str, Any]:
    """Return an amount as scripts read it."""
    return {"centimes": round(amount * 100), "currency": "MAD"}


def begin(call: Call, *options: str) -> None:
    """Sign the contract, and let its time run from 1 February 2025."""
    assert call(*SIGN, *options, *BY_OFFICER).exit == 0
    assert call("contract", "order", CONTRACT, "start", "--on", "2025-02-01", *BY_OFFICER).exit == 0


def certify(call: Call, reference: str, on: str, *options: str) -> Answer:
    """Certify an account by finance; `options` say of what."""
    enter = ("certificate", "enter", CONTRACT, "--reference", reference, "--on", on)
    return call(*enter, *options, *BY_FINANCE)


def accept(call: Call, on: str) -> None:
    """Write the provisional acceptance."""
    done = call("acceptance", "write", CONTRACT, "provisional", "--on", on, *BY_OFFICER)
    assert done.exit == 0, done


def refused(answer: Answer, exit_code: int, reason: str, rule: str) -> dict[str, Any]:
    """Return what a refusal tells, once it ended so and named its rule."""
    told: dict[str, Any] = answer.json
    assert (answer.exit, told.get("reason"), told.get("rule")) == (exit_code, reason, rule), answer
    return told
