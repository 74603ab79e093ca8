"""`make torture ROUNDS=200 SEED=1`: many rounds, against one embedded orchestrator."""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from rich.progress import track

from models.settings import Settings
from tadshin import orchestrator
from tests.flows.conftest import free_port
from tests.torture.rounds import Torture


def main() -> None:
    """Play the rounds; the first thing that is not as it must be ends them with its round and seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(home=folder / "home", prefect_port=free_port(), prefect_api_url="")
        with orchestrator.running(settings) as running:
            torture = Torture(folder, running.api_url, settings.home, given.seed)
            played = [torture.play(number) for number in track(range(given.rounds), "Rounds")]
    died = Counter(one.point for one in played if one.died)
    survived = Counter(one.point for one in played if not one.died)
    print(f"{given.rounds} rounds, seed {given.seed}: every one ended as it must")
    for point in sorted(died | survived):
        print(f"  {point:16} died {died[point]:4}   ended before {survived[point]:4}")


if __name__ == "__main__":
    main()
