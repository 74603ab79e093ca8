"""What becomes of the values that flows return: Prefect keeps none, the facts are in our tables."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NOT_KEPT: Mapping[str, Any] = {"persist_result": False, "result_storage": Path(os.devnull)}
"""How every flow is declared. Nothing is ever written to that folder, but naming one spares each run
the two questions to the server about where results are kept, before it begins."""
