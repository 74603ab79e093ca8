"""Serve or apply the catalogue: `python -m deployments list|apply|serve`."""

import argparse
import asyncio

from models.settings import load_settings
from tadshin import orchestrator


def main() -> None:
    """Read the verb; point Prefect at the server of the settings unless its own variables do."""
    parser = argparse.ArgumentParser(prog="python -m deployments", description=__doc__)
    parser.add_argument("verb", choices=("list", "apply", "serve"))
    verb = parser.parse_args().verb
    settings = load_settings()
    orchestrator.use(settings, settings.prefect_api_url or orchestrator.local_api_url(settings))
    from deployments import publish

    asyncio.run({"list": publish.show, "apply": publish.apply, "serve": publish.serve}[verb]())


if __name__ == "__main__":
    main()
