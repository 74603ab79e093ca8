"""The dispatcher is killed at named points and at random moments; nothing is lost, nothing is doubled."""

from pathlib import Path

from models.settings import Settings
from tadshin.orchestrator import Running
from tests.torture.rounds import POINTS, RANDOM_MOMENT, Torture

ROUNDS = 8
SEED = 20260302


def test_after_a_kill_each_project_is_in_one_stage_and_each_alert_is_there_once(
    orchestra: Running, orchestra_settings: Settings, tmp_path: Path
) -> None:
    torture = Torture(tmp_path, orchestra.api_url, orchestra_settings.home, SEED)
    played = [torture.play(number) for number in range(ROUNDS)]

    assert sum(one.died for one in played) >= ROUNDS // 2
    assert {one.point for one in played} & set(POINTS)
    assert {one.point for one in played} <= {*POINTS, RANDOM_MOMENT}
